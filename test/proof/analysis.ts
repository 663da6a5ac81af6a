import type { SocketEvent } from './endpoint-says.js';

/** From and to, as `now()` says it. */
export interface Span {
  from: number;
  to: number;
}

export interface Seen {
  /** In the order in which the endpoint saw them. */
  events: readonly SocketEvent[];
  /** When each process was stopped (SIGSTOP). */
  frozen: ReadonlyMap<string, readonly Span[]>;
  /** When no process could ask for a lease, or no lease was to be had. */
  without: readonly Span[];
  /** When each fault began: an owner may go before another one has begun. */
  faults: readonly number[];
  limitOf: (token: string) => number;
  tokens: readonly string[];
  /** From when each token had as many sockets as it may have, to when the processes were told to end. */
  during: Span;
}

/** A time in which a token had more sockets than it may have. */
export interface Over extends Span {
  token: string;
  /** The highest number above the limit. */
  by: number;
  /** The same without sockets of processes that were stopped, or had been so a moment before. */
  byAwake: number;
}

export interface Figures {
  opened: number;
  overs: readonly Over[];
  /**
   * The longest time that a token had no socket at all, in ms: as it was, and from when a lease was to be had, and the last fault
   * had begun.
   */
  noneMs: number;
  noneWithLeasesMs: number;
  /** The same for fewer sockets than a token may have. */
  fewerWithLeasesMs: number;
}

/** A process that goes on is given this long to close its socket, in ms: in that time the socket counts as stopped. */
export const WAKING_MS = 1_000;

export function analyse(seen: Seen): Figures {
  const { events, tokens, limitOf, without, faults, during } = seen;
  const excused = [...without, ...faults.map((at) => ({ from: at, to: at }))];
  const figures: Figures & { overs: Over[] } = {
    ...{ opened: events.filter(({ is }) => is === 'open').length, overs: [] },
    ...{ noneMs: 0, noneWithLeasesMs: 0, fewerWithLeasesMs: 0 },
  };
  for (const token of tokens) {
    const limit = limitOf(token);
    const own = events.filter((event) => event.token === token);
    figures.overs.push(...oversOf(seen, token, own));
    const gaps = spansIn(own, during, (count) => count === 0);
    const fewer = spansIn(own, during, (count) => count < limit);
    figures.noneMs = longest(figures.noneMs, gaps);
    figures.noneWithLeasesMs = longest(figures.noneWithLeasesMs, withLeases(gaps, excused));
    figures.fewerWithLeasesMs = longest(figures.fewerWithLeasesMs, withLeases(fewer, excused));
  }
  return figures;
}

/** Times in which `holds` is true of the number of sockets, cut to `during`. */
function spansIn(events: readonly SocketEvent[], during: Span, holds: (count: number) => boolean): Span[] {
  const spans: Span[] = [];
  let count = 0;
  let from: number | undefined = holds(0) ? Number.NEGATIVE_INFINITY : undefined;
  const end = (to: number) => {
    if (from === undefined) return;
    const span = { from: Math.max(from, during.from), to: Math.min(to, during.to) };
    if (span.to > span.from) spans.push(span);
    from = undefined;
  };
  for (const { is, at } of events) {
    count += is === 'open' ? 1 : -1;
    if (holds(count)) from ??= at;
    else end(at);
  }
  end(Number.POSITIVE_INFINITY);
  return spans;
}

/** What is left of each span when its part up to the end of the last excuse is taken away. */
function withLeases(spans: readonly Span[], excused: readonly Span[]): Span[] {
  return spans.map(({ from, to }) => {
    const ends = excused.filter((gone) => gone.from < to && gone.to > from).map((gone) => gone.to);
    return { from: Math.min(to, Math.max(from, ...ends)), to };
  });
}

function oversOf({ frozen, limitOf }: Seen, token: string, events: readonly SocketEvent[]): Over[] {
  const limit = limitOf(token);
  const open = new Map<number, string>();
  const overs: Over[] = [];
  let over: Over | undefined;
  const isStopped = (process: string, at: number) =>
    (frozen.get(process) ?? []).some(({ from, to }) => from <= at && at <= to + WAKING_MS);
  const look = (at: number) => {
    if (!over) return;
    const awake = [...open.values()].filter((process) => !isStopped(process, at)).length;
    over.by = Math.max(over.by, open.size - limit);
    over.byAwake = Math.max(over.byAwake, awake - limit);
  };
  for (const event of events) {
    const { at, socket } = event;
    // Since the last event a process may have gone on.
    look(at);
    if (event.is === 'open') open.set(socket, event.process);
    else open.delete(socket);
    if (open.size > limit) over ??= { token, from: at, to: at, by: 0, byAwake: 0 };
    look(at);
    if (over && open.size <= limit) {
      overs.push({ ...over, to: at });
      over = undefined;
    }
  }
  if (over) overs.push({ ...over, to: events.at(-1)!.at });
  return overs;
}

function longest(soFar: number, spans: readonly Span[]): number {
  return Math.max(soFar, ...spans.map(({ from, to }) => to - from));
}

/** The value below which `part` of them are; undefined when there are none. */
export function quantile(values: readonly number[], part: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}
