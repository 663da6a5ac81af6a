import type * as en from '../en/agent-findings.js';

const quoted = (text: string) => JSON.stringify(text);
const oneOf = (names: readonly string[], none: string) =>
  names.length === 0 ? none : `một trong ${names.join(', ')}`;
const meaning = (meant: string | undefined) =>
  meant === undefined ? '' : ` Có phải bạn muốn viết ${quoted(meant)}?`;

export const agentFindings = {
  'agent-name': ({ length }) => ({
    expected: 'một tên từ 1 đến 60 ký tự, dùng được trong tên file',
    got: `${length} ký tự, hoặc có dấu ngoặc kép hay một trong các ký tự / \\ : * ? < > | @, hoặc có dấu cách hay dấu chấm ở đầu hoặc cuối`,
    next: 'Hãy đặt tên khác cho agent, ví dụ "kitchen".',
  }),
  'agent-twice': ({ first, last }) => ({
    expected: 'mỗi agent một tên',
    got: `cùng một tên ở dòng ${first} và ${last}`,
    next: 'Hãy đổi tên một trong hai agent, hoặc gộp lại thành một: "endpoint" có thể là một danh sách.',
  }),
  'agent-is-server': ({ name }) => ({
    expected: 'tên agent không trùng với server nào',
    got: `một agent và một server cùng tên ${quoted(name)}`,
    next: 'Hãy đổi tên agent: nếu không, trong log sẽ không phân biệt được hai bên.',
  }),
  'agents-alike': ({ name, other }) => ({
    expected: 'tên các agent khác nhau không chỉ ở chữ hoa, chữ thường hay cách mã hóa dấu',
    got: `hai agent tên ${quoted(name)} và ${quoted(other)}`,
    next: 'Hãy đổi tên một agent: trên một số máy, file đặt theo tên agent này cũng là file của agent kia.',
  }),
  'agent-no-endpoint': ({ name, variable, envFile }) => ({
    expected: `địa chỉ của agent ${quoted(name)}`,
    got: 'không có "endpoint"',
    next: `Hãy viết "endpoint": "\${${variable}}" ở đây, và ghi ${variable}=wss://api.xiaozhi.me/mcp/?token=… vào ${envFile}. Nếu có "gateway": true bên cạnh "agents" thì không cần địa chỉ: client HTTP dùng các server của agent này ở /agents/….`,
  }),
  'agent-no-servers': ({ agent }) => ({
    expected: `tên các server dành cho ${quoted(agent)}`,
    got: 'một danh sách rỗng',
    next: 'Không ai dùng được agent này: hãy ghi tên các server, hoặc bỏ hẳn "servers", khi đó agent có tất cả các server.',
  }),
  'agent-unknown-server': ({ agent, name, meant, known }) => ({
    expected: oneOf(known, 'một server trong "mcpServers"'),
    got: `${quoted(name)} trong danh sách server của ${quoted(agent)}`,
    next: `Hãy sửa lại tên, thêm server đó vào "mcpServers", hoặc xóa khỏi danh sách.${meaning(meant)}`,
  }),
  'agent-server-twice': ({ agent, name }) => ({
    expected: 'mỗi server một lần',
    got: `${quoted(name)} xuất hiện hai lần trong danh sách server của ${quoted(agent)}`,
    next: 'Hãy xóa bớt một tên; kết quả không thay đổi.',
  }),
  'agent-has-none': ({ agent }) => ({
    expected: `một server đang bật cho ${quoted(agent)}`,
    got: 'chỉ toàn server đã tắt',
    next: 'Agent này sẽ không được kết nối: hãy bật một server của nó, hoặc ghi tên server khác vào "servers".',
  }),
  'agents-disabled': ({ agents }) => ({
    expected: 'ít nhất một agent đang bật',
    got: `${agents.map(quoted).join(', ')}, đang tắt`,
    next: 'Hãy bật một agent bằng mcp-pipe enable NAME, hoặc chỉ kết nối một agent lần này bằng mcp-pipe --agent NAME.',
  }),
  'agent-tools-elsewhere': ({ agent, name, meant, known }) => ({
    expected: `một server của agent này: ${oneOf(known, 'hiện chưa có server nào')}`,
    got: `bộ lọc cho ${quoted(name)}, mà ${quoted(agent)} không có`,
    next:
      name === 'allow' || name === 'deny'
        ? `Hãy viết bộ lọc dưới tên một server: "tools": { ${quoted(known[0] ?? 'music')}: { ${quoted(name)}: ["…"] } }.`
        : `Hãy sửa lại tên, hoặc xóa bộ lọc này.${meaning(meant)}`,
  }),
  'agents-share-token': ({ fingerprint, agents, servers }) => ({
    expected: 'mỗi agent một token riêng',
    got: `một token (#${fingerprint}) dùng chung cho agent ${agents.join(', ')}${servers.length === 0 ? '' : `, và cho cả ${servers.join(', ')}`}`,
    next: `Các kết nối của token này phục vụ chung tất cả các server đó, dưới tên agent ${quoted(agents[0]!)}: chỗ nào tùy chọn hay bộ lọc khác nhau thì theo agent này. Hãy cho mỗi agent một token riêng, hoặc viết một agent có đủ các server đó.`,
  }),
  'agent-variable': () => ({
    expected: '"share": "agent", để mỗi agent có một tiến trình riêng',
    got: `\${AGENT} trong một server mà các agent dùng chung một tiến trình`,
    next: `Hãy viết "share": "agent" vào mục này; hoặc thay \${AGENT} bằng tên khác.`,
  }),
  'agent-not-named': ({ name, agents }) => ({
    expected: `\${AGENT} trong args, env hoặc cwd, để các tiến trình không ghi vào cùng một file`,
    got: `${agents} tiến trình giống hệt nhau của ${quoted(name)}, mỗi agent một tiến trình`,
    next: `Ví dụ hãy viết "env": { "MEMORY_FILE_PATH": "\${workspaceFolder}/memory-\${AGENT}.jsonl" }. Nếu server không lưu file nào: "env": { "AGENT": "\${AGENT}" }.`,
  }),
  'agent-process-taken': ({ name, server }) => ({
    expected: `một tên khác: ${quoted(name)} là tiến trình của ${quoted(server)} dành cho một agent`,
    got: `một server tên ${quoted(name)}`,
    next: 'Hãy đổi tên server này.',
  }),
  'passthrough-shared': ({ name, links, isHelped }) => ({
    expected: `một kết nối duy nhất cho ${quoted(name)}: với "passthrough", chỉ endpoint mới gửi initialize`,
    got: `${links} kết nối`,
    next: isHelped
      ? 'Hãy viết thêm "share": "agent" để mỗi agent có một tiến trình riêng; hoặc "handshake": "speculative".'
      : 'Hãy viết "handshake": "speculative", hoặc chỉ giữ một địa chỉ: ví dụ mỗi địa chỉ một agent, kèm "share": "agent".',
  }),
  'endpoint-option-unused': ({ agents }) => ({
    expected: 'một server không thuộc agent nào và chưa có địa chỉ riêng',
    got: `chỉ toàn server đã có địa chỉ khác, của các agent ${agents.join(', ')}`,
    next: 'Địa chỉ của --endpoint sẽ không được kết nối. Muốn chạy thử ở nơi khác, hãy thêm --local, hoặc dùng --config với một cấu hình không có các agent này.',
  }),
  'endpoint-twice': ({ fingerprint }) => ({
    expected: 'các địa chỉ khác nhau',
    got: `địa chỉ có #${fingerprint} lặp lại`,
    next: 'Hãy xóa khỏi danh sách, hoặc sửa lại: địa chỉ này chỉ được dùng một lần.',
  }),
} satisfies typeof en.agentFindings;
