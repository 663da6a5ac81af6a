import type { redisLines as english } from '../en/doctor-redis.js';
import { time } from './numbers.js';

/** What `mcp-pipe doctor` says of the Redis that machines share. */
export const redisLines: typeof english = {
  'redis-answers': ({ ms, version }) => ({
    found: `trả lời sau ${time(ms)}${version === undefined ? '' : `, phiên bản ${version}`}`,
  }),
  'redis-failed': ({ reason }) => ({
    found: `không trả lời: ${reason}`,
    next: 'Hãy xem nó có đang chạy không, địa chỉ và cổng trong "redis" có đúng không, và có tường lửa nào ở giữa không. Với rediss:// nó phải nhận TLS ở đó, bằng chứng chỉ mà "ca" hoặc các CA thông thường biết.',
  }),
  'redis-login': ({ reason }) => ({
    found: `không cho mcp-pipe vào: ${reason}`,
    next: 'Hãy so "password" (và "username") trong "redis" với requirepass, hoặc với ACL, của Redis.',
  }),
  'redis-replica': () => ({
    found: 'là một bản sao, không ghi vào được',
    next: 'Hãy ghi địa chỉ của bản chính trong "redis".',
  }),
  'redis-old': ({ version }) => ({
    found: `là phiên bản ${version}; mcp-pipe được thử với 6.2 trở lên`,
    next: 'Hãy cài phiên bản mới hơn, hoặc Valkey.',
  }),
  'redis-evicts': ({ policy }) => ({
    found: `có thể vứt bỏ lease khi đầy bộ nhớ (maxmemory-policy ${policy}), nên mcp-pipe không lấy lease ở đó và không kết nối gì`,
    next: 'Hãy đặt maxmemory-policy noeviction, trong redis.conf và bằng CONFIG SET; nếu cần cache thì dùng một Redis riêng.',
  }),
  'redis-unkept': ({ ttlMs }) => ({
    found: 'không giữ append-only file: sau khi khởi động lại nó quên mọi lease',
    next: `Hãy đặt appendonly yes. Không có nó, lúc ấy các link đang chờ phải chờ thêm ${time(ttlMs)}; link đang kết nối thì vẫn kết nối.`,
  }),
  'redis-full': ({ now, most }) => ({
    found: `có ${now} trên ${most} client (maxclients)`,
    next: 'Mỗi tiến trình mcp-pipe có một kết nối. Hãy xem bằng CLIENT LIST cái gì có nhiều đến vậy, hoặc tăng maxclients.',
  }),
};
