import { matchesGlob } from './glob.js';
import type { Rate } from './grant.js';

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** Failures in a row. */
  failures: number;
  pauseMs: number;
}

/** Limits of the calls to a server (`"calls"`). What is lacking limits nothing. */
export interface CallLimits {
  /** Calls of all clients together. */
  rate?: Rate | undefined;
  /** Calls that run at a time, of all clients. */
  concurrent?: number | undefined;
  /** Calls that wait for that. */
  queue?: number | undefined;
  /** How long a call may take without progress, in milliseconds. */
  timeoutMs?: number | undefined;
  breaker?: BreakerOptions | undefined;
  /** Of single tools; of several globs that match, the first one counts. */
  tools?: readonly ToolLimits[] | undefined;
}

export interface ToolLimits {
  /** Names of tools, as the server gives them. */
  glob: string;
  /** Calls of each of these tools, of all clients together. */
  rate?: Rate | undefined;
  timeoutMs?: number | undefined;
}

/** Requests that make a server work: they are what limits count. Lists, pings and subscriptions are not. */
const CALLS: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
]);

export function isCall(method: string): boolean {
  return CALLS.has(method);
}

/** The limits of a tool that the configuration names. */
export function limitsOfTool({ tools }: CallLimits, tool: string | undefined): ToolLimits | undefined {
  return tool === undefined ? undefined : tools?.find(({ glob }) => matchesGlob(glob, tool));
}

/** How long a call may take without progress, in milliseconds; undefined: as long as it takes. */
export function timeoutOf(limits: CallLimits | undefined, tool: string | undefined): number | undefined {
  return limits && (limitsOfTool(limits, tool)?.timeoutMs ?? limits.timeoutMs);
}
