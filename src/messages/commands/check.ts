import { bounds } from '../en/bounds.js';
import { connected } from '../en/link-kinds.js';
import { time } from '../en/numbers.js';
import type { WhyConnected } from '../parts.js';
import { bounds as boundsVi } from '../vi/bounds.js';
import { connected as connectedVi } from '../vi/link-kinds.js';
import { time as timeVi } from '../vi/numbers.js';

/** What is told of the limits of a server's calls. */
interface LimitWords {
  rate?: string | undefined;
  concurrent?: number | undefined;
  timeoutMs?: number | undefined;
  breaker?: object | undefined;
  /** Of tools with limits of their own. */
  globs?: readonly string[] | undefined;
}

const en = {
  help: {
    about: 'Shows what would be started and everything wrong with it. Dials nothing, starts nothing.',
    target: 'a configured server or a script; default: every enabled server',
    agent: 'one agent of "agents" alone',
    endpoint: 'endpoint of servers without one',
    json: 'print JSON for programs',
    strict: 'exit with 1 when there are warnings; of --production, when a point is not met',
    production: 'judge this setup by 37 points for production, and say what is missing',
    compose:
      'of --production: the compose file. Default: docker-compose.prod.yml and others beside the configuration',
    more: `
Examples:
  mcp-pipe check                             every enabled server of mcp_config.json
  mcp-pipe check calculator --lang vi        one server, explained in Vietnamese
  mcp-pipe check --mode pipe                 the same, each server on a connection of its own
  mcp-pipe check --rotate-every 5m           the same, one at a time for each token
  mcp-pipe check --json --strict             for scripts
  mcp-pipe check --production                is it ready for others? 37 points, each with what to do

Exit codes: 0 no errors; 1 warnings, with --strict; 2 errors.
`,
  },
  columns: { server: 'server', kind: 'kind', command: 'command', endpoint: 'endpoint', notes: 'notes' },
  agentColumns: {
    agent: 'agent',
    yes: 'yes',
    own: 'own',
    gateway: 'at the gateway',
    yesMeans: 'yes: the one process of this server, whichever agents have it',
    ownMeans: 'own: a process of this agent alone',
    filteredMeans: '*: some of its tools only',
  },
  links: ({ count }: { count: number }) => `${count} links`,
  endpoints: ({ count }: { count: number }) => `${count} endpoints`,
  disabled: 'disabled',
  disabledAgents: ({ agents }: { agents: readonly string[] }) =>
    `Disabled agents, which are not connected: ${agents.join(', ')}`,
  sentry: ({ host, environment }: { host: string; environment: string }) =>
    `Crashes, errors of the log and failing links are reported to ${host}, environment "${environment}".`,
  redis: ({ url, ttlMs }: { url: string; ttlMs: number }) =>
    `Leases are shared with other machines by ${url}; when one dies, its links move after ${time(ttlMs)}.`,
  /** Undefined: as the variables of OpenTelemetry say. */
  otlp: ({ url }: { url: string | undefined }) =>
    `Traces go to ${url ?? 'the collector of OTEL_EXPORTER_OTLP_ENDPOINT, else port 4318 here'}.`,
  noEndpoint: 'no endpoint',
  gatewayOnly: 'by the gateway alone',
  sameToken: ({ others }: { others: readonly string[] }) => `same token as ${others.join(', ')}`,
  priority: ({ priority }: { priority: number }) => `priority ${priority}`,
  /** `limits: 100/m, 4 at a time, 60 s each, breaker` */
  limits: ({ rate, concurrent, timeoutMs, breaker, globs = [] }: LimitWords) =>
    `limits: ${[
      ...(rate === undefined ? [] : [rate]),
      ...(concurrent === undefined ? [] : [`${concurrent} at a time`]),
      ...(timeoutMs === undefined ? [] : [`${time(timeoutMs)} each`]),
      ...(breaker === undefined ? [] : ['breaker']),
      ...(globs.length === 0 ? [] : [`of ${globs.join(', ')}`]),
    ].join(', ')}`,
  /** What holds a server, as it would be on this machine. */
  held: bounds.holding,
  account: ({ account, connections }: { account: string; connections: number }) =>
    `account ${account}: at most ${connections} connected`,
  /** `calculator, memory: one connection (token #a1b2c3d4 is shared; mode auto)` */
  why: (why: WhyConnected) => {
    const { agent, servers, kind, mode, reads, token } = why;
    const what = token === undefined ? 'the address' : `token #${token}`;
    const whose = servers.length > 1 ? `${what} is shared` : `no other server has ${what}`;
    const alone = reads.length > 0 ? `${reads.join(', ')} needs messages to be read` : whose;
    return `${agent ?? servers.join(', ')}: ${connected[kind](why)} (${alone}; mode ${mode})`;
  },
  errors: ({ count }: { count: number }) => (count === 1 ? '1 error' : `${count} errors`),
  warnings: ({ count }: { count: number }) => (count === 1 ? '1 warning' : `${count} warnings`),
  expected: 'expected',
  got: 'got',
  next: 'fix',
  clean: 'Nothing wrong',
  wouldStart: ({ count, all }: { count: number; all: number }) =>
    count === 0
      ? 'mcp-pipe would start no server'
      : `mcp-pipe would start ${count} of ${all} ${all === 1 ? 'server' : 'servers'}`,
  /** The next command, depending on the result. */
  nothingThere: 'Next: mcp-pipe demo shows it at work without a token; mcp-pipe init writes a configuration.',
  mend: ({ check }: { check: string }) => `Next: fix the errors above, then run: ${check}`,
  mendEndpoint: ({ run }: { run: string }) =>
    `Next: write the token as said above; or try without one: ${run} --local`,
  fixWarnings: ({ run }: { run: string }) => `Next: look at the warnings above; to start it as it is: ${run}`,
  ready: ({ run }: { run: string }) => `Next: ${run}`,
};

const vi: typeof en = {
  help: {
    about: 'Cho biết sẽ chạy những gì và mọi chỗ sai. Không kết nối, không khởi động gì.',
    target: 'một server trong cấu hình hoặc một script; mặc định: mọi server đang bật',
    agent: 'chỉ một agent trong "agents"',
    endpoint: 'endpoint cho các server chưa có',
    json: 'in JSON cho chương trình khác đọc',
    strict: 'thoát với mã 1 khi có cảnh báo; với --production, khi còn điểm chưa đạt',
    production: 'đánh giá thiết lập này theo 37 điểm cho môi trường thật, và cho biết còn thiếu gì',
    compose:
      'với --production: file compose. Mặc định: docker-compose.prod.yml và các file khác cạnh cấu hình',
    more: `
Ví dụ:
  mcp-pipe check                             mọi server đang bật trong mcp_config.json
  mcp-pipe check calculator --lang vi        một server, giải thích bằng tiếng Việt
  mcp-pipe check --mode pipe                 như trên, mỗi server một kết nối riêng
  mcp-pipe check --rotate-every 5m           như trên, với mỗi token chạy lần lượt từng server
  mcp-pipe check --json --strict             cho script
  mcp-pipe check --production                đã sẵn sàng cho người khác dùng chưa? 37 điểm, mỗi điểm kèm cách làm

Mã thoát: 0 không có lỗi; 1 có cảnh báo, với --strict; 2 có lỗi.
`,
  },
  columns: { server: 'server', kind: 'loại', command: 'lệnh', endpoint: 'endpoint', notes: 'ghi chú' },
  agentColumns: {
    agent: 'agent',
    yes: 'có',
    own: 'riêng',
    gateway: 'ở gateway',
    yesMeans: 'có: dùng chung một tiến trình duy nhất của server này, dù bao nhiêu agent có nó',
    ownMeans: 'riêng: một tiến trình chỉ của agent này',
    filteredMeans: '*: chỉ thấy một phần các tool',
  },
  links: ({ count }) => `${count} link`,
  endpoints: ({ count }) => `${count} endpoint`,
  disabled: 'đã tắt',
  disabledAgents: ({ agents }) => `Agent đang tắt, không được kết nối: ${agents.join(', ')}`,
  sentry: ({ host, environment }) =>
    `Sự cố, lỗi trong log và link bị hỏng được báo đến ${host}, môi trường "${environment}".`,
  redis: ({ url, ttlMs }) =>
    `Lease được dùng chung với các máy khác qua ${url}; khi một máy chết, link của nó được chuyển sau ${timeVi(ttlMs)}.`,
  otlp: ({ url }) =>
    `Dữ liệu theo dõi được gửi đến ${url ?? 'bộ thu trong OTEL_EXPORTER_OTLP_ENDPOINT, nếu không thì cổng 4318 của máy này'}.`,
  noEndpoint: 'chưa có endpoint',
  gatewayOnly: 'chỉ qua gateway',
  sameToken: ({ others }) => `cùng token với ${others.join(', ')}`,
  priority: ({ priority }) => `độ ưu tiên ${priority}`,
  limits: ({ rate, concurrent, timeoutMs, breaker, globs = [] }) =>
    `giới hạn: ${[
      ...(rate === undefined ? [] : [rate]),
      ...(concurrent === undefined ? [] : [`${concurrent} cùng lúc`]),
      ...(timeoutMs === undefined ? [] : [`mỗi lần ${timeVi(timeoutMs)}`]),
      ...(breaker === undefined ? [] : ['ngắt mạch']),
      ...(globs.length === 0 ? [] : [`của ${globs.join(', ')}`]),
    ].join(', ')}`,
  held: boundsVi.holding,
  account: ({ account, connections }) => `tài khoản ${account}: tối đa ${connections} kết nối`,
  why: (why) => {
    const { agent, servers, kind, mode, reads, token } = why;
    const what = token === undefined ? 'địa chỉ' : `token #${token}`;
    const whose = servers.length > 1 ? `${what} dùng chung` : `không server nào khác có ${what}`;
    const alone = reads.length > 0 ? `${reads.join(', ')} cần đọc nội dung` : whose;
    return `${agent ?? servers.join(', ')}: ${connectedVi[kind](why)} (${alone}; chế độ ${mode})`;
  },
  errors: ({ count }) => `${count} lỗi`,
  warnings: ({ count }) => `${count} cảnh báo`,
  expected: 'cần',
  got: 'gặp',
  next: 'cách sửa',
  clean: 'Không có gì sai',
  wouldStart: ({ count, all }) =>
    count === 0 ? 'mcp-pipe sẽ không khởi động server nào' : `mcp-pipe sẽ khởi động ${count}/${all} server`,
  nothingThere:
    'Tiếp theo: mcp-pipe demo cho xem chương trình hoạt động mà không cần token; mcp-pipe init tạo một cấu hình.',
  mend: ({ check }) => `Tiếp theo: sửa các lỗi ở trên, rồi gõ: ${check}`,
  mendEndpoint: ({ run }) =>
    `Tiếp theo: điền token như đã nói ở trên; hoặc chạy thử không cần token: ${run} --local`,
  fixWarnings: ({ run }) => `Tiếp theo: xem lại các cảnh báo ở trên; nếu vẫn muốn chạy ngay: ${run}`,
  ready: ({ run }) => `Tiếp theo: ${run}`,
};

/** The words of `mcp-pipe check`, in both languages. */
export const texts = { en, vi };
