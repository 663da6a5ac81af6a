import { applyFeed } from '../protocol/apply-feed.js';
import type { FeedDetail, FeedLog, FeedMessage, FeedSnapshot } from '../protocol/feed.js';
import { BLIND_AFTER_MS, HIDDEN_MS, LOG_KEPT, RETRY_FIRST_MS, RETRY_MOST_MS } from './numbers.js';

/** What the feed has said. `live`: bytes come; `blind`: they do not; `locked`: a key is asked for. */
export interface Feed {
  status: 'opening' | 'live' | 'blind' | 'locked';
  snapshot?: FeedSnapshot;
  /** Of the server or link that is looked at. */
  detail?: FeedDetail;
  /** Messages of the log in the order in which they came, since the stream was opened. */
  log: readonly FeedLog[];
  /** The daemon's clock when the last byte came, by this machine's clock: `at`, and when that was here. */
  heardAt?: number;
  /** What the daemon's clock is ahead of this one, in milliseconds. */
  skewMs: number;
  /** The daemon started anew while the page was blind: when. */
  restartedAt?: number;
}

export const NO_FEED: Feed = { status: 'opening', log: [], skewMs: 0 };

/** The feed after a message. `now`: this machine's clock. */
export function receive(feed: Feed, message: FeedMessage, now: number): Feed {
  switch (message.type) {
    case 'snapshot': {
      const before = feed.snapshot?.machine.startedAt;
      const startedAt = message.machine.startedAt;
      const { restartedAt: _, ...rest } = feed;
      return {
        ...rest,
        status: 'live',
        snapshot: message,
        skewMs: message.at - now,
        ...(before !== undefined && before !== startedAt
          ? { restartedAt: startedAt }
          : feed.restartedAt === undefined
            ? {}
            : { restartedAt: feed.restartedAt }),
      };
    }
    case 'change':
      if (feed.snapshot === undefined) return feed;
      return { ...feed, snapshot: applyFeed(feed.snapshot, message), skewMs: message.at - now };
    case 'detail':
      return { ...feed, detail: message };
    case 'log':
      return { ...feed, log: [...feed.log.slice(1 - LOG_KEPT), message] };
  }
}

/** The data of whole events in text of an event stream, and the rest, whose event has not ended. */
export function eventsIn(text: string): { data: string[]; rest: string } {
  const blocks = text.replace(/\r\n?/g, '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const data = blocks.flatMap((block) => {
    const lines = block.split('\n').filter((line) => line.startsWith('data:'));
    return lines.length === 0 ? [] : [lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')];
  });
  return { data, rest };
}

/** How long to wait before try `tries`, counted from 1. */
export function retryMs(tries: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** (tries - 1), RETRY_MOST_MS);
}

/** The outside world of a stream: a browser's, or a test's. */
export interface StreamWorld {
  now(): number;
  after(ms: number, then: () => void): () => void;
  /** Opens the address and tells each piece of text; ends when the stream does. `refused`: a key is asked for. */
  open(url: string, signal: AbortSignal, told: (text: string) => void): Promise<'ended' | 'refused'>;
}

export interface Stream {
  /** Another view or language: a new stream, with what is known kept until its snapshot comes. */
  aim(view: string, lang: string): void;
  /** Try now, for the network or a person is back. */
  wake(): void;
  /** Connect anew, for what may be seen has changed. */
  renew(): void;
  /** The page cannot be seen, or can be again. */
  hide(isHidden: boolean): void;
}

// D223: fetch instead of EventSource, which shows neither the comments that say the daemon lives, nor the status of a refusal.
/** Keeps one stream of `/ui/feed` open, and tells every change of what it says. */
export function openStream(world: StreamWorld, changed: (feed: Feed) => void): Stream {
  let feed = NO_FEED;
  let aimed = { view: '', lang: '' };
  let attempt: AbortController | undefined;
  let tries = 0;
  let isAsleep = false;
  /** Since the last byte of any stream. */
  let stopBlind = () => {};
  /** Since the last byte of this attempt. */
  let stopWaiting = () => {};
  let stopRetry = () => {};
  let stopHiding = () => {};

  const set = (next: Feed) => {
    if (next === feed) return;
    feed = next;
    changed(feed);
  };
  const blind = () => {
    if (feed.status !== 'locked') set({ ...feed, status: 'blind' });
  };
  const watch = () => {
    stopBlind();
    stopBlind = world.after(BLIND_AFTER_MS, blind);
  };
  const wait = () => {
    stopWaiting();
    stopWaiting = world.after(BLIND_AFTER_MS, lost);
  };
  const lost = () => {
    end();
    tries += 1;
    // A stream may end for a good reason, and a second later there is another one: that is not worth an alarm.
    if (tries > 1) blind();
    stopRetry = world.after(retryMs(tries), connect);
  };
  const end = () => {
    stopWaiting();
    stopRetry();
    attempt?.abort();
    attempt = undefined;
  };
  const connect = () => {
    end();
    if (isAsleep || aimed.view === '') return;
    const mine = new AbortController();
    attempt = mine;
    wait();
    let text = '';
    const told = (piece: string) => {
      if (attempt !== mine) return;
      watch();
      wait();
      feed = { ...feed, heardAt: world.now() };
      const { data, rest } = eventsIn(text + piece);
      text = rest;
      let next = feed;
      for (const one of data) {
        const message = JSON.parse(one) as FeedMessage;
        // What the stream before this one said of the log comes again.
        if (message.type === 'snapshot') next = { ...next, log: [] };
        next = receive(next, message, world.now());
        tries = 0;
      }
      set(next);
    };
    const url = `/ui/feed?lang=${aimed.lang}&view=${encodeURIComponent(aimed.view)}`;
    world.open(url, mine.signal, told).then(
      (how) => {
        if (attempt !== mine) return;
        if (how === 'ended') return lost();
        end();
        stopBlind();
        set({ status: 'locked', log: [], skewMs: 0 });
      },
      () => {
        if (attempt === mine) lost();
      },
    );
  };

  return {
    aim(view, lang) {
      if (view === aimed.view && lang === aimed.lang) return;
      if (view !== aimed.view) {
        const { detail: _, ...rest } = feed;
        feed = { ...rest, log: [] };
      }
      aimed = { view, lang };
      connect();
    },
    wake() {
      if (feed.status === 'live' && attempt !== undefined) return;
      tries = 0;
      connect();
    },
    renew() {
      tries = 0;
      connect();
    },
    hide(isHidden) {
      stopHiding();
      if (isHidden) {
        stopHiding = world.after(HIDDEN_MS, () => {
          isAsleep = true;
          stopBlind();
          end();
        });
      } else if (isAsleep) {
        isAsleep = false;
        tries = 0;
        watch();
        connect();
      }
    },
  };
}
