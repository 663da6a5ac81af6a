import { spawn } from 'node:child_process';
import type { LaunchError } from '../protocol/errors.js';
import { programOf } from './find-program.js';
import { refusal } from './refusal.js';

/** What runs containers. */
export interface Engine {
  /** `docker` or `podman`. */
  name: string;
  /** Absolute path. */
  program: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** An engine that has not answered by then hangs. A pull has no such bound. */
const ANSWER_WITHIN_MS = 20_000;

/** docker, else podman, in that PATH. @throws LaunchError when there is neither */
export function engineOf(cwd: string, env: Readonly<Record<string, string>>): Engine {
  for (const name of ['docker', 'podman']) {
    const program = programOf(process.platform === 'win32' ? `${name}.exe` : name, cwd, env.PATH ?? env.Path);
    if (program !== undefined) return { name, program, cwd, env };
  }
  throw refusal('no-engine', {});
}

/** Of a check, which is not to wait long: an engine that has not answered by then may be busy, or far away. */
const DOWN_WITHIN_MS = 3_000;

/** Why the engine cannot start anything now; undefined: it answers, or is not known to be down. One elsewhere is not asked. */
export async function downOf(engine: Engine): Promise<LaunchError | undefined> {
  const { DOCKER_HOST = 'unix:', CONTAINER_HOST = 'unix:' } = engine.env;
  if (![DOCKER_HOST, CONTAINER_HOST].every((host) => /^(unix|npipe):/.test(host))) return undefined;
  const signal = AbortSignal.timeout(DOWN_WITHIN_MS);
  const { ok, said } = await ask(engine, ['ps', '--quiet'], { signal });
  return ok || signal.aborted ? undefined : refusal('engine-down', { engine: engine.name, said });
}

export interface Answer {
  ok: boolean;
  stdout: string;
  /** Its last line. */
  said: string;
}

/** Runs the engine's command to its end. Never rejects. @param onLine Called with each line of stdout; then there is no bound. */
export function ask(
  { program, cwd, env }: Engine,
  args: readonly string[],
  { signal, onLine }: { signal?: AbortSignal; onLine?: (line: string) => void } = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const out = { stdout: '', stderr: '' };
    const timeout = onLine ? {} : { timeout: ANSWER_WITHIN_MS };
    const child = spawn(program, [...args], {
      ...{ cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], ...timeout },
      ...(signal ? { signal } : {}),
    });
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      out.stdout = (out.stdout + text).slice(-MOST_KEPT);
      if (onLine) for (const line of text.split('\n')) if (line.trim() !== '') onLine(line.trim());
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      out.stderr = (out.stderr + text).slice(-MOST_KEPT);
    });
    const end = (ok: boolean, error = '') =>
      resolve({ ok, stdout: out.stdout, said: lastLine(out.stderr) || error || 'no answer' });
    child.once('error', (error) => end(false, error.message));
    child.once('close', (code) => end(code === 0));
  });
}

/** Of the output of a command; a list of some hundred containers. */
const MOST_KEPT = 65_536;

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
