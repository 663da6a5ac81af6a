import type * as en from '../en/oauth-findings.js';

export const oauthFindings: typeof en.oauthFindings = {
  'gateway-oauth-url': () => ({
    expected:
      'địa chỉ mà bên gọi dùng để tới gateway: máy chủ cấp quyền của nó được biết qua địa chỉ này, và mọi lần đăng nhập đều ghi nó',
    got: '"oauth" mà không có địa chỉ đó, trong khi gateway được gọi bằng tên khác với các tên của máy này',
    next: 'Ghi "publicUrl": "https://mcp.example.com" vào "gateway"; hoặc lắng nghe ở 127.0.0.1 và bỏ "allowedHosts".',
  }),
  'gateway-oauth-no-key': () => ({
    expected: 'một khóa: phải có khóa mới cho phép được ứng dụng',
    got: '"oauth" mà chưa có khóa nào',
    next: 'mcp-pipe key add an tạo một khóa; mcp-pipe đang chạy dùng được ngay.',
  }),
  'gateway-oauth-lifetimes': () => ({
    expected: 'bên gọi còn đăng nhập ít nhất lâu bằng thời hạn của một access token',
    got: '"refreshToken" hết hạn trước đó',
    next: 'Ghi cho "refreshToken" thời gian dài hơn "accessToken": ví dụ "30d" và "1h".',
  }),
  'gateway-oauth-host': () => ({
    expected: 'một host, như claude.ai, kèm cổng nếu không phải cổng của https',
    got: 'thứ khác',
    next: 'Chỉ ghi host, không có https:// và không có đường dẫn. Máy của chính người dùng (127.0.0.1, localhost) luôn được phép.',
  }),
};
