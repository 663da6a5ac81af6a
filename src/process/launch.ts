import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, constants, stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { LaunchError } from '../protocol/errors.js';
import { LAUNCH_WORDS } from '../protocol/launch-words.js';
import { signalGroupAtExit } from './exit-cleanup.js';
import { MARK_VARIABLE } from './strays.js';

/** The program to run. The environment is complete: nothing of this process's environment is added. */
export interface ServerCommand {
  /** A program: a path, or a name that is looked for in the PATH of `env`. */
  command: string;
  /** The arguments, passed unchanged: no shell reads them. */
  args: readonly string[];
  /** Working directory; absolute. */
  cwd: string;
  /** The whole environment of the process. */
  env: Readonly<Record<string, string>>;
  /** What is done when the process and its group have ended, or could not be started: a container or a folder goes. Never rejects. */
  cleanUp?: (() => Promise<void>) | undefined;
}

/** How a process ended: with an exit code, or by a signal. */
export interface ProcessExit {
  exitCode?: number;
  signal?: string;
}

/** A process that was started. On POSIX systems it leads its own process group, whose id is `pid`. */
export interface LaunchedProcess {
  readonly pid: number;
  /**
   * The mark in the environment of all processes that it starts (see `strays.ts`); undefined where environments cannot
   * be read.
   */
  readonly mark: string | undefined;
  /** Writing after the process has exited is harmless: errors of this stream are handled. */
  readonly stdin: Writable;
  /**
   * Paused, as is `stderr`: attach a reader at once, then resume. When the process exits Node resumes both, and output
   * without a reader is lost.
   */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the process itself has exited, whatever its descendants do; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** See `ServerCommand`. */
  readonly cleanUp?: (() => Promise<void>) | undefined;
}

/**
 * Starts a server. Resolves when the process has been spawned.
 *
 * @throws LaunchError with the system's error code as `reason` (`ENOENT`, `EACCES`, …) and advice as `next`. It names the
 *   command, and not its arguments, which may hold secrets.
 */
export async function launch(
  command: ServerCommand,
  platform: NodeJS.Platform = process.platform,
): Promise<LaunchedProcess> {
  const mark = platform === 'linux' && command.env[MARK_VARIABLE] !== '' ? newMark() : undefined;
  const started = platform === 'win32' ? startOnWindows(command) : start(marked(command, mark));
  const child = await started.catch(async (error: unknown) => {
    await command.cleanUp?.();
    throw error;
  });
  const exited = new Promise<ProcessExit>((settle) => {
    child.once('exit', (exitCode, signal) => {
      settle({ ...(exitCode === null ? {} : { exitCode }), ...(signal === null ? {} : { signal }) });
    });
  });
  const { pid, stdin, stdout, stderr } = child;
  // Errors such as EPIPE are ignored: `exited` reports the end of the process.
  for (const emitter of [child, stdin, stdout, stderr]) emitter.on('error', ignore);
  // execa drains streams without a reader; paused ones wait for theirs.
  stdout.pause();
  stderr.pause();
  const release = signalGroupAtExit(pid!, 'SIGTERM');
  void exited.then(release);
  return { pid: pid!, mark, stdin, stdout, stderr, exited, cleanUp: command.cleanUp };
}

function newMark(): string {
  return randomBytes(8).toString('hex');
}

/**
 * The command with the mark in its environment. Marks of mcp-pipes above this one stay, so that they find the
 * processes as well.
 */
function marked(command: ServerCommand, mark: string | undefined): ServerCommand {
  if (mark === undefined) return command;
  const { env } = command;
  const marks = [env[MARK_VARIABLE], mark].filter(Boolean).join(',');
  return { ...command, env: { ...env, [MARK_VARIABLE]: marks } };
}

type Child = Pick<ChildProcess, 'pid' | 'once' | 'on'> & {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
};

/**
 * Starts the process in its own group: Ctrl-C at the terminal does not reach it, and the whole tree can be ended at once.
 */
async function start(command: ServerCommand): Promise<Child> {
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: { ...command.env },
      detached: true,
    });
  } catch (error) {
    // Some errors (E2BIG, ENOTDIR) are thrown, most are emitted. Node.js itself rejects NUL characters.
    const word = wordOf(error);
    throw await launchError(command, word.startsWith('ERR_') ? 'EINVAL' : word);
  }
  if (child.pid !== undefined) return child;
  const [error] = await once(child, 'error').catch((thrown: unknown) => [thrown]);
  throw await launchError(command, wordOf(error));
}

/** D92: execa knows the shims and extensions of Windows. Elsewhere it would only add 80 KiB for each server. */
async function startOnWindows(command: ServerCommand): Promise<Child> {
  const { execa } = await import('execa');
  const child = execaOrNothing(execa, command);
  if (child === undefined) throw await launchError(command, 'EINVAL');
  if (child.pid === undefined) await failure(child, child, command);
  const { pid, stdin, stdout, stderr } = child;
  // Not the child itself: it is a promise of its end, which an async function would await.
  return { pid, stdin, stdout, stderr, on: child.on.bind(child), once: child.once.bind(child) };
}

/** Not async: execa's result is a promise of the end of the process, and would be awaited. */
function execaOrNothing(execa: typeof import('execa').execa, command: ServerCommand) {
  try {
    return execa(command.command, command.args, {
      cwd: command.cwd,
      env: { ...command.env },
      extendEnv: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      // Output is not collected: the transport reads the streams.
      buffer: false,
      reject: false,
      // `terminate.ts` ends processes; a second mechanism would race with it.
      cleanup: false,
      windowsHide: true,
      detached: process.platform !== 'win32',
    });
  } catch {
    // execa throws only for values that no system accepts, NUL characters for instance.
    return undefined;
  }
}

/** Rejects with the reason why no process was started (there is no pid); the reason comes one tick later. */
function failure(child: ChildProcess, result: Promise<unknown>, command: ServerCommand): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (error: unknown) => void launchError(command, wordOf(error)).then(reject);
    child.once('error', fail);
    // Some errors (E2BIG, ENOTDIR) are thrown at once by Node; execa reports those in its result only.
    void result.then((outcome) => fail((outcome as { cause?: unknown }).cause ?? outcome), fail);
  });
}

function ignore(): void {}

function wordOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'UNKNOWN';
}

/** Without the original error as `cause`: that holds the arguments. */
export async function launchError(command: ServerCommand, reason: string): Promise<LaunchError> {
  const name = JSON.stringify(command.command);
  if (reason === 'ENOENT' || reason === 'ENOTDIR' || reason === 'EACCES') {
    const is = await problemWithFolder(command.cwd);
    if (is !== undefined) return worded(reason, 'folder', { name, folder: command.cwd, is });
  }
  switch (reason) {
    case 'ENOENT':
      return notFound(command, name, reason);
    case 'EACCES':
    case 'EPERM':
      return worded(reason, 'not-executable', { name });
    case 'ENOEXEC':
      return worded(reason, 'no-program', { name });
    case 'E2BIG':
      return worded(reason, 'too-long', { name });
    case 'EMFILE':
    case 'ENFILE':
    case 'EAGAIN':
    case 'ENOMEM':
      return worded(reason, 'exhausted', { name });
    default:
      return worded(reason, 'other', { name, reason });
  }
}

/** The English text, with the id of the message, so that the log can say it in another language. */
function worded<Id extends keyof typeof LAUNCH_WORDS>(
  reason: string,
  id: Id,
  params: Parameters<(typeof LAUNCH_WORDS)[Id]>[0],
): LaunchError {
  const say = LAUNCH_WORDS[id] as (params: unknown) => { what: string; next: string };
  const { what, next } = say(params);
  return new LaunchError(what, reason, { next, said: { id, params } });
}

async function problemWithFolder(
  folder: string,
): Promise<'missing' | 'no-folder' | { code: string } | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'no-folder';
    await access(folder, constants.X_OK);
    return undefined;
  } catch (error) {
    const word = wordOf(error);
    return word === 'ENOENT' ? 'missing' : { code: word };
  }
}

async function notFound({ command, cwd }: ServerCommand, name: string, reason: string): Promise<LaunchError> {
  if (!/[\\/]/.test(command)) {
    const program = basename(command).replace(/\.(exe|cmd|bat)$/i, '');
    const tool = TOOLS.find(({ names }) => names.test(program.toLowerCase()));
    return worded(reason, 'not-found', { name, program, from: tool?.from, instead: tool?.instead });
  }
  const path = isAbsolute(command) ? command : resolve(cwd, command);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists ? worded(reason, 'no-interpreter', { name }) : worded(reason, 'no-file', { name, path });
}

const PYTHON = { name: 'Python', url: 'https://www.python.org' };

/** Programs that MCP servers are commonly started with. */
const TOOLS: readonly { names: RegExp; from: { name: string; url: string }; instead?: string }[] = [
  { names: /^(node|npm|npx|corepack)$/, from: { name: 'Node.js', url: 'https://nodejs.org' } },
  { names: /^(uv|uvx)$/, from: { name: 'uv', url: 'https://docs.astral.sh/uv/' } },
  { names: /^(python|py)$/, from: PYTHON, instead: 'python3' },
  { names: /^(python3.*|pip3?|pipx)$/, from: PYTHON },
  { names: /^(docker|podman)$/, from: { name: 'Docker', url: 'https://docs.docker.com/get-docker/' } },
  { names: /^(bun|bunx)$/, from: { name: 'Bun', url: 'https://bun.sh' } },
  { names: /^deno$/, from: { name: 'Deno', url: 'https://deno.com' } },
];
