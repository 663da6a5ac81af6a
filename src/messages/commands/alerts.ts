import type { AlertKind } from '../../protocol/alert.js';
import { time } from '../en/numbers.js';
import { time as timeVi } from '../vi/numbers.js';

interface Way {
  channel: string;
  host: string;
  proxy: string | undefined;
}

const en = {
  help: {
    about:
      'Says where alerts go. With "test", sends a test message there, and to Sentry, and says what came back.',
    action: 'test: send a message to each channel, and to Sentry',
    json: 'print JSON for programs',
    more: `
Examples:
  mcp-pipe alerts                            where alerts go, and when; sends nothing
  mcp-pipe alerts test                       sends one message to each channel of "alerts" in mcp_config.json, and one to "sentry"
  mcp-pipe alerts test --json                the same for programs
  mcp-pipe alerts test --lang vi             in Vietnamese

Exit codes: 0 every message arrived; 1 one of them did not; 2 there is neither "alerts" with a channel nor "sentry", or one cannot be used.
docs/alerts.md says how to get a Telegram bot and a webhook address.
`,
  },
  goesTo: ({ channel, host, proxy }: Way) =>
    `Alerts go to ${channel} (${host})${proxy === undefined ? '' : `, through the proxy ${proxy}`}.`,
  when: ({ afterMs, on, name }: { afterMs: number; on: readonly AlertKind[]; name: string }) =>
    `Reported, as "${name}": ${on.join(', ') || 'nothing'}; what is down, after ${time(afterMs)}.`,
  tryIt: 'To try it: mcp-pipe alerts test',
  arrived: ({ channel, host, tookMs }: Way & { tookMs: number }) =>
    `${channel}: ${host} took the message after ${time(tookMs)}.`,
  failed: ({ channel, why }: Way & { why: string }) => `${channel}: not sent: ${why}`,
};

const vi: typeof en = {
  help: {
    about:
      'Cho biết cảnh báo được gửi đến đâu. Với "test", gửi thử một tin đến đó và đến Sentry rồi cho biết kết quả.',
    action: 'test: gửi một tin đến từng kênh, và đến Sentry',
    json: 'in JSON cho chương trình khác đọc',
    more: `
Ví dụ:
  mcp-pipe alerts                            cảnh báo được gửi đến đâu và khi nào; không gửi gì
  mcp-pipe alerts test                       gửi một tin đến từng kênh trong "alerts" của mcp_config.json, và một tin đến "sentry"
  mcp-pipe alerts test --json                như trên, cho chương trình khác đọc
  mcp-pipe alerts test --lang vi             bằng tiếng Việt

Mã thoát: 0 mọi tin đã đến nơi; 1 có tin không đến nơi; 2 không có "alerts" với kênh gửi lẫn "sentry", hoặc có mục không dùng được.
docs/vi/alerts.md hướng dẫn cách tạo bot Telegram và lấy địa chỉ webhook.
`,
  },
  goesTo: ({ channel, host, proxy }) =>
    `Cảnh báo được gửi đến ${channel} (${host})${proxy === undefined ? '' : `, qua proxy ${proxy}`}.`,
  when: ({ afterMs, on, name }) =>
    `Được báo, với tên "${name}": ${on.join(', ') || 'không gì cả'}; nếu mất kết nối hoặc không chạy thì sau ${timeVi(afterMs)}.`,
  tryIt: 'Để thử: mcp-pipe alerts test',
  arrived: ({ channel, host, tookMs }) => `${channel}: ${host} đã nhận tin sau ${timeVi(tookMs)}.`,
  failed: ({ channel, why }) => `${channel}: chưa gửi được: ${why}`,
};

/** The words of `mcp-pipe alerts`, in both languages. */
export const texts = { en, vi };
