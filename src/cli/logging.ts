import { fstatSync } from 'node:fs';
import type { Logger } from 'pino';
import { escapeText } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { LinkSnapshot } from '../observe/link-snapshot.js';
import { createLog } from '../observe/log.js';
import type { LogRing } from '../observe/log-ring.js';
import { logStatus } from '../observe/log-status.js';
import type { Observer } from '../observe/observer.js';
import { Redactor } from '../observe/redact.js';
import type { StderrSink } from '../observe/stderr-sink.js';
import type { Status } from '../protocol/status.js';
import { languageOf } from './language.js';
import { type LogOptions, logSettings } from './log-options.js';
import { print, printStyled } from './output.js';
import { wantsLive } from './terminal.js';

export interface RunningLog {
  logger: Logger;
  /** Writes a Status as one line. */
  onStatus: (status: Status) => void;
  /** The log, and the live block below it. */
  observers: readonly Observer[];
  /** Logs that an observer threw an error. */
  onObserverFailed: (observer: string, error: unknown) => void;
  /** Shows the links below the log from now on, if the terminal can do that and the options allow it. */
  show: (links: () => readonly LinkSnapshot[]) => void;
  /** Removes the links from the terminal. Idempotent. */
  hide: () => void;
  /** Writes whole lines to stdout, above the live block if there is one. */
  print: (text: string) => void;
  /** As `print`, for text with colours of mcp-pipe. The caller has escaped all foreign text in it. */
  printStyled: (text: string) => void;
  /** Resolves when everything is written. */
  flush: () => Promise<void>;
}

/** Opens the log on stderr: pretty on a terminal, JSON otherwise, unless the options choose. @throws UsageError */
export async function openLog(
  options: LogOptions,
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
  { fallbackLevel = 'info', ring }: { fallbackLevel?: string; ring?: LogRing } = {},
): Promise<RunningLog> {
  const isTerminal = process.stderr.isTTY === true;
  const lang = languageOf(options.lang, process.env);
  const settings = logSettings(options, env, isTerminal, fallbackLevel);
  const redactor = new Redactor(secrets);
  const live = wantsLive(env, { ...settings, isTerminal, live: options.live })
    ? await liveLog(settings.colour, redactor, lang)
    : undefined;
  const log = await createLog({
    ...settings,
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
      { name: 'log', onStatus, onPlan: (plan) => redactor.add(plan.secrets) },
      ...(live ? [{ name: 'live', onStatus: live.changed }] : []),
    ],
    onObserverFailed: logObserverFailure(log.log, lang),
    show: live?.show ?? (() => {}),
    hide: live?.hide ?? (() => {}),
    print: live ? (text) => live.printStyled(escapeText(text)) : print,
    printStyled: live?.printStyled ?? printStyled,
    flush: () => log.flush(),
  };
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

/** The live block below the log. */
async function liveLog(colour: boolean, redactor: Redactor, lang: Lang) {
  const [{ openLiveBlock }, { liveLines }] = await Promise.all([
    import('./live.js'),
    import('../observe/live-lines.js'),
  ]);
  let opened: ReturnType<typeof openLiveBlock> | undefined;
  const clean = (text: string) => redactor.redactCut(text);
  const cleanName = (name: string) => redactor.redact(name);
  return {
    share: (stderr: StderrSink) => {
      opened = openLiveBlock(stderr);
      return opened.block;
    },
    show: (links: () => readonly LinkSnapshot[]) =>
      opened?.block.start((size) =>
        liveLines({ ...size, links: links(), now: Date.now(), colour, lang, clean, cleanName }),
      ),
    changed: () => opened?.block.changed(),
    hide: () => {
      opened?.block.stop();
      opened?.release();
    },
    // When stdout and stderr are the same terminal, both have to pass the block to keep their order.
    printStyled: (text: string) => (sameTerminal() ? opened?.block.write(text) : printStyled(text)),
  };
}

function sameTerminal(): boolean {
  return process.stdout.isTTY === true && fstatSync(1).rdev === fstatSync(2).rdev;
}
