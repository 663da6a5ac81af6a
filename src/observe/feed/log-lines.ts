import type { FeedLogLine } from '../../protocol/feed.js';
import type { Clock } from '../../time/clock.js';
import { LOG_LEVELS, type LogRecord, type LogRing, matches, type RecordFilter } from '../log-ring.js';
import type { FeedView } from './feed-asked.js';
import type { FeedReader } from './feed-reader.js';
import type { FeedSources } from './sources.js';

/** Records that a reader gets at once. */
const AT_FIRST = { log: 500, item: 100 };
/** As on a terminal; what is lower is for those who debug mcp-pipe, and not put into words. */
const LEAST = 'info';
/** Further ones are sent together, at most four times a second. */
const EVERY_MS = 250;
/** Of one message; more lines in a quarter of a second are counted. */
const MOST_AT_ONCE = 200;

/** Gives the reader the log that it looks at, as it is and as it goes on. Returns a function that ends it. */
export function logOf(
  { log }: Pick<FeedSources, 'log'>,
  reader: FeedReader,
  clock: Pick<Clock, 'after'>,
): () => void {
  const { view } = reader.asked;
  if (!log || !view || view.of === 'overview') return () => {};
  const filter = filterOf(view);
  reader.push({ type: 'log', records: first(log, view, filter), dropped: log.dropped });
  let waiting: FeedLogLine[] = [];
  let dropped = 0;
  let cancel: (() => void) | undefined;
  const send = () => {
    cancel = undefined;
    reader.push({ type: 'log', records: waiting, ...(dropped > 0 ? { dropped } : {}) });
    waiting = [];
    dropped = 0;
  };
  const unfollow = log.follow((record) => {
    if (!matches(record, filter)) return;
    if (waiting.length < MOST_AT_ONCE) waiting.push(lineOf(record));
    else dropped += 1;
    cancel ??= clock.after(EVERY_MS, send);
  });
  return () => {
    unfollow();
    cancel?.();
  };
}

function filterOf(view: FeedView): RecordFilter {
  return { level: LEAST, ...(view.of === 'server' || view.of === 'link' ? { names: [view.name] } : {}) };
}

function first(log: LogRing, view: FeedView, filter: RecordFilter): FeedLogLine[] {
  const limit = view.of === 'log' ? AT_FIRST.log : AT_FIRST.item;
  return log.read({ ...filter, limit }).map(lineOf);
}

function lineOf(record: LogRecord): FeedLogLine {
  const { time, level, link, server, event, msg, line } = record;
  const isStderr = event === 'server-stderr';
  return {
    at: Date.parse(String(time)),
    level: LOG_LEVELS.includes(String(level)) ? (level as FeedLogLine['level']) : 'info',
    link: text(link),
    server: text(server),
    ...(isStderr ? { isStderr } : {}),
    code: codeOf(record),
    text: (isStderr ? text(line) : undefined) ?? text(msg) ?? '',
  };
}

const text = (one: unknown) => (typeof one === 'string' ? one : undefined);

/** The stable code of a record: its own, or the cause that it names. */
function codeOf({ event, code, cause, why, exitCode, signal, error }: LogRecord): string | undefined {
  if (event !== 'server-down') return text(code) ?? text(cause);
  if (typeof exitCode === 'number' && why === 'exited') return `exit ${exitCode}`;
  return text(signal) ?? (why === 'not-started' ? text(error) : undefined) ?? text(why);
}
