import type { AlertChannelKind } from '../../protocol/alert.js';
import type { alertFindings as en } from '../en/alert-findings.js';

const WHERE_TO_GET: Record<AlertChannelKind, string> = {
  telegram: 'Hãy bỏ "apiUrl", trừ khi bạn tự chạy một Bot API server.',
  slack:
    'Hãy copy từ api.slack.com/apps, chọn app của bạn, Incoming Webhooks: https://hooks.slack.com/services/…',
  discord:
    'Hãy copy trong Discord, ở phần cài đặt của kênh, Integrations, Webhooks: https://discord.com/api/webhooks/…',
  webhook: 'Hãy ghi địa chỉ đầy đủ: https://example.com/alerts',
};

/** As the English ones. */
export const alertFindings: typeof en = {
  'alerts-nowhere': () => ({
    expected: 'ít nhất một trong telegram, slack, discord, webhook',
    got: 'không có mục nào, nên cảnh báo không được gửi đi đâu',
    next: `Hãy ghi, ví dụ, "telegram": { "botToken": "\${TELEGRAM_BOT_TOKEN}", "chatId": "\${TELEGRAM_CHAT_ID}" }, hoặc bỏ "alerts".`,
  }),
  'alerts-of-nothing': () => ({
    expected: 'ít nhất một từ trong "on"',
    got: 'danh sách rỗng, nên không báo gì cả',
    next: 'Hãy bỏ "on" để báo tất cả.',
  }),
  'alert-incomplete': ({ channel, key, variable, envFile }) => ({
    expected: `"${key}", vì cảnh báo qua ${channel} cần nó`,
    got: 'không có gì',
    next: `Hãy ghi "${key}": "\${${variable}}" ở đây, và ${variable}=… vào ${envFile}.`,
  }),
  'alert-url': ({ channel }) => ({
    expected: 'địa chỉ bắt đầu bằng https:// hoặc http://',
    got: 'thứ khác',
    next: WHERE_TO_GET[channel],
  }),
  'alert-bot-token': () => ({
    expected: 'token của một bot Telegram: 123456789:AA…',
    got: 'thứ khác',
    next: 'Hãy copy toàn bộ token từ @BotFather (/mybots, API Token), không thêm "bot" ở đầu.',
  }),
  'alert-chat-id': () => ({
    expected: 'id của một cuộc trò chuyện Telegram: 123456789, -1001234567890, hoặc @tên của kênh công khai',
    got: 'thứ khác',
    next: 'Hãy nhắn cho bot một tin; sau đó https://api.telegram.org/bot<TOKEN>/getUpdates hiện id ở "chat":{"id":…}.',
  }),
  'sentry-dsn': () => ({
    expected: 'DSN của một dự án: https://KEY@o1.ingest.sentry.io/4501',
    got: 'thứ khác',
    next: 'Hãy copy toàn bộ DSN: trong Sentry ở Settings, Projects, dự án của bạn, Client Keys (DSN); trong GlitchTip ở phần cài đặt của dự án.',
  }),
  'otlp-url': () => ({
    expected: 'địa chỉ bắt đầu bằng http:// hoặc https://, không kèm thông tin đăng nhập',
    got: 'thứ khác',
    next: 'Hãy ghi địa chỉ của bộ thu, "http://127.0.0.1:4318"; thông tin đăng nhập thì ghi vào "headers".',
  }),
  'alert-header': () => ({
    expected: 'header mà HTTP cho phép',
    got: 'tên có dấu cách hoặc chữ có dấu, hoặc giá trị có xuống dòng',
    next: 'Hãy sửa header, ví dụ "Authorization": "Bearer …".',
  }),
  'alert-secret-empty': () => ({
    expected: 'secret dùng để ký các request',
    got: 'chuỗi rỗng, nên chúng không được ký',
    next: 'Hãy ghi một secret, hoặc bỏ "secret".',
  }),
};
