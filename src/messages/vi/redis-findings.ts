import type { redisFindings as english } from '../en/redis-findings.js';

const seconds = (ms: number) => `${ms / 1_000} giây`;

/** The errors and warnings about the section "redis". */
export const redisFindings: typeof english = {
  'redis-url': () => ({
    expected: 'địa chỉ của một Redis: redis://10.0.0.5:6379/0, hoặc rediss:// nếu dùng TLS',
    got: 'thứ khác',
    next: 'Chỉ ghi host, cổng và số của cơ sở dữ liệu; người dùng và mật khẩu có thể nằm trong địa chỉ, hoặc ở "username" và "password", còn "ca" là file chứng chỉ.',
  }),
  'redis-nowhere': () => ({
    expected: 'địa chỉ của một Redis',
    got: 'không có',
    next: `Hãy ghi "url": "redis://10.0.0.5:6379/0", hoặc đặt biến MCP_PIPE_REDIS.`,
  }),
  'redis-password-twice': () => ({
    expected: 'một mật khẩu',
    got: 'một cái trong địa chỉ, và một cái ở "password"',
    next: 'Hãy bỏ mật khẩu khỏi địa chỉ.',
  }),
  'redis-ca': ({ file, reason }) => ({
    expected: 'một file chứng chỉ (PEM) mà người dùng này đọc được',
    got: `${file} (${reason})`,
    next: 'Hãy ghi chứng chỉ của CA đã ký cho Redis; không có "ca" thì các CA thông thường được tin cậy.',
  }),
  'redis-ca-unused': () => ({
    expected: 'địa chỉ bắt đầu bằng rediss://, vì "ca" chỉ dùng với TLS',
    got: 'redis://, kết nối không có TLS',
    next: 'Hãy ghi rediss:// nếu Redis nhận TLS ở đó (tls-port); nếu không thì bỏ "ca".',
  }),
  'redis-machine': () => ({
    expected: 'một tên có 1 đến 60 ký tự',
    got: 'thứ khác',
    next: 'Hãy ghi tên mà mọi người gọi máy này: "vps-1". Nếu không ghi, máy mang tên host của nó.',
  }),
  'redis-unencrypted': ({ host }) => ({
    expected: 'rediss://, hoặc một Redis trong mạng riêng của bạn',
    got: `redis:// tới ${host}`,
    next: 'Ai đọc được đường truyền sẽ có mật khẩu, và có thể chấm dứt mọi lease. Hãy dùng TLS (tls-port của Redis và "ca"), một đường hầm, hoặc mạng riêng.',
  }),
  'redis-ttl-short': ({ ttlMs, usualMs }) => ({
    expected: `${seconds(usualMs)} hoặc lâu hơn`,
    got: seconds(ttlMs),
    next: `Khi một máy chết, link được chuyển sớm hơn. Nhưng một máy bị đóng băng (máy ảo bị tạm ngưng, tiến trình bị dừng) vẫn giữ socket ở endpoint cho tới khi endpoint nhận ra, khoảng 40 giây; sau ${seconds(ttlMs)} một máy khác sẽ kết nối bên cạnh nó. Nếu chấp nhận được điều đó thì cứ để vậy, và ghi giống nhau trên mọi máy.`,
  }),
};
