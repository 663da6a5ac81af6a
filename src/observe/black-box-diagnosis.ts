import type { Lang } from '../messages/index.js';
import { formatServerDown } from '../messages/server-down-words.js';
import { formatCause } from '../messages/words.js';
import type { Status, StatusEvent } from '../protocol/status.js';
import { type BlackBoxFile, type EventLine, type FrameLine, isFrameLine } from './black-box-file.js';

/** One conclusion from a black box, newest first. */
export interface BoxDiagnosis {
  about: 'connection' | 'server';
  /** The server; undefined for a connection, and for the one server of a link of the same name. */
  server?: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
  /** The cause, as log and documentation name it. */
  cause: string;
  /** What happened, as a clause, or as whole sentences for a server. May have texts of an endpoint, escaped. */
  what: string;
  /** What to do, as sentences; undefined where `what` says it. */
  next: string | undefined;
}

/** A request that got no answer in the records. */
export interface UnansweredCall {
  method: string;
  name: string | undefined;
  id: string;
  /** From the request to the end of the records, in milliseconds. */
  waitedMs: number;
}

/** What a black box says of calls. */
export interface BoxCalls {
  /** Requests of the endpoint without an answer or a cancellation, oldest first; without `ping`. */
  unanswered: readonly UnansweredCall[];
  /** Answers that were errors, by their code, the most frequent first. */
  errors: readonly { code: number | undefined; count: number }[];
  answers: number;
  /** The answer that took longest; undefined when none is known. */
  slowest: FrameLine | undefined;
  /** From the last message of the endpoint to the end of the connection, in milliseconds; undefined without one of them. */
  silentMs: number | undefined;
}

/** Why the last connection and the last server process ended, as far as the records say. */
export function diagnosesOf({ link, records }: BlackBoxFile, lang: Lang): BoxDiagnosis[] {
  const events = records.filter((record) => !isFrameLine(record)) as EventLine[];
  const last = (event: StatusEvent['type']) => events.findLast((line) => line.event === event);
  return [last('down'), last('server-down')]
    .filter((line) => line !== undefined)
    .sort((a, b) => b.at - a.at)
    .flatMap((line) => diagnosisOf(statusOf(line, link), lang) ?? []);
}

function diagnosisOf(status: Status, lang: Lang): BoxDiagnosis | undefined {
  const { at, server } = status;
  try {
    if (status.type === 'server-down')
      return {
        ...{ about: 'server', server, at, cause: status.why },
        ...{
          what: formatServerDown({ ...status, nextStartMs: Number.POSITIVE_INFINITY }, lang),
          next: undefined,
        },
      };
    if (status.type !== 'down') return undefined;
    return { about: 'connection', at, cause: status.diagnosis.cause, ...formatCause(status.diagnosis, lang) };
  } catch {
    // Another version of mcp-pipe has written it, with a cause that this one has no words for.
    return undefined;
  }
}

/** What the records say of calls. */
export function callsOf({ records }: BlackBoxFile): BoxCalls {
  const frames = records.filter(isFrameLine);
  const end = endOf(records);
  const open = new Map<string, FrameLine>();
  const errors = new Map<number | undefined, number>();
  let answers = 0;
  let slowest: FrameLine | undefined;
  for (const frame of frames) {
    const { to, kind, id, tookMs } = frame;
    if (to === 'server' && id !== undefined) {
      if (kind === 'request') open.set(id, frame);
      else if (kind === 'notification') open.delete(id);
    }
    if (to === 'server' || (kind !== 'response' && kind !== 'error')) continue;
    if (id !== undefined) open.delete(id);
    answers += 1;
    if (kind === 'error') errors.set(frame.code, (errors.get(frame.code) ?? 0) + 1);
    if (tookMs !== undefined && tookMs > (slowest?.tookMs ?? -1)) slowest = frame;
  }
  const unanswered = [...open.values()].filter(({ method }) => method !== 'ping');
  const ended = (records.findLast((record) => !isFrameLine(record) && record.event === 'down') as EventLine)
    ?.at;
  const heard = frames.findLast(({ to, at }) => to === 'server' && (ended === undefined || at <= ended))?.at;
  return {
    unanswered: unanswered.map(({ method = '', name, id = '', at }) => ({
      method,
      name,
      id,
      waitedMs: end - at,
    })),
    errors: [...errors].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count),
    ...{ answers, slowest },
    silentMs: ended === undefined || heard === undefined ? undefined : Math.max(0, ended - heard),
  };
}

/** When the last record was made, in milliseconds since 1970. */
export function endOf(records: BlackBoxFile['records']): number {
  return records.reduce((latest, { at }) => Math.max(latest, at), 0);
}

/** The Status of a record, for words. Another version of mcp-pipe may have written it, so members may be missing. */
export function statusOf({ event, times: _times, ...rest }: EventLine, link: string): Status {
  return { excerpt: '…', stderrTail: [], shown: '…', ...rest, link, type: event } as unknown as Status;
}
