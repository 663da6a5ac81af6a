import type * as en from '../en/ui-findings.js';

export const uiFindings: typeof en.uiFindings = {
  'listen-address': () => ({
    expected: 'một địa chỉ của máy này kèm cổng: 127.0.0.1:7420, 0.0.0.0:7420, [::1]:7420, hoặc chỉ một cổng',
    got: 'giá trị khác',
    next: 'Ghi địa chỉ và cổng, không có http:// và không có đường dẫn.',
  }),
  'ui-allowed-host': () => ({
    expected: 'tên mà trình duyệt dùng để mở trang, như pipe.example.com, hoặc "*" cho mọi tên',
    got: 'giá trị khác',
    next: 'Ghi tên đúng như trong địa chỉ, không có https:// và không có đường dẫn.',
  }),
  'ui-key-empty': ({ variable }) => ({
    expected: 'một khóa',
    got: 'chuỗi rỗng',
    next: `Ghi "\${${variable}}" ở đây, và ${variable}=… vào .env; openssl rand -hex 24 tạo ra một khóa. Hoặc bỏ mục này đi.`,
  }),
  'ui-key-characters': () => ({
    expected: 'khóa gồm chữ cái không dấu, chữ số và ký hiệu có trên bàn phím tiếng Anh, không có dấu cách',
    got: 'ký tự khác, không phải trình duyệt nào cũng gửi được',
    next: 'Chọn khóa khác: openssl rand -hex 24 tạo ra một khóa.',
  }),
  'ui-key-weak': ({ least }) => ({
    expected: `khóa từ ${least} ký tự trở lên và không đoán được`,
    got: 'khóa ngắn hơn, hoặc một chuỗi giữ chỗ',
    next: 'Tạo khóa khác: openssl rand -hex 24',
  }),
  'ui-keys-equal': () => ({
    expected: 'khóa chỉ xem khác với "key"',
    got: 'cùng một khóa: người giữ nó làm được mọi việc',
    next: 'Cho "readKey" một giá trị riêng, hoặc bỏ nó đi.',
  }),
  'ui-in-container': ({ host, port }) => ({
    expected: 'địa chỉ mà bên ngoài container truy cập được: 0.0.0.0',
    got: host,
    next: `Ghi "address": "0.0.0.0:${port}", hoặc --ui 0.0.0.0:${port}; docker run -p 127.0.0.1:${port}:${port} giữ trang chỉ trên máy này.`,
  }),
  'metrics-open': ({ host, variable }) => ({
    expected: 'một khóa, vì máy khác truy cập được các số đo này',
    got: `địa chỉ ${host} và không có khóa: ai truy cập được cũng đọc được tên các server và tool`,
    next: `Đặt ${variable}=… (openssl rand -hex 24 tạo ra một khóa), Prometheus gửi nó bằng "authorization: credentials"; hoặc lắng nghe ở 127.0.0.1. Nếu thật sự muốn để mở: "insecureNoAuth": true trong "metrics", hoặc --insecure-no-auth.`,
  }),
  'metrics-insecure': ({ host }) => ({
    expected: 'một khóa, vì máy khác truy cập được các số đo này',
    got: `địa chỉ ${host}, không có khóa, và "insecureNoAuth" hoặc --insecure-no-auth: ai truy cập được cũng đọc được tên các server và tool`,
    next: 'Không cần làm gì nếu chỉ bạn dùng mạng này; nếu không thì đặt MCP_PIPE_METRICS_KEY=… và bỏ "insecureNoAuth".',
  }),
};
