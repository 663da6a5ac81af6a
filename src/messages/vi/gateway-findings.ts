import type * as en from '../en/gateway-findings.js';

const quoted = (text: string) => JSON.stringify(text);
const day = (at: number) => new Date(at).toISOString().slice(0, 10);
const headerFor = (variable: string) =>
  `X-${variable
    .split('_')
    .filter((part) => part !== '')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('-')}`;

export const gatewayFindings = {
  'gateway-host': () => ({
    expected: 'một địa chỉ hoặc tên của máy này: 127.0.0.1, 0.0.0.0, ::1, localhost',
    got: 'một giá trị khác',
    next: 'Chỉ ghi địa chỉ; cổng ghi trong "port". "0.0.0.0" là mọi địa chỉ của máy này.',
  }),
  'gateway-port': () => ({
    expected: 'một cổng từ 0 đến 65535; 0 là cổng trống bất kỳ',
    got: 'một giá trị khác',
    next: 'Hãy ghi một số, ví dụ 8080.',
  }),
  'gateway-replica': () => ({
    expected:
      'một tên dài 1 đến 32 ký tự, gồm chữ cái không dấu, chữ số, _ và -, bắt đầu bằng chữ cái hoặc chữ số',
    got: 'một giá trị khác',
    next: 'Hãy gọi mỗi bản sao bằng một từ: "a", "b". Proxy tìm tên này ở đầu Mcp-Session-Id.',
  }),
  'gateway-session-key': ({ least }) => ({
    expected: `một bí mật ngẫu nhiên dài từ ${least} ký tự trở lên, giống nhau ở mọi bản sao`,
    got: 'một giá trị ngắn hơn, hoặc ví dụ để nguyên chưa thay',
    next: 'Hãy tạo bằng `openssl rand -hex 32`, rồi đặt cho mọi bản sao trong MCP_PIPE_SESSION_KEY.',
  }),
  'gateway-key-name': ({ length }) => ({
    expected: 'một tên cho mỗi khóa, từ 1 đến 60 ký tự',
    got: `${length} ký tự, hoặc có dấu ngoặc kép hay một trong các ký tự / \\ : * ? < > | @, hoặc có dấu cách hay dấu chấm ở đầu hoặc cuối`,
    next: 'Hãy đặt tên khóa theo người giữ nó: "me", "team-a". Bản thân khóa là giá trị.',
  }),
  'gateway-key-empty': ({ name, variable, envFile }) => ({
    expected: `khóa ${quoted(name)}`,
    got: 'một chuỗi rỗng',
    next: `Hãy viết ${quoted(name)}: "\${${variable}}" ở đây, và ghi ${variable}=… vào ${envFile}; lệnh openssl rand -hex 24 tạo ra một khóa.`,
  }),
  'gateway-key-characters': ({ name }) => ({
    expected: 'một khóa gồm chữ cái không dấu, chữ số và ký hiệu trên bàn phím tiếng Anh, không có dấu cách',
    got: `ký tự khác trong khóa ${quoted(name)}, mà không phải client nào cũng gửi được`,
    next: 'Hãy chọn khóa khác, không có "Bearer" ở đầu; lệnh openssl rand -hex 24 tạo ra một khóa.',
  }),
  'gateway-keys-equal': ({ name, other }) => ({
    expected: 'mỗi tên một khóa khác nhau',
    got: `${quoted(name)} và ${quoted(other)} có cùng một khóa`,
    next: 'Hãy cho mỗi tên một khóa riêng, hoặc bỏ một trong hai tên.',
  }),
  'gateway-key-weak': ({ name, least }) => ({
    expected: `một khóa từ ${least} ký tự trở lên và không đoán được`,
    got: `khóa ${quoted(name)} ngắn hơn, hoặc là chữ mẫu`,
    next: 'Hãy tạo khóa khác: openssl rand -hex 24',
  }),
  'gateway-key-none': ({ name }) => ({
    expected: `"key" hoặc "hash" của khóa ${quoted(name)}`,
    got: 'không có cả hai',
    next: `Hãy viết "key": "\${KEY}" và đặt khóa trong biến đó, hoặc "hash" với dòng mà mcp-pipe key hash in ra.`,
  }),
  'gateway-key-both': ({ name }) => ({
    expected: `hoặc "key" hoặc "hash" của khóa ${quoted(name)}`,
    got: 'cả hai',
    next: 'Hãy bỏ "key": chỉ cần hash là đủ, và khóa không còn nằm ở đâu trên máy này.',
  }),
  'gateway-key-hash': ({ name }) => ({
    expected: 'một hash như mcp-pipe key hash in ra: scrypt:32768:8:1:…',
    got: `hash của ${quoted(name)} có dạng khác, hoặc cần quá nhiều bộ nhớ`,
    next: 'Hãy chạy mcp-pipe key hash, đưa khóa vào đầu vào chuẩn, rồi chép nguyên dòng mà lệnh in ra.',
  }),
  'gateway-key-is-hash': ({ name }) => ({
    expected: 'một khóa',
    got: `hash của một khóa được ghi làm khóa ${quoted(name)}`,
    next: `Hãy ghi nó là hash: ${quoted(name)}: { "hash": "scrypt:…" }`,
  }),
  'gateway-key-expires': ({ name }) => ({
    expected: 'một ngày hoặc thời điểm: "2027-01-01", "2027-01-01T18:00+07:00"',
    got: `khóa ${quoted(name)} có giá trị khác, hoặc một ngày không tồn tại`,
    next: 'Hãy ghi năm, tháng và ngày. Khóa dùng được đến khi ngày đó bắt đầu theo giờ UTC.',
  }),
  'gateway-key-expired': ({ name, until }) => ({
    expected: 'một ngày trong tương lai',
    got: `khóa ${quoted(name)}, đã hết hạn từ ${day(until)}`,
    next: 'Hãy bỏ khóa này, hoặc ghi một ngày muộn hơn vào "expires".',
  }),
  'gateway-key-opens-nothing': ({ name, globs, known }) => ({
    expected: `các server và agent có thật, cho khóa ${quoted(name)}`,
    got: `${globs.map(quoted).join(', ')}, mà không có gì mang tên đó`,
    next: known.length > 0 ? `Hiện có ${known.map(quoted).join(', ')}.` : 'Chưa cấu hình gì cả.',
  }),
  'gateway-origin': () => ({
    expected:
      'origin của một trang web, như https://app.example.com, hoặc "*" cho mọi trang, hoặc một biểu thức chính quy đặt giữa hai dấu gạch chéo',
    got: 'một giá trị khác, hoặc biểu thức chính quy sai cú pháp',
    next: 'Chỉ ghi giao thức, host và cổng, không có đường dẫn, mỗi trang một mục. Nhiều trang thì viết /^https:\\/\\/[a-z0-9-]+\\.example\\.com$/, không có gì sau dấu gạch chéo cuối; trong JSON mỗi dấu \\ viết hai lần.',
  }),
  'gateway-origin-loose': ({ pattern }) => ({
    expected: 'mẫu origin bắt đầu bằng ^ và kết thúc bằng $',
    got: `${pattern}, mà origin của trang khác cũng khớp, vì mẫu được tìm ở bất kỳ chỗ nào trong origin`,
    next: 'Hãy ghi cả origin vào mẫu: /^https:\\/\\/[a-z0-9-]+\\.example\\.com$/',
  }),
  'gateway-allowed-host': () => ({
    expected: 'một tên mà client dùng để gọi gateway, như mcp.example.com, hoặc "*" cho mọi tên',
    got: 'một giá trị khác',
    next: 'Hãy ghi tên đúng như trong địa chỉ, không có https:// và không có đường dẫn.',
  }),
  'gateway-path': () => ({
    expected: 'đường dẫn của một địa chỉ, như /message',
    got: 'một giá trị khác',
    next: 'Hãy bắt đầu bằng / và bỏ host cùng phần truy vấn.',
  }),
  'gateway-path-taken': () => ({
    expected: 'một đường dẫn riêng',
    got: 'đường dẫn mà gateway đã dùng cho thứ khác',
    next: 'Hãy chọn đường dẫn khác: /servers/… và /agents/… đã được dùng, và /mcp, /sse, /messages, /ws, /health, /ready, /live, /status cũng vậy nếu khác loại.',
  }),
  'gateway-header': () => ({
    expected: 'một header mà phản hồi được phép có',
    got: 'một header HTTP không cho phép, hoặc thuộc về kết nối, MCP hay CORS',
    next: 'Hãy sửa lại hoặc bỏ đi. Các trang được dùng gateway thì ghi trong "allowedOrigins".',
  }),
  'gateway-open': ({ host, variable }) => ({
    expected: 'một khóa, vì máy khác truy cập được gateway',
    got: `địa chỉ ${host} mà không có khóa: ai truy cập được đều dùng được mọi tool của mọi server`,
    next: `Hãy tạo một khóa: mcp-pipe key add an. Hoặc đặt ${variable}=… (openssl rand -hex 24), hoặc ghi "keys" vào "gateway"; hoặc chỉ nghe ở 127.0.0.1 và bỏ "publicUrl". Nếu thật sự muốn để mở: "insecureNoAuth": true trong "gateway", hoặc --insecure-no-auth.`,
  }),
  'gateway-insecure': ({ host }) => ({
    expected: 'một khóa, vì máy khác truy cập được gateway',
    got: `địa chỉ ${host}, không có khóa, và "insecureNoAuth" hoặc --insecure-no-auth: ai truy cập được đều dùng được mọi tool của mọi server`,
    next: 'Không cần làm gì nếu chỉ bạn dùng mạng này; nếu không thì đặt MCP_PIPE_KEY=… và bỏ "insecureNoAuth".',
  }),
  'gateway-network': () => ({
    expected: 'một địa chỉ hoặc một mạng của proxy: 127.0.0.1, 10.0.0.0/8, fd00::/8',
    got: 'một giá trị khác',
    next: 'Hãy ghi địa chỉ mà proxy kết nối đến từ đó, mỗi mục một địa chỉ. Tên máy không được tra cứu.',
  }),
  'gateway-tls': () => ({
    expected: 'file của một chứng chỉ và file khóa của nó',
    got: 'chỉ một trong hai',
    next: 'Hãy ghi cả hai: "tls": { "cert": "fullchain.pem", "key": "privkey.pem" }, hoặc --tls-cert và --tls-key.',
  }),
  'gateway-tls-files': ({ cert, key, file, reason }) => ({
    expected: 'một chứng chỉ và khóa của nó ở dạng PEM, mà người dùng này đọc được',
    got: file === '' ? `${cert} và ${key}, không dùng được: ${reason}` : `${file} (${reason})`,
    next: "Cả hai phải thuộc về nhau, và khóa không được có mật khẩu. Chứng chỉ của Let's Encrypt là fullchain.pem và privkey.pem.",
  }),
  'gateway-tls-early': ({ cert, from }) => ({
    expected: 'một chứng chỉ đang có hiệu lực',
    got: `${cert}, có hiệu lực từ ngày ${day(from)}: trước đó client từ chối nó`,
    next: 'Trước hết hãy xem đồng hồ của máy này: mcp-pipe doctor so sánh giúp. Nếu đồng hồ đúng, hãy dùng lại chứng chỉ trước đó.',
  }),
  'gateway-tls-ended': ({ cert, until }) => ({
    expected: 'một chứng chỉ đang có hiệu lực',
    got: `${cert}, đã hết hạn ngày ${day(until)}: client từ chối nó`,
    next: 'Hãy gia hạn và đặt chứng chỉ mới vào đúng chỗ cũ: mcp-pipe đang chạy tự dùng nó.',
  }),
  'gateway-tls-ends': ({ cert, until }) => ({
    expected: 'một chứng chỉ được gia hạn kịp thời',
    got: `${cert}, hết hạn ngày ${day(until)}`,
    next: 'Hãy gia hạn, và xem vì sao chương trình gia hạn ở đây chưa làm; mcp-pipe đang chạy tự dùng chứng chỉ mới.',
  }),
  'gateway-tls-name': ({ cert, host }) => ({
    expected: `một chứng chỉ cho ${host}, tên trong "publicUrl"`,
    got: `${cert}, không có tên đó: client từ chối nó`,
    next: 'Hãy xin chứng chỉ cho tên đó, hoặc sửa "publicUrl".',
  }),
  'gateway-origins-open': ({ variable }) => ({
    expected: 'một khóa, vì mọi trang web đều được dùng gateway',
    got: '"*" trong các origin được phép mà không có khóa: bất kỳ trang nào đang mở trong trình duyệt ở đây đều dùng được mọi tool',
    next: `Hãy ghi rõ các trang thay cho "*", hoặc đặt ${variable}=…`,
  }),
  'gateway-in-container': ({ host }) => ({
    expected: 'một địa chỉ truy cập được từ ngoài container: 0.0.0.0',
    got: host,
    next: 'Hãy viết "host": "0.0.0.0", hoặc --host 0.0.0.0, và đặt MCP_PIPE_KEY; docker run -p 127.0.0.1:8080:8080 giữ nó chỉ trong máy này.',
  }),
  'share-no-keys': ({ server }) => ({
    expected: `nhiều khóa, vì ${quoted(server)} có một tiến trình cho mỗi khóa`,
    got: 'một gateway không có khóa: mọi client của nó dùng chung một tiến trình',
    next: 'Hãy ghi "keys" vào "gateway", hoặc "share": "session".',
  }),
  'caller-env-remote': ({ kind }) => ({
    expected: '"callerEnv" của một server được khởi động bằng lệnh',
    got: `một server loại ${quoted(kind)}, vốn không có biến môi trường`,
    next: 'Hãy bỏ "callerEnv". Những gì server này cần thì ghi trong "headers" của nó.',
  }),
  'instances-remote': ({ kind }) => ({
    expected: '"instances" của một server được khởi động bằng lệnh',
    got: `một server loại ${quoted(kind)}, mà mcp-pipe không khởi động tiến trình nào của nó`,
    next: 'Hãy bỏ "instances": ở đây nó không có tác dụng. Server như vậy tự xử lý bao nhiêu lời gọi tùy ý.',
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
