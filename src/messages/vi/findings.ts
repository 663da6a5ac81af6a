import type * as en from '../en/findings.js';
import type { ActualValue, FindingText, OddFile, Shape } from '../parts.js';
import { addressFindings } from './address-findings.js';
import { agentFindings } from './agent-findings.js';
import { alertFindings } from './alert-findings.js';
import { checkFindings } from './check-findings.js';
import { commandFindings } from './command-findings.js';
import { confinedFindings } from './confined-findings.js';
import { fileFindings, oddFiles } from './file-findings.js';
import { foreignFindings } from './foreign-findings.js';
import { gatewayFindings } from './gateway-findings.js';
import { jwtFindings } from './jwt-findings.js';
import { limitFindings } from './limit-findings.js';
import { oauthFindings } from './oauth-findings.js';
import { formatActual, shapes, syntax } from './parts.js';
import { proxyFindings } from './proxy.js';
import { redisFindings } from './redis-findings.js';
import { serveFindings } from './serve-findings.js';
import { serverFindings } from './server-kinds.js';
import { startFindings } from './start-findings.js';
import { uiFindings } from './ui-findings.js';

const formatShape = (shape: Shape) => shapes[shape.id](shape);
const quoted = (text: string) => JSON.stringify(text);

const EXAMPLE = 'wss://api.xiaozhi.me/mcp/?token=…';
const NAME_OR_DEFAULT = `\${NAME} hoặc \${NAME:-giá trị mặc định}`;

/** Whether a value is missing: `null` stands where no value is needed. */
const isMissing = ({ id }: Shape, what: ActualValue) =>
  what === 'null' && !['root', 'servers', 'server', 'token', 'tokens', 'agent', 'agents'].includes(id);

const formatProblem = (problem: { error: string } | { odd: OddFile }) =>
  'odd' in problem ? oddFiles[problem.odd] : problem.error;

export const findings = {
  ...addressFindings,
  ...agentFindings,
  ...alertFindings,
  ...redisFindings,
  ...limitFindings,
  ...gatewayFindings,
  ...oauthFindings,
  ...jwtFindings,
  ...uiFindings,
  ...serveFindings,
  ...checkFindings,
  ...foreignFindings,
  ...commandFindings,
  ...confinedFindings,
  ...serverFindings,
  ...startFindings,
  ...fileFindings,
  ...proxyFindings,

  // The file
  'file-not-found': ({ by }) => ({
    expected: `file mà ${by} chỉ tới`,
    got: 'không có file nào như vậy',
    next: `Hãy tạo file đó, hoặc sửa lại ${by}.`,
  }),
  'file-unreadable': ({ error, isFolder }) => ({
    expected: 'một file đọc được',
    got: error,
    next: isFolder
      ? 'Hãy chỉ tới chính file đó, không phải thư mục chứa nó.'
      : 'Hãy cấp quyền đọc file này cho người dùng hiện tại.',
  }),
  'no-configuration': ({ isServed }) => ({
    expected: 'một file cấu hình',
    got: 'không có file nào như vậy',
    next: isServed
      ? 'Hãy ghi lệnh của một server sau serve: mcp-pipe serve npx -y @modelcontextprotocol/server-memory. Hoặc để mcp-pipe add memory -- npx -y @modelcontextprotocol/server-memory tạo file này, hoặc chỉ tới file khác bằng --config.'
      : 'Hãy để mcp-pipe init tạo file này, chỉ tới file khác bằng --config, hoặc chạy một script: mcp-pipe calculator.js',
  }),
  'json-syntax': ({ kind, came }) => {
    const { expected, next } = syntax[kind];
    return { expected, got: formatActual(came), next };
  },

  // Shapes and keys
  shape: ({ shape, came }) => ({
    expected: formatShape(shape),
    got: formatActual(came),
    next: isMissing(shape, came)
      ? 'Hãy bỏ hẳn key này: phần không ghi sẽ dùng giá trị mặc định.'
      : 'Hãy sửa lại giá trị.',
  }),
  'unknown-key': ({ key, meant }) => ({
    expected: 'một key mà mcp-pipe biết',
    got: quoted(key),
    next:
      meant === undefined
        ? 'Không có gì đọc key này: hãy sửa tên, hoặc cứ để nguyên.'
        : `Key này bị bỏ qua. Ý bạn là ${quoted(meant)}?`,
  }),
  'unknown-setting': ({ key, meant, known }) => ({
    expected: formatShape({ id: 'setting' }),
    got: quoted(key),
    next: meant ? `Ý bạn là ${meant}?` : `Các thiết lập gồm: ${known.join(', ')}.`,
  }),
  'delays-swapped': ({ minDelayMs, maxDelayMs }) => ({
    expected: 'minDelayMs không lớn hơn maxDelayMs',
    got: `minDelayMs ${minDelayMs} và maxDelayMs ${maxDelayMs}`,
    next: 'Hãy sửa một trong hai giá trị.',
  }),
  'duplicate-key': ({ first, last }) => ({
    expected: 'mỗi key chỉ xuất hiện một lần',
    got: `cùng một key ở dòng ${first} và dòng ${last}`,
    next: 'Hãy xóa một cái; cái cuối cùng mới có hiệu lực.',
  }),
  'duplicate-name': ({ first, last }) => ({
    expected: 'mỗi server một tên riêng',
    got: `cùng một tên ở dòng ${first} và dòng ${last}`,
    next: 'Hãy đổi tên một trong hai server, hoặc xóa bớt.',
  }),

  // Servers
  'servers-at-top': ({ key }) => ({
    expected: '"mcpServers" bao quanh các server',
    got: `server ${quoted(key)} nằm ở cấp ngoài cùng`,
    next: 'Hãy đặt các server vào trong { "mcpServers": { … } }.',
  }),
  'no-servers': () => ({
    expected: 'ít nhất một server được bật',
    got: 'không có server nào',
    next: 'Hãy viết { "mcpServers": { "name": { "command": … } } }; xem ví dụ trong mcp_config.minimal.json.',
  }),
  'all-disabled': ({ count }) => ({
    expected: 'ít nhất một server được bật',
    got: `${count} server, tất cả đều bị tắt`,
    next: 'Hãy bật một server, hoặc chạy một server theo tên: mcp-pipe NAME',
  }),
  'number-for-text': ({ value }) => ({
    expected: formatShape({ id: 'text' }),
    got: value,
    next: `Hãy đặt nó trong dấu ngoặc kép; server sẽ nhận được "${value}".`,
  }),
  'text-for-flag': ({ written, understood, starts }) => ({
    expected: formatShape({ id: 'true-or-false' }),
    got: quoted(written),
    next: `Hãy viết ${understood} không có dấu ngoặc kép; nó được hiểu là ${understood}, nên server ${starts ? 'được khởi động' : 'không được khởi động'}.`,
  }),
  'disabled-and-enabled': ({ disabled, enabled }) => ({
    expected: 'chỉ một trong hai key "disabled" và "enabled", hoặc cả hai cùng một ý',
    got: `"disabled": ${disabled} và "enabled": ${enabled}`,
    next: 'Hãy xóa một trong hai; với cấu hình hiện tại, server không được khởi động.',
  }),
  'no-folder': ({ folder }) => ({
    expected: 'một thư mục',
    got: folder,
    next: 'Hãy tạo thư mục đó hoặc sửa đường dẫn; đường dẫn được tính từ thư mục chứa file cấu hình.',
  }),
  'disabled-server': ({ name }) => ({
    expected: 'một server được bật',
    got: `${name}, đang bị tắt`,
    next: 'Server vẫn được khởi động vì bạn đã gọi đích danh nó.',
  }),
  'name-is-file': ({ name }) => ({
    expected: 'một server hoặc một file',
    got: `${name}, vừa là server vừa là file`,
    next: `Server được khởi động; muốn chạy file thì viết ./${name}`,
  }),

  'env-file-unreadable': ({ file, problem }) => ({
    expected: 'một file đọc được',
    got: `${file}: ${formatProblem(problem)}`,
    next: 'Hãy tạo file này, sửa lại đường dẫn, hoặc bỏ "envFile" đi.',
  }),
  'not-restricted': ({ key }) => ({
    expected: 'không có giới hạn nào mà mcp-pipe không thực hiện được',
    got: quoted(key),
    next: 'Key này bị bỏ qua: mọi tool của server đều được cung cấp, không có sandbox nào.',
  }),

  // Variables
  'missing-variable': ({ name, envFile }) => ({
    expected: `biến ${name}`,
    got: 'không có biến nào như vậy',
    next: `Hãy ghi ${name}=… vào ${envFile}, hoặc cho một giá trị mặc định: \${${name}:-giá trị}.`,
  }),
  'missing-address': ({ name, envFile }) => ({
    expected: `biến ${name}`,
    got: 'không có biến nào như vậy',
    next: `Hãy ghi ${name}=wss://api.xiaozhi.me/mcp/?token=… vào ${envFile}: nguyên cả địa chỉ như khi copy về.`,
  }),
  'unasked-input': ({ name, envFile }) => ({
    expected: `biến ${name}`,
    got: 'không có biến nào như vậy',
    next: `mcp-pipe không hỏi được như editor: hãy ghi ${name}=… vào ${envFile}.`,
  }),
  'secret-file': ({ name, file, problem }) => ({
    expected: `một file đọc được, chứa giá trị của ${name}`,
    got: `${file ?? 'file được chỉ tới'}: ${'bytes' in problem ? `${problem.bytes} byte` : formatProblem(problem)}`,
    next: `Hãy cấp quyền đọc cho file, sửa lại ${name}_FILE, hoặc đặt thẳng giá trị cho ${name}.`,
  }),
  'variable-unclosed': () => ({
    expected: NAME_OR_DEFAULT,
    got: `\${ không có dấu } đóng`,
    next: `Hãy đóng ngoặc lại, hoặc viết $\${ nếu muốn giữ nguyên chữ \${.`,
  }),
  'variable-of-editor': ({ kind, envFile }) => ({
    expected: NAME_OR_DEFAULT,
    got: `\${${kind}:…}, thứ chỉ có editor mới điền được`,
    next: `mcp-pipe không hỏi được như editor: hãy viết \${NAME}, và ghi NAME=… vào ${envFile}.`,
  }),
  'variable-malformed': () => ({
    expected: NAME_OR_DEFAULT,
    got: `\${…} với nội dung khác bên trong`,
    next: `Hãy sửa lại tên biến, hoặc viết $\${ nếu muốn giữ nguyên chữ \${.`,
  }),

  // Endpoints
  'no-endpoint': ({ servers, variable, own, envFile, agents }) => ({
    expected: `một endpoint cho ${servers.join(', ')}`,
    got: 'không có endpoint nào',
    next: `Hãy ghi ${variable}=${EXAMPLE} vào ${envFile}${own === undefined ? '' : ` (hoặc ${own}=… cho riêng một server)`}, ${agents.length === 0 ? '' : `hoặc thêm vào "servers" của một agent (${agents.join(', ')}), `}hoặc chạy thử không cần token: thêm --local. Để phục vụ client qua HTTP, không cần endpoint: mcp-pipe serve.`,
  }),
  'shared-token': ({ fingerprint, servers }) => ({
    expected: 'mỗi server một token',
    got: `một token (#${fingerprint}) dùng chung cho ${servers.join(', ')}`,
    next: 'Tất cả vẫn được khởi động, nhưng cùng lúc chỉ có số kết nối bằng "connectionsPerToken", chọn theo "priority"; các server còn lại chờ chỗ. Muốn dùng tất cả, hãy viết "mode": "auto" để gộp các server này vào một kết nối, hoặc đặt "endpoint" riêng cho từng server.',
  }),

  'allowed-twice': ({ key }) => ({
    expected: 'một danh sách duy nhất các tool được phép',
    got: `thêm một danh sách trong ${quoted(key)}`,
    next: 'Danh sách này bị bỏ qua: hãy ghi tất cả vào "tools": { "allow": [ … ] }.',
  }),
  'renamed-alike': ({ name, first, to }) => ({
    expected: 'mỗi tool một tên riêng',
    got: `${quoted(to)} cho ${quoted(name)}, đồng thời cho cả ${quoted(first)}`,
    next: 'Hãy đặt tên khác cho một trong hai tool.',
  }),
  'not-kept-by-pipe': ({ servers, keys, mode }) => ({
    expected: 'một chế độ có đọc nội dung được chuyển',
    got: `"mode": "${mode}" cho ${servers.join(', ')}, kèm ${keys.join(', ')}`,
    next: `Chế độ ${mode} chuyển mọi thứ mà không đọc, nên ${keys.join(', ')} ${keys.length === 1 ? '' : 'đều '}không có tác dụng: hãy viết "mode": "auto".`,
  }),
  'accounts-differ': ({ fingerprint, name, said, counts }) => ({
    expected: `một "accountGroup" chung cho mọi server của token #${fingerprint}`,
    got: `${quoted(said)} ở ${name}, trong khi token đã có ${quoted(counts)}`,
    next: `${quoted(counts)} được dùng, vì một token chỉ thuộc một tài khoản: hãy ghi giống nhau ở mọi server, hoặc ghi một lần trong mục của token ở "tokens".`,
  }),
  'token-key': () => ({
    expected: 'tên biến chứa địa chỉ, hoặc 8 chữ số hex của token',
    got: 'một thứ khác',
    next: 'Ví dụ hãy viết MCP_ENDPOINT, đừng bao giờ viết chính token; mcp-pipe check in ra các chữ số hex sau dấu #.',
  }),
  'unknown-token': ({ key, known }) => ({
    expected: known.length === 0 ? 'tên biến của một địa chỉ đã được đặt' : `một trong ${known.join(', ')}`,
    got: key,
    next: 'Mục này bị bỏ qua: không có địa chỉ nào của server lấy từ đó.',
  }),
} satisfies typeof en.findings;

export const headlines = {
  unusable: ({ errors, warnings }) =>
    `Không dùng được cấu hình này: ${errors} lỗi${warnings === 0 ? '' : ` và ${warnings} cảnh báo`}`,
  'not-json': () => 'File cấu hình không phải là JSON hợp lệ',
  'cannot-read': () => 'Không đọc được cấu hình',
} satisfies typeof en.headlines;

export const formatFinding: typeof en.formatFinding = ({ expected, got, next }: FindingText) =>
  `cần ${expected}; hiện tại: ${got}. ${next}`;
