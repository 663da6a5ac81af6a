import { APPROVALS } from '../policy/approval-defaults.js';
import type { CacheOptions } from '../policy/cache/cache-stage.js';
import type { DriftMode } from '../policy/drift/drift-mode.js';
import type { CallLimits } from '../protocol/call-limits.js';
import type { ResourceLimits } from '../protocol/resource-limits.js';
import type { ToolFilter } from '../protocol/tool-filter.js';
import type { CopiesSettings } from '../servers/life-copies.js';
import type { WeeklyTimes } from '../time/schedule.js';
import { durationMs, type Share, type Start, type Turn } from './mode.js';
import type { RawServer } from './schema.js';

/** A filter as a configuration has it: a list alone is `allow`, and an empty one allows all. */
export function readFilter(given: ToolFilter | readonly string[]): ToolFilter {
  if (!isList(given))
    return { ...(given.allow ? { allow: given.allow } : {}), ...(given.deny ? { deny: given.deny } : {}) };
  return given.length > 0 ? { allow: given } : {};
}

function isList(given: ToolFilter | readonly string[]): given is readonly string[] {
  return Array.isArray(given);
}

/** The filter of this name; a server may be called `constructor`. */
export function ownOf(filters: Readonly<Record<string, ToolFilter>>, name: string): ToolFilter | undefined {
  return Object.hasOwn(filters, name) ? filters[name] : undefined;
}

/** A filter that lets a tool through when both do. */
export function bothFilters(filter: ToolFilter, and: ToolFilter | undefined): ToolFilter {
  return and === undefined ? filter : { ...filter, and };
}

/**
 * Options of a server beside those that open it. The plan passes them on unchanged. Code that reads a key declares it in an
 * interface of its own, as readers of `Settings` do.
 */
export interface ServerOptions {
  /** `passthrough`: only the endpoint's own `initialize` reaches the server. */
  handshake: 'speculative' | 'passthrough';
  /** The server's tools that can be listed and called. */
  tools: ToolFilter;
  /** The names by which clients know its tools, by the server's own. */
  rename: Readonly<Record<string, string>>;
  /** Descriptions of its tools instead of the server's, by the server's own names. */
  describe: Readonly<Record<string, string>>;
  /** Only tools that the server marks as read-only can be listed and called. */
  readOnly: boolean;
  /** Arguments of calls are checked against the tools' schemas. */
  checkArguments: boolean;
  /** When there are more links than connections, the highest priorities are connected; among equal ones, the first. */
  priority: number;
  /** The account that its token belongs to. */
  accountGroup?: string | undefined;
  /** The server's turn on a rotating link. */
  rotate: Turn;
  /** Calls of tools that are safe to repeat are sent once more when they would be lost. */
  retrySafeCalls: boolean;
  /** Two processes of it may run for a moment, while one mcp-pipe takes the place of another. */
  overlap: boolean;
  /** What is done about a tool whose definition is not the one that was seen first or approved. */
  drift: DriftMode;
  /** Tools whose calls wait for a person: those that may destroy something, or globs. */
  approve?: 'destructive' | readonly string[] | undefined;
  /** How long they wait, in milliseconds. */
  approveWithin: number;
  /** How many processes there are of it. */
  share: Share;
  /**
   * With share `key` and `session`: variables that a process gets from the request headers of its caller, as names of headers
   * in small letters by the names of the variables.
   */
  callerEnv: Readonly<Record<string, string>>;
  /** Limits of its calls; undefined: none. */
  calls?: CallLimits | undefined;
  /** What its processes may take together; undefined: any amount. */
  limits?: ResourceLimits | undefined;
  /** Which results are kept, and how long; undefined: none. */
  cache?: CacheOptions | undefined;
  /** `demand`: its process is started at the first call, not with mcp-pipe. Never with the handshake `passthrough`. */
  start: Start;
  /** Its package is locked and started directly, when its command fetches one. */
  lock: boolean;
  /** After how long without a call it is parked, in milliseconds; 0: never; undefined: as the settings say. */
  idlePark?: number | undefined;
  /** With `start: demand`, times at which it runs without being asked. */
  keep: readonly WeeklyTimes[];
  /** Its processes that share its calls; undefined: it has one. */
  instances?: CopiesSettings | undefined;
}

/** Options of a server whose entry sets none. */
export const defaultOptions: ServerOptions = {
  handshake: 'speculative',
  tools: {},
  rename: {},
  describe: {},
  readOnly: false,
  checkArguments: false,
  priority: 0,
  accountGroup: undefined,
  rotate: {},
  retrySafeCalls: false,
  overlap: false,
  drift: 'tell',
  approve: undefined,
  approveWithin: APPROVALS.withinMs,
  share: 'server',
  callerEnv: {},
  calls: undefined,
  limits: undefined,
  cache: undefined,
  start: 'run',
  lock: true,
  idlePark: undefined,
  keep: [],
  instances: undefined,
};

/** Whether a changed option restarts the process of a running server. */
export const OPTION_CHANGES: Readonly<Record<keyof ServerOptions, 'in-place' | 'restart'>> = {
  // It decides how each process is initialized.
  handshake: 'restart',
  tools: 'in-place',
  rename: 'in-place',
  describe: 'in-place',
  readOnly: 'in-place',
  checkArguments: 'in-place',
  priority: 'in-place',
  accountGroup: 'in-place',
  rotate: 'in-place',
  // What is needed to send a call once more is noted with the call.
  retrySafeCalls: 'restart',
  overlap: 'in-place',
  drift: 'in-place',
  approve: 'in-place',
  approveWithin: 'in-place',
  // It changes which servers a plan has, and their names.
  share: 'in-place',
  // The process that all share gets none of them.
  callerEnv: 'in-place',
  // What has been counted goes on counting.
  calls: 'in-place',
  // The control group of a process is made before the process.
  limits: 'restart',
  cache: 'in-place',
  // What runs goes on, until it is parked.
  start: 'in-place',
  // Another command is started.
  lock: 'restart',
  idlePark: 'in-place',
  keep: 'in-place',
  // Further processes are started, or the last ones ended after their calls.
  instances: 'in-place',
};

/** Options that an entry can spell in several ways, after they were read. */
type Understood = Pick<
  ServerOptions,
  | 'tools'
  | 'rename'
  | 'describe'
  | 'rotate'
  | 'share'
  | 'callerEnv'
  | 'calls'
  | 'limits'
  | 'cache'
  | 'start'
  | 'lock'
  | 'idlePark'
  | 'keep'
  | 'instances'
>;

/** Adds the options that are passed on as the entry has them. */
export function optionsOf(entry: RawServer, understood: Understood): ServerOptions {
  const written = Object.keys(defaultOptions).flatMap((key) => {
    const value = entry[key];
    return value === undefined ? [] : [[key, READERS[key]?.(value) ?? value]];
  });
  return { ...defaultOptions, ...Object.fromEntries(written), ...understood };
}

const READERS: Readonly<Record<string, (value: unknown) => unknown>> = {
  retrySafeCalls: isYes,
  overlap: isYes,
  readOnly: isYes,
  checkArguments: isYes,
  approveWithin: (value) => (typeof value === 'number' ? value : durationMs(String(value))),
};

/** `true`, or the text: other programs write it so. */
export function isYes(value: unknown): boolean {
  return String(value).trim().toLowerCase() === 'true';
}

/** Whether a server may be without a process for a while: it is started on demand, or parked by a time of its own. */
export function mayBeParked({ start, idlePark = 0 }: Pick<ServerOptions, 'start' | 'idlePark'>): boolean {
  return start === 'demand' || idlePark > 0;
}
