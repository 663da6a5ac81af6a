import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../config/load.js';
import { type ControlChoice, controlPathsOf } from '../../daemon/control-place.js';
import type { PageState } from '../../daemon/http/http-plans.js';
import { makeStateFolder, stateFolderOf } from '../../daemon/state-folder.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/start.js';
import { formatClock } from '../../messages/human.js';
import { usageError, worded } from '../../messages/worded.js';
import { makeFolder } from '../../process/make-folder.js';
import { McpPipeError } from '../../protocol/errors.js';
import { askDaemon } from '../ask-daemon.js';
import { BACKGROUND_VARIABLE, isInBackground } from '../background.js';
import type { CommandLine } from '../describe/localized-command.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { defaultLogFile, errorFile, rememberLogFile } from '../last-log-file.js';
import { logFilePath } from '../log-options.js';
import { printError, printJson, printSentences } from '../output.js';
import { linkLines } from '../page-link.js';
import { ProgressLine } from '../progress-line.js';
import type { RunOptions } from '../run-options.js';
import { run } from './run.js';

export interface StartOptions extends RunOptions {
  /** Runs in the background; the two others are names of the same in other programs. */
  detach?: boolean;
  daemon?: boolean;
  background?: boolean;
  json?: boolean;
}

/** The control socket is there before any server is started; a machine under load may need a few seconds for that. */
const ANSWERS_WITHIN_MS = 20_000;
/** A handover waits for calls in flight, and for servers; the process ends by itself when it takes too long. */
const TAKEN_OVER_WITHIN_MS = 600_000;
const LOOK_EVERY_MS = 50;
const ANSWER_MS = 1_000;

/** One mcp-pipe for a configuration is enough. */
class RunsAlreadyError extends McpPipeError {
  override readonly code = 'STARTED_ALREADY';

  constructor({ pid, since }: Holder) {
    const words = worded('runs-already', { pid, at: since === undefined ? undefined : formatClock(since) });
    super(words.message, words);
  }
}

/** `mcp-pipe start [target]`: runs here, or with `-d` in the background. Returns the exit code. */
export async function start(
  target: string | undefined,
  line: CommandLine,
  { detach, daemon, background, json, ...options }: StartOptions,
): Promise<number> {
  // The process in the background has the same command line.
  if ((detach || daemon || background) && !isInBackground())
    return await inBackground(line, options, json === true);
  if (json && !isInBackground()) throw usageError('only-with-detach', { option: '--json' });
  return await run(target, line, options);
}

// D136
async function inBackground(line: CommandLine, options: RunOptions, json: boolean): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  const other = await holderOf(options);
  if (other && !options.takeOver) throw new RunsAlreadyError(other);
  const { config, envFile } = options;
  // An error of the configuration is shown here, as without -d; a variable for the log may stand in .env.
  const { env } = await loadConfig({ file: config, envFile, env: process.env, cwd: process.cwd() });
  makeStateFolder(stateFolderOf(config));
  const asked = logFilePath(options, env);
  const file = asked ?? defaultLogFile(config);
  mustBeWritable(file);
  rememberLogFile(config, file);
  // What the log has not: an error before it is opened, and the last words of Node.js itself.
  const errors = errorFile(config);
  const child = startDetached(asked === undefined ? withLogFile(line.argv, file) : line.argv, errors);
  const progress = new ProgressLine(other ? words.takingOver : words.waiting, lang);
  const outcome = await outcomeOf(child, options, other).finally(() => progress.end());
  const pid = child.pid!;
  if (outcome === 'answers') {
    const page = await pageOf(options);
    if (json) printJson({ pid, logFile: file, ...(page ? { page } : {}) });
    else printSentences(`${words.started({ pid, file })}\n`);
    if (page && !json) printSentences(`${linkLines(page, config, lang).join('\n')}\n`);
    return ExitCode.ok;
  }
  if (outcome === 'silent') {
    printError(`${words.silent({ pid, file, afterMs: other ? TAKEN_OVER_WITHIN_MS : ANSWERS_WITHIN_MS })}\n`);
    return ExitCode.runtime;
  }
  if ('exitCode' in outcome) {
    printError(readFileSync(errors, 'utf8'));
    return outcome.exitCode === ExitCode.ok ? ExitCode.runtime : outcome.exitCode;
  }
  // Two were started at the same time, and the other one was faster.
  child.kill('SIGTERM');
  throw new RunsAlreadyError(outcome);
}

/** @throws UsageError */
function mustBeWritable(file: string): void {
  try {
    makeFolder(dirname(file), 0o700);
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw usageError('log-file-refused', { file, message: (error as Error).message });
  }
}

function withLogFile(argv: readonly string[], file: string): string[] {
  const dashes = argv.indexOf('--');
  const end = dashes < 0 ? argv.length : dashes;
  return [...argv.slice(0, end), '--log-file', file, ...argv.slice(end)];
}

/** The same command line in a session of its own, without any descriptor of this terminal. */
function startDetached(argv: readonly string[], errors: string): ChildProcess {
  const fd = openSync(errors, 'w', 0o600);
  try {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...argv], {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', fd, fd],
      env: { ...process.env, [BACKGROUND_VARIABLE]: '1' },
    });
    child.unref();
    return child;
  } finally {
    closeSync(fd);
  }
}

/** The daemon that listens on the control socket. */
interface Holder {
  pid: number | undefined;
  since: number | undefined;
}

/** Undefined when none answers. */
async function holderOf(choice: ControlChoice): Promise<Holder | undefined> {
  try {
    const { result } = await askDaemon(controlPathsOf(choice).paths, 'holder', ANSWER_MS, { serves: false });
    const { pid, since } = (result ?? {}) as Partial<Holder>;
    return { pid, since };
  } catch (error) {
    if (!(error instanceof NoDaemonError)) throw error;
    // One that does not answer has the socket nevertheless.
    return error.code === 'DAEMON_NOT_RUNNING' ? undefined : { pid: undefined, since: undefined };
  }
}

/** Where its status page is; undefined when it has none. */
async function pageOf(choice: ControlChoice): Promise<PageState | undefined> {
  try {
    const { result } = await askDaemon(controlPathsOf(choice).paths, 'health', ANSWER_MS);
    return (result as { page?: PageState } | undefined)?.page;
  } catch (error) {
    if (error instanceof NoDaemonError) return undefined;
    throw error;
  }
}

/** What became of the started process: it answers or not, it has ended, or another one has the control socket. */
async function outcomeOf(
  child: ChildProcess,
  choice: ControlChoice,
  before: Holder | undefined,
): Promise<'answers' | 'silent' | { exitCode: number } | Holder> {
  let ended: { exitCode: number } | undefined;
  child.once('exit', (code) => {
    ended = { exitCode: code ?? ExitCode.runtime };
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const withinMs = before ? TAKEN_OVER_WITHIN_MS : ANSWERS_WITHIN_MS;
  for (const until = performance.now() + withinMs; performance.now() < until; ) {
    const holder = await holderOf(choice);
    if (ended) return ended;
    if (holder?.pid === child.pid) return 'answers';
    // The one before has the socket until it has handed over everything.
    if (holder?.pid !== undefined && holder.pid !== before?.pid) return holder;
    await sleep(LOOK_EVERY_MS);
  }
  return 'silent';
}
