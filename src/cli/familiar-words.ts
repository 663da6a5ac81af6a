import type { Messages } from '../messages/index.js';

/**
 * Commands of other programs and the same command here: pm2, systemctl, docker compose, caddy, cloudflared, ngrok, frp, thv,
 * npm, 1mcp, supergateway, `claude mcp`.
 */
const SAME: Readonly<Record<string, readonly string[]>> = {
  ps: ['status'],
  ls: ['status'],
  l: ['status'],
  list: ['status'],
  info: ['status'],
  show: ['status'],
  describe: ['status'],
  'is-active': ['status'],
  top: ['status', '--watch'],
  stats: ['status', '--watch'],
  monit: ['status', '--watch'],
  monitor: ['status', '--watch'],
  dash: ['status', '--watch'],
  dashboard: ['status', '--watch'],
  log: ['logs'],
  journal: ['logs'],
  journalctl: ['logs'],
  events: ['logs', '--follow'],
  attach: ['logs', '--follow'],
  tail: ['logs', '--follow'],
  down: ['stop'],
  kill: ['stop'],
  quit: ['stop'],
  shutdown: ['stop'],
  'try-restart': ['restart'],
  unpause: ['resume'],
  continue: ['resume'],
  redial: ['reconnect'],
  refresh: ['reload'],
  rehash: ['reload'],
  'daemon-reload': ['reload'],
  notify: ['alerts'],
  validate: ['check'],
  verify: ['check'],
  lint: ['check'],
  diagnose: ['doctor'],
  diagnostic: ['doctor'],
  diag: ['doctor'],
  test: ['check'],
  run: ['start'],
  up: ['start'],
  gateway: ['serve'],
  proxy: ['serve'],
  'mcp-proxy': ['serve'],
  supergateway: ['serve'],
  mcpo: ['serve'],
  daemon: ['start', '--detach'],
  '-d': ['start', '--detach'],
  '--detach': ['start', '--detach'],
  '--daemon': ['start', '--detach'],
  '--background': ['start', '--detach'],
  on: ['enable'],
  activate: ['enable'],
  off: ['disable'],
  deactivate: ['disable'],
  'add-json': ['add'],
  rm: ['remove'],
  del: ['remove'],
  delete: ['remove'],
  uninstall: ['remove'],
  inspect: ['tools'],
  setup: ['init'],
  new: ['init'],
  import: ['init', '--import'],
  upgrade: ['update'],
  pull: ['update'],
  version: ['--version'],
  '-v': ['--version'],
};

/** Commands that servers were named like before these commands existed: the name of a server or file comes first. */
const AFTER_NAMES: ReadonlySet<string> = new Set([
  ...['start', 'status', 'logs', 'restart', 'pause', 'resume', 'reconnect', 'reload', 'stop'],
  ...['enable', 'disable', 'doctor', 'explain', 'service', 'update', 'alerts', 'serve'],
]);

/** Commands of other programs for what mcp-pipe does otherwise, or not at all. */
const INSTEAD: Readonly<Record<string, Exclude<keyof Messages['familiar'], 'said'>>> = {
  startup: 'service',
  unstartup: 'service',
  install: 'service',
  save: 'service',
  resurrect: 'service',
  config: 'edit',
  edit: 'edit',
  fmt: 'edit',
  adapt: 'edit',
  flush: 'flush',
  scale: 'scale',
  tunnel: 'tunnel',
  http: 'tunnel',
  auth: 'login',
  authtoken: 'login',
  'add-authtoken': 'login',
};

/** The command line with mcp-pipe's command, or the id of a text that says what to do instead. */
export type Meant =
  | { argv: readonly string[] }
  | { instead: Exclude<keyof Messages['familiar'], 'said'>; isOurs?: true };

/** Options that only `serve` has, of other gateways and its own. */
const OF_SERVE: ReadonlySet<string> = new Set([
  ...[
    '--stdio',
    '--outputTransport',
    '--ssePath',
    '--messagePath',
    '--streamableHttpPath',
    '--healthEndpoint',
  ],
  ...['--cors', '--stateful', '--sessionTimeout', '--baseUrl', '--named-server', '--named-server-config'],
  ...['--host', '--allow-origin', '--allow-host', '--expose-header', '--pass-environment', '--stateless'],
  ...['--tls-cert', '--tls-key', '--trust-proxy'],
  ...['--no-pass-environment', '--sse-port', '--sse-host', '--apiKey'],
]);

/** Whether a command line that begins with options has one of `serve` before its first other word. */
function isOfServe(argv: readonly string[]): boolean {
  let i = 0;
  while (argv[i]?.startsWith('-') && argv[i] !== '--') {
    const [name = '', value] = argv[i]!.split('=', 2);
    if (OF_SERVE.has(name)) return true;
    const hasValue = value === undefined && argv[i + 1] !== undefined && !argv[i + 1]!.startsWith('-');
    i += hasValue ? 2 : 1;
  }
  return false;
}

/** What `stop NAME`, `reload NAME` and `restart all` of other programs are here, where these commands do something else. */
async function otherwise(
  [command, word]: readonly string[],
  isTaken: (word: string) => Promise<boolean>,
): Promise<Meant | undefined> {
  const isName = word !== undefined && !word.startsWith('-');
  if (command === 'stop' && isName) return { instead: 'stopOne', isOurs: true };
  if (command === 'reload' && isName) return { instead: 'reloadOne', isOurs: true };
  if (command !== 'restart' || (word !== undefined && word !== 'all')) return undefined;
  return word === 'all' && (await isTaken('all')) ? undefined : { instead: 'restartAll', isOurs: true };
}

/**
 * Translates a command line that begins with another program's command; undefined when it does not. `isTaken`: whether the
 * word is the name of a server or of a file here, which comes first.
 */
export async function familiarWord(
  argv: readonly string[],
  isTaken: (word: string) => Promise<boolean>,
): Promise<Meant | undefined> {
  const [first, ...rest] = argv;
  if (first === undefined) return undefined;
  if (isOfServe(argv)) return { argv: ['serve', ...argv] };
  // Nothing can stand before the name of a server but `start`, which takes it as that.
  if (AFTER_NAMES.has(first))
    return (await isTaken(first)) ? { argv: ['start', ...argv] } : otherwise(argv, isTaken);
  // `claude mcp add` and alike.
  if (first === 'mcp' && rest.length > 0 && !(await isTaken(first)))
    return (await familiarWord(rest, isTaken)) ?? { argv: rest };
  if (first === 'http' && /^https?:\/\//i.test(rest[0] ?? '')) return { argv: ['--http', ...rest] };
  const isKnown = first === 'help' || Object.hasOwn(SAME, first) || Object.hasOwn(INSTEAD, first);
  if (!isKnown || (await isTaken(first))) return undefined;
  if (first === 'help') {
    const command = rest.find((word) => !word.startsWith('-'));
    return { argv: [...(command === undefined ? [] : [SAME[command]?.[0] ?? command]), '--help'] };
  }
  const same = Object.hasOwn(SAME, first) ? SAME[first] : undefined;
  if (!same) return { instead: INSTEAD[first]! };
  const meant = [...same, ...rest];
  return (await otherwise(meant, isTaken)) ?? { argv: meant };
}
