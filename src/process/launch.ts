import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, constants, stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { LaunchError } from '../protocol/errors.js';
import { guard } from './last-resort.js';
import { MARK_VARIABLE } from './strays.js';

/** What to run. The environment is complete: nothing is inherited behind the caller's back. */
export interface ServerCommand {
  command: string;
  args: readonly string[];
  /** Working directory; absolute. */
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** How a process ended: with an exit code, or by a signal. */
export interface ProcessExit {
  exitCode?: number;
  signal?: string;
}

/** A process that really runs, or ran. On POSIX systems it leads its own process group, whose id is `pid`. */
export interface LaunchedProcess {
  readonly pid: number;
  /** What is found in the environment of all that it starts (see `strays.ts`); undefined where nobody could look. */
  readonly mark: string | undefined;
  /** Writing after the far end is gone is harmless: errors of this stream never go unhandled. */
  readonly stdin: Writable;
  /**
   * Paused, like `stderr`: attach a reader at once, then resume. When the process ends Node resumes both, and what
   * nobody reads then is lost.
   */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process itself has ended, whatever its descendants do; never rejects. */
  readonly exited: Promise<ProcessExit>;
}

/**
 * Starts a server. Resolves when the process has really been spawned.
 *
 * @throws LaunchError with the system's word as `reason` (`ENOENT`, `EACCES`, …) and what to do as `next`. The
 *   command is named, its arguments are not: they may hold secrets.
 */
export async function launch(
  command: ServerCommand,
  platform: NodeJS.Platform = process.platform,
): Promise<LaunchedProcess> {
  const mark = platform === 'linux' && command.env[MARK_VARIABLE] !== '' ? newMark() : undefined;
  const child = platform === 'win32' ? await startOnWindows(command) : await start(marked(command, mark));
  const exited = new Promise<ProcessExit>((settle) => {
    child.once('exit', (exitCode, signal) => {
      settle({ ...(exitCode === null ? {} : { exitCode }), ...(signal === null ? {} : { signal }) });
    });
  });
  const { pid, stdin, stdout, stderr } = child;
  // EPIPE and the like: the end of a process is told by `exited`, not by the first write after it.
  for (const emitter of [child, stdin, stdout, stderr]) emitter.on('error', ignore);
  // execa lets streams that nobody reads at once run empty; paused ones wait for their reader.
  stdout.pause();
  stderr.pause();
  const release = guard(pid!, 'SIGTERM');
  void exited.then(release);
  return { pid: pid!, mark, stdin, stdout, stderr, exited };
}

function newMark(): string {
  return randomBytes(8).toString('hex');
}

/** Marks of those above stay: what this server leaves behind is theirs to end as well. */
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

/** Own process group: Ctrl-C at the terminal does not reach it, and the whole tree can be ended at once. */
async function start(command: ServerCommand): Promise<Child> {
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: { ...command.env },
      detached: true,
    });
  } catch (error) {
    // Some errors (E2BIG, ENOTDIR) are thrown, most come as an event; NUL characters are refused by Node.js itself.
    const word = wordOf(error);
    throw await launchError(command, word.startsWith('ERR_') ? 'EINVAL' : word);
  }
  if (child.pid !== undefined) return child;
  const [error] = await once(child, 'error').catch((thrown: unknown) => [thrown]);
  throw await launchError(command, wordOf(error));
}

/** execa knows the shims and extensions of Windows. Elsewhere it would only add 80 KiB for each server. */
async function startOnWindows(command: ServerCommand): Promise<Child> {
  const { execa } = await import('execa');
  const child = execaOrNothing(execa, command);
  if (child === undefined) throw await launchError(command, 'EINVAL');
  if (child.pid === undefined) await failure(child, child, command);
  const { pid, stdin, stdout, stderr } = child;
  // Not the child itself: it is a promise of its end, and returning it would wait for that.
  return { pid, stdin, stdout, stderr, on: child.on.bind(child), once: child.once.bind(child) };
}

/** Not async: what execa gives back is a promise of its end as well, and would be awaited. */
function execaOrNothing(execa: typeof import('execa').execa, command: ServerCommand) {
  try {
    return execa(command.command, command.args, {
      cwd: command.cwd,
      env: { ...command.env },
      extendEnv: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      // Nothing is collected: the streams belong to the transport.
      buffer: false,
      reject: false,
      // The ladder in terminate.ts ends processes; a second one would race with it.
      cleanup: false,
      windowsHide: true,
      detached: process.platform !== 'win32',
    });
  } catch {
    // Only values that no system takes, NUL characters for instance, are thrown.
    return undefined;
  }
}

/** Without a pid nothing runs; why, comes a tick later. */
function failure(child: ChildProcess, result: Promise<unknown>, command: ServerCommand): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (error: unknown) => void launchError(command, wordOf(error)).then(reject);
    child.once('error', fail);
    // Some errors (E2BIG, ENOTDIR) are thrown at once by Node; execa hands those out here only.
    void result.then((outcome) => fail((outcome as { cause?: unknown }).cause ?? outcome), fail);
  });
}

function ignore(): void {}

function wordOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'UNKNOWN';
}

/** The original error is left out on purpose: it carries the arguments. */
async function launchError(command: ServerCommand, reason: string): Promise<LaunchError> {
  const name = JSON.stringify(command.command);
  if (reason === 'ENOENT' || reason === 'ENOTDIR' || reason === 'EACCES') {
    const problem = await problemWithFolder(command.cwd);
    if (problem !== undefined) {
      return new LaunchError(
        `cannot start ${name}: its working directory ${command.cwd} ${problem}`,
        reason,
        {
          next: 'Create that directory, or correct `cwd`.',
        },
      );
    }
  }
  switch (reason) {
    case 'ENOENT':
      return notFound(command, name, reason);
    case 'EACCES':
    case 'EPERM':
      return new LaunchError(`cannot start ${name}: it may not be executed`, reason, {
        next: 'Make the file executable (chmod +x), or start it through its interpreter (node, python3, …).',
      });
    case 'ENOEXEC':
      return new LaunchError(`cannot start ${name}: the system cannot execute this file`, reason, {
        next: 'Give a script a first line such as "#!/usr/bin/env node", or start it through its interpreter.',
      });
    case 'E2BIG':
      return new LaunchError(`cannot start ${name}: its arguments and environment are too long`, reason, {
        next: 'Pass long values in a file instead.',
      });
    case 'EMFILE':
    case 'ENFILE':
    case 'EAGAIN':
    case 'ENOMEM':
      return new LaunchError(
        `cannot start ${name}: the system is out of files, processes or memory`,
        reason,
        {
          next: 'Stop other programs, or raise the limit (ulimit -n, ulimit -u, the container memory).',
        },
      );
    default:
      return new LaunchError(`cannot start ${name}: ${reason}`, reason, {
        next: 'Check `command`, `args` and `env`: none of them may hold a NUL character.',
      });
  }
}

async function problemWithFolder(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'is not a directory';
    await access(folder, constants.X_OK);
    return undefined;
  } catch (error) {
    const word = wordOf(error);
    return word === 'ENOENT' ? 'does not exist' : `cannot be entered (${word})`;
  }
}

async function notFound({ command, cwd }: ServerCommand, name: string, reason: string): Promise<LaunchError> {
  if (!/[\\/]/.test(command)) {
    return new LaunchError(`cannot start ${name}: no such command in the PATH of this server`, reason, {
      next: howToGet(command),
    });
  }
  const path = isAbsolute(command) ? command : resolve(cwd, command);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (exists) {
    return new LaunchError(`cannot start ${name}: the interpreter in its first line is missing`, reason, {
      next: 'Install that interpreter, correct the first line of the script, or name the interpreter as `command`.',
    });
  }
  return new LaunchError(`cannot start ${name}: there is no file ${path}`, reason, {
    next: 'Correct `command`; a relative path is looked up from `cwd`.',
  });
}

/** The tools that MCP servers are commonly started with. */
const TOOLS: readonly { names: RegExp; install: string }[] = [
  { names: /^(node|npm|npx|corepack)$/, install: 'Install Node.js (https://nodejs.org)' },
  { names: /^(uv|uvx)$/, install: 'Install uv (https://docs.astral.sh/uv/)' },
  { names: /^(python|py)$/, install: 'Install Python (https://www.python.org), try "python3"' },
  { names: /^(python3.*|pip3?|pipx)$/, install: 'Install Python (https://www.python.org)' },
  { names: /^(docker|podman)$/, install: 'Install Docker (https://docs.docker.com/get-docker/)' },
  { names: /^(bun|bunx)$/, install: 'Install Bun (https://bun.sh)' },
  { names: /^deno$/, install: 'Install Deno (https://deno.com)' },
];

function howToGet(command: string): string {
  const bare = basename(command).replace(/\.(exe|cmd|bat)$/i, '');
  const install = TOOLS.find((tool) => tool.names.test(bare.toLowerCase()))?.install;
  return `${install ?? 'Check the spelling, add its folder to PATH'}, or give the absolute path of ${bare} as \`command\`.`;
}
