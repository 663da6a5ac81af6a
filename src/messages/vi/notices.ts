import { CHANNEL_NAMES as channels } from '../../protocol/alert.js';
import type { AlertNames, notices as en } from '../en/notices.js';
import { formatClock, formatZone } from '../human.js';
import { time } from './numbers.js';

/** `14:03:27 UTC+7`: the phone may be in another time zone than the machine. */
const clock = (at: number, now: number) => `${formatClock(at, now)} ${formatZone(at)}`;
const links = ({ names, count: n }: AlertNames) => (n === 1 ? `Link ${names}` : `${n} link`);
const servers = ({ names, count: n }: AlertNames) => (n === 1 ? `Server ${names}` : `${n} server`);
const list = ({ names, count: n }: AlertNames) => (n === 1 ? '' : `: ${names}`);

/** As the English ones. */
export const notices: typeof en = {
  from: ({ name }) => `mcp-pipe trên ${name}`,
  raised: {
    'link-down': (of) => `${links(of)} đang mất kết nối${list(of)}`,
    'server-down': (of) => `${servers(of)} không hoạt động${list(of)}`,
    'crash-loop': (of) => `${servers(of)} liên tục bị lỗi và khởi động lại${list(of)}`,
    'server-hung': (of) => `${servers(of)} không trả lời${list(of)}`,
    'server-over-limit': (of) => `${servers(of)} đã vượt quá giới hạn${list(of)}`,
    'login-ending': (of) =>
      `Thông tin đăng nhập vào ${of.count === 1 ? `server ${of.names}` : `${of.count} server`} sắp hết hạn${list(of)}`,
    'waits-for-person': (of) =>
      of.count === 1
        ? `Đang chờ bạn chấp thuận: ${of.names}`
        : `${of.count} mục đang chờ bạn chấp thuận${list(of)}`,
    'token-contention': (of) =>
      `Một chương trình khác đang dùng token của ${of.count === 1 ? `link ${of.names}` : `${of.count} link`}${list(of)}`,
  },
  recovered: {
    link: (of) => `${links(of)} đã kết nối lại${list(of)}`,
    server: (of) => `${servers(of)} đã hoạt động lại${list(of)}`,
  },
  since: ({ at, now, forMs }) =>
    forMs < 1_000 ? `Từ ${clock(at, now)}.` : `Từ ${clock(at, now)}, đến nay ${time(forMs)}.`,
  lasted: ({ at, now, forMs }) => `Sự cố kéo dài ${time(forMs)}, từ ${clock(at, now)}.`,
  unsteady: ({ times }) => `Trong thời gian đó có ${times} lần hoạt động lại, nhưng không lâu.`,
  usedBy: ({ names, count: n }) => (n === 1 ? `Link ${names} dùng nó.` : `${n} link dùng nó: ${names}.`),
  notUpYet: 'Chưa chạy lên được lần nào; lần khởi động đầu có thể lâu hơn nếu còn phải tải về.',
  asOne: 'Một trong số đó:',
  howToLook: 'Xem thêm: mcp-pipe health',
  andMore: ({ names, count: n }) => `${names}, … và ${n} mục khác`,
  moreAlerts: ({ count: n }) => `Còn ${n} cảnh báo nữa: mcp-pipe health cho xem tất cả.`,
  test: 'Đây là tin thử',
  testText: 'Cảnh báo của mcp-pipe sẽ được gửi đến đây.',
  refusals: {
    'telegram-token': () =>
      'Telegram không nhận ra bot token. Hãy copy lại từ @BotFather (/mybots, API Token) và ghi vào nơi "botToken" lấy giá trị.',
    'telegram-chat': () =>
      'Telegram không tìm thấy cuộc trò chuyện này. Trước hết hãy nhắn cho bot một tin (nếu là nhóm: thêm bot vào nhóm), rồi sửa "chatId": https://api.telegram.org/bot<TOKEN>/getUpdates hiện nó ở "chat":{"id":…}.',
    'telegram-blocked': () =>
      'Bot không được phép nhắn vào cuộc trò chuyện này. Hãy nhắn `/start` cho bot; nếu là nhóm hoặc kênh, hãy thêm bot vào và cho phép nó nhắn tin.',
    'telegram-moved': ({ chatId }) =>
      `Nhóm đã được nâng lên thành supergroup và có id mới: hãy ghi "chatId": "${chatId}".`,
    'telegram-refused': ({ status, said }) =>
      `Telegram không nhận tin này (HTTP ${status}${said === '' ? '' : `: "${said}"`}): hãy kiểm tra "chatId" và "threadId".`,
    'webhook-gone': ({ channel, status }) =>
      `${channels[channel]} không nhận địa chỉ webhook này (HTTP ${status}): nó đã bị xóa hoặc bị copy thiếu. Hãy tạo một webhook mới và ghi vào nơi "url" lấy giá trị.`,
    'receiver-login': ({ status }) =>
      `Bên nhận đòi thông tin đăng nhập khác (HTTP ${status}): hãy sửa "headers" hoặc "secret" của webhook.`,
    'receiver-moved': ({ status }) => `Bên nhận đã chuyển sang địa chỉ khác (HTTP ${status}): hãy sửa "url".`,
    refused: ({ status }) =>
      `Bên nhận không nhận tin này (HTTP ${status}): hãy kiểm tra "url" và xem log của bên nhận.`,
  },
  failures: {
    unreachable: ({ host, reason }) =>
      `không truy cập được ${host} (${reason}). Hãy kiểm tra mạng; nếu dịch vụ bị chặn, hãy đặt HTTPS_PROXY.`,
    'proxy-failed': ({ host, proxy, reason }) =>
      `proxy ${proxy} không mở được đường đến ${host} (${reason}). Hãy kiểm tra HTTPS_PROXY, hoặc loại trừ host này bằng NO_PROXY.`,
    busy: ({ host, status }) =>
      status === 429
        ? `${host} yêu cầu tạm dừng (HTTP 429): nó đã nhận quá nhiều tin.`
        : `${host} đang gặp sự cố (HTTP ${status}).`,
  },
  undelivered: ({ channel, why }) =>
    `Chưa gửi được cảnh báo qua ${channels[channel]}, sẽ giữ lại để gửi sau: ${why}`,
  rejected: ({ channel, why }) =>
    `Một cảnh báo qua ${channels[channel]} không được chấp nhận và bị bỏ: ${why} Sau đó hãy thử: mcp-pipe alerts test`,
  deliveredAgain: ({ channel }) => `Đã gửi lại được cảnh báo qua ${channels[channel]}.`,
  sendingTo: ({ channels: to }) => `Cảnh báo được gửi đến ${to}.`,
};
