import type * as en from '../en/launch.js';

export const launch: typeof en.launch = {
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
};
