import type { Cause, Diagnosis } from '../../../src/protocol/diagnosis.js';
import type { ServerState, Status, StatusEvent } from '../../../src/protocol/status.js';

export function diagnosis(cause: Cause, facts: Partial<Diagnosis> = {}): Diagnosis {
  return {
    cause,
    action: { kind: 'retry' },
    code: undefined,
    reason: '',
    siblings: 0,
    openForMs: 3_000,
    initialize: 'answered',
    ...facts,
  };
}

type Event<Type extends StatusEvent['type']> = Extract<StatusEvent, { type: Type }>;

export function down(of: Diagnosis, more: Partial<Event<'down'>> = {}): Event<'down'> {
  return { type: 'down', diagnosis: of, attempt: 1, nextDialMs: 4_000, pending: 0, stderrTail: [], ...more };
}

export function serverDown(more: Partial<Event<'server-down'>> = {}): Event<'server-down'> {
  return {
    type: 'server-down',
    serverKind: 'stdio',
    why: 'exited',
    end: { kind: 'process', exitCode: 1 },
    livedMs: 2_000,
    failures: 1,
    nextStartMs: 1_000,
    pendingFailed: 0,
    stderrTail: [],
    ...more,
  };
}

export function status(event: StatusEvent, link = 'calculator', at = 1_000_000): Status {
  return { at, link, ...event };
}

const MOVES: Partial<Record<StatusEvent['type'], ServerState>> = {
  'server-starting': 'starting',
  'server-replaced': 'starting',
  'server-ready': 'ready',
  'server-refused': 'refused',
  'server-down': 'waiting',
  'server-idle-stopped': 'idle-stopped',
  'turn-skipped': 'between-turns',
};

/** The event and the move of its server that is told just before it, as a running link does. */
export function asTold(status: Status): Status[] {
  const to = MOVES[status.type];
  const { at, link, server } = status;
  const whose = { at, link, ...(server === undefined ? {} : { server }) };
  return to === undefined ? [status] : [{ ...whose, ...serverMove(to) }, status];
}

export function serverMove(to: ServerState): Event<'server-state'> {
  return { type: 'server-state', from: to === 'starting' ? 'waiting' : 'starting', to };
}

/** One of each type, with something unusual in every text. */
export const everyEvent: { [Type in StatusEvent['type']]: Event<Type> } = {
  'link-state': { type: 'link-state', from: 'starting', to: 'dialing' },
  'server-state': { type: 'server-state', from: 'starting', to: 'initializing' },
  'server-starting': {
    ...{ type: 'server-starting', serverKind: 'stdio', attempt: 1 },
    ...{ shown: 'npx -y some-server', fetcher: 'npx' },
  },
  'server-ready': { type: 'server-ready', pid: 123, tookMs: 350, name: 'Calculator', again: false },
  'server-refused': { type: 'server-refused', code: -32602, message: 'Unsupported protocol version' },
  'server-slow': {
    type: 'server-slow',
    serverKind: 'stdio',
    waitedMs: 10_000,
    timeoutMs: 180_000,
    stderrTail: ['downloading'],
  },
  'server-down': serverDown(),
  'call-unanswered': {
    type: 'call-unanswered',
    ...{ method: 'tools/call', name: 'search', waitedMs: 30_000, silentMs: undefined, running: 2 },
  },
  'call-answered': { type: 'call-answered', method: 'tools/call', name: 'search', tookMs: 95_000 },
  'server-breaker': { type: 'server-breaker', to: 'open', failures: 5, pauseMs: 60_000 },
  'server-silent': {
    type: 'server-silent',
    ...{ method: 'tools/call', name: 'search', unanswered: 1, pingMs: 30_000, waitedMs: 60_000 },
  },
  'server-copy': {
    ...{ type: 'server-copy', to: 'down', copy: 2, of: 3, up: 2, serverKind: 'stdio', why: 'exited' },
    livedMs: 61_000,
    ...{ end: { kind: 'process', exitCode: 1 }, failures: 1, nextStartMs: 1_000 },
    ...{ pendingFailed: 1, stderrTail: ['out of memory'] },
  },
  'server-responding': { type: 'server-responding' },
  'server-replaced': { type: 'server-replaced', why: 'handshake-differs' },
  'limits-unwatched': { type: 'limits-unwatched', why: 'no-proc' },
  'memory-short': {
    type: 'memory-short',
    of: 'servers',
    bytes: 700 * 1024 ** 2,
    boundBytes: 600 * 1024 ** 2,
  },
  'strays-ended': { type: 'strays-ended', processes: [{ pid: 4242, name: 'chrome' }] },
  'tool-left-out': { type: 'tool-left-out', tool: 'search', why: 'wrong-type' },
  'server-package': {
    type: 'server-package',
    isNew: true,
    isDirect: false,
    package: 'server-x',
    why: 'option',
    word: '--shell',
  },
  'package-locked': { type: 'package-locked', package: 'server-x', version: '2.0.0', before: '1.0.0' },
  'package-data': { type: 'package-data', files: 2, left: ['data.db'], from: '/OLD', to: '/NEW' },
  'tools-changed': { type: 'tools-changed', changed: ['search'], added: ['send'], isHeld: true },
  'server-stderr': { type: 'server-stderr', line: 'listening' },
  dialing: { type: 'dialing', endpoint: 'wss://example.org/mcp/?token=#0123abcd', attempt: 1 },
  open: { type: 'open', tookMs: 120 },
  'client-initialized': {
    type: 'client-initialized',
    afterMs: 3,
    client: 'xz-mcp-broker',
    protocolVersion: '2024-11-05',
  },
  down: down(diagnosis('connection-lost', { code: 1006 })),
  'list-too-long': { type: 'list-too-long', method: 'tools/list', pages: 15, maxBytes: 16_777_216 },
  'answer-unreadable': {
    type: 'answer-unreadable',
    method: 'tools/call',
    name: 'search',
    why: 'encoding',
    excerpt: '{"jsonrpc"',
  },
  'invalid-message': { type: 'invalid-message', from: 'server', why: 'not JSON', excerpt: 'hello', bytes: 5 },
  'stale-reply': { type: 'stale-reply', total: 7 },
  'oversize-message': {
    type: 'oversize-message',
    from: 'server',
    bytes: 70e6,
    maxBytes: 67_108_864,
    excerpt: 'BODY',
  },
  'queue-full': { type: 'queue-full', queue: 'messages for the server', bound: 4_194_304 },
  'server-kept': {
    ...{ type: 'server-kept', state: 'ready', sinceMs: 60_000, pid: 4_711, name: 'files 1.0' },
    ...{ fetcher: 'npx', failures: 0, nextStartMs: undefined, isSilent: false },
  },
  'server-idle-stopped': { type: 'server-idle-stopped', idleMs: 600_000 },
  'server-keep': { type: 'server-keep', isKept: true, changesAt: 1_800_000_000_000 },
  'call-timeout': { type: 'call-timeout', method: 'tools/call', name: 'search', timeoutMs: 290_000 },
  'list-failed': {
    type: 'list-failed',
    ...{
      of: 'memory',
      method: 'tools/list',
      why: 'error',
      code: -32603,
      message: 'boom',
      waitedMs: undefined,
    },
  },
  'list-recovered': { type: 'list-recovered', method: 'tools/list' },
  'list-faults': {
    type: 'list-faults',
    kind: 'tool',
    faults: [{ name: 'search', at: ['inputSchema'], isLeftOut: false }],
  },
  renamed: { type: 'renamed', kind: 'tool', names: [{ from: 'tính_tổng', to: 'tinh_tong' }] },
  'reply-unmatched': {
    type: 'reply-unmatched',
    ...{ why: 'id-type', id: '"11"', asked: '11', isCarried: false },
  },
  'server-requests-refused': { type: 'server-requests-refused', bound: 64 },
  'arguments-unchecked': { type: 'arguments-unchecked', tool: 'get_wx', why: 'no-schema' },
  'names-unfit': { type: 'names-unfit', is: 'unknown', names: ['get_wx'] },
  'name-hidden': { type: 'name-hidden', kind: 'tool', name: 'search', by: 'memory' },
  'tools-over-budget': {
    type: 'tools-over-budget',
    ...{ budget: 'maxTools', bound: 32, tools: 60, bytes: 90_000, dropped: 28 },
    largest: [
      { name: 'draw', bytes: 9_000 },
      { name: 'search', bytes: 5_000 },
    ],
  },
  'result-cut': { type: 'result-cut', name: 'read_file', bytes: 20_000, maxBytes: 8_192 },
  'capabilities-late': { type: 'capabilities-late', capabilities: ['prompts', 'resources'] },
  regrouped: { type: 'regrouped', why: 'token-limit', into: 'mux', servers: ['memory', 'files'] },
  'lease-waiting': {
    type: 'lease-waiting',
    ...{ of: 'token', label: '0123abcd', slots: 1, isOwn: false },
    holder: { pid: 4711, link: 'memory', since: 1_000_000 },
  },
  'lease-lost': { type: 'lease-lost', why: 'not-renewed', forMs: 36_000, spareMs: 9_000, pending: 1 },
  'lease-yielded': { type: 'lease-yielded', pending: 1, newHolder: { pid: 412, link: 'HOLDER', since: 1 } },
  'connection-renewed': { type: 'connection-renewed', why: 'asked', from: 'open', pending: 1 },
  'list-habit': { type: 'list-habit', habit: 'ignores-list-changed', isNew: true },
  'token-contention': {
    type: 'token-contention',
    ...{ times: 3, withinMs: 9_000, nextDialMs: 120_000, holder: undefined },
  },
  'token-contention-over': { type: 'token-contention-over', openForMs: 120_000 },
  'client-joined': { type: 'client-joined', servers: ['memory', 'files'], key: 'an' },
  'client-left': { type: 'client-left', forMs: 62_000, reason: 'the client ended its session' },
  rotating: {
    type: 'rotating',
    ...{ from: 'memory', to: 'files', why: 'dwell', busyForMs: 2_000, pendingFailed: 1 },
    ...{ keepsRunning: false, dwellMs: 300_000 },
  },
  'turn-skipped': { type: 'turn-skipped' },
  deaf: { type: 'deaf', silentMs: 240_000, usualMs: 60_000 },
  sending: { type: 'sending' },
  'answers-lost': { type: 'answers-lost', bytes: 3_000_000 },
  draining: { type: 'draining', pending: 2, timeoutMs: 10_000, why: 'stopping' },
  'drain-progress': { type: 'drain-progress', pending: 1 },
  drained: { type: 'drained', abandoned: 0 },
};
