import type * as en from '../en/command-findings.js';
import { size } from './numbers.js';

export const commandFindings = {
  'variable-cycle': ({ names }) => ({
    expected: 'các biến không gọi lẫn nhau thành vòng tròn',
    got: [...names, names[0]].join(' -> '),
    next: `Hãy ghi thẳng giá trị của một biến: ngay tại chỗ đó, hoặc ghi ${names[0]}=… vào .env.`,
  }),
  'folder-is-file': ({ file }) => ({
    expected: 'một thư mục',
    got: `${file}, là một file`,
    next: 'Hãy ghi thư mục chứa nó vào "cwd".',
  }),
  'folder-closed': ({ folder }) => ({
    expected: 'một thư mục mà người dùng này vào được',
    got: folder,
    next: 'Hãy dùng tài khoản của chủ thư mục để chạy chmod u+x, hoặc ghi một thư mục khác vào "cwd".',
  }),
  'nul-character': () => ({
    expected: 'một chuỗi không có ký tự NUL',
    got: 'một ký tự NUL (\\u0000)',
    next: 'Hãy bỏ ký tự này đi: không hệ điều hành nào chuyển được nó cho một chương trình.',
  }),
  'windows-path': ({ path, instead }) => ({
    expected: 'một đường dẫn trên máy này',
    got: `${path}, là đường dẫn của Windows`,
    next:
      instead === undefined
        ? 'Hãy ghi vị trí của nó trên máy này, ví dụ /home/me/server.js.'
        : `Hãy viết ${instead}`,
  }),
  'escaped-path': ({ path }) => ({
    expected: 'một đường dẫn, với mỗi dấu \\ được viết hai lần',
    got: `${path}, mà JSON đọc \\t là tab, \\n là xuống dòng, còn \\b, \\f và \\r là ký tự điều khiển`,
    next: 'Viết mỗi dấu \\ trong đường dẫn Windows hai lần, hoặc dùng / thay thế.',
  }),
  'shell-path': ({ path, instead }) => ({
    expected: 'một đường dẫn đầy đủ',
    got: `${path}, chỉ có shell mới điền được`,
    next: `Hãy viết ${instead}`,
  }),
  'windows-shell': ({ got, program }) => ({
    expected: 'chính chương trình cần chạy',
    got: `${got}, là shell của Windows`,
    next: `Hãy viết "command": "${program}", còn trong "args" chỉ ghi những gì đứng sau nó, mỗi từ trong dấu ngoặc kép riêng.`,
  }),
  'windows-program': ({ got, program }) => ({
    expected: 'tên của chương trình trên máy này',
    got: `${got}, là tên của nó trên Windows`,
    next: `Hãy viết "command": "${program}".`,
  }),
  'npx-asks': ({ program, yes, install }) => ({
    expected: `${yes} đứng trước tên package`,
    got: `${program} không có tùy chọn này`,
    next: `Hãy ghi "${yes}" trước tên package trong "args": thiếu nó, ${program} sẽ hỏi trước khi tải package, và bỏ cuộc vì không có ai trả lời. Hoặc cài sẵn package: ${install}`,
  }),
  'memory-short': ({ needed, has, isConstrained, name, largest, canLock, canWait }) => ({
    expected: `các server chạy vừa trong ${size(has)} bộ nhớ ${isConstrained ? 'mà container hoặc dịch vụ này được dùng' : 'của máy này'}`,
    got: `khoảng ${size(needed)}, kể cả mcp-pipe${isConstrained ? '' : ' và hệ thống'}; lớn nhất là "${name}" với ${size(largest)}`,
    next: `${[
      ...(canLock ? ['Hãy chạy server không qua npx và uvx: mcp-pipe lock.'] : []),
      ...(canWait ? ['Hãy ghi "start": "demand" cho những server ít được gọi.'] : []),
      'docs/vi/small-vps.md có thêm cách: bớt server, swap, giới hạn.',
    ].join(' ')}`,
  }),
  'args-in-one': ({ count }) => ({
    expected: 'mỗi đối số trong dấu ngoặc kép riêng',
    got: `${count} đối số trong cùng một chuỗi`,
    next: `Hãy tách thành ${count} chuỗi, ngăn cách bằng dấu phẩy, chẳng hạn "-y", "package".`,
  }),
  'docker-no-stdin': ({ program, subcommand }) => ({
    expected: `${program} ${subcommand} -i`,
    got: 'không có -i',
    next: `Hãy ghi "-i" sau "${subcommand}": thiếu nó thì không câu hỏi nào tới được server.`,
  }),
  'docker-terminal': ({ option }) => ({
    expected: 'container không dùng terminal',
    got: option,
    next: `Hãy ghi "-i" thay cho "${option}": terminal làm thay đổi dữ liệu đi qua nó, và ở đây cũng không có terminal nào.`,
  }),
  'docker-detached': ({ option }) => ({
    expected: 'một container giữ nguyên kết nối',
    got: option,
    next: `Hãy bỏ "${option}" khỏi "args": container chạy nền không trả lời ai cả.`,
  }),
  'served-folder': ({ folder, file }) => ({
    expected: 'một thư mục không chứa giá trị bí mật và không chứa file cấu hình',
    got: `${folder}, nơi có ${file}`,
    next: 'Hãy dành cho server một thư mục riêng, chẳng hạn ./files: nếu không, ai hỏi được server cũng có thể đọc token của bạn, và sửa những gì được khởi động lần sau.',
  }),
} satisfies typeof en.commandFindings;
