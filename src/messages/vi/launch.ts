import type * as en from '../en/launch.js';
import { confinement } from './confinement.js';

export const launch: typeof en.launch = {
  ...confinement,
  folder: ({ name, folder, is }) => ({
    what: `không chạy được ${name}: thư mục làm việc ${folder} ${is === 'missing' ? 'không tồn tại' : is === 'no-folder' ? 'không phải là thư mục' : `không vào được (${is.code})`}`,
    next: 'Hãy tạo thư mục đó, hoặc sửa `cwd`.',
  }),
  'not-executable': ({ name }) => ({
    what: `không chạy được ${name}: file này không được phép chạy`,
    next: 'Hãy cho phép chạy file (chmod +x), hoặc chạy qua trình thông dịch của nó (node, python3, …).',
  }),
  'no-program': ({ name }) => ({
    what: `không chạy được ${name}: hệ thống không chạy được file này`,
    next: 'Hãy thêm dòng đầu cho script, ví dụ "#!/usr/bin/env node", hoặc chạy qua trình thông dịch của nó.',
  }),
  'too-long': ({ name }) => ({
    what: `không chạy được ${name}: đối số và biến môi trường quá dài`,
    next: 'Hãy đưa các giá trị dài vào một file.',
  }),
  exhausted: ({ name }) => ({
    what: `không chạy được ${name}: hệ thống đã hết file, tiến trình hoặc bộ nhớ`,
    next: 'Hãy dừng bớt chương trình khác, hoặc tăng giới hạn (ulimit -n, ulimit -u, bộ nhớ của container).',
  }),
  other: ({ name, reason }) => ({
    what: `không chạy được ${name}: ${reason}`,
    next: 'Hãy kiểm tra `command`, `args` và `env`: không mục nào được có ký tự NUL.',
  }),
  'not-found': ({ name, program, from, instead }) => ({
    what: `không chạy được ${name}: không có lệnh này trong PATH của server`,
    next: `${from ? `Hãy cài ${from.name} (${from.url})` : 'Hãy kiểm tra cách viết, thêm thư mục của nó vào PATH'}${instead ? `, thử "${instead}"` : ''}, hoặc ghi đường dẫn tuyệt đối của ${program} vào \`command\`.`,
  }),
  'no-interpreter': ({ name }) => ({
    what: `không chạy được ${name}: thiếu trình thông dịch ghi ở dòng đầu`,
    next: 'Hãy cài trình thông dịch đó, sửa dòng đầu của script, hoặc ghi trình thông dịch vào `command`.',
  }),
  'no-file': ({ name, path }) => ({
    what: `không chạy được ${name}: không có file ${path}`,
    next: 'Hãy sửa `command`; đường dẫn tương đối được tính từ `cwd`.',
  }),
  'package-changed': ({ package: name, file, is, folder, integrity, server }) => ({
    what: `bản cài của ${name} đã khác với lúc cài: ${file} ${is === 'changed' ? 'có nội dung khác' : is === 'missing' ? 'bị thiếu' : 'không phải do mcp-pipe cài'} (trong ${folder}; đã khóa với ${integrity})`,
    next: `Hãy tìm xem cái gì đã làm nó thay đổi; \`mcp-pipe lock ${server}\` cài lại đúng phiên bản đã khóa.`,
  }),
  'package-integrity': ({ package: name, integrity, said, server }) => ({
    what: `file mà registry gửi về cho ${name} không đúng với hash ${integrity} trong mcp_lock.json: ${said}`,
    next: `Hãy hỏi bên vận hành registry hoặc chủ của package xem bên nào đúng; \`mcp-pipe update ${server}\` khóa phiên bản registry đang có.`,
  }),
  'package-data': ({ package: name, said, folder, server }) => ({
    what: `không mang được dữ liệu mà ${server} đã ghi trong bản cài trước (${folder}) sang ${name}: ${said}`,
    next: `Hãy dọn chỗ trên đĩa; hoặc chỉ cho server một thư mục riêng cho dữ liệu, nếu nó có tùy chọn hay biến cho việc đó, rồi chuyển dữ liệu từ ${folder} sang đó.`,
  }),
  'login-not-stored': ({ file, code }) => ({
    what: `không kết nối được: không gia hạn được đăng nhập vì không ghi được file ${file} (${code})`,
    next: 'Hãy cho phép người dùng chạy mcp-pipe ghi vào đó và chừa chỗ trống trên đĩa, hoặc đặt MCP_PIPE_RECORDS thành thư mục khác rồi đăng nhập lại.',
  }),
  'tls-file': ({ key, file, is }) => ({
    what: `không kết nối được: file ${file} (\`${key}\`) ${is === 'no-pem' ? `không chứa ${key === 'key' ? 'khóa riêng' : 'chứng chỉ'} dạng PEM` : `không đọc được (${is.code})`}`,
    next:
      is === 'no-pem'
        ? `Hãy chỉ ra trong \`${key}\` một file văn bản có dòng "-----BEGIN ${key === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE'}-----"; khóa không được đặt mật khẩu.`
        : `Hãy sửa \`${key}\`, hoặc cho phép người dùng chạy mcp-pipe đọc file đó.`,
  }),
  'tls-pair': ({ cert, key }) => ({
    what: `không kết nối được: khóa riêng ${key} không khớp với chứng chỉ ${cert}`,
    next: 'Hãy ghi vào `key` khóa được tạo cùng với chứng chỉ trong `cert`.',
  }),
  'headers-failed': ({ name, exitCode, signal }) => ({
    what: `không kết nối được: \`headersCommand\` (${name}) ${signal === undefined ? `kết thúc với mã thoát ${exitCode ?? '?'}` : `bị dừng bởi tín hiệu ${signal}`}`,
    next: 'Hãy chạy lệnh đó trong terminal bằng đúng người dùng chạy mcp-pipe; lệnh phải in ra các header và kết thúc với mã thoát 0.',
  }),
  'headers-slow': ({ name, ms }) => ({
    what: `không kết nối được: \`headersCommand\` (${name}) không kết thúc trong ${ms / 1000} giây`,
    next: 'Hãy chạy lệnh đó trong terminal: lệnh không được chờ nhập liệu. `settings.headersCommandTimeoutMs` cho lệnh thêm thời gian.',
  }),
  'headers-output': ({ name, line, is }) => ({
    what: `không kết nối được: kết quả của \`headersCommand\` (${name}) ${
      {
        line: `có dòng ${line} không phải là header`,
        json: 'là JSON nhưng không phải một object gồm các chuỗi',
        long: 'dài hơn 64 KiB',
        empty: 'rỗng',
      }[is]
    }`,
    next: 'Lệnh phải in mỗi dòng một header, như "Authorization: Bearer …", hoặc một object JSON như {"Authorization": "Bearer …"}, và không in gì khác.',
  }),
};
