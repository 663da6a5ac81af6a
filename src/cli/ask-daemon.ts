import { nearest } from '../config/nearest.js';
import { type ControlChoice, controlPathsOf, userId } from '../daemon/control-place.js';
import { type Answer, type ControlClient, NoDaemonError, openControl } from '../faces/control/client.js';
import { formatError } from '../messages/format-error.js';
import { usageError, worded } from '../messages/worded.js';
import { McpPipeError } from '../protocol/errors.js';
import { ExitCode } from './exit-codes.js';
import { explain } from './explain.js';
import { languageOf } from './language.js';
import { printError, printJson } from './output.js';
import { ProgressLine } from './progress-line.js';

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
  const client = await openControl(paths, { uid: userId(), timeoutMs });
  try {
    return await inTime(client.ask(method, params), timeoutMs);
  } finally {
    client.close();
  }
}

/** @throws NoDaemonError when the answer takes longer */
async function inTime(answer: Promise<Answer>, timeoutMs: number): Promise<Answer> {
  const answered = await within(answer, timeoutMs);
  if (answered) return answered;
  throw new NoDaemonError('DAEMON_SILENT', worded('daemon-silent', { timeoutMs }));
}

/** Resolves with undefined when the time is over first. */
export async function within<Result>(promise: Promise<Result>, ms: number): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
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

/** The result of an answer to a request about `name`. @throws as `askFor`, and DaemonRefusal */
export function resultOf<Result>({ result, error }: Answer, name?: unknown): Result {
  if (!error) return result as Result;
  const { names } = (error.data ?? {}) as { names?: string[] };
  if (typeof name === 'string' && Array.isArray(names)) {
    throw usageError('unknown-name', { name, meant: nearest(name, names), known: names });
  }
  if (error.code !== METHOD_NOT_FOUND) throw new DaemonRefusal(error);
  throw new NoDaemonError('DAEMON_SILENT', worded('daemon-refuses', { message: error.message }));
}

/** JSON-RPC 2.0 §5.1. */
export const METHOD_NOT_FOUND = -32601;

/** The daemon cannot do it; its own text says why. */
export class DaemonRefusal extends McpPipeError {
  override readonly code = 'DAEMON_REFUSES';
  readonly data: unknown;

  constructor({ message, data }: NonNullable<Answer['error']>) {
    super(message);
    this.data = data;
  }
}

/** Opens a connection to the daemon and makes sure that it answers. @throws NoDaemonError */
export async function openDaemon(options: AskOptions): Promise<ControlClient> {
  const { paths } = controlPathsOf(options);
  const client = await openControl(paths, { uid: userId(), timeoutMs: ANSWER_WITHIN_MS });
  try {
    await inTime(client.ask('holder', { serves: false }), ANSWER_WITHIN_MS);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/**
 * As `askFor`, for a request that may wait for calls: without a time limit, with a line on the terminal that says what is
 * waited for.
 */
export async function askPatiently<Result>(
  options: AskOptions,
  method: string,
  params: Readonly<Record<string, unknown>>,
  waiting: string,
): Promise<Result> {
  const client = await openDaemon(options);
  const progress = new ProgressLine(waiting, languageOf(options.lang, process.env));
  try {
    return resultOf(await client.ask(method, params), params.name);
  } finally {
    progress.end();
    client.close();
  }
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
