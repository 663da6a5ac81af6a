import type { Messages } from '../messages/index.js';

/** Commands of other programs and the same command here: pm2, systemd, docker, npm, caddy, `claude mcp`. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  ps: ['status'],
  ls: ['status'],
  list: ['status'],
  log: ['logs'],
  tail: ['logs', '--follow'],
  validate: ['check'],
  verify: ['check'],
  lint: ['check'],
  diagnose: ['doctor'],
  diagnostic: ['doctor'],
  diag: ['doctor'],
  test: ['check'],
  run: ['start'],
  up: ['start'],
  serve: ['start'],
  on: ['enable'],
  activate: ['enable'],
  off: ['disable'],
  deactivate: ['disable'],
  rm: ['remove'],
  delete: ['remove'],
  inspect: ['tools'],
  setup: ['init'],
  new: ['init'],
  import: ['init', '--import'],
  upgrade: ['update'],
  version: ['--version'],
  '-v': ['--version'],
};

/** Commands that servers were named like before these commands existed: the name of a server or file comes first. */
const AFTER_NAMES: ReadonlySet<string> = new Set(['start', 'status', 'logs']);

/** Commands of other programs for what mcp-pipe does otherwise, or not at all. */
const INSTEAD: Readonly<Record<string, Exclude<keyof Messages['familiar'], 'said'>>> = {
  stop: 'stop',
  down: 'stop',
  kill: 'stop',
  quit: 'stop',
  restart: 'restart',
  reload: 'restart',
  '-d': 'background',
  '--detach': 'background',
  '--daemon': 'background',
  '--background': 'background',
  daemon: 'background',
  startup: 'service',
  install: 'service',
  config: 'edit',
  edit: 'edit',
  login: 'login',
  auth: 'login',
};

/** The command line with mcp-pipe's command, or the id of a text that says what to do instead. */
export type Meant = { argv: readonly string[] } | { instead: Exclude<keyof Messages['familiar'], 'said'> };

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
  // Nothing can stand before the name of a server but `start`, which takes it as that.
  if (AFTER_NAMES.has(first)) {
    if (await isTaken(first)) return { argv: ['start', ...argv] };
    return first === 'start' ? meantBy(argv, true) : undefined;
  }
  const isKnown = first === 'help' || Object.hasOwn(SAME, first) || Object.hasOwn(INSTEAD, first);
  if (!isKnown || (await isTaken(first))) return undefined;
  if (first === 'help') {
    const command = rest.find((word) => !word.startsWith('-'));
    return { argv: [...(command === undefined ? [] : [SAME[command]?.[0] ?? command]), '--help'] };
  }
  const same = Object.hasOwn(SAME, first) ? SAME[first] : undefined;
  return same ? meantBy([...same, ...rest], same[0] === 'start') : { instead: INSTEAD[first]! };
}

/** `start -d` means: run, but in the background, which mcp-pipe does not do. */
function meantBy(argv: readonly string[], runs: boolean): Meant {
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  const other = runs ? own.find((word) => word.startsWith('-') && Object.hasOwn(INSTEAD, word)) : undefined;
  return other === undefined ? { argv } : { instead: INSTEAD[other]! };
}
