/**
 * What the status page and `status --watch` are told of a running mcp-pipe: a whole `snapshot` first, then `change`s. It is JSON;
 * times are milliseconds since 1970 by the daemon's clock, texts are in the language that was asked for, plain, without secrets.
 * Names and words of servers are foreign text: a page puts them into text nodes, a terminal escapes them.
 */

/** Who has to act: a person (`bad`), mcp-pipe (`busy`), nobody (`ok`), or it is meant to be still (`rest`). */
export type FeedClass = 'bad' | 'busy' | 'ok' | 'rest';

/** What a person may do with a server or link; the words are those of the control socket. */
export type FeedAction = 'restart' | 'pause' | 'resume' | 'reconnect' | 'wake' | 'sleep';

/** What is planned next for a server or link. */
export type FeedNext = 'start' | 'dial' | 'turn';

/** The states of the page. Their words in both languages: `messages/feed/`. */
export type FeedServerState =
  | 'ready'
  | 'starting'
  /** It has ended once or twice and is started again. */
  | 'restarting'
  | 'crash-loop'
  | 'cannot-start'
  /** It answers neither calls nor a ping, or never answered `initialize`. */
  | 'no-answer'
  | 'refuses-initialize'
  | 'calls-refused'
  | 'asleep'
  | 'between-turns'
  | 'paused'
  | 'stopping'
  | 'stopped'
  /** Of the gateway: the first call starts a process. */
  | 'on-demand';

export type FeedLinkState =
  | 'connected'
  | 'not-asked'
  | 'waits-for-server'
  | 'connecting'
  | 'renewing'
  | 'waits-to-reconnect'
  | 'cannot-connect'
  | 'token-war'
  /** It waits for a slot of its token. */
  | 'parked'
  /** The Redis that gives the slots does not answer: nothing is dialled. */
  | 'no-leases'
  | 'paused'
  | 'stopping'
  | 'stopped';

/** What servers and links have in common. */
export interface FeedItem {
  name: string;
  class: FeedClass;
  /** The state in words: `Crash loop`. */
  word: string;
  /** When the state began. */
  since?: number | undefined;
  /** Why it is not well: one or two sentences, the same as in the log. */
  why?: string | undefined;
  /** What to do; for `busy`, that nothing is to be done. */
  do?: string | undefined;
  /** A command that does it, to be copied. */
  command?: string | undefined;
  /** The stable code of the log: `exit 1`, `token-rejected`, `-32602`. */
  cause?: string | undefined;
  /** What the server wrote last, lines; only while they help. */
  lastWords?: readonly string[] | undefined;
  /** When mcp-pipe does the next thing by itself. */
  nextAt?: number | undefined;
  next?: FeedNext | undefined;
  /** What can be done now; the first is the button. */
  actions: readonly FeedAction[];
  /** Calls that it works on now. */
  inFlight: number;
  /** Calls of the last minute. */
  perMinute: number;
}

export interface FeedServer extends FeedItem {
  state: FeedServerState;
  /** Names of the links that use it, in the order of the plan. */
  links: readonly string[];
  /** Median and 99th percentile of the last 30 minutes, in milliseconds. */
  p50?: number | undefined;
  p99?: number | undefined;
  /** Calls a minute of the last 30 minutes, oldest first: 30 numbers, fewer at the beginning. */
  spark: readonly number[];
  /** Of its process tree, in bytes; undefined where that cannot be measured or is not known. */
  memoryBytes?: number | undefined;
  /** Of one processor, in percent. */
  cpuPercent?: number | undefined;
  /** Processes of the tree. */
  processes?: number | undefined;
  /** In the last 24 hours. */
  restarts: number;
}

export interface FeedLink extends FeedItem {
  state: FeedLinkState;
  kind: string;
  /** The agent that the link belongs to. */
  agent?: string | undefined;
  /** Names of its servers. */
  servers: readonly string[];
  /** How many of them can answer. */
  serversReady: number;
  /** The endpoint without its token: `api.xiaozhi.me`. */
  endpoint: string;
  /** `#58c74e01`; undefined for an address without a token. */
  fingerprint?: string | undefined;
  /** The other mcp-pipe process that has the connection of the token, while the link is `parked` behind one. */
  holder?: { pid: number; since: number } | undefined;
  /** Who asks: `clientInfo` of the endpoint. */
  client?: string | undefined;
  /** Tools that it offers, when known. */
  tools?: number | undefined;
  /** Bytes from and to the endpoint since mcp-pipe started. */
  bytesIn: number;
  bytesOut: number;
}

/** Clients of the gateway at one address, when there is a gateway. */
export interface FeedGateway {
  origin: string;
  clients: number;
}

/** What waits for a person; the page asks for it (`approvals`) whenever `version` is another one. */
export interface FeedWaits {
  version: number;
  /** Calls that wait. */
  calls: number;
  /** Tools whose definition nobody has approved, and how many of them are held. */
  changes: number;
  held: number;
}

export interface FeedMachine {
  version: string;
  pid: number;
  startedAt: number;
  /** Name of the machine. */
  host: string;
  /** The configuration file as its path ends: `mcp_config.json`. */
  file?: string | undefined;
  readAt?: number | undefined;
  /** It has changed since it was read. */
  changedAt?: number | undefined;
  /** Why the last edit was refused. */
  refused?: string | undefined;
  /** Of mcp-pipe itself, of all servers together, and of the machine or container. */
  ownBytes?: number | undefined;
  serversBytes?: number | undefined;
  totalBytes?: number | undefined;
  /** Why servers' memory is not measured here. */
  notMeasured?: string | undefined;
  gateway?: FeedGateway | undefined;
  /** Undefined: nothing has waited yet. */
  waits?: FeedWaits | undefined;
  /** Warnings of the whole run: standing findings of the configuration. */
  warnings: readonly string[];
}

/** The headline. */
export interface FeedVerdict {
  class: FeedClass;
  /** `2 servers and 1 connection need you` */
  text: string;
  servers: number;
  serversReady: number;
  asleep: number;
  links: number;
  linksOpen: number;
  inFlight: number;
  /** Whether any call of a tool was ever answered: else the first steps are shown. */
  hasBeenCalled: boolean;
}

export interface FeedSnapshot {
  type: 'snapshot';
  at: number;
  lang: string;
  /** False with a key that may only read. */
  canWrite: boolean;
  machine: FeedMachine;
  verdict: FeedVerdict;
  /** In the order of the plan; the page orders by class. */
  servers: readonly FeedServer[];
  links: readonly FeedLink[];
}

/** What has changed since the message before: an item by its name has its changed members only (`null`: the member is gone); `null`: the item is gone. */
export interface FeedChange {
  type: 'change';
  at: number;
  machine?: FeedPatch<FeedMachine>;
  verdict?: FeedVerdict;
  servers?: Readonly<Record<string, FeedPatch<FeedServer> | null>>;
  links?: Readonly<Record<string, FeedPatch<FeedLink> | null>>;
  /** Names in their new order, where they do not keep the old one with the added ones behind. */
  order?: { servers?: readonly string[]; links?: readonly string[] };
}

/** Changed members of `Item`. */
export type FeedPatch<Item> = { [Key in keyof Item]?: Item[Key] | null };

/** More of one server or link, on a stream that asked for it (`view=server/NAME`, `view=link/NAME`): whole, then again when it has changed, at most once a second. */
export interface FeedDetail {
  type: 'detail';
  at: number;
  of: 'server' | 'link';
  name: string;
  /** Of servers; undefined before the first call and measurement. */
  charts?: FeedCharts | undefined;
  band: FeedBand;
  /** Newest first, 20 at most. */
  moves: readonly FeedMove[];
  /** Newest first, 20 at most, those that run first. */
  calls: readonly FeedCall[];
  /** Of servers: calls today by tool. */
  toolCalls?: Readonly<Record<string, number>> | undefined;
  facts: FeedFacts;
}

/** Thirty minutes, a point every `everyMs`; `from` is the time of the first point. */
export interface FeedCharts {
  everyMs: number;
  from: number;
  /** Calls that ended in the interval. */
  calls: readonly number[];
  /** Milliseconds; null without a call. */
  p50: readonly (number | null)[];
  p99: readonly (number | null)[];
  /** Bytes of the process tree; null where it was not measured. */
  memory: readonly (number | null)[];
  memoryLimitBytes?: number | undefined;
}

/** Twenty-four hours in intervals of `everyMs`, the worst class of each; null before mcp-pipe started. */
export interface FeedBand {
  everyMs: number;
  from: number;
  classes: readonly (FeedClass | null)[];
  /** Part of the known time that was `ok` or `rest`, 0 to 1. */
  wellPart: number;
}

/** One event of its life, in words. */
export interface FeedMove {
  at: number;
  class: FeedClass;
  text: string;
}

/** One request, without its contents. */
export interface FeedCall {
  /** Unique in a run. */
  key: number;
  at: number;
  server?: string | undefined;
  link: string;
  method: string;
  tool?: string | undefined;
  /** Its JSON-RPC id as the endpoint spells it. */
  id: string;
  requestBytes: number;
  /** The rest is undefined while it runs. */
  replyBytes?: number | undefined;
  ms?: number | undefined;
  outcome?: string | undefined;
  /** Code of a JSON-RPC error. */
  code?: number | undefined;
  legs?: FeedLegs | undefined;
}

/** Where the time of a call went, in milliseconds; the sum is its `ms`. */
export interface FeedLegs {
  /** From its first byte until it was read. */
  read: number;
  /** In mcp-pipe, until the server got it: held while the server started, for instance. */
  waited: number;
  server: number;
  /** Until the answer was handed to the socket. */
  sent: number;
}

export interface FeedFacts {
  /** `stdio`, `http`, … */
  kind?: string | undefined;
  /** The command or address, without secrets. */
  command?: string | undefined;
  pid?: number | undefined;
  /** What the server calls itself: `nhac-viet 1.4.2`. */
  calledItself?: string | undefined;
  /** Its MCP revision. */
  protocol?: string | undefined;
  /** When it is started, of a server that is started on demand: `on demand, kept running until 23:00`. */
  start?: string | undefined;
  tools?: number | undefined;
  /** The processes of a server with several, one each: `1: takes calls, pid 4711, 0 calls running, 12 so far`. */
  copies?: readonly string[] | undefined;
  /** What a server with limits may take: `may take 300 MB of memory; takes 120 MB now`. */
  limits?: string | undefined;
  /** Of a link: slots of its token, what its endpoint does with changed lists, last cause in words. */
  slots?: string | undefined;
  listChanges?: string | undefined;
  lastCause?: string | undefined;
}

/** One line of the log, on a stream of `view=log`, `view=server/NAME` or `view=link/NAME`. */
export interface FeedLog {
  type: 'log';
  records: readonly FeedLogLine[];
  /** Older ones that are not kept any more. */
  dropped?: number;
}

export interface FeedLogLine {
  at: number;
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  link?: string | undefined;
  server?: string | undefined;
  /** `stderr` of a server is shown as it came. */
  isStderr?: boolean;
  code?: string | undefined;
  text: string;
}

export type FeedMessage = FeedSnapshot | FeedChange | FeedDetail | FeedLog;

/** Body of each answer to a POST of the page: `/ui/login`, `/ui/logout` and `/ui/do/ACTION`. */
export type PageAnswer = { result: unknown } | { error: PageError };

/** Why something that was asked for is not done, in the language asked for (`?lang=`). */
export interface PageError {
  /** Of an action: the JSON-RPC code that the control socket has; of the page's guard: a stable word, `UI_KEY_WRONG`. */
  code: number | string;
  message: string;
  data?: unknown;
}
