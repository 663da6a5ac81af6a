import type * as en from '../en/remote-findings.js';
import { entryText } from '../en/remote-findings.js';

const quoted = (text: string) => JSON.stringify(text);
const schemes = (kind: string) => (kind === 'ws' ? 'wss:// hoặc ws://' : 'https:// hoặc http://');
const reference = (name: string) => `\${${name}}`;

export const remoteFindings = {
  'type-contradicted': ({ written, key }) => ({
    expected: `một "type" hợp với ${quoted(key)} của mục này`,
    got: quoted(written),
    next: `Hãy bỏ "type": ${quoted(key)} đã cho biết cách kết nối với server.`,
  }),
  'keys-of-other-kind': ({ keys, kind }) => ({
    expected: `các key của server loại ${quoted(kind)}`,
    got: `${keys.map(quoted).join(', ')}, không có tác dụng ở đây`,
    next:
      kind === 'stdio'
        ? 'Hãy xóa đi; server được gọi qua địa chỉ thì có "url" và không có "command".'
        : 'Hãy xóa đi; server được khởi động trên máy này thì có "command" và không có "url".',
  }),
  'no-url': ({ kind, isEmpty }) => ({
    expected: 'địa chỉ của server',
    got: isEmpty ? 'một chuỗi rỗng' : 'không có gì',
    next: `Hãy ghi "url": "${kind === 'ws' ? 'wss' : 'https'}://…". Server là một lệnh thì dùng "command", và không có "type".`,
  }),
  'url-no-address': ({ kind, instead }) => ({
    expected: `một địa chỉ bắt đầu bằng ${schemes(kind)}`,
    got: instead === undefined ? 'một chuỗi không phải địa chỉ' : 'một chuỗi thiếu phần đó',
    next:
      instead === undefined ? 'Hãy chép địa chỉ từ trang của server.' : `Hãy ghi đầy đủ, có lẽ là ${instead}`,
  }),
  'url-scheme': ({ kind, scheme }) => ({
    expected: schemes(kind),
    got: `một địa chỉ bắt đầu bằng ${quoted(scheme)}`,
    next: 'Hãy dùng địa chỉ của server bắt đầu như vậy, hoặc chạy server bằng lệnh với "command".',
  }),
  'url-of-other-kind': ({ kind, scheme }) => ({
    expected: `${schemes(kind)} cho "type": ${quoted(kind)}`,
    got: `${scheme}://`,
    next: 'Hãy bỏ "type": chính địa chỉ đã cho biết cách nói chuyện với server.',
  }),
  'url-login': ({ shown }) => ({
    expected: `một địa chỉ không kèm thông tin đăng nhập: ${shown}`,
    got: 'một địa chỉ có tên hoặc mật khẩu',
    next: `Thông tin này được gửi trong "Authorization". Đừng để nó trong file: hãy ghi "Basic …" vào .env, rồi viết "headers": { "Authorization": "${reference('NAME')}" }.`,
  }),
  'url-unencrypted': ({ host }) => ({
    expected: `https:// hoặc wss:// tới ${host}, vì có token được gửi đến đó`,
    got: 'một địa chỉ không mã hóa',
    next: 'Ai ở trên đường đi cũng đọc được token: hãy dùng địa chỉ có mã hóa, hoặc đi tới server qua VPN.',
  }),
  'bad-header': ({ part }) => ({
    expected: part === 'name' ? 'tên của một HTTP header' : 'một giá trị mà HTTP gửi được',
    got: part === 'name' ? 'một tên có ký tự khác' : 'một giá trị có xuống dòng hoặc ký tự lạ',
    next:
      part === 'name'
        ? 'Chỉ dùng chữ cái không dấu, chữ số và dấu -, ví dụ "Authorization".'
        : 'Hãy viết trên một dòng; nếu là token thì chép lại, không kèm những gì đứng quanh nó.',
  }),
  'header-of-protocol': ({ name }) => ({
    expected: 'một header mà server yêu cầu',
    got: `${quoted(name)}, do chính mcp-pipe đặt cho từng yêu cầu`,
    next: 'Hãy xóa đi: header này không được gửi.',
  }),
  'authorization-scheme': () => ({
    expected: 'một từ đứng trước token, như hầu hết server yêu cầu: "Bearer …"',
    got: 'chỉ có token',
    next: 'Nếu server trả lời 401, hãy viết thêm "Bearer " trước token.',
  }),
  'secret-in-entry': ({ key, before, variable }) => ({
    expected: 'giá trị bí mật nằm trong .env, còn file này chỉ ghi tên của nó',
    got: `chính giá trị bí mật trong ${quoted(key)}`,
    next: `Hãy ghi ${variable}=… vào .env, rồi viết "${before}${reference(variable)}" ở đây.`,
  }),
  'no-headers-command': () => ({
    expected: 'một lệnh in ra các header',
    got: 'một chuỗi rỗng',
    next: 'Hãy ghi chương trình, ví dụ "headersCommand": { "command": "./header.sh" }, hoặc bỏ key này đi.',
  }),
  'env-of-remote': ({ names }) => ({
    expected: 'không có biến nào: server từ xa không phải tiến trình trên máy này',
    got: names.join(', '),
    next: `Hãy xóa đi, hoặc dùng đến: "headers": { "Authorization": "Bearer ${reference(names[0] ?? 'NAME')}" }.`,
  }),
  'insecure-host': ({ host }) => ({
    expected: `host của địa chỉ: ${quoted(host)}`,
    got: 'một chuỗi khác',
    next: `Hãy ghi "insecureHost": ${quoted(host)} nếu muốn bỏ kiểm tra chứng chỉ của host này; tốt hơn là khai báo CA của nó bằng "ca".`,
  }),
  'half-certificate': ({ has, lacks }) => ({
    expected: '"cert" và "key" đi cùng nhau',
    got: `chỉ có ${quoted(has)}`,
    next: `Hãy ghi thêm ${quoted(lacks)}, hoặc bỏ cả hai.`,
  }),
  'certificate-missing': ({ file }) => ({
    expected: 'một file PEM',
    got: `${file}, không tồn tại`,
    next: 'Hãy sửa đường dẫn; nó tính từ thư mục của file cấu hình.',
  }),
  bridge: ({ bridge, type, url, headers }) => ({
    expected: 'một server từ xa không qua tiến trình trung gian',
    got: `${bridge}, vốn chỉ chuyển message tới ${url}`,
    next: `Hãy ghi ${entryText(type, url, headers)} thay cho "command" và "args"; khi đó kết nối bị mất được phát hiện và nối lại sớm hơn.${headers.length === 0 ? ' Nếu server yêu cầu đăng nhập: mcp-pipe login NAME.' : ''}`,
  }),
  'server-proxy': ({ scheme }) => ({
    expected: 'địa chỉ của một HTTP proxy',
    got: scheme === undefined ? 'một chuỗi không phải địa chỉ' : `một địa chỉ bắt đầu bằng ${quoted(scheme)}`,
    next: 'Hãy ghi "proxy": "http://host:port", hoặc "none" để không dùng proxy.',
  }),
  'login-due': ({ name, isEnding }) => ({
    expected: 'thông tin đăng nhập còn hạn lâu, hoặc tự gia hạn',
    got: isEnding
      ? 'thông tin sắp hết hạn và không tự gia hạn'
      : 'thông tin mà server không còn chấp nhận, hoặc không chấp nhận cho mọi lời gọi',
    next: `Hãy đăng nhập lại: mcp-pipe login ${name}`,
  }),
  'oauth-no-client': ({ lacks }) => ({
    expected: `${quoted(lacks)} đi cùng "grant": "client_credentials"`,
    got: 'không có',
    next:
      lacks === 'clientId'
        ? 'Hãy ghi id của client mà máy chủ cấp quyền dành cho mcp-pipe.'
        : 'Hãy ghi "clientSecret" dưới dạng biến trong .env, hoặc "privateKeyFile".',
  }),
  'oauth-metadata-url': () => ({
    expected: 'một địa chỉ https có đường dẫn',
    got: 'một địa chỉ khác',
    next: 'Hãy công bố thông tin của client tại một địa chỉ như vậy, hoặc bỏ key này: khi đó một client sẽ được đăng ký.',
  }),
} satisfies typeof en.remoteFindings;
