import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve, win32 } from 'node:path';
import { PackageError } from '../package-error.js';
import type { PackageHost } from '../package-kind.js';
import { runProgram } from '../run-program.js';

/** An installation of some hundred packages over a slow line; what takes longer is tried again later. */
const TIMEOUT_MS = 300_000;
/** Of what npm says that is passed on, in characters. */
const SAID_LENGTH = 400;

/**
 * Runs npm in a folder with the settings that it has where the server is: environment, the .npmrc of its project, of the user and
 * of the system.
 *
 * @returns what npm printed
 * @throws PackageError
 */
export async function runNpm(args: readonly string[], folder: string, host: PackageHost): Promise<string> {
  const env = npmEnvironment(host.env);
  const npm = npmProgram(env, process.platform, existsSync);
  const { signal, inBackground } = host;
  const place = { cwd: folder, env, timeoutMs: TIMEOUT_MS, signal, inBackground };
  const words = [...npm.args, ...args, '--loglevel=error', '--no-audit', '--no-fund'];
  const { exitCode, stdout, stderr, notStarted, timedOut } = await runProgram(npm.command, words, place);
  if (notStarted === 'ENOENT') throw new PackageError('no-program', 'npm');
  if (notStarted !== undefined) throw new PackageError('failed', `npm: ${notStarted}`);
  if (timedOut) throw new PackageError('timeout', `npm took longer than ${TIMEOUT_MS / 1_000} s`);
  if (exitCode !== 0) throw npmError(stderr || stdout);
  return stdout;
}

/** Variables of an npm that runs this process, which mean its own project and command. */
const OF_OTHER_RUN =
  /^npm_(config_(global|location|local_prefix|prefix|dry_run|workspaces?|package_lock|package_lock_only|omit|include|only|save|call|package|ignore_existing|json|logs_max|update_notifier|offline)|lifecycle_|package_|command$|execpath$)/i;

/** The environment for npm: as the server has it, so that registry, proxy and certificates are its own. */
function npmEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !OF_OTHER_RUN.test(name)));
  const path = Object.keys(kept).find((name) => /^path$/i.test(name)) ?? 'PATH';
  return {
    ...kept,
    // An npm beside the Node of mcp-pipe is better than none.
    [path]: [kept[path], dirname(process.execPath)].filter(Boolean).join(delimiter),
    ...{ npm_config_update_notifier: 'false', npm_config_logs_max: '0' },
    // A registry that does not answer is tried again at the next start, not for half a minute now.
    ...{ npm_config_fetch_retries: '1', npm_config_fetch_retry_mintimeout: '500' },
  };
}

/** How npm is started. On Windows it is a batch file, which Node.js does not start: its own program is, as that file does. */
export function npmProgram(
  env: Readonly<Record<string, string>>,
  platform: NodeJS.Platform,
  exists: (file: string) => boolean,
): { command: string; args: readonly string[] } {
  if (platform !== 'win32') return { command: 'npm', args: [] };
  const path = Object.entries(env).find(([name]) => /^path$/i.test(name))?.[1] ?? '';
  for (const folder of path.split(';').filter(Boolean)) {
    const script = win32.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js');
    if (!exists(win32.join(folder, 'npm.cmd')) || !exists(script)) continue;
    const beside = win32.join(folder, 'node.exe');
    return { command: exists(beside) ? beside : 'node.exe', args: [script] };
  }
  return { command: 'npm.exe', args: [] };
}

const UNREACHABLE =
  /\b(ENOTFOUND|ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|EPIPE|FETCH_ERROR|E5\d\d)\b/;

/** What npm says on standard error, as an error with a reason. Pure. */
export function npmError(text: string): PackageError {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !/^(A complete log|npm warn)/i.test(line));
  const code = /^code (\S+)/.exec(lines.find((line) => line.startsWith('code ')) ?? '')?.[1] ?? '';
  // One line says it; those around it are codes again, or a trace.
  const request = lines.filter((line) => /request to \S+ failed, reason: /.test(line)).slice(0, 1);
  const said = (request.length > 0 ? request : lines.filter((line) => !line.startsWith('code ')).slice(0, 3))
    .join(' ')
    .replace(/\/\/[^/@\s]*@/g, '//')
    .slice(0, SAID_LENGTH);
  const all = said.includes(code) && said !== '' ? said : `${code} ${said || lines.join(' ')}`.trim();
  if (code === 'EINTEGRITY') return new PackageError('integrity', said);
  if (/^(E404|ETARGET|ENOVERSIONS)$/.test(code)) return new PackageError('not-found', said);
  if (/^(EACCES|EPERM|EROFS|ENOSPC|EDQUOT)$/.test(code)) return new PackageError('not-writable', all);
  if (UNREACHABLE.test(code) || (code === '' && UNREACHABLE.test(all)))
    return new PackageError('unreachable', all);
  return new PackageError('failed', all || 'npm said nothing');
}

/**
 * Copies the .npmrc of the server's project, from where npm would read it: the nearest folder with a package.json or node_modules.
 *
 * @throws PackageError when there is one, and the server is held: it names programs that npm runs, and the registry.
 */
export async function copyProjectSettings({ cwd, isHeld }: PackageHost, folder: string): Promise<void> {
  for (let at = resolve(cwd); ; at = dirname(at)) {
    const isProject = existsSync(join(at, 'package.json')) || existsSync(join(at, 'node_modules'));
    if ((isProject || at === resolve(cwd)) && existsSync(join(at, PROJECT_SETTINGS))) {
      if (isHeld) throw new PackageError('held', join(at, PROJECT_SETTINGS));
      await copyFile(join(at, PROJECT_SETTINGS), join(folder, PROJECT_SETTINGS));
      return;
    }
    if (isProject || dirname(at) === at) return;
  }
}

/** It may hold a login, so it does not stay in an installation. */
export const PROJECT_SETTINGS = '.npmrc';
