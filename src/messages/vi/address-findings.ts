import type * as en from '../en/address-findings.js';
import { formatActual } from './parts.js';

const EXAMPLE = 'wss://api.xiaozhi.me/mcp/?token=…';
const COPY_AGAIN = 'Hãy copy lại toàn bộ địa chỉ.';
const FOR_SERVERS = 'địa chỉ dành cho MCP server';

export const addressFindings = {
  'endpoint-no-address': ({ came }) => ({
    expected: `một địa chỉ dạng ${EXAMPLE}`,
    got: formatActual(came),
    next:
      came === 'quoted-address'
        ? 'Hãy bỏ dấu nháy đi.'
        : came === 'bare-token'
          ? 'Hãy copy lại toàn bộ địa chỉ: còn thiếu phần đứng trước token, với xiaozhi.me là wss://api.xiaozhi.me/mcp/?token='
          : COPY_AGAIN,
  }),
  'endpoint-no-scheme': ({ host, scheme }) => ({
    expected: 'một địa chỉ bắt đầu bằng wss:// hoặc ws://',
    got: host,
    next: `Hãy viết ${scheme}:// ở phía trước.`,
  }),
  'endpoint-quoted': () => ({
    expected: 'một địa chỉ không có dấu nháy bao quanh',
    got: 'có dấu nháy, đã được bỏ đi',
    next: 'Hãy viết địa chỉ không có dấu nháy; các biến khác được đặt theo cách này vẫn giữ dấu nháy khi tới server.',
  }),
  'endpoint-several': ({ count }) => ({
    expected: 'một địa chỉ',
    got: `${count} địa chỉ`,
    next: `Mỗi chuỗi ở đây là một địa chỉ. Nếu có nhiều, hãy viết thành danh sách trong mục của server, "endpoint": ["\${TOKEN_1}", "\${TOKEN_2}"], mỗi địa chỉ trong một biến riêng; hoặc khai báo mỗi địa chỉ một agent trong "agents".`,
  }),
  'endpoint-http': ({ shown, from, to, path }) => ({
    expected: 'một địa chỉ bắt đầu bằng wss:// hoặc ws://',
    got: shown,
    next: `Hãy viết ${to}// thay cho ${from}//${path === undefined ? '' : `, và đường dẫn là ${path}`}.`,
  }),
  'endpoint-status-page': ({ shown, instead }) => ({
    expected: FOR_SERVERS,
    got: `${shown}, là trang xem tình trạng của endpoint`,
    next: `Hãy copy địa chỉ của agent từ trang quản lý: ${instead} Key của trang này không phải là token.`,
  }),
  'endpoint-for-devices': ({ shown }) => ({
    expected: FOR_SERVERS,
    got: `${shown}, là địa chỉ dành cho thiết bị`,
    next: 'Hãy copy địa chỉ MCP của agent từ trang quản lý: nó kết thúc bằng /mcp_endpoint/mcp/?token=… nếu endpoint tự dựng, và bằng /mcp/?token=… nếu dùng xiaozhi.me.',
  }),
  'endpoint-web-page': ({ shown }) => ({
    expected: FOR_SERVERS,
    got: `${shown}, là một trang web`,
    next: `Hãy copy địa chỉ MCP của agent từ trang đó: ${EXAMPLE}`,
  }),
  'endpoint-other-scheme': () => ({
    expected: 'một địa chỉ bắt đầu bằng wss:// hoặc ws://',
    got: 'một địa chỉ loại khác',
    next: COPY_AGAIN,
  }),
  'endpoint-for-callers': ({ shown }) => ({
    expected: FOR_SERVERS,
    got: shown,
    next: 'Địa chỉ này dành cho bên gọi: hãy viết /mcp_endpoint/mcp/ thay cho /mcp_endpoint/call/.',
  }),
  'endpoint-no-slash': ({ shown }) => ({
    expected: 'đường dẫn kết thúc bằng dấu /',
    got: shown,
    next: 'Hãy viết /mcp_endpoint/mcp/ có dấu / ở cuối: thiếu nó thì endpoint tự dựng sẽ trả về HTTP 403.',
  }),
  'endpoint-maybe-for-callers': ({ shown }) => ({
    expected: FOR_SERVERS,
    got: shown,
    next: 'Địa chỉ này dành cho bên gọi, server nối vào đó sẽ không bao giờ được hỏi gì: hãy viết /mcp/ thay cho /call/.',
  }),
  'endpoint-placeholder': ({ isMissing }) => ({
    expected: 'một token thật',
    got: isMissing ? 'không có token' : 'một token mẫu',
    next: 'Hãy copy địa chỉ của chính bạn từ trang quản lý của endpoint; địa chỉ này sẽ bị từ chối.',
  }),
  'endpoint-tls-port': ({ port }) => ({
    expected: 'wss:// ở nơi dùng TLS',
    got: `ws:// tới cổng ${port}`,
    next: 'Hãy viết wss:// thay cho ws://.',
  }),
  'token-plus': () => ({
    expected: 'một token không có dấu +, vì trong địa chỉ nó được đọc là khoảng trắng',
    got: 'một dấu +',
    next: 'Hãy viết %2B thay cho mỗi dấu + trong token.',
  }),
  'token-encoded-twice': ({ once }) => ({
    expected: `${once}, chỉ mã hóa một lần`,
    got: once.replace('%', '%25'),
    next: `Hãy viết ${once}: đổi mỗi %25 trong token thành %.`,
  }),
} satisfies typeof en.addressFindings;
