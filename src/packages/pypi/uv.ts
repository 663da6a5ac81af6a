import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { PackageFailure } from '../../protocol/package-start.js';
import { PackageError } from '../package-error.js';
import type { PackageHost } from '../package-kind.js';
import { type ProgramEnd, runProgram } from '../run-program.js';

/** uv resolves a server in 2 s; an index may be far away, and a package may have to be built. */
const UV_TIMEOUT_MS = 300_000;
/** Of what uv says that is passed on. */
const SAID_LENGTH = 600;

/** What leads uv to another place than `uvx` goes to: an active environment, a project; and what would weaken an installation. */
const LEFT_OUT =
  /^(VIRTUAL_ENV|CONDA_PREFIX|CONDA_DEFAULT_ENV|UV_SYSTEM_PYTHON|UV_PROJECT\w*|UV_WORKING_DIR\w*|UV_LINK_MODE|UV_NO_VERIFY_HASHES|UV_VENV_\w+)$/;

/** Where its installer, cargo and Homebrew put it: the command of a server may name uvx by its path. */
const USUAL_FOLDERS = [
  join(homedir(), '.local', 'bin'),
  join(homedir(), '.cargo', 'bin'),
  '/opt/homebrew/bin',
  '/usr/local/bin',
];

/** @returns what uv printed; @throws PackageError */
export async function uv(
  args: readonly string[],
  host: PackageHost,
  cwd: string,
  input?: string,
): Promise<string> {
  const { signal, inBackground } = host;
  const end = await runProgram('uv', ['--color', 'never', '--no-progress', ...args], {
    ...{ cwd, env: environment(host.env), timeoutMs: UV_TIMEOUT_MS, signal, inBackground },
    ...(input === undefined ? {} : { input }),
  });
  if (end.exitCode === 0) return end.stdout;
  throw new PackageError(failureOf(end), saidBy(end));
}

/** Does something with a new empty folder, which is removed afterwards. */
export async function withFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-uv-'));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !LEFT_OUT.test(name)));
  const path = Object.keys(kept).find((name) => /^path$/i.test(name)) ?? 'PATH';
  return { ...kept, [path]: [kept[path], ...USUAL_FOLDERS].filter(Boolean).join(delimiter) };
}

function failureOf({ notStarted, stderr, timedOut }: ProgramEnd): PackageFailure {
  if (notStarted === 'ENOENT') return 'no-program';
  if (timedOut) return 'timeout';
  if (/hash mismatch/i.test(stderr)) return 'integrity';
  if (
    /error sending request|network was disabled|connectivity is disabled|failed to fetch|error trying to connect|dns error|operation timed out/i.test(
      stderr,
    )
  )
    return 'unreachable';
  return /was not found in the (package registry|provided package locations)|there (is|are) no versions? of/i.test(
    stderr,
  )
    ? 'not-found'
    : 'failed';
}

/** Layers of the client between the address and what the system said of it. */
const SAYS_NOTHING = /^cause: (error sending request for url|client error \(Connect\))/;

/** What uv said, in one line, without the name and password that addresses of indexes may hold. */
function saidBy({ stderr, stdout, notStarted, timedOut }: ProgramEnd): string {
  if (notStarted !== undefined) return notStarted === 'ENOENT' ? 'uv' : `uv: ${notStarted}`;
  if (timedOut) return `uv: no end within ${UV_TIMEOUT_MS / 1_000} s`;
  return (stderr.trim() || stdout.trim())
    .replace(/\/\/[^/@\s]*@/g, '//')
    .split('\n')
    .map((line) => line.replace(/^[\s×├╰─▶·│]+/, '').trim())
    .filter((line) => line !== '' && !SAYS_NOTHING.test(line))
    .join(' ')
    .replace(/^error: /, '')
    .replaceAll(' cause: ', ': ')
    .slice(0, SAID_LENGTH);
}
