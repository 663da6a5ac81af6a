import type * as en from '../en/errors.js';
import type { WrongArgument } from '../parts.js';
import { daemonErrors } from './daemon-errors.js';
import { oddFiles } from './file-findings.js';
import { keyErrors } from './key-errors.js';
import { loginErrors } from './login-errors.js';
import { list, meantOr } from './names.js';
import { time } from './numbers.js';
import { takeOverErrors } from './take-over-errors.js';
import { tokenErrors } from './token-errors.js';

const known = ({ file, names }: { file: string | undefined; names: readonly string[] }) =>
  file === undefined
    ? 'chưa có file cấu hình'
    : `${file} ${names.length > 0 ? `có ${names.join(', ')}` : 'không có server nào'}`;

const wrongArgument = (one: WrongArgument): string => {
  const name = `"${one.name}"`;
  switch (one.is) {
    case 'missing':
      return `thiếu ${name}`;
    case 'twice':
      return `${name} được ghi hai lần`;
    case 'unknown':
      return `không có đối số ${name}${one.meant === undefined ? '' : ` (ý bạn là "${one.meant}"?)`}`;
    case 'misfit':
      return `${name} phải có kiểu ${one.type}, không phải ${one.value}`;
  }
};

const NEWEST_BOX = 'Ghi tên file mà log đã nêu, hoặc bỏ trống để lấy hộp đen mới nhất: mcp-pipe explain';

const OTHER_PORT = {
  endpoint: '--port',
  gateway: '"port" trong "gateway" hay mcp-pipe serve --port',
  ui: '"address" trong "ui" hay mcp-pipe --ui PORT',
  metrics: '"address" trong "metrics" hay mcp-pipe --metrics PORT',
};

export const errors: typeof en.errors = {
  ...loginErrors,
  ...keyErrors,
  ...takeOverErrors,
  'takes-no-arguments': ({ name, path }) => ({
    what: `Server ${name} lấy đối số từ file cấu hình.`,
    next: `Thêm các đối số vào "args" của ${path}.`,
  }),
  'no-command': () => ({
    what: 'Sau -- không có lệnh nào.',
    next: 'Ví dụ: mcp-pipe -- npx -y @modelcontextprotocol/server-memory',
  }),
  'no-such-agent': ({ name, names, meant, file }) => ({
    what: `${file ?? 'Cấu hình'} không có agent ${name}; các agent ở đó: ${list(names, 'không có')}.`,
    next: meantOr(meant, 'Hãy khai báo trong "agents", hoặc ghi tên khác.'),
  }),
  'no-alerts': ({ file }) => ({
    what: `${file} không có mục "alerts" nào có kênh gửi, cũng không có "sentry", nên cảnh báo không được gửi đi đâu.`,
    next: `Hãy ghi vào đó, ví dụ, "alerts": { "telegram": { "botToken": "\${TELEGRAM_BOT_TOKEN}", "chatId": "\${TELEGRAM_CHAT_ID}" } }; docs/vi/alerts.md hướng dẫn cách lấy cả hai.`,
  }),
  'target-is-agent': ({ name, word, servers }) => ({
    what: `${name} là một agent, không phải server; các server của agent này: ${list(servers, 'không có')}.`,
    next: `Muốn chạy riêng agent này, hãy gõ: mcp-pipe --agent ${word}`,
  }),
  'address-for-target': ({ isHttp }) => ({
    what: 'Một địa chỉ nằm ở chỗ của tên server hoặc script.',
    next: isHttp
      ? 'Nếu đó là địa chỉ của một server từ xa, hãy thêm --http vào trước nó: --http http://…'
      : 'Nếu đó là địa chỉ của endpoint, hãy ghi nó vào .env dưới dạng MCP_ENDPOINT=…, hoặc thêm --endpoint vào trước nó; nếu ở đó là một server thì thêm --ws.',
  }),
  'remote-and-target': () => ({
    what: 'Chỉ chọn được một server: một tên, một lệnh sau --, hoặc một địa chỉ sau --http, --sse hay --ws.',
    next: 'Hãy bỏ những cái còn lại.',
  }),
  'header-without-remote': () => ({
    what: '--header và --insecure chỉ dùng cho server từ xa.',
    next: 'Hãy cho địa chỉ của server bằng --http, --sse hoặc --ws.',
  }),
  'header-option': () => ({
    what: '--header cần dạng "Tên: giá trị".',
    next: `Ví dụ: --header 'Authorization: Bearer \${TOKEN}'`,
  }),
  'no-such-path': ({ path, isFolder, ...has }) => ({
    what: `${path} ${isFolder ? 'là thư mục' : 'không tồn tại'}, và không server nào trong cấu hình có tên đó; ${known(has)}.`,
    next: 'Ghi đường dẫn của một script hoặc file chạy được, hoặc tên một server trong cấu hình.',
  }),
  'no-such-target': ({ name, meant, isServed = false, ...has }) => ({
    what: `${name} không phải là server trong cấu hình, cũng không phải là file${isServed ? ' hay chương trình trong PATH' : ''}; ${known(has)}.`,
    next: meantOr(
      meant,
      isServed
        ? 'Hãy ghi tên một server trong cấu hình, một script, hoặc một lệnh như gõ trong terminal: mcp-pipe serve npx -y @modelcontextprotocol/server-memory'
        : `Để chạy một lệnh, hãy gõ: mcp-pipe -- ${name}${has.file === undefined ? '; mcp-pipe init tạo một cấu hình' : ''}`,
    ),
  }),
  'doctor-unknown': ({ name, names, meant }) => ({
    what: `Không có server, link hay agent nào tên ${name}; hiện có: ${list(names, 'không có')}.`,
    next: meantOr(meant, 'Ghi một trong các tên đó, hoặc không ghi tên để kiểm tra tất cả.'),
  }),
  'meant-running': ({ name, meant }) => ({
    what: `${name} không phải là server trong cấu hình, cũng không phải là file.`,
    next: `Ý bạn là ${meant}, server đang chạy?`,
  }),
  'not-a-script': ({ file, program }) => ({
    what: `${file} không phải là script .js, .mjs, .cjs, .ts hay .py, cũng không chạy được trực tiếp.`,
    next: `Cho phép chạy file (chmod +x), hoặc ghi rõ trình thông dịch: mcp-pipe -- bash ${program}`,
  }),
  'no-python': ({ file, tried }) => ({
    what: `${file} cần Python, mà trong PATH không có ${tried.join(' lẫn ')}.`,
    next: 'Cài Python 3, hoặc ghi rõ trình thông dịch: mcp-pipe -- /path/to/python script.py',
  }),
  'rotate-every-with-mode': ({ mode }) => ({
    what: `--rotate-every không dùng được với --mode ${mode}.`,
    next: 'Bỏ một trong hai, hoặc ghi --mode rotate.',
  }),
  'log-level': ({ level, levels }) => ({
    what: `Mức log là "${level}", cần một trong: ${levels.join(', ')}.`,
    next: 'Sửa MCP_PIPE_LOG_LEVEL.',
  }),
  'only-with-chaos': ({ option }) => ({
    what: `${option} chỉ dùng cùng --chaos, mà ở đây không có.`,
    next: `Hãy thêm vào: mcp-pipe demo --chaos ${option}`,
  }),
  'log-format': ({ format }) => ({
    what: `Dạng log là "${format}", cần pretty hoặc json.`,
    next: 'Sửa MCP_PIPE_LOG_FORMAT.',
  }),

  'not-readable-back': ({ file, lines }) => ({
    what: `${file} được giữ nguyên: sau khi sửa, file sẽ không còn đúng ý.`,
    next: lines
      ? `Trong file có một key xuất hiện hai lần, ở dòng ${lines.join(' và ')}: hãy xóa bớt một trước.`
      : 'Hãy sửa file bằng tay.',
  }),
  'unquotable-value': ({ file }) => ({
    what: `Không ghi được một giá trị vào ${file}: trong đó có đủ mọi loại dấu nháy.`,
    next: 'Dùng --keep-secrets-inline để giữ các giá trị bí mật ở chỗ cũ.',
  }),
  'no-compose-file': ({ file }) => ({
    what: `${file} không phải file compose: không đọc được, hoặc không phải YAML.`,
    next: 'Hãy ghi tên file sau --compose, ví dụ --compose deploy/compose/docker-compose.prod.yml.',
  }),
  'production-target': () => ({
    what: '--production đánh giá toàn bộ thiết lập, không phải một server.',
    next: 'Hãy bỏ tên đi: mcp-pipe check --production',
  }),
  'compose-alone': () => ({
    what: '--compose chỉ dùng cùng với --production.',
    next: 'Hãy gõ mcp-pipe check --production --compose FILE, hoặc bỏ --compose đi.',
  }),
  'not-utf8': ({ file }) => ({
    what: `${file} không phải UTF-8, nên không thể sửa mà không làm hỏng.`,
    next: 'Lưu file bằng UTF-8 rồi thử lại.',
  }),
  'file-refused': ({ file, act, code, odd }) => ({
    what: `Không ${{ read: 'đọc', create: 'tạo', write: 'ghi' }[act]} được ${file}: ${odd ? `đó là ${oddFiles[odd]}` : code}.`,
    next: odd
      ? 'Hãy ghi tên một file văn bản bình thường.'
      : code === 'EEXIST'
        ? 'File vừa được tạo; hãy xem nó rồi thử lại.'
        : 'Kiểm tra xem có thư mục đó không và người dùng này có quyền ghi ở đó không. Trong container, hãy sửa file ở bên ngoài rồi chạy mcp-pipe reload.',
  }),
  'folder-refused': ({ folder, code }) => ({
    what: `Không tạo được thư mục ${folder}: ${code}.`,
    next: 'Chọn thư mục khác bằng --dir.',
  }),
  'config-exists': ({ file }) => ({
    what: `Đã có ${file}, và file này không bị ghi đè.`,
    next: 'Thêm server vào đó bằng mcp-pipe add, hoặc ghi vào chỗ khác bằng --dir.',
  }),

  'server-option': () => ({
    what: '--server nhận calculator, memory, filesystem=FOLDER hoặc NAME="COMMAND ARGS".',
    next: "Ví dụ: --server 'clock=uvx mcp-server-time'",
  }),
  'server-option-twice': ({ name }) => ({
    what: `--server ghi ${name} hai lần.`,
    next: 'Đặt cho mỗi server một tên riêng.',
  }),
  'no-such-folder': ({ folder }) => ({
    what: `Không có thư mục ${folder}.`,
    next: 'Tạo thư mục đó, hoặc ghi thư mục khác.',
  }),
  'import-syntax': ({ file, syntax, line }) => ({
    what: `--import: không đọc được ${file} theo dạng ${syntax}${line === undefined ? '' : `: dòng ${line}`}.`,
    next: 'Hãy sửa file, hoặc đổi đuôi cho đúng dạng của nó: .json, .yaml hay .toml.',
  }),
  'nothing-to-import': ({ file, exists }) => ({
    what: `--import: ${file} ${exists ? 'không có server nào đọc được' : 'không tồn tại'}.`,
    next: 'Ghi file của một chương trình có server MCP, ví dụ ~/.cursor/mcp.json, xiaozhi.config.json, config.yaml của goose hoặc config.toml của Codex; docs/vi/import.md liệt kê tất cả.',
  }),
  'endpoint-option': ({ hasScheme, asked }) => ({
    what: `${asked ? 'Địa chỉ endpoint' : '--endpoint'}: ${hasScheme ? 'server không kết nối được tới địa chỉ như thế này' : 'địa chỉ phải bắt đầu bằng wss:// hoặc ws://'}.`,
    next: 'Copy lại toàn bộ địa chỉ từ trang quản lý. Địa chỉ có dạng wss://api.xiaozhi.me/mcp/?token=…, đặt trong dấu nháy vì có dấu hỏi.',
  }),
  'no-command-to-add': ({ name }) => ({
    what: 'Không có lệnh nào sau dấu --, cũng không có địa chỉ nào sau tên.',
    next: `Ví dụ: mcp-pipe add ${name} -- npx -y @modelcontextprotocol/server-memory; hoặc, với server từ xa: mcp-pipe add ${name} https://example.com/mcp`,
  }),
  'name-taken': ({ name, file }) => ({
    what: `${file} đã có server ${name}.`,
    next: 'Chọn tên khác, hoặc thay server đó bằng --force.',
  }),
  'no-place-for-servers': ({ file }) => ({
    what: `${file} không có chỗ cho các server.`,
    next: 'File phải có dạng { "mcpServers": { … } }; xem ví dụ mcp_config.minimal.json.',
  }),
  'bad-name': () => ({
    what: 'Tên server phải gồm các ký tự nhìn thấy được.',
    next: 'Ví dụ: memory',
  }),
  'no-address-to-add': ({ name, transport }) => ({
    what: 'Thiếu địa chỉ của server.',
    next: `Ví dụ: mcp-pipe add --transport ${transport} ${name} ${transport === 'ws' ? 'wss' : 'https'}://example.com/mcp`,
  }),
  'unknown-transport-to-add': ({ known }) => ({
    what: '--transport không phải cách kết nối mà mcp-pipe hiểu.',
    next: `Hãy chọn một trong: ${known.join(', ')}.`,
  }),
  'entry-json': () => ({
    what: 'Chuỗi sau tên không phải một mục JSON có "command" hoặc "url".',
    next: `Ví dụ: mcp-pipe add home '{"url": "https://example.com/mcp"}'`,
  }),
  'env-option': () => ({ what: '--env cần dạng NAME=VALUE.', next: 'Ví dụ: --env LANG=vi' }),
  'no-config-here': ({ file }) => ({
    what: `Không có ${file}.`,
    next: 'Hãy để mcp-pipe init tạo, hoặc chỉ tới file khác bằng --config.',
  }),
  'no-such-server': ({ file, name, names, meant }) => ({
    what: `${file} không có server ${name}; các server ở đó: ${list(names, 'không có')}.`,
    next: meantOr(meant, 'mcp-pipe check liệt kê các server.'),
  }),
  'nothing-to-switch': ({ file, name, names, meant }) => ({
    what: `${file} không có server hay agent ${name}; các tên ở đó: ${list(names, 'không có')}.`,
    next: meantOr(meant, 'mcp-pipe check liệt kê các server và agent.'),
  }),
  'not-switchable': ({ file, name, why }) => ({
    what:
      why === 'list'
        ? `${name} bị tắt bởi một danh sách nằm cạnh các server trong ${file}, không phải bởi mục của nó.`
        : `Mục của ${name} trong ${file} không phải là mục mà mcp-pipe chạy được.`,
    next:
      why === 'list'
        ? 'Hãy sửa danh sách đó: "excludeMCPServers", "allowMCPServers", hoặc "mcp" với "excluded" và "allowed".'
        : 'mcp-pipe check cho biết mục đó sai ở đâu.',
  }),

  'nothing-to-call': ({ isServer }) => ({
    what: `Chưa ghi tên ${isServer ? 'server' : 'tool'}.`,
    next: 'Gõ mcp-pipe call SERVER TOOL key=value; mcp-pipe tools liệt kê cả hai.',
  }),
  'stdin-no-object': () => ({
    what: 'stdin không chứa đối tượng JSON nào.',
    next: 'Đưa một đối tượng vào đó, hoặc ghi key=value sau tên tool.',
  }),
  'no-such-tool': ({ server, tool, tools, meant }) => ({
    what: `${server} không có tool ${JSON.stringify(tool)}.`,
    next: meantOr(meant, `Các tool của nó: ${list(tools, 'không có')}.`),
  }),
  'wrong-arguments': ({ wrong, usage }) => ({
    what: `${[...new Set(wrong.map(wrongArgument))].join('; ')}.`,
    next: `${usage}; dấu sao là bắt buộc. Ghi key=value, key:=json, hoặc một đối tượng JSON.`,
  }),
  'more-than-object': () => ({
    what: 'Đối tượng JSON đã chứa mọi đối số, vậy mà sau nó còn nữa.',
    next: 'Đặt nó trong một cặp nháy đơn, hoặc ghi key=value cho từng đối số.',
  }),
  'no-object': () => ({
    what: 'Các đối số bắt đầu như một đối tượng JSON nhưng không phải.',
    next: `Đặt trong dấu nháy của shell, ví dụ '{"key": "value"}', hoặc ghi key=value.`,
  }),
  'no-argument': ({ word }) => ({
    what: `Có đối số không phải key=value, cũng không phải đối tượng JSON: ${word}`,
    next: 'Ví dụ: expression="6 * 7"; --json và các tùy chọn khác có thể đứng trước hoặc sau.',
  }),
  'no-json-value': ({ name }) => ({
    what: `Giá trị của ${name}:= không phải JSON.`,
    next: `Nếu là chữ thì ghi ${name}=…`,
  }),
  'too-late': ({ timeoutMs }) => ({
    what: `Không có trả lời trong ${time(timeoutMs)}; lời gọi đã bị hủy.`,
    next: 'Cho thêm thời gian bằng --timeout-ms.',
  }),
  'no-common-version': ({ name }) => ({
    what: `Server ${name} không dùng phiên bản giao thức nào mà mcp-pipe biết.`,
    next: 'Tìm phiên bản mới hơn của server.',
  }),
  'refused-initialize': ({ name, message, code }) => ({
    what: `${name} từ chối initialize: ${message ?? 'không nói lý do'}${code === undefined ? '' : ` (${code})`}.`,
    next: 'Tìm phiên bản mới hơn của server.',
  }),

  'token-of-unknown': ({ name, names }) => ({
    what: `${name} không phải là server trong cấu hình; các server đang có: ${list(names, 'không có')}.`,
    next: 'Ghi một trong số đó sau --token-of, hoặc một địa chỉ sau --endpoint.',
  }),
  'no-token': () => ({
    what: 'Không có token nào để đo.',
    next: 'Hãy để mcp-pipe init hỏi, hoặc ghi MCP_ENDPOINT=wss://… vào .env, hoặc chọn server bằng --token-of, hoặc địa chỉ bằng --endpoint.',
  }),
  'several-tokens': ({ tokens, server }) => ({
    what: `Có ${tokens.length} token: ${tokens.join('; ')}.`,
    next: `Chọn token qua một server của nó, ví dụ: mcp-pipe probe --token-of ${server}`,
  }),
  'nobody-to-ask': () => ({
    what: 'mcp-pipe probe mở kết nối bằng token của bạn, mà ở đây không có terminal để hỏi.',
    next: 'Thêm --yes để chạy mà không hỏi.',
  }),
  ...tokenErrors,
  ...daemonErrors,

  'cannot-listen': ({ host, port, code, by }) => ({
    what: `không lắng nghe được ở ${host}:${port} (${code})`,
    next:
      code === 'EADDRINUSE'
        ? `Chương trình khác đang dùng cổng này: dừng nó, hoặc chọn cổng khác bằng ${OTHER_PORT[by]} (0 là cổng trống bất kỳ).`
        : code === 'EACCES'
          ? 'Chọn cổng từ 1024 trở lên: người dùng này không được mở các cổng nhỏ hơn.'
          : 'Sửa địa chỉ: một địa chỉ của máy này, 127.0.0.1 chỉ cho máy này, hoặc 0.0.0.0 cho mọi mạng.',
  }),

  // mcp-pipe explain
  'no-black-box': ({ link, word, known }) => ({
    what: `Không có file ${link}, cũng không có hộp đen của link nào tên như vậy.`,
    next: `Hộp đen của cấu hình này: ${list(known, 'chưa có')}. Với link đang chạy: mcp-pipe explain --now ${word}`,
  }),
  'no-box-now': ({ word }) => ({
    what: `mcp-pipe đang chạy không có hộp đen${word === undefined ? ' nào' : ` nào về ${word}`}: client và server của gateway không có hộp đen.`,
    next: `Log cho biết điều gì đã xảy ra: mcp-pipe logs${word === undefined ? '' : ` ${word}`}`,
  }),
  'black-box-unreadable': ({ file, code }) => ({
    what: `Không đọc được ${file} (${code}).`,
    next: NEWEST_BOX,
  }),
  'black-box-foreign': ({ file }) => ({
    what: `${file} không phải hộp đen của mcp-pipe.`,
    next: NEWEST_BOX,
  }),
  'black-box-broken': ({ file }) => ({
    what: `${file} không phải một hộp đen nguyên vẹn: file bị cắt hoặc đã bị sửa.`,
    next: 'Chép lại từ nơi nó được ghi, hoặc lấy hộp đen mới nhất: mcp-pipe explain',
  }),
  'black-box-newer': ({ file }) => ({
    what: `${file} do một bản mcp-pipe mới hơn ghi.`,
    next: 'Đọc bằng bản mcp-pipe đã ghi nó, hoặc cập nhật bản này: npm install -g mcp-pipe',
  }),
};
