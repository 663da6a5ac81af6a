import { nearest } from '../config/nearest.js';
import { type ControlChoice, controlPathsOf, userId } from '../daemon/control-place.js';
import { type Answer, type ControlClient, NoDaemonError, openControl } from '../faces/control/client.js';
import { formatError } from '../messages/format-error.js';
import { usageError, worded } from '../messages/worded.js';
import { ExitCode } from './exit-codes.js';
import { explain } from './explain.js';
import { languageOf } from './language.js';
import { printError, printJson } from './output.js';

/**
 * Sends one request to the daemon that listens at one of these paths. Resolves with its result.
 * @throws NoDaemonError when no daemon listens, or it does not answer
 */
export async function askDaemon(
  paths: readonly string[],
  method: string,
  timeoutMs: number,
  params: object = {},
): Promise<Answer> {
  const client: ControlClient = await openControl(paths, { uid: userId(), timeoutMs });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new NoDaemonError('DAEMON_SILENT', worded('daemon-silent', { timeoutMs })));
    }, timeoutMs);
  });
  try {
    return await Promise.race([client.ask(method, params), late]);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

/** Options of a command for a running daemon. */
export interface AskOptions extends ControlChoice {
  json?: boolean;
  lang?: string;
}

/** A running daemon answers what needs no server at once; a machine under load may need longer. */
export const ANSWER_WITHIN_MS = 5_000;

/**
 * Sends one request about the server, link or agent `name`, or about the whole daemon, and resolves with the result.
 * @throws NoDaemonError
 * @throws UsageError for a name that the daemon does not know
 */
export async function askFor<Result>(
  options: AskOptions,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  timeoutMs = ANSWER_WITHIN_MS,
): Promise<Result> {
  return resultOf(await askDaemon(controlPathsOf(options).paths, method, timeoutMs, params), params.name);
}

/** The result of an answer to a request about `name`. @throws as `askFor` */
export function resultOf<Result>({ result, error }: Answer, name: unknown): Result {
  if (!error) return result as Result;
  const { names } = (error.data ?? {}) as { names?: string[] };
  if (typeof name === 'string' && Array.isArray(names)) {
    throw usageError('unknown-name', { name, meant: nearest(name, names), known: names });
  }
  throw new NoDaemonError('DAEMON_SILENT', worded('daemon-refuses', { message: error.message }));
}

/** Runs a command for a running daemon. Without one, it says so, with `--json` as JSON, and the exit code is 3. */
export async function withDaemon(options: AskOptions, act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof NoDaemonError)) throw error;
    const lang = languageOf(options.lang, process.env);
    const { what: message, next } = formatError(error, lang);
    if (options.json) printJson({ error: { code: error.code, message, next } });
    else printError(`${explain(error, { lang }).lines.join('\n')}\n`);
    return error.code === 'DAEMON_NOT_RUNNING' ? ExitCode.notRunning : ExitCode.runtime;
  }
}
