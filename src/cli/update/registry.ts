import { tmpdir } from 'node:os';
import { delimiter, dirname } from 'node:path';
import gt from 'semver/functions/gt.js';
import prerelease from 'semver/functions/prerelease.js';
import valid from 'semver/functions/valid.js';

/** What the registry says: a version, or why there is none. */
export type Newest =
  | { version: string }
  /** The registry answers, and has no mcp-pipe. `said`: its words. */
  | { missing: true; said: string }
  /** The registry cannot be asked. */
  | { failed: string };

/** npm is slow to start on a small machine, and a registry may be far away. */
const TIMEOUT_MS = 30_000;
const FETCH_TIMEOUT_MS = 15_000;
/** Of what npm prints; an answer has a few hundred. */
const MOST_CHARACTERS = 1_000_000;
/** Of what npm says that is passed on. */
const SAID_LENGTH = 300;

/**
 * Asks the registry that npm uses for the newest version. npm itself asks (D147): it knows the registry, the proxy and the
 * certificates of this user. Nothing is downloaded. Does not throw.
 *
 * @param env What npm gets: of a running mcp-pipe without the secrets that it was given.
 */
export async function askRegistry(
  current: string,
  onStarted?: (pid: number) => void,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Newest> {
  const { execa } = await import('execa');
  const asking = execa('npm', ['view', 'mcp-pipe', 'dist-tags', '--json', '--loglevel=silent'], {
    reject: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
    maxBuffer: MOST_CHARACTERS,
    // A package.json or workspace of the current folder would only be read, but a broken one ends npm.
    cwd: tmpdir(),
    extendEnv: false,
    env: {
      ...env,
      PATH: [env.PATH, dirname(process.execPath)].join(delimiter),
      npm_config_fetch_retries: '0',
      npm_config_fetch_timeout: String(FETCH_TIMEOUT_MS),
      npm_config_update_notifier: 'false',
      npm_config_logs_max: '0',
    },
  });
  if (asking.pid !== undefined) onStarted?.(asking.pid);
  const { stdout, stderr, code, timedOut } = await asking;
  if (timedOut) return { failed: `no answer within ${TIMEOUT_MS / 1_000} s` };
  if (code === 'ENOENT') return { failed: 'npm: not found' };
  return newestOf(stdout, current, stderr);
}

/** Reads what `npm view mcp-pipe dist-tags --json` prints. */
export function newestOf(stdout: string, current: string, stderr = ''): Newest {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return { failed: saidBy(stderr || stdout) || 'npm said nothing' };
  }
  const { error, ...tags } = (answer ?? {}) as Record<string, unknown>;
  if (typeof error === 'object' && error !== null) {
    const { code, summary } = error as { code?: unknown; summary?: unknown };
    const said = saidBy([summary, code].find((one) => typeof one === 'string' && one !== '') ?? 'an error');
    return code === 'E404' ? { missing: true, said } : { failed: said };
  }
  const latest = versionIn(tags.latest);
  // Who runs a version before a release is told of later ones of that kind, too.
  const all = prerelease(current) === null ? [latest] : [latest, ...Object.values(tags).map(versionIn)];
  const known = all.filter((one) => one !== undefined);
  const [first] = known;
  if (first === undefined) return { failed: 'the registry names no version' };
  return { version: known.reduce((best, one) => (gt(one, best) ? one : best), first) };
}

function versionIn(value: unknown): string | undefined {
  return typeof value === 'string' ? (valid(value) ?? undefined) : undefined;
}

export function isNewer(version: string, current: string): boolean {
  return valid(version) !== null && gt(version, current);
}

/** Without the name and password that addresses of registries may hold. */
function saidBy(text: unknown): string {
  return String(text)
    .trim()
    .replace(/\/\/[^/@\s]*@/g, '//')
    .slice(0, SAID_LENGTH);
}
