import type * as en from '../en/help.js';
import { modes } from './link-kinds.js';

export const help: typeof en.help = {
  headings: {
    'Usage:': 'Cách dùng:',
    'Arguments:': 'Đối số:',
    'Options:': 'Tùy chọn:',
    'Commands:': 'Các lệnh:',
  },
  choices: (list) => `một trong: ${list}`,
  defaultIs: (value) => `mặc định: ${value}`,

  wrong: {
    argumentMissing: (name) => `thiếu đối số <${name}>`,
    valueMissing: (option) => `tùy chọn ${option} cần một giá trị`,
    unknownOption: (option) => `không có tùy chọn ${option}`,
    unknownCommand: (name) => `không có lệnh ${name}`,
    tooMany: (most, given) => `quá nhiều đối số: nhận được ${given}, tối đa là ${most}`,
    optionValue: (option, value) => `${option} không nhận "${value}"`,
    argumentValue: (name, value) => `<${name}> không nhận "${value}"`,
    oneOf: (choices) => `cần một trong: ${choices}`,
    wholeNumber: (least, most) => `cần một số nguyên từ ${least} đến ${most}`,
    duration: 'cần một khoảng thời gian như 30s, 5m hoặc 1h',
    closeCode: 'cần một mã đóng WebSocket được phép gửi, ví dụ 1008 hoặc 4004',
    notWith: (option, command) => `không dùng được tùy chọn ${option} với ${command}`,
    didYouMean: (names) => `Ý bạn là ${names}?`,
    seeHelp: (command) => `Xem mọi cách dùng: ${command} --help`,
    error: (what) => `lỗi: ${what}`,
  },

  options: {
    config: 'file cấu hình (mặc định: $MCP_CONFIG, sau đó là ./mcp_config.json)',
    envFile: 'file chứa biến môi trường (mặc định: .env cạnh file cấu hình)',
    lang: 'ngôn ngữ của thông báo và log: en hoặc vi (mặc định: theo LC_ALL, LC_MESSAGES, LANG)',
    mode: `cách xếp server vào các kết nối: ${Object.entries(modes)
      .map(([mode, does]) => `${mode} ${does}`)
      .join(', ')} (mặc định: "mode" trong cấu hình)`,
    rotateEvery: 'mỗi lượt dài bao lâu: 30s, 5m, 1h (mặc định: "rotateEveryMs"); kèm luôn --mode rotate',
    noProxy: 'kết nối trực tiếp tới endpoint, bất kể HTTPS_PROXY, HTTP_PROXY và ALL_PROXY',
    control: 'socket điều khiển của mcp-pipe đang chạy (biến MCP_PIPE_CONTROL)',
    logLevel: 'log chi tiết đến mức nào (biến MCP_PIPE_LOG_LEVEL; mặc định info)',
    logFormat: 'pretty hoặc json (biến MCP_PIPE_LOG_FORMAT; mặc định là pretty trên terminal)',
    debug: 'cho biết lỗi phát sinh ở đâu trong chương trình',
    noLive: 'cả trên terminal cũng chỉ in log, không có các dòng tự cập nhật',
    help: 'in phần trợ giúp này',
    yes: 'không hỏi gì',
  },

  main: {
    about:
      'Giữ cho các MCP server luôn kết nối tới endpoint WebSocket, và cho biết đúng nguyên nhân khi bị đứt.',
    version: 'in phiên bản của mcp-pipe, Node.js và MCP',
    target:
      'một server trong cấu hình, một script (.js .mjs .cjs .ts .py) hoặc một file chạy được; mặc định: mọi server đang bật',
    endpoint: 'endpoint cho các server chưa có; để token trong MCP_ENDPOINT hoặc .env thì an toàn hơn',
    local: 'kết nối tới endpoint có sẵn trong chương trình thay vì endpoint thật; không cần token',
    port: 'cổng của endpoint có sẵn; 0 là tự chọn cổng trống',
    exitWhenAllFailed: 'thoát với mã 1 khi không link nào hoạt động, thay vì thử mãi',
    more: `
Ví dụ:
  mcp-pipe                                   mọi server đang bật trong mcp_config.json
  mcp-pipe calculator                        một server trong cấu hình
  mcp-pipe examples/calculator.js            một script, không cần cấu hình
  mcp-pipe -- npx -y @modelcontextprotocol/server-memory
                                             một lệnh bất kỳ
  mcp-pipe --local examples/calculator.js    như trên, với endpoint có sẵn, không cần token
  mcp-pipe --rotate-every 5m                 các server chung token chạy lần lượt, mỗi lượt năm phút
  mcp-pipe demo                              xem chương trình hoạt động
  mcp-pipe check                             sẽ chạy những gì, và có gì sai
  mcp-pipe leases                            ai đang giữ kết nối của token nào, ai đang chờ
  mcp-pipe probe                             token cho phép bao nhiêu kết nối

Endpoint của một server là mục đầu tiên có giá trị trong: "endpoint" trong cấu hình, env.MCP_ENDPOINT ở đó,
MCP_ENDPOINT_<NAME>, --endpoint, MCP_ENDPOINT. Hãy ghi nó vào một file tên là .env:
  MCP_ENDPOINT=wss://api.xiaozhi.me/mcp/?token=...

Mã thoát: 0 dừng bình thường, 1 lỗi khi đang chạy, 2 sai cách dùng hoặc cấu hình, 130 bị ngắt.
`,
  },

  init: {
    about: 'Tạo mcp_config.json và .env: hỏi trên terminal, nếu không thì theo các tùy chọn này.',
    endpoint: 'endpoint của mọi server; được ghi vào .env',
    server: 'calculator, memory, filesystem=FOLDER hoặc NAME="COMMAND ARGS" (dùng được nhiều lần)',
    import: 'lấy các server từ Claude Desktop, VS Code, xiaozhi-client, ... (dùng được nhiều lần)',
    dir: 'ghi vào đâu; mặc định: thư mục hiện tại',
    keepSecretsInline: 'để các giá trị bí mật trong cấu hình thay vì .env',
    more: `
Ví dụ:
  mcp-pipe init                              hai hoặc ba câu hỏi
  mcp-pipe init --yes --server calculator --server filesystem=./notes
  mcp-pipe init --yes --server 'clock=uvx mcp-server-time'
  mcp-pipe init --yes --import ~/.cursor/mcp.json
  mcp-pipe init --yes --endpoint "wss://api.xiaozhi.me/mcp/?token=..." --server memory

Không ghi đè gì: nếu đã có mcp_config.json thì lệnh thoát với mã 2. File .env đã có được giữ nguyên.
`,
  },

  add: {
    about: 'Thêm một server vào cấu hình; chú thích và thứ tự trong file được giữ nguyên.',
    name: 'tên của server mới',
    endpoint: 'endpoint riêng của nó; địa chỉ có token được ghi vào .env, không vào cấu hình',
    env: 'một biến cho nó; giá trị bí mật được ghi vào .env (dùng được nhiều lần)',
    cwd: 'thư mục để chạy nó',
    disabled: 'thêm mà không chạy',
    force: 'thay server cùng tên',
    keepSecretsInline: 'ghi giá trị bí mật ngay trong cấu hình',
    more: `
Ví dụ:
  mcp-pipe add memory -- npx -y @modelcontextprotocol/server-memory
  mcp-pipe add calc --endpoint "wss://api.xiaozhi.me/mcp/?token=..." -- node calculator.js
                                             token của nó vào .env với tên MCP_ENDPOINT_CALC
  mcp-pipe add search --env API_KEY=... -- uvx some-search-server
                                             key cũng vậy; trong cấu hình là \${API_KEY}
`,
  },

  remove: {
    about: 'Xóa một server khỏi cấu hình; chú thích và thứ tự trong file được giữ nguyên.',
    server: 'tên của server',
    more: `
Ví dụ:
  mcp-pipe remove memory
  mcp-pipe remove memory --config other.json
`,
  },

  check: {
    about: 'Cho biết sẽ chạy những gì và mọi chỗ sai. Không kết nối, không khởi động gì.',
    target: 'một server trong cấu hình hoặc một script; mặc định: mọi server đang bật',
    endpoint: 'endpoint cho các server chưa có',
    json: 'in JSON cho chương trình khác đọc',
    strict: 'thoát với mã 1 khi có cảnh báo',
    more: `
Ví dụ:
  mcp-pipe check                             mọi server đang bật trong mcp_config.json
  mcp-pipe check calculator --lang vi        một server, giải thích bằng tiếng Việt
  mcp-pipe check --mode pipe                 như trên, mỗi server một kết nối riêng
  mcp-pipe check --rotate-every 5m           như trên, với mỗi token chạy lần lượt từng server
  mcp-pipe check --json --strict             cho script

Mã thoát: 0 không có lỗi; 1 có cảnh báo, với --strict; 2 có lỗi.
`,
  },

  tools: {
    about: 'Liệt kê các tool của một hoặc mọi server: của mcp-pipe đang chạy, hoặc khởi động riêng để hỏi.',
    server: 'một server trong cấu hình hoặc một script; mặc định: mọi server đang bật',
    json: 'in danh sách đúng như server trả về',
    timeout: 'chờ server trả lời tối đa bao lâu',
    more: `
Ví dụ:
  mcp-pipe tools                             tool của mọi server đang bật
  mcp-pipe tools calculator                  của một server
  mcp-pipe tools examples/calculator.js      của một script, không cần cấu hình
  mcp-pipe tools -- npx -y @modelcontextprotocol/server-memory
                                             của một lệnh bất kỳ
Không cần endpoint, không cần token. Dấu sao đánh dấu các đối số bắt buộc của tool.
`,
  },

  call: {
    about: 'Gọi một tool của một server: của mcp-pipe đang chạy, hoặc khởi động riêng để gọi.',
    server: 'một server trong cấu hình hoặc một script; bỏ qua khi có lệnh sau --',
    tool: 'tên của tool',
    arguments: 'key=value, key:=json, một đối tượng JSON, hoặc - để đọc từ stdin',
    json: 'in kết quả đúng như server trả về',
    out: 'lưu hình ảnh, âm thanh và tài nguyên vào đó',
    timeout: 'hủy lời gọi sau khoảng này',
    more: `
Ví dụ:
  mcp-pipe call calculator calculate expression='6 * 7'
                                             giá trị được đọc theo kiểu ghi trong schema của tool
  mcp-pipe call calculator calculate '{"expression": "6 * 7"}'
                                             mọi đối số trong một đối tượng JSON
  mcp-pipe call memory create_entities entities:='[{"name": "An", "entityType": "person", "observations": []}]'
                                             := nhận một giá trị JSON
  echo '{"expression": "1 + 1"}' | mcp-pipe call calculator calculate -
                                             đối số từ stdin
  mcp-pipe call calculate expression=1+1 -- node examples/calculator.js
                                             một lệnh; khi đó bỏ tên server

Không cần endpoint, không cần token. Ctrl-C hủy lời gọi.
Mã thoát: 0 tool đã trả lời, 1 tool trả lời bằng lỗi hoặc không chạy được, 2 sai cách dùng, 130 bị ngắt.
`,
  },

  health: {
    about:
      'Hỏi mcp-pipe đang chạy với cấu hình này xem từng link thế nào. Thoát với mã 1 khi không link nào hoạt động được.',
    json: 'in nguyên câu trả lời dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe health                            mỗi link một dòng, thêm một dòng cho từng server nếu có nhiều
  mcp-pipe health --json                     như trên, cho chương trình khác đọc
  mcp-pipe health --lang vi                  bằng tiếng Việt
  HEALTHCHECK CMD ["mcp-pipe", "health"]     trong Dockerfile

Hoạt động tốt nghĩa là: ít nhất một link đang hoạt động hoặc còn có thể hoạt động. Mã thoát: 0 hoạt động tốt, 1 mọi link đã hỏng
ba lần liên tiếp, hoặc không mcp-pipe nào trả lời trong 3 giây.
`,
  },

  leases: {
    about: 'Liệt kê ai trên máy này đang giữ kết nối của token nào, và link nào đang chờ.',
    json: 'in danh sách cho chương trình khác đọc',
    more: `
Ví dụ:
  mcp-pipe leases                            ai giữ kết nối nào, và link nào của ./mcp_config.json đang chờ
  mcp-pipe leases --json                     như trên, cho chương trình khác đọc
  mcp-pipe leases --lang vi                  bằng tiếng Việt

Mọi mcp-pipe của một người dùng trên một máy nhường nhau: một token có tối đa "connectionsPerToken" kết nối, dù bản nào
đang giữ. Token được hiển thị bằng dấu vân tay, như mcp-pipe check in sau dấu #. "Bị bỏ lại" là chỗ của một tiến trình đã
kết thúc mà không trả lại; ai cần tiếp theo sẽ lấy chỗ đó.
`,
  },

  probe: {
    about: 'Đo số kết nối mà một token cho phép, bằng cách mở từng kết nối không làm gì.',
    tokenOf: 'token của server đó; mặc định: token duy nhất đang có',
    endpoint: 'dùng một địa chỉ thay cho tên server',
    max: 'không mở quá số này, từ 1 đến 4',
    watch: 'sau mỗi kết nối, theo dõi phản ứng của endpoint trong bao lâu',
    yes: 'không hỏi trước',
    json: 'in kết quả cho chương trình khác đọc',
    more: `
Ví dụ:
  mcp-pipe probe                             token duy nhất trong cấu hình
  mcp-pipe probe --token-of calculator       token của một server
  mcp-pipe probe --endpoint "wss://…"        một địa chỉ không có trong file nào
  mcp-pipe probe --max 2 --yes --json        cho chương trình khác đọc

Lệnh này không khởi động server nào, và dừng lại khi một mcp-pipe đang dùng token. Các kết nối được đóng tuần tự, mới
nhất trước. Chương trình nào khác đang dùng token, chẳng hạn trên máy khác, có thể bị ngắt và cũng được tính vào.

Mã thoát: 0 đã tìm được giới hạn, hoặc giới hạn không nhỏ hơn --max; 1 không tìm được, hoặc token đang được dùng; 2 sai
cách dùng, hoặc không có terminal để hỏi mà thiếu --yes; 130 không xác nhận, hoặc bị ngắt.
`,
  },

  endpoint: {
    about:
      'Chạy riêng endpoint có sẵn: server kết nối tới /mcp/, bên gọi tới /call/ bằng WebSocket hoặc /call/<token> bằng HTTP.',
    host: 'địa chỉ để lắng nghe',
    port: 'cổng để lắng nghe; 0 là tự chọn cổng trống',
    connectionsPerToken: 'mỗi token nhận bao nhiêu kết nối của server',
    whenFull: 'làm gì khi thừa một server',
    token: 'chỉ chấp nhận các token này (token khác bị đóng với mã 1008)',
    initializeTimeout: 'đóng với mã 4004 khi initialize không được trả lời; 0 là chờ mãi',
    delay: 'giao mọi message cho server chậm đi chừng đó',
    dropAfter: 'cắt mọi kết nối sau chừng đó, không gửi thông báo đóng',
    refuse: 'chấp nhận rồi đóng ngay với mã này, ví dụ 1008',
    reject: 'thay vào đó trả lời bằng mã HTTP này, ví dụ 401',
    silent: 'chấp nhận rồi không bao giờ nói gì',
    more: `
Ví dụ:
  mcp-pipe endpoint                          lắng nghe ở 127.0.0.1:8765
  mcp-pipe endpoint --connections-per-token 1
                                             mỗi token một server, server sau nhận 4004, như endpoint thật
  mcp-pipe endpoint --reject 401             từ chối tất cả ngay từ đầu
  MCP_ENDPOINT=ws://127.0.0.1:8765/mcp/?token=test mcp-pipe calculator.js
                                             một server cho nó, từ terminal khác; MCP client dùng Streamable HTTP gọi nó ở http://127.0.0.1:8765/call/test
`,
  },

  demo: {
    about:
      'Nối các MCP server thật với endpoint có sẵn, liệt kê tool và gọi thử mỗi server một tool. Không cần token.',
    more: `
Ví dụ:
  mcp-pipe demo                              mọi server đã cài
  mcp-pipe demo --log-level info             kèm log về những gì diễn ra bên trong
`,
  },

  completion: {
    about: 'In script giúp shell tự hoàn thành lệnh, tùy chọn và tên server.',
    shell: 'shell của bạn',
    more: `
Ví dụ, mỗi lệnh chỉ cần chạy một lần; terminal mở sau đó sẽ tự hoàn thành:
  mcp-pipe completion bash >> ~/.bash_completion
                                             khi đã cài gói bash-completion
  echo 'eval "$(mcp-pipe completion bash)"' >> ~/.bashrc
                                             khi không có gói đó
  echo 'eval "$(mcp-pipe completion zsh)"' >> ~/.zshrc
                                             đặt sau compinit, nếu có
  mcp-pipe completion fish > ~/.config/fish/completions/mcp-pipe.fish
`,
  },
};
