// A CommonJS package: when bundled, it has only its default export.
import pino, { type Logger } from 'pino';
import { escapeControls, escapeText, nameOf } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { LogRecord, LogRing } from './log-ring.js';
import type { Redactor } from './redact.js';
import { redactValues } from './redact-values.js';
import { StderrSink } from './stderr-sink.js';

export interface LogOptions {
  /** The lowest level that is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  level: string;
  /** `pretty` for people; `json` for programs, one object per line. */
  format: 'pretty' | 'json';
  /** Whether `pretty` may use colours. */
  colour: boolean;
  /** Width of the terminal for `pretty`, read for each line: lines break between words. Undefined: lines are not broken. */
  columns?: () => number | undefined;
  redactor: Redactor;
  /** Language of what the log says of itself. Default: English. */
  lang?: Lang;
  /** Receives each line, newline included. Default: stderr, written asynchronously. */
  destination?: { write(line: string): void };
  /** Wraps the sink of the log, for code that writes to stderr as well and decides when a line is written. */
  share?: (stderr: StderrSink) => { write(line: string): void };
  /** A second place for each line, as JSON or as lines for people. */
  file?: { format: 'pretty' | 'json'; write(line: string): void } | undefined;
  /** Receives every record of the level debug or higher, whatever the level of the log is. */
  ring?: LogRing | undefined;
}

export interface Log {
  readonly log: Logger;
  readonly redactor: Redactor;
  /** Resolves when every line is written or dropped, after two seconds at most. */
  flush(): Promise<void>;
}

/** Creates a logger. Every line passes the redactor. */
export async function createLog(options: LogOptions): Promise<Log> {
  const { level, format, redactor, ring, file } = options;
  const toText = format === 'pretty' ? await prettifier(options) : undefined;
  const toFile = file?.format === 'pretty' ? await prettifier({ colour: false, redactor }) : undefined;
  const sink = options.destination ?? stderrSink((count) => logDropped(log, count, options.lang ?? 'en'));
  const shared = sink instanceof StderrSink ? options.share?.(sink) : undefined;
  const out = shared ?? sink;
  const { values } = pino.levels;
  const least = values[level] ?? Number.POSITIVE_INFINITY;
  const leastOfRing = ring ? values.debug! : Number.POSITIVE_INFINITY;
  const destination = {
    // pino sets `lastLevel` before each line for a destination with this mark.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string) {
      const isForRing = destination.lastLevel >= leastOfRing;
      const isLogged = destination.lastLevel >= least;
      const isForFile = file !== undefined && isLogged;
      // In JSON an escape means the same character, and a terminal that shows the line is not harmed.
      const json =
        !toText || isForRing || (isForFile && !toFile) ? escapeText(redactJson(redactor, line)) : line;
      if (isForRing) ring?.write(json);
      if (isForFile) file.write(toFile ? redactor.redact(toFile(line)) : json);
      if (isLogged) out.write(toText ? redactor.redact(toText(line)) : json);
    },
  };
  const log: Logger = pino(
    {
      level: leastOfRing < least ? 'debug' : level,
      // Without process id and host name: programs that collect logs add better ones.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return { log, redactor, flush: async () => (sink instanceof StderrSink ? await sink.flush() : undefined) };
}

function stderrSink(onDropped: (count: number) => void): StderrSink {
  const sink = new StderrSink(2, { onDropped });
  process.once('exit', () => sink.flushSync());
  return sink;
}

function logDropped(log: Logger, count: number, lang: Lang): void {
  log.warn({ event: 'log-dropped', dropped: count }, messagesFor(lang).failures.logDropped({ count }));
}

/** `[12:34:56.789] INFO: [calculator] Starting the server.` */
export async function prettifier({
  colour,
  columns,
  redactor,
}: Pick<LogOptions, 'colour' | 'columns' | 'redactor'>): Promise<(line: string | LogRecord) => string> {
  const { default: pretty } = await import('pino-pretty');
  const { wrapWords } = columns ? await import('./display-width.js') : { wrapWords: undefined };
  return pretty.prettyFactory({
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss.l',
    // The fields are for programs; the message contains everything.
    hideObject: true,
    ignore: 'pid,hostname,name',
    messageFormat: (line, messageKey) => {
      const server = typeof line.server === 'string' ? line.server : undefined;
      // `links`: several use the server, so it is named without one of them.
      const name = Array.isArray(line.links) ? server : undefined;
      const link =
        typeof line.link === 'string' ? `[${escapeControls(name ?? nameOf(line.link, server))}] ` : '';
      // A logged text must not move the cursor; only line breaks and tabs are allowed.
      const text = escapeText(String(line[messageKey] ?? ''));
      // The only field that is shown: a message at the trace level.
      const frame = typeof line.frame === 'string' ? ` ${escapeControls(line.frame)}` : '';
      const whole = `${link}${text}${frame}`;
      const width = columns?.();
      if (width === undefined || !wrapWords) return whole;
      const taken = '[00:00:00.000] : '.length + String(line.level ?? '').length;
      // Redacted before it is wrapped: the redactor cannot find a secret that is broken over two lines.
      return wrapWords(redactor.redact(whole), width, taken, '    ');
    },
  });
}

/** Redacts a line of JSON so that it stays JSON, even when a secret looks like JSON's syntax. */
function redactJson(redactor: Redactor, line: string): string {
  const redacted = redactor.redact(line);
  if (redacted === line) return line;
  try {
    JSON.parse(redacted);
    return redacted;
  } catch {
    return `${JSON.stringify(redactValues((text) => redactor.redact(text), JSON.parse(line)))}\n`;
  }
}
