import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Logger } from 'pino';
import { escapeText } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { Pulse } from '../observe/feed/pulse.js';
import type { LinkSnapshot } from '../observe/link-snapshot.js';
import { createLog } from '../observe/log.js';
import { logCalls } from '../observe/log-calls.js';
import { LogFile } from '../observe/log-file.js';
import type { LogRing } from '../observe/log-ring.js';
import { logStatus } from '../observe/log-status.js';
import type { Observer } from '../observe/observer.js';
import { Redactor } from '../observe/redact.js';
import type { StderrSink } from '../observe/stderr-sink.js';
import type { RunningCall } from '../protocol/stats.js';
import type { Status } from '../protocol/status.js';
import { isInBackground } from './background.js';
import { languageOf } from './language.js';
import { type LogOptions, logFilePath, logSettings, wantsCalls } from './log-options.js';
import { print, printStyled } from './output.js';
import { wantsLive } from './terminal.js';

/** What the live block shows. */
export interface ShownLive {
  /** Says that something has changed. */
  changes: Pick<Pulse, 'listen'>;
  links: () => readonly LinkSnapshot[];
  /** The calls in flight; without it, no keys are read. */
  calls?: () => readonly RunningCall[];
}

export interface RunningLog {
  logger: Logger;
  /** Writes a Status as one line. */
  onStatus: (status: Status) => void;
  /** The log. */
  observers: readonly Observer[];
  /** Logs that an observer threw an error. */
  onObserverFailed: (observer: string, error: unknown) => void;
  /** Shows the links below the log from now on, if the terminal can do that and the options allow it. */
  show: (what: ShownLive) => void;
  /** Removes the links from the terminal. Idempotent. */
  hide: () => void;
  /** Writes whole lines to stdout, above the live block if there is one. */
  print: (text: string) => void;
  /** As `print`, for text with colours of mcp-pipe. The caller has escaped all foreign text in it. */
  printStyled: (text: string) => void;
  /** Resolves when everything is written. */
  flush: () => Promise<void>;
}

/** Where else records go, and which. */
export interface LogKeeping {
  /** The level unless options or environment choose. Default: info. */
  fallbackLevel?: string;
  /** The latest records in memory. */
  ring?: LogRing;
  /** Whether there may be a log file; default false. */
  keepsFile?: boolean;
}

/** Opens the log on stderr: pretty on a terminal, JSON otherwise, unless the options choose. @throws UsageError */
export async function openLog(
  options: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
  { fallbackLevel = 'info', ring, keepsFile = false }: LogKeeping = {},
): Promise<RunningLog> {
  const isTerminal = process.stderr.isTTY === true;
  const lang = languageOf(options.lang, process.env);
  const settings = logSettings(options, env, isTerminal, fallbackLevel);
  const redactor = new Redactor(secrets);
  const live = wantsLive(env, { ...settings, isTerminal, live: options.live })
    ? await liveLog({ ...settings, redactor, lang, ring })
    : undefined;
  const path = keepsFile ? logFilePath(options, env) : undefined;
  const file = path === undefined ? undefined : openFile(path, lang, () => log.log);
  const asked = options.logFormat ?? env.MCP_PIPE_LOG_FORMAT;
  const log = await createLog({
    ...settings,
    // The descriptors of a run in the background lead nowhere.
    ...(isInBackground() ? { destination: { write: () => {} } } : {}),
    ...(file
      ? { file: { format: asked === 'pretty' ? 'pretty' : 'json', write: (line) => file.write(line) } }
      : {}),
    lang,
    redactor,
    ring,
    ...(isTerminal ? { columns: () => process.stderr.columns || undefined } : {}),
    ...(live ? { share: live.share } : {}),
  });
  const onStatus = logStatus(log, { lang });
  return {
    logger: log.log,
    onStatus,
    observers: [
      {
        name: 'log',
        onStatus,
        onClientStatus: onStatus,
        onPlan: (plan) => redactor.add(plan.secrets),
        onSecrets: (more) => redactor.add(more),
      },
      // Nothing is kept of calls that no line is written about.
      ...(wantsCalls(options, env) && log.log.isLevelEnabled('info') ? [callsObserver(log.log, lang)] : []),
    ],
    onObserverFailed: logObserverFailure(log.log, lang),
    show: live?.show ?? (() => {}),
    hide: live?.hide ?? (() => {}),
    print: live ? (text) => live.printStyled(escapeText(text)) : print,
    printStyled: live?.printStyled ?? printStyled,
    flush: async () => void (await Promise.all([log.flush(), file?.flush()])),
  };
}

function callsObserver(logger: Logger, lang: Lang): Observer {
  const onCall = logCalls(logger, lang);
  return { name: 'calls', onCall, onClientCall: onCall, returnsCalls: true };
}

/** What is wrong with the file is logged: on stderr and in memory. */
function openFile(file: string, lang: Lang, logger: () => Logger): LogFile {
  const { logFile } = messagesFor(lang).failures;
  const opened = new LogFile({
    file,
    onTrouble: (error) => {
      const { code = 'UNKNOWN', message } = error;
      logger().warn({ code: 'LOG_FILE_FAILED', file, error: code }, logFile.failed({ file, message }));
    },
    onRecovered: () => logger().info({ event: 'log-file-recovered', file }, logFile.recovered({ file })),
  });
  process.once('exit', () => opened.flushSync());
  return opened;
}

/** Returns a function that logs the error of an observer, and that the run goes on. */
export function logObserverFailure(logger: Logger, lang: Lang): (observer: string, error: unknown) => void {
  const { observerFailed, report } = messagesFor(lang).failures;
  return (observer, error) => {
    const stack = error instanceof Error ? error.stack : undefined;
    const said = observerFailed({ observer, message: String(error) });
    logger.error({ code: 'OBSERVER_FAILED', observer, stack }, `${said} ${report}`);
  };
}

interface LiveLogOptions {
  colour: boolean;
  level: string;
  redactor: Redactor;
  lang: Lang;
  ring: LogRing | undefined;
}

/** The live block below the log, and the keys that change what it shows. */
async function liveLog({ colour, level, redactor, lang, ring }: LiveLogOptions) {
  const [{ openLiveBlock }, { liveLines }] = await Promise.all([
    import('./live.js'),
    import('../observe/live-lines.js'),
  ]);
  const keys = isatty(0) && ring ? await import('./keys/run-keys.js') : undefined;
  let opened: ReturnType<typeof openLiveBlock> | undefined;
  let sink: StderrSink | undefined;
  let endKeys = () => {};
  let endWaking = () => {};
  const clean = (text: string) => redactor.redactCut(text);
  const cleanName = (name: string) => redactor.redact(name);
  const changed = () => opened?.block.changed();
  return {
    share: (stderr: StderrSink) => {
      opened = openLiveBlock(stderr);
      sink = stderr;
      return opened.block;
    },
    show: ({ links, calls, changes }: ShownLive) => {
      endWaking();
      endWaking = changes.listen(changed);
      const view = () => ({ links: links(), now: Date.now(), colour, lang, clean, cleanName });
      if (!keys || !ring || !calls || !sink) {
        opened?.block.start((size) => liveLines({ ...size, ...view() }));
        return;
      }
      const leave = () => opened?.block.suspend();
      const run = keys.runKeys({ view, calls, ring, level, redactor, changed, sink, leave });
      endKeys = run.end;
      opened?.block.start(run.draw);
    },
    hide: () => {
      endWaking();
      opened?.block.stop();
      endKeys();
      opened?.release();
    },
    // When stdout and stderr are the same terminal, both have to pass the block to keep their order.
    printStyled: (text: string) => (sameTerminal() ? opened?.block.write(text) : printStyled(text)),
  };
}

function sameTerminal(): boolean {
  return process.stdout.isTTY === true && fstatSync(1).rdev === fstatSync(2).rdev;
}
