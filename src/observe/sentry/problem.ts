import type { Lang } from '../../messages/index.js';
import { messagesFor } from '../../messages/index.js';
import { messageReference, referenceWords } from '../../messages/reference.js';
import type { AlertKind } from '../../protocol/alert.js';
import type { AlertNews } from '../alerts/outbox.js';
import type { LogRecord } from '../log-ring.js';

/**
 * Something that is reported to Sentry. It is made of words of mcp-pipe, names of the configuration and places in the code:
 * no text that a server, a client or an endpoint wrote, for it may hold arguments or results.
 */
// D280
export interface Problem {
  /** Milliseconds since 1970. */
  at: number;
  level: 'error' | 'fatal' | 'info';
  title: string;
  /** What to do; undefined: nothing is known. */
  advice?: string | undefined;
  /** `link`, `server`, `cause` and more. */
  tags: Readonly<Record<string, string>>;
  /** Problems with the same parts are one issue. */
  fingerprint: readonly string[];
  exception?: { type: string; value: string | undefined; frames: readonly StackFrame[] };
}

/** One place of a stack, as Sentry has it: the newest is the last. */
export interface StackFrame {
  function?: string;
  filename: string;
  lineno: number;
  colno: number;
  in_app: boolean;
}

/** What alerts are about and a developer can do something about; the others wait for a person. */
const REPORTED: ReadonlySet<AlertKind> = new Set<AlertKind>([
  ...(['link-down', 'server-down', 'crash-loop', 'server-hung', 'token-contention'] as const),
  'server-over-limit',
]);
/** A word of mcp-pipe: a code, a cause, an event. */
const WORD = /^[A-Za-z][\w-]{0,59}$/;
const MOST_FRAMES = 50;

/** An alert that was raised; undefined for one that is over, or that waits for a person. Pure. */
export function problemOfAlert(news: AlertNews, lang: Lang): Problem | undefined {
  const { state, kind, subject, cause, links, at } = news;
  if (state !== 'raised' || !REPORTED.has(kind)) return undefined;
  const { of, name } = subject;
  const [link] = links;
  const tags = {
    ...{ source: 'alert', kind, [of]: name },
    ...(of === 'server' && link !== undefined && links.length === 1 ? { link } : {}),
    ...(cause === undefined ? {} : { cause }),
  };
  const { raised, howToLook } = messagesFor(lang).notices;
  return {
    ...{ at, level: 'error', tags, advice: howToLook },
    title: raised[kind]({ names: name, count: 1 }),
    fingerprint: ['alert', kind, of, name, cause ?? ''],
  };
}

/** A record of the log of the level error or fatal. Pure. */
export function problemOfRecord(record: LogRecord, lang: Lang): Problem {
  const wordOf = (value: unknown) => (typeof value === 'string' && WORD.test(value) ? value : undefined);
  const nameOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const [code, event] = [wordOf(record.code), wordOf(record.event)];
  const [link, server] = [nameOf(record.link), nameOf(record.server)];
  const cause = wordOf(record.why) ?? wordOf(record.cause);
  const reference = code === undefined ? undefined : messageReference(code, lang);
  const events: Readonly<Record<string, string>> = referenceWords(lang).logEvents;
  const means = reference?.means ?? (event !== undefined ? events[event] : undefined);
  const name = code ?? event ?? 'error';
  const given = { code, event, link, server, cause };
  const tags = Object.entries(given).flatMap(([tag, value]) => (value === undefined ? [] : [[tag, value]]));
  const time = Date.parse(String(record.time));
  return {
    at: Number.isNaN(time) ? 0 : time,
    level: record.level === 'fatal' ? 'fatal' : 'error',
    title: means === undefined ? name : `${name}: ${means}`,
    advice: reference?.next,
    tags: { source: 'log', ...Object.fromEntries(tags) },
    fingerprint: ['log', name, cause ?? '', server ?? link ?? ''],
  };
}

/** An error that ends mcp-pipe. Its message is left out: it may quote what was being read. Pure. */
export function problemOfCrash(error: unknown, at: number): Problem {
  const { name, message, stack, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const type = typeof name === 'string' && WORD.test(name) ? name : 'Error';
  const ofSystem = typeof code === 'string' && WORD.test(code) ? code : undefined;
  const frames = typeof stack === 'string' ? framesOf(withoutMessage(stack, message)) : [];
  return {
    ...{ at, level: 'fatal' },
    title: ofSystem === undefined ? type : `${type} (${ofSystem})`,
    tags: { source: 'crash', ...(ofSystem === undefined ? {} : { code: ofSystem }) },
    fingerprint: [
      'crash',
      type,
      ofSystem ?? '',
      frames.at(-1)?.filename ?? '',
      frames.at(-1)?.function ?? '',
    ],
    exception: { type, value: ofSystem, frames },
  };
}

/** A message may have lines that look like frames. */
function withoutMessage(stack: string, message: unknown): string {
  if (typeof message !== 'string' || message === '') return stack;
  const at = stack.indexOf(message);
  return at < 0 ? stack : stack.slice(at + message.length);
}

/** The frames of a stack, without the folders above the package: they tell of the machine. */
function framesOf(stack: string): StackFrame[] {
  const found = stack.split('\n').flatMap((line): StackFrame[] => {
    const [, called, path, lineno, colno] =
      /^\s+at (?:(.{1,200}?) \()?(?:file:\/\/)?([^()]{1,500}):(\d+):(\d+)\)?$/.exec(line) ?? [];
    if (path === undefined) return [];
    const isOwn = !path.includes('node_modules/') || path.includes('node_modules/mcp-pipe/');
    return [
      {
        ...(called === undefined ? {} : { function: called }),
        filename: shortened(path),
        ...{ lineno: Number(lineno), colno: Number(colno) },
        in_app: isOwn && !path.startsWith('node:'),
      },
    ];
  });
  return found.slice(0, MOST_FRAMES).reverse();
}

function shortened(path: string): string {
  if (path.startsWith('node:')) return path;
  const parts = path.split(/[\\/]/);
  const at = Math.max(parts.lastIndexOf('node_modules'), parts.lastIndexOf('dist'), parts.lastIndexOf('src'));
  return at < 0 ? parts.at(-1)! : parts.slice(at).join('/');
}
