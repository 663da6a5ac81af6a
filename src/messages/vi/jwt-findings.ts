import type * as en from '../en/jwt-findings.js';

export const jwtFindings = {
  'gateway-public-url': () => ({
    expected: 'địa chỉ mà bên gọi dùng để đến gateway, như https://mcp.example.com',
    got: 'một giá trị khác, hoặc http:// của máy khác',
    next: 'Hãy viết với https:// và không có phần truy vấn; địa chỉ của chính máy này có thể dùng http://.',
  }),
  'jwt-issuer': () => ({
    expected: 'nơi cấp token, như https://login.example.com/realms/home',
    got: 'không có gì, một giá trị khác, hoặc http:// của máy khác',
    next: 'Hãy viết đúng như "issuer" trong metadata của nơi đó, tại …/.well-known/openid-configuration: có hay không có dấu gạch chéo ở cuối.',
  }),
  'jwt-issuer-twice': () => ({
    expected: 'mỗi nơi cấp token chỉ một lần',
    got: 'một nơi đã có trong danh sách',
    next: 'Hãy viết mọi giá trị "aud" của nơi đó vào "audience" của một mục, dưới dạng danh sách.',
  }),
  'jwt-audience': ({ issuer }) => ({
    expected: `giá trị "aud" trong token mà ${issuer} cấp cho gateway này`,
    got: 'không có cả "audience" lẫn "publicUrl", nên không phân biệt được token cấp cho nơi khác',
    next: 'Hãy viết "audience": "https://mcp.example.com/mcp" đúng như nơi cấp đặt; nếu nơi cấp hỗ trợ resource indicator (RFC 8707) thì viết "publicUrl": "https://mcp.example.com" bên cạnh "jwt".',
  }),
  'jwt-jwks': () => ({
    expected: 'một địa chỉ https có khóa công khai của nơi cấp, hoặc một file',
    got: 'một địa chỉ khác',
    next: 'Hãy viết giá trị "jwks_uri" trong metadata của nơi cấp, hoặc bỏ "jwks": khi đó giá trị ấy được đọc ở đó.',
  }),
  'jwt-algorithm': ({ known }) => ({
    expected: `một hay nhiều giá trị trong ${known.join(', ')}`,
    got: 'giá trị khác, hoặc không có giá trị nào',
    next: 'Hãy viết các thuật toán mà nơi cấp dùng để ký. "none" và chữ ký bằng giá trị bí mật chung (HS256) không được chấp nhận.',
  }),
  'jwt-scope': () => ({
    expected: 'tên các scope, mỗi tên là một chuỗi không có dấu cách',
    got: 'một giá trị khác',
    next: 'Hãy viết nhiều scope thành danh sách: ["mcp.read", "mcp.write"]',
  }),
  'jwt-grant': () => ({
    expected: '"scope:NAME", "sub:NAME", "client:ID", "claim:NAME=VALUE" hoặc "*"',
    got: 'một giá trị khác',
    next: 'Hãy viết token nào được phép làm điều này, ví dụ "scope:mcp.read" hoặc "claim:groups=admins".',
  }),
  'jwt-no-grants': () => ({
    expected: 'token của nơi cấp này được làm những gì',
    got: 'không có "grants": mọi token cấp cho gateway này dùng được mọi server và mọi tool',
    next: 'Hãy viết "grants", ví dụ { "scope:mcp.read": { "readOnly": true } }; nếu ai cũng được làm mọi việc thì viết { "*": {} }.',
  }),
} satisfies typeof en.jwtFindings;
