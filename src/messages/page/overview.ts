/** Words of the overview: verdict, bay, machine, first steps. */
const en = {
  /** The parts of the line under the headline; `n` is set bold. */
  ready: { n: ({ of, ready }: { ready: string; of: string }) => `${ready} of ${of}`, words: 'servers ready' },
  asleep: ({ n }: { n: string }) => `(${n} asleep)`,
  open: ({ of, open }: { open: string; of: string }) => `${open} of ${of}`,
  openWords: 'connections open',
  running: ({ n }: { n: number }): string => (n === 1 ? 'call running' : 'calls running'),
  servers: 'Servers',
  agents: 'Agents',
  /** Where no link belongs to an agent. */
  links: 'Connections',
  ownLink: 'own link',
  show: 'Show',
  all: 'All',
  chips: { bad: 'Needs you', busy: 'On it', ok: 'Well', rest: 'At rest' },
  find: 'Find a server',
  nothingFound: ({ query }: { query: string }) =>
    `No server is called “${query}”. Names are searched, not tools.`,
  noLinks: 'No connection yet: a token or an endpoint in the configuration makes one.',
  columns: {
    server: 'Server',
    calls: 'Calls a minute',
    latency: 'p50 / p99',
    memory: 'Memory',
    restarts: 'Restarts',
  },
  showAll: ({ n }: { n: string }) => `Show all ${n} rows, so that the browser can search them`,
  askedBy: ({ client }: { client: string }) => `asked by ${client}`,
  serversReady: ({ ready, of }: { ready: string; of: string }) => `${ready} of ${of} servers ready`,
  tools: ({ n, text }: { n: number; text: string }) => `${text} ${n === 1 ? 'tool' : 'tools'}`,
  machine: {
    up: ({ span }: { span: string }) => `up ${span}`,
    read: ({ span }: { span: string }) => `read ${span} ago`,
    unchanged: 'unchanged',
    changed: 'changed since',
    refused: ({ why }: { why: string }) => `The last edit of the configuration was refused: ${why}`,
    memory: ({ own, servers, total }: { own: string; servers?: string; total?: string }) =>
      `Memory: itself ${own}${servers === undefined ? '' : `, servers ${servers}`}${total === undefined ? '' : `, of ${total}`}`,
    gateway: ({ origin, n, text }: { origin: string; n: number; text: string }) =>
      `gateway ${origin}: ${text} ${n === 1 ? 'client' : 'clients'}`,
    warnings: 'Warnings of the configuration',
    label: 'This mcp-pipe',
  },
  confirm: {
    head: ({ verb, name }: { verb: string; name: string }) => `${verb} ${name}?`,
    running: ({ n, text }: { n: number; text: string }) =>
      n === 1
        ? '1 call is running. It gets an error and is not repeated.'
        : `${text} calls are running. They get an error and are not repeated.`,
    lose: ({ names, n }: { names: string; n: number }) =>
      n === 1
        ? `${names} loses its tools until it is ready again.`
        : `${names} lose its tools until it is ready again.`,
    loseUntilResumed: ({ names, n }: { names: string; n: number }) =>
      n === 1
        ? `${names} loses its tools until you resume it.`
        : `${names} lose its tools until you resume it.`,
    linkDown: 'Its endpoint reaches none of its tools until it is connected again.',
    linkPaused: 'Its endpoint reaches none of its tools until you resume it.',
  },
  /** For screen readers: what has changed, and how many need a person. */
  said: ({ name, word }: { name: string; word: string }) => `${name}: ${word}`,
  needYou: ({ n, text }: { n: number; text: string }) => (n === 1 ? `${text} needs you` : `${text} need you`),
  first: {
    head: 'Almost there: waiting for the first question',
    done: '(done)',
    read: 'Configuration read',
    readDetail: ({ file, servers, links }: { file: string; servers: string; links: string }) =>
      `${file}: ${servers}, ${links}.`,
    servers: ({ n, text }: { n: number; text: string }) => `${text} ${n === 1 ? 'server' : 'servers'}`,
    links: ({ n, text }: { n: number; text: string }) => `${text} ${n === 1 ? 'connection' : 'connections'}`,
    serverReady: ({ name }: { name: string }) => `${name} is ready`,
    serversReady: ({ n }: { n: string }) => `${n} servers are ready`,
    serverNot: 'A server is ready',
    serverReadyDetail: 'Its tools can be called.',
    linkOpen: ({ endpoint }: { endpoint: string }) => `Connected to ${endpoint}`,
    linkNot: 'Connected to an endpoint',
    linkOpenDetail: 'The endpoint can ask for the tools.',
    linkAsked: ({ client }: { client: string }) => `${client} has asked for the tools.`,
    ask: 'Now ask your assistant something',
    askDetail: 'For example: “What is 17 times 23?” The call shows up here at once.',
    askMore:
      'Nothing after a minute? Start a new conversation: assistants read the list of tools when one begins.',
  },
  empty: {
    head: 'No server yet',
    about: 'Three commands, and about five minutes.',
    init: 'Writes a configuration that runs, with an example server.',
    check: 'Reads it and says what is wrong with it.',
    run: 'Starts the servers and connects them.',
    more: 'This page shows the servers as soon as the configuration has some.',
  },
};

const vi: typeof en = {
  ready: { n: ({ of, ready }) => `${ready}/${of}`, words: 'server sẵn sàng' },
  asleep: ({ n }) => `(${n} đang ngủ)`,
  open: ({ of, open }) => `${open}/${of}`,
  openWords: 'kết nối đang mở',
  running: () => 'lời gọi đang chạy',
  servers: 'Server',
  agents: 'Agent',
  links: 'Kết nối',
  ownLink: 'link riêng',
  show: 'Hiện',
  all: 'Tất cả',
  chips: { bad: 'Cần xử lý', busy: 'Tự xử lý', ok: 'Tốt', rest: 'Nghỉ' },
  find: 'Tìm server',
  nothingFound: ({ query }) => `Không có server nào tên “${query}”. Chỉ tìm theo tên, không tìm tool.`,
  noLinks: 'Chưa có kết nối nào: một token hoặc endpoint trong cấu hình sẽ tạo ra kết nối.',
  columns: {
    server: 'Server',
    calls: 'Lời gọi mỗi phút',
    latency: 'p50 / p99',
    memory: 'Bộ nhớ',
    restarts: 'Khởi động lại',
  },
  showAll: ({ n }) => `Hiện cả ${n} dòng để trình duyệt tìm được trong đó`,
  askedBy: ({ client }) => `${client} đang dùng`,
  serversReady: ({ ready, of }) => `${ready}/${of} server sẵn sàng`,
  tools: ({ text }) => `${text} tool`,
  machine: {
    up: ({ span }) => `đã chạy ${span}`,
    read: ({ span }) => `đọc ${span} trước`,
    unchanged: 'chưa đổi',
    changed: 'đã đổi sau đó',
    refused: ({ why }) => `Lần sửa cấu hình gần nhất bị từ chối: ${why}`,
    memory: ({ own, servers, total }) =>
      `Bộ nhớ: bản thân ${own}${servers === undefined ? '' : `, server ${servers}`}${total === undefined ? '' : `, trên ${total}`}`,
    gateway: ({ origin, text }) => `gateway ${origin}: ${text} client`,
    warnings: 'Cảnh báo về cấu hình',
    label: 'mcp-pipe này',
  },
  confirm: {
    head: ({ verb, name }) => `${verb} ${name}?`,
    running: ({ text }) => `${text} lời gọi đang chạy sẽ nhận lỗi và không được gọi lại.`,
    lose: ({ names }) => `${names} mất các tool của nó cho đến khi nó sẵn sàng trở lại.`,
    loseUntilResumed: ({ names }) => `${names} mất các tool của nó cho đến khi bạn cho nó chạy tiếp.`,
    linkDown: 'Endpoint của nó không dùng được tool nào cho đến khi kết nối lại.',
    linkPaused: 'Endpoint của nó không dùng được tool nào cho đến khi bạn cho nó chạy tiếp.',
  },
  said: ({ name, word }) => `${name}: ${word}`,
  needYou: ({ text }) => `${text} cần bạn xử lý`,
  first: {
    head: 'Sắp xong: đang chờ câu hỏi đầu tiên',
    done: '(xong)',
    read: 'Đã đọc cấu hình',
    readDetail: ({ file, servers, links }) => `${file}: ${servers}, ${links}.`,
    servers: ({ text }) => `${text} server`,
    links: ({ text }) => `${text} kết nối`,
    serverReady: ({ name }) => `${name} đã sẵn sàng`,
    serversReady: ({ n }) => `${n} server đã sẵn sàng`,
    serverNot: 'Một server sẵn sàng',
    serverReadyDetail: 'Đã gọi được các tool của nó.',
    linkOpen: ({ endpoint }) => `Đã kết nối tới ${endpoint}`,
    linkNot: 'Kết nối tới một endpoint',
    linkOpenDetail: 'Endpoint có thể hỏi danh sách tool.',
    linkAsked: ({ client }) => `${client} đã hỏi danh sách tool.`,
    ask: 'Giờ hãy hỏi trợ lý',
    askDetail: 'Ví dụ: “17 nhân 23 bằng bao nhiêu?” Lời gọi sẽ hiện ở đây ngay.',
    askMore:
      'Sau một phút vẫn chưa thấy gì? Hãy bắt đầu cuộc trò chuyện mới: trợ lý đọc danh sách tool lúc bắt đầu.',
  },
  empty: {
    head: 'Chưa có server nào',
    about: 'Ba lệnh, khoảng năm phút.',
    init: 'Ghi một cấu hình chạy được, kèm một server ví dụ.',
    check: 'Đọc cấu hình và cho biết chỗ nào sai.',
    run: 'Khởi động các server và kết nối chúng.',
    more: 'Trang này hiện các server ngay khi cấu hình có server.',
  },
};

export const overview = { en, vi };
