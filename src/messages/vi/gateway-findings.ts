import type * as en from '../en/gateway-findings.js';

const quoted = (text: string) => JSON.stringify(text);
const headerFor = (variable: string) =>
  `X-${variable
    .split('_')
    .filter((part) => part !== '')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('-')}`;

export const gatewayFindings = {
  'caller-env-remote': ({ kind }) => ({
    expected: '"callerEnv" của một server được khởi động bằng lệnh',
    got: `một server loại ${quoted(kind)}, vốn không có biến môi trường`,
    next: 'Hãy bỏ "callerEnv". Những gì server này cần thì ghi trong "headers" của nó.',
  }),
  'caller-env-shared': ({ share }) => ({
    expected: '"share": "session" hoặc "share": "key" cùng với "callerEnv"',
    got: `"share": ${quoted(share)}, khi đó người gọi không có tiến trình riêng`,
    next: 'Hãy viết "share": "session" vào mục này: khi đó những người gọi có giá trị khác nhau không bao giờ dùng chung một tiến trình.',
  }),
  'caller-env-name': () => ({
    expected: 'tên một biến: GITHUB_TOKEN',
    got: 'một tên có ký tự khác ngoài chữ cái, chữ số và _',
    next: 'Hãy sửa lại tên.',
  }),
  'caller-env-powerful': ({ variable }) => ({
    expected: 'một biến mà server chỉ đọc như dữ liệu',
    got: `${variable}, qua đó người gọi có thể chạy chương trình khác, hoặc lấy thứ thuộc về mcp-pipe`,
    next: 'Hãy đặt biến này trong "env" của mục, nơi người gọi không thay đổi được.',
  }),
  'caller-env-form': ({ variable }) => ({
    expected: `nơi lấy giá trị: "header:${headerFor(variable)}"`,
    got: 'một giá trị khác',
    next: `Hãy viết "${variable}": "header:${headerFor(variable)}". Giá trị giống nhau cho mọi người gọi thì ghi trong "env".`,
  }),
  'caller-env-reserved': ({ header }) => ({
    expected: 'một header chỉ server này cần, ví dụ X-GitHub-Token',
    got: `${header}, vốn dành cho chính gateway hoặc kết nối`,
    next: 'Hãy chọn header khác, và để client gửi giá trị trong đó.',
  }),
} satisfies typeof en.gatewayFindings;
