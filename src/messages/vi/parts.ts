import type { ActualValue, ActualValueId, FindingText, Shape, ShapeId, SyntaxErrorKind } from '../parts.js';
import { modes } from './link-kinds.js';

export const shapes: Record<ShapeId, (shape: Shape) => string> = {
  text: () => 'một chuỗi trong dấu ngoặc kép',
  'true-or-false': () => 'true hoặc false',
  'list-of-texts': () => 'một danh sách chuỗi: ["-y", "package"]',
  'headers-command': () => 'một lệnh dạng chuỗi, hoặc { "command": …, "args": […] }',
  'object-of-texts': () => 'một object gồm các chuỗi: { "NAME": "value" }',
  handshake: () => '"speculative" hoặc "passthrough"',
  mode: () => oneOf(Object.keys(modes)),
  prefix: () => '"auto", "always" hoặc "never"',
  'tool-names': () => '"plain" hoặc "keep"',
  'on-list-change': () => '"auto", "notify" hoặc "reconnect"',
  separator: () => 'tối đa 8 chữ cái, chữ số, _ hoặc -',
  'account-group': () => 'một tên từ 1 đến 60 ký tự',
  'list-of-servers': () => 'một danh sách tên server: ["music", "memory"]',
  'tool-name': () => 'một tên dài từ 1 đến 64 ký tự, chỉ gồm A-Z a-z 0-9 _ -',
  'tool-filter': () => 'một object: { "allow": ["get_*"], "deny": ["delete_*"] }',
  turn: () => 'một object: { "dwellMs": "5m", "order": 1 }',
  sandbox: () => '"auto", hoặc một object: { "read": ["~/notes"], "write": ["data"], "network": false }',
  'sandbox-by': () => '"bubblewrap" hoặc "landlock"',
  image: () =>
    'tên một image, hoặc một object: { "name": "mcp/time", "network": true, "mounts": ["data:/data"] }',
  addresses: () => 'một địa chỉ trong dấu ngoặc kép, hoặc một danh sách địa chỉ',
  drift: () => '"tell", "hold" hoặc "ignore"',
  approve: () => '"destructive", hoặc danh sách tên tool: ["delete_*"]',
  share: () => '"server", "agent", "key" hoặc "session"',
  start: () => '"run" hoặc "demand"',
  keep: () => 'một khoảng giờ như "07:00-23:00", hoặc một danh sách như vậy',
  'caller-env': () => 'một object: { "GITHUB_TOKEN": "header:X-GitHub-Token" }',
  'tools-of-agent': () => 'một object: { "music": { "allow": ["play_*"] } }',
  agent: () => `một object: { "endpoint": "\${TOKEN_1}", "servers": ["music"] }`,
  agents: () => `một object: { "kitchen": { "endpoint": "\${TOKEN_1}" } }`,
  token: () => 'một object: { "mode": "pipe" }',
  tokens: () => 'một object: { "MCP_ENDPOINT": { "mode": "pipe" } }',
  server: () => 'một object: { "command": …, "args": [ … ] }',
  servers: () => 'một object: { "name": { "command": … } }',
  root: () => 'một object: { "mcpServers": { … } }',
  alerts: () => `một object: { "telegram": { "botToken": "\${TELEGRAM_BOT_TOKEN}", "chatId": "123456789" } }`,
  'alert-channel': () => `một object gồm các key của kênh này, ví dụ { "url": "\${SLACK_WEBHOOK_URL}" }`,
  'alert-kinds': () =>
    'một danh sách gồm "link-down", "server-down", "crash-loop", "server-hung", "server-over-limit", "token-contention", "login-ending", "waits-for-person"',
  gateway: () => `true, hoặc một object: { "port": 8080, "keys": { "me": "\${MCP_PIPE_KEY}" } }`,
  'gateway-keys': () => `một object gồm các khóa theo tên: { "me": "\${MCP_PIPE_KEY}" }`,
  'gateway-key': () =>
    `một khóa, "\${KEY_AN}", hoặc một object: { "key": "\${KEY_AN}", "servers": ["memory"], "readOnly": true }`,
  'gateway-paths': () => 'một object: { "ws": "/message" }',
  'gateway-tls': () => 'một object: { "cert": "fullchain.pem", "key": "privkey.pem" }',
  'gateway-port': () => 'một cổng từ 0 đến 65535; 0 là cổng trống bất kỳ',
  lifetime: () => 'một khoảng thời gian từ một phút đến một năm: "30m", "1h", "30d"',
  'gateway-oauth': () => 'true, hoặc một object: { "accessToken": "1h", "registration": false }',
  grant: () => 'một object: { "servers": ["memory"], "readOnly": true }',
  jwt: () =>
    'một object, hoặc một danh sách object: { "issuer": "https://login.example.com", "audience": "https://mcp.example.com/mcp" }',
  'jwt-grants': () => 'một object gồm các quyền: { "scope:mcp.read": { "readOnly": true } }',
  'listen-address': () => 'một địa chỉ kèm cổng, "127.0.0.1:7420", hoặc một cổng',
  ui: () => `true, hoặc một object: { "address": "0.0.0.0:7420", "key": "\${MCP_PIPE_UI_KEY}" }`,
  sentry: () =>
    `một DSN, "\${SENTRY_DSN}", hoặc một object: { "dsn": "\${SENTRY_DSN}", "environment": "vps-1", "sampleRate": 1 }`,
  otlp: () =>
    `một địa chỉ, "http://127.0.0.1:4318", true, hoặc một object: { "url": "…", "headers": { "Authorization": "Bearer \${OTLP_TOKEN}" } }`,
  audit: () => 'true, hoặc một object: { "file": "audit.jsonl", "keep": 10, "size": "10MB" }',
  redis: () =>
    `một địa chỉ, "redis://10.0.0.5:6379/0", false, hoặc một object: { "url": "…", "password": "\${REDIS_PASSWORD}" }`,
  metrics: () => 'true, hoặc một object: { "address": "127.0.0.1:9464" }',
  texts: () => 'một chuỗi trong dấu ngoặc kép, hoặc một danh sách chuỗi',
  size: ({ least, most }) => `số byte từ ${least} đến ${most}, hoặc một chuỗi: "16MB", "300MB"`,
  language: () => '"en" hoặc "vi"',
  settings: () => 'một object: { "maxDelayMs": 600000 }',
  setting: () => 'tên của một thiết lập',
  milliseconds: ({ least, most }) => `một số mili giây từ ${least} đến ${most}`,
  duration: ({ least, most }) =>
    `một số mili giây từ ${least} đến ${most}, hoặc một chuỗi: "30s", "5m", "1h"`,
  limits: () => 'một object: { "memory": "300MB", "cpu": 50, "pids": 64 }',
  calls: () => 'một object: { "rate": "100/m", "concurrent": 4, "timeout": "60s", "breaker": true }',
  'calls-of-tools': () => 'một object giới hạn theo tool: { "slow_*": { "timeout": "10m", "rate": "10/m" } }',
  'calls-of-tool': () => 'một object: { "timeout": "10m", "rate": "10/m" }',
  cache: () => 'true, false, hoặc một object: { "ttl": "30s", "tools": ["get_*"] }',
  'cache-store': () => '"memory" hoặc "redis"',
  instances: ({ least, most }) =>
    `một số từ ${least} đến ${most}, hoặc một object: { "count": 3, "sticky": "agent" }`,
  sticky: () => '"agent" hoặc "session"',
  breaker: () => 'true, false, hoặc một object: { "failures": 5, "pause": "60s" }',
  rate: () => 'true, hoặc số lần gọi trong một khoảng thời gian: "100/m", "10/s", "1000/h", "5/30s"',
  port: () => 'một cổng từ 1 đến 65535',
  oauth: () => 'false, hoặc một object: { "clientId": "…", "scopes": ["read"] }',
  'oauth-grant': () => '"authorization_code" hoặc "client_credentials"',
  'oauth-method': () => '"none", "client_secret_basic", "client_secret_post" hoặc "private_key_jwt"',
  scopes: () => 'một danh sách chuỗi: ["read", "write"]',
  number: ({ least, most }) => `một số từ ${least} đến ${most}`,
};

export const came: Record<ActualValueId, string> = {
  null: 'null',
  list: 'một danh sách',
  object: 'một object',
  text: 'một chuỗi',
  nothing: 'không có gì',
  'empty-file': 'một file rỗng',
  backslash: 'dấu \\ đi kèm một ký tự khác',
  'line-end': 'chỗ kết thúc dòng hoặc file',
  'quoted-text': 'một chuỗi trong dấu ngoặc kép',
  'single-quote': 'một dấu nháy đơn',
  'bare-word': 'một từ không có dấu ngoặc kép',
  'quoted-address': 'một chuỗi bắt đầu bằng dấu nháy',
  'bare-token': 'chỉ có token',
};

export function formatActual(what: ActualValue): string {
  if (typeof what === 'string') return came[what];
  return 'literal' in what ? what.literal : `một chuỗi ${what.addressLength} ký tự không phải là địa chỉ`;
}

export const syntax: Record<SyntaxErrorKind, Pick<FindingText, 'expected' | 'next'>> = {
  EmptyFile: {
    expected: 'một đối tượng JSON',
    next: 'Hãy viết { "mcpServers": { … } }; xem ví dụ trong mcp_config.minimal.json.',
  },
  Other: { expected: 'JSON hợp lệ', next: 'Kiểm tra dấu ngoặc kép, dấu phẩy và các dấu ngoặc quanh đây.' },
  CommaExpected: { expected: 'dấu phẩy', next: 'Thêm dấu phẩy giữa chỗ này và phần đứng trước nó.' },
  ColonExpected: { expected: 'dấu hai chấm', next: 'Hãy viết "key": value.' },
  PropertyNameExpected: { expected: 'một key trong dấu ngoặc kép', next: 'Hãy viết key dạng "key".' },
  ValueExpected: {
    expected: 'một giá trị',
    next: 'Hãy viết một chuỗi trong dấu ngoặc kép, một số, true, false, [ … ] hoặc { … }.',
  },
  InvalidSymbol: {
    expected: 'một chuỗi trong dấu ngoặc kép',
    next: 'Đặt chuỗi trong dấu ngoặc kép; chỉ có true, false và null được viết trần, bằng chữ thường.',
  },
  CloseBraceExpected: { expected: '}', next: 'Đóng dấu ngoặc nhọn còn đang mở.' },
  CloseBracketExpected: { expected: ']', next: 'Đóng dấu ngoặc vuông còn đang mở.' },
  EndOfFileExpected: {
    expected: 'chỗ kết thúc file',
    next: 'Xóa phần nằm sau dấu } cuối cùng, hoặc bớt một dấu ngoặc nhọn đóng.',
  },
  InvalidEscapeCharacter: {
    expected: 'một ký tự escape của JSON',
    next: 'Viết mỗi dấu \\ trong đường dẫn Windows hai lần, hoặc dùng / thay thế.',
  },
  InvalidCharacter: {
    expected: 'JSON hợp lệ',
    next: 'Đặt chuỗi trong dấu ngoặc kép, và viết dấu xuống dòng bên trong chuỗi thành \\n.',
  },
  UnexpectedEndOfString: {
    expected: 'dấu ngoặc kép đóng',
    next: 'Đóng chuỗi bằng dấu ngoặc kép ngay trên cùng dòng.',
  },
  UnexpectedEndOfComment: { expected: '*/', next: 'Đóng comment lại.' },
};

function oneOf(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return `${quoted.slice(0, -1).join(', ')} hoặc ${quoted.at(-1)}`;
}
