import type { FeedAction, FeedLinkState, FeedServerState } from '../../protocol/feed.js';
import type { ListHabit } from '../../protocol/renewal.js';

/** Words of the feed in one language: states, the headline, and sentences for states that no event explains. */
export interface FeedWords {
  servers: Record<FeedServerState, string>;
  /** In their place for a remote server, which has no process and no crash. */
  remote: Partial<Record<FeedServerState, string>>;
  links: Record<FeedLinkState, string>;
  verdict: {
    /** Something needs a person: at least one of the numbers is over 0. */
    needed: (of: { servers: number; connections: number }) => string;
    /** Calls and held tools wait for a person: at least one of the numbers is over 0. */
    waiting: (of: { calls: number; tools: number }) => string;
    busy: string;
    well: string;
    /** There is no server at all. */
    empty: string;
  };
  /** Why something is as it is: one or two whole sentences each. */
  why: {
    mayDownload: (of: { fetcher: string }) => string;
    /** What is known of a server that is started on demand: how long its last start took, what it took when it ran. */
    asleep: (of: { startMs: number | undefined; memoryBytes: number | undefined }) => string;
    betweenTurns: string;
    /** Of a server that has not started yet. */
    linkParked: string;
    onDemand: string;
    pausedServer: string;
    pausedLink: string;
    /** All servers of a link are paused. */
    serversPaused: string;
    /** All links of a server are paused. */
    linksPaused: string;
    /** A link is dialled once one of its servers answers. */
    waitsForServers: (of: { servers: readonly string[] }) => string;
    notAsked: string;
    callsLeft: (of: { calls: number }) => string;
  };
  /** What to do: one or two whole sentences each. */
  do: {
    /** mcp-pipe does it by itself. */
    nothing: string;
    resume: string;
    resumeServers: string;
    twoCopies: string;
    /** The Redis that machines share does not answer. */
    tryRedis: string;
    silent: string;
  };
  /** What a person did. `from`: where, `the page` for instance; `key`: its name or fingerprint. */
  did: Record<FeedAction | 'reload', (by: { from: string; key: string | undefined }) => string>;
  /** What has happened to a server, in its history: one short sentence each. Texts of others are cut. */
  moves: MoveWords;
  /** Why memory of servers is not measured on this machine. */
  notMeasured: Record<'no-ps' | 'ps-failed' | 'no-proc', string>;
  facts: {
    /** Of a server that is started on demand; `parts`: what else is known, `runs from 07:00`. */
    onDemand: (of: { parts: readonly string[] }) => string;
    slots: (of: { slots: number }) => string;
    listChanges: Record<ListHabit, string | undefined>;
  };
}

export interface MoveWords {
  ready: (of: { again: boolean; tookMs: number; pid: number | undefined }) => string;
  exited: (of: { exitCode: number | undefined; signal: string | undefined; livedMs: number }) => string;
  slow: (of: { waitedMs: number }) => string;
  /** `waitedMs`: since the oldest call. */
  silent: (of: { call: string; waitedMs: number }) => string;
  idle: (of: { idleMs: number }) => string;
  strays: (of: { processes: number }) => string;
  callTimeout: (of: { call: string; timeoutMs: number }) => string;
}
