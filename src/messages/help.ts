import { modes } from './en/link-kinds.js';
import { modes as modesVi } from './vi/link-kinds.js';

const en = {
  headings: {
    'Usage:': 'Usage:',
    'Arguments:': 'Arguments:',
    'Options:': 'Options:',
    'Commands:': 'Commands:',
  },

  choices: (list: string) => `choices: ${list}`,

  defaultIs: (value: string) => `default: ${value}`,

  wrong: {
    argumentMissing: (name: string) => `the argument <${name}> is missing`,
    valueMissing: (option: string) => `the option ${option} needs a value`,
    unknownOption: (option: string) => `unknown option ${option}`,
    unknownCommand: (name: string) => `unknown command ${name}`,
    conflicting: (option: string, other: string) => `the option ${option} does not go with ${other}`,
    tooMany: (most: number, given: number) =>
      `too many arguments: ${given} ${given === 1 ? 'was' : 'were'} given, at most ${most} ${most === 1 ? 'is' : 'are'} expected`,
    optionValue: (option: string, value: string) => `${option} does not take "${value}"`,
    argumentValue: (name: string, value: string) => `<${name}> does not take "${value}"`,
    oneOf: (choices: string) => `expected one of: ${choices}`,
    wholeNumber: (least: number, most: number) => `expected a whole number from ${least} to ${most}`,
    listenAddress: 'expected an address with a port, as 127.0.0.1:7420, or a port',
    duration: 'expected a duration such as 30s, 5m or 1h',
    otlpUrl:
      'expected an address of an OpenTelemetry collector, such as http://localhost:4318, without a login',
    closeCode: 'expected a WebSocket close code that may be sent, such as 1008 or 4004',
    notWith: (option: string, command: string) => `the option ${option} does not go with ${command}`,
    didYouMean: (names: string) => `Did you mean ${names}?`,
    seeHelp: (command: string) => `${command} --help shows what is possible.`,
    error: (what: string) => `error: ${what}`,
  },

  options: {
    otlp: 'trace requests with OpenTelemetry, sent to this collector (env OTEL_EXPORTER_OTLP_ENDPOINT, else port 4318 here)',
    config: 'configuration file (default: $MCP_CONFIG, then ./mcp_config.json)',
    envFile: 'file with environment variables (default: .env beside the configuration)',
    lang: 'language of findings, answers and the log: en or vi (default: from LC_ALL, LC_MESSAGES, LANG)',
    mode: `how servers are put on connections: ${Object.entries(modes)
      .map(([mode, does]) => `${mode} ${does}`)
      .join(', ')} (default: "mode" of the configuration)`,
    rotateEvery: 'how long each turn lasts: 30s, 5m, 1h (default: "rotateEveryMs"); means --mode rotate',
    noProxy: 'dial endpoints and servers directly, whatever HTTPS_PROXY, HTTP_PROXY and ALL_PROXY say',
    http: 'a remote MCP server over Streamable HTTP (or HTTP+SSE, where it has only that)',
    sse: 'a remote MCP server over HTTP+SSE',
    ws: 'a remote MCP server over WebSocket',
    header: 'a header for the remote server, "Name: value" (repeatable)',
    insecure: 'do not check the certificate of this host, which is that of the address',
    control: 'control socket of the running daemon (env MCP_PIPE_CONTROL)',
    ui: 'serve the status page, at HOST:PORT or PORT (default: the address of the gateway, else 127.0.0.1:7420)',
    insecureNoAuth:
      'let other machines use gateway and metrics without a key, where the configuration has none',
    metrics: 'serve metrics for Prometheus, at HOST:PORT or PORT (default: where the status page is)',
    noReload: 'do not tell the running mcp-pipe; it reads the change later',
    logLevel: 'how much to log (env MCP_PIPE_LOG_LEVEL; default info)',
    logFormat: 'pretty or json (env MCP_PIPE_LOG_FORMAT; default: pretty on a terminal)',
    debug: 'show where in the program an error came from',
    noLive: 'on a terminal, too: no lines that change in place, only the log',
    json: 'print what was done as JSON',
    help: 'print this help',
    yes: 'ask nothing',
  },
};

const vi: typeof en = {
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
    conflicting: (option, other) => `không dùng được tùy chọn ${option} cùng với ${other}`,
    tooMany: (most, given) => `quá nhiều đối số: nhận được ${given}, tối đa là ${most}`,
    optionValue: (option, value) => `${option} không nhận "${value}"`,
    argumentValue: (name, value) => `<${name}> không nhận "${value}"`,
    oneOf: (choices) => `cần một trong: ${choices}`,
    wholeNumber: (least, most) => `cần một số nguyên từ ${least} đến ${most}`,
    listenAddress: 'cần một địa chỉ kèm cổng, như 127.0.0.1:7420, hoặc một cổng',
    duration: 'cần một khoảng thời gian như 30s, 5m hoặc 1h',
    otlpUrl: 'cần địa chỉ của một bộ thu OpenTelemetry, chẳng hạn http://localhost:4318, không kèm đăng nhập',
    closeCode: 'cần một mã đóng WebSocket được phép gửi, ví dụ 1008 hoặc 4004',
    notWith: (option, command) => `không dùng được tùy chọn ${option} với ${command}`,
    didYouMean: (names) => `Ý bạn là ${names}?`,
    seeHelp: (command) => `Xem mọi cách dùng: ${command} --help`,
    error: (what) => `lỗi: ${what}`,
  },

  options: {
    otlp: 'theo dõi từng yêu cầu bằng OpenTelemetry, gửi tới bộ thu này (biến OTEL_EXPORTER_OTLP_ENDPOINT, nếu không thì cổng 4318 của máy này)',
    config: 'file cấu hình (mặc định: $MCP_CONFIG, sau đó là ./mcp_config.json)',
    envFile: 'file chứa biến môi trường (mặc định: .env cạnh file cấu hình)',
    lang: 'ngôn ngữ của thông báo và log: en hoặc vi (mặc định: theo LC_ALL, LC_MESSAGES, LANG)',
    mode: `cách xếp server vào các kết nối: ${Object.entries(modesVi)
      .map(([mode, does]) => `${mode} ${does}`)
      .join(', ')} (mặc định: "mode" trong cấu hình)`,
    rotateEvery: 'mỗi lượt dài bao lâu: 30s, 5m, 1h (mặc định: "rotateEveryMs"); kèm luôn --mode rotate',
    noProxy: 'kết nối trực tiếp tới endpoint và server, bất kể HTTPS_PROXY, HTTP_PROXY và ALL_PROXY',
    http: 'một MCP server từ xa qua Streamable HTTP (hoặc HTTP+SSE, nếu nó chỉ có loại đó)',
    sse: 'một MCP server từ xa qua HTTP+SSE',
    ws: 'một MCP server từ xa qua WebSocket',
    header: 'một header cho server từ xa, dạng "Tên: giá trị" (dùng được nhiều lần)',
    insecure: 'không kiểm tra chứng chỉ của host này, đúng host của địa chỉ',
    control: 'socket điều khiển của mcp-pipe đang chạy (biến MCP_PIPE_CONTROL)',
    ui: 'phục vụ trang trạng thái, ở HOST:PORT hoặc PORT (mặc định: địa chỉ của gateway, không có thì 127.0.0.1:7420)',
    insecureNoAuth: 'cho máy khác dùng gateway và số đo mà không cần khóa, khi cấu hình không có khóa nào',
    metrics: 'phục vụ số đo cho Prometheus, ở HOST:PORT hoặc PORT (mặc định: cùng chỗ với trang trạng thái)',
    noReload: 'không báo cho mcp-pipe đang chạy; nó sẽ đọc thay đổi sau',
    logLevel: 'log chi tiết đến mức nào (biến MCP_PIPE_LOG_LEVEL; mặc định info)',
    logFormat: 'pretty hoặc json (biến MCP_PIPE_LOG_FORMAT; mặc định là pretty trên terminal)',
    debug: 'cho biết lỗi phát sinh ở đâu trong chương trình',
    noLive: 'cả trên terminal cũng chỉ in log, không có các dòng tự cập nhật',
    json: 'in những gì đã làm dưới dạng JSON',
    help: 'in phần trợ giúp này',
    yes: 'không hỏi gì',
  },
};

/** Texts of the help of every command, and errors of a command line. One file, because opening a file takes time. */
export const help = { en, vi };

export type HelpWords = typeof en;
