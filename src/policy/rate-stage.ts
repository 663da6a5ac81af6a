import { type CallLimits, isCall, limitsOfTool } from '../protocol/call-limits.js';
import type { Rate } from '../protocol/grant.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import { networkOf } from '../protocol/network.js';
import { rateText } from '../protocol/rate-text.js';
import type { CountOf, Exceeded, Quota, RateLimiter } from './rate-limiter.js';
import type { GuardedCall, GuardedClient, Refusal, Stage, Verdict } from './stage.js';

/** Rates of callers, beside those of their keys. */
export interface CallerRates {
  /** Of each key without a rate of its own; where a client has no key, of its address. */
  rate?: Rate | undefined;
  ratePerAddress?: Rate | undefined;
}

/** One count that a call adds to. `of` is for people. */
export interface Counted extends CountOf {
  of: string;
}

/** What a client counts under, before any server is asked. Names of different kinds never meet. Pure. */
export function countedOf(
  { key, grant, address }: Pick<GuardedClient, 'key' | 'grant' | 'address'>,
  { rate, ratePerAddress }: CallerRates,
): Counted[] {
  const counted: Counted[] = [];
  const network = networkOf(address);
  const ofCaller = grant?.rate ?? rate;
  if (ofCaller && key !== undefined) counted.push({ name: `key ${key}`, rate: ofCaller, of: 'this key' });
  else if (ofCaller)
    counted.push({ name: `caller ${network}`, rate: ofCaller, of: 'clients at this address' });
  if (ratePerAddress) counted.push({ name: `address ${network}`, rate: ratePerAddress, of: 'this address' });
  return counted;
}

export interface RateStageOptions {
  client: GuardedClient;
  limiter: RateLimiter;
  /** Of the server. */
  limits: CallLimits | undefined;
  /** What the client counts under. */
  counted: readonly Counted[];
}

/** Refuses calls beyond a rate: of the caller first, then of the server and the tool. Returns undefined when there is none. */
export function rateStage({ client, limiter, limits, counted }: RateStageOptions): Stage | undefined {
  const ofServer: Counted[] = limits?.rate
    ? [{ name: `server ${client.server}`, rate: limits.rate, of: `server "${client.server}"` }]
    : [];
  const always = [...counted, ...ofServer];
  const hasTools = limits?.tools?.some(({ rate }) => rate !== undefined) === true;
  if (always.length === 0 && !hasTools) return undefined;
  const countedBy = ({ tool }: GuardedCall): readonly Counted[] => {
    const rate = hasTools ? limitsOfTool(limits, tool)?.rate : undefined;
    if (!rate) return always;
    return [...always, { name: `tool ${client.server} ${tool}`, rate, of: `tool "${tool}"` }];
  };
  return {
    request: (call) => {
      if (isCall(call.method)) return takeAll(limiter, countedBy(call));
      // A batch may have thousands, and each is an answer to be written.
      return call.method === Method.ping ? takeAll(limiter, counted) : undefined;
    },
  };
}

/** At once as far as the limiter answers at once. */
function takeAll(limiter: RateLimiter, counted: readonly Counted[]): Verdict | Promise<Verdict> {
  if (counted.length === 0) return undefined;
  const exceeded = limiter.takeAll(counted);
  const verdict = (known: Exceeded | undefined): Verdict =>
    known && { refuse: tooMany(counted[known.at]!, known.quota) };
  return exceeded instanceof Promise ? exceeded.then(verdict) : verdict(exceeded);
}

/** The error of a call beyond a rate. */
export function tooMany({ rate, of }: Counted, { resetMs }: Quota): Refusal {
  const retryAfterMs = Math.ceil(resetMs);
  return {
    code: ErrorCode.tooManyCalls,
    message: `More calls than ${of} may make: ${rateText(rate)}. Call again in ${Math.ceil(retryAfterMs / 1_000)} s. The server did not get this call.`,
    data: { retryAfterMs },
  };
}
