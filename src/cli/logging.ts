import { fstatSync } from 'node:fs';
import type { Logger } from 'pino';
import { escapeText } from '../observe/human.js';
import type { Lang } from '../observe/messages/index.js';
import type { Redactor } from '../observe/redact.js';
import type { LinkSnapshot } from '../observe/snapshot.js';
import type { StderrSink } from '../observe/stderr-sink.js';
import { usageError } from '../observe/worded.js';
import type { Status } from '../protocol/status.js';
import { languageOf } from './language.js';
import { print, printStyled } from './output.js';
import { wantsColour, wantsLive } from './terminal.js';

/** What the command line says about logging. */
export interface LogOptions {
  logLevel?: string;
  logFormat?: string;
  debug?: boolean;
  lang?: string;
  /** False with `--no-live`; undefined for a command that has no links to show. */
  live?: boolean;
}

export interface RunningLog {
  logger: Logger;
  /** Writes a Status as one line. */
  onStatus: (status: Status) => void;
  /** Shows the links below the log from now on, where that is possible and wanted. */
  show: (links: () => readonly LinkSnapshot[]) => void;
  /** They may have changed. */
  changed: () => void;
  /** Takes them away again; idempotent. */
  hide: () => void;
  /** Writes to stdout without disturbing what is shown: whole lines. */
  print: (text: string) => void;
  /** As `print`, for text whose own colours must stay: the caller has escaped everything in it that is not ours. */
  printStyled: (text: string) => void;
  /** Resolves when everything is written. */
  flush: () => Promise<void>;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Opens the log on stderr: pretty on a terminal, JSON otherwise, unless told. @throws UsageError */
export async function openLog(
  options: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
  fallbackLevel = 'info',
): Promise<RunningLog> {
  const [{ createLog }, { logStatus }, { Redactor }] = await Promise.all([
    import('../observe/log.js'),
    import('../observe/log-status.js'),
    import('../observe/redact.js'),
  ]);
  const isTerminal = process.stderr.isTTY === true;
  const lang = languageOf(options.lang, process.env);
  const settings = logSettings(options, env, isTerminal, fallbackLevel);
  const redactor = new Redactor(secrets);
  const live = wantsLive(env, { ...settings, isTerminal, live: options.live })
    ? await liveLog(settings.colour, redactor, lang)
    : undefined;
  const log = await createLog({
    ...settings,
    redactor,
    ...(isTerminal ? { columns: () => process.stderr.columns || undefined } : {}),
    ...(live ? { share: live.share } : {}),
  });
  return {
    logger: log.log,
    onStatus: logStatus(log, { lang }),
    show: live?.show ?? (() => {}),
    changed: live?.changed ?? (() => {}),
    hide: live?.hide ?? (() => {}),
    print: live ? (text) => live.printStyled(escapeText(text)) : print,
    printStyled: live?.printStyled ?? printStyled,
    flush: () => log.flush(),
  };
}

/** The links below the log. */
async function liveLog(colour: boolean, redactor: Redactor, lang: Lang) {
  const [{ openLiveBlock }, { liveLines }] = await Promise.all([
    import('./live.js'),
    import('../observe/live-lines.js'),
  ]);
  let opened: ReturnType<typeof openLiveBlock> | undefined;
  const clean = (text: string) => redactor.redactCut(text);
  return {
    share: (stderr: StderrSink) => {
      opened = openLiveBlock(stderr);
      return opened.block;
    },
    show: (links: () => readonly LinkSnapshot[]) =>
      opened?.block.start((size) =>
        liveLines({ ...size, links: links(), now: Date.now(), colour, lang, clean }),
      ),
    changed: () => opened?.block.changed(),
    hide: () => {
      opened?.block.stop();
      opened?.release();
    },
    // On the same terminal the order of the two is only kept by writing both in one place.
    printStyled: (text: string) => (sameTerminal() ? opened?.block.write(text) : printStyled(text)),
  };
}

function sameTerminal(): boolean {
  return process.stdout.isTTY === true && fstatSync(1).rdev === fstatSync(2).rdev;
}

/** What was asked for, known or not; else readable on a terminal and JSON elsewhere. */
export function logFormat(
  { logFormat: asked }: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): string {
  return asked ?? env.MCP_PIPE_LOG_FORMAT ?? (isTerminal ? 'pretty' : 'json');
}

/** Command line first, then the environment, then what suits the place stderr goes to. @throws UsageError */
export function logSettings(
  options: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  fallbackLevel: string,
): { level: string; format: 'pretty' | 'json'; colour: boolean } {
  // LOG_LEVEL belongs to everybody: what we do not know there is meant for somebody else.
  const shared = LEVELS.find((name) => name === env.LOG_LEVEL?.toLowerCase().replace('warning', 'warn'));
  const level = (options.logLevel ?? env.MCP_PIPE_LOG_LEVEL ?? shared ?? fallbackLevel).toLowerCase();
  if (!LEVELS.includes(level)) {
    throw usageError('log-level', { level, levels: LEVELS });
  }
  const format = logFormat(options, env, isTerminal);
  if (format !== 'pretty' && format !== 'json') {
    throw usageError('log-format', { format });
  }
  return { level, format, colour: wantsColour(env, isTerminal) };
}
