import { randomInt } from 'node:crypto';
import type { Audit } from '../../protocol/audit.js';
import type { ApprovedAhead, WaitingCall } from '../../protocol/held.js';
import type { Clock } from '../../time/clock.js';
import { APPROVALS } from '../approval-defaults.js';
import type { GuardedClient } from '../stage.js';

/** What a person has decided. */
export interface Decision {
  isApproved: boolean;
  /** For the caller. */
  reason?: string | undefined;
  /** Who: `page #1a2b3c4d`, `command line`. */
  by: string;
  /** Further calls of the tool by the same caller are approved for so long. */
  aheadMs?: number | undefined;
}

/** How the wait of a call ended. `stopped`: mcp-pipe stops; `gone`: the call was cancelled, or its client has left. */
export type Waited = Decision | 'late' | 'stopped' | 'gone';

export interface ApprovalsOptions {
  clock: Pick<Clock, 'now' | 'after'>;
  /** Milliseconds since 1970. */
  now?: (() => number) | undefined;
  /** Called when what waits has changed. */
  onChange?: (() => void) | undefined;
  /** Called with each call that begins to wait. */
  onWaiting?: ((call: WaitingCall) => void) | undefined;
  audit?: Audit | undefined;
}

/** A call that asks. */
export interface AskingCall {
  client: GuardedClient;
  tool: string;
  arguments: string;
  withinMs: number;
  signal: AbortSignal;
}

interface Waiting {
  call: WaitingCall;
  settle: (how: Waited) => void;
}

/** Letters of ids: none looks like another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const ID_LENGTH = 6;

/** The calls of a run that wait for a person, and what was approved ahead. In memory: a call does not outlive its caller. */
// D258
export class Approvals {
  readonly #options: ApprovalsOptions;
  readonly #now: () => number;
  readonly #waiting = new Map<string, Waiting>();
  readonly #ahead = new Map<string, ApprovedAhead>();
  #isClosed = false;

  constructor(options: ApprovalsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** The calls that wait, oldest first. */
  get waiting(): WaitingCall[] {
    return [...this.#waiting.values()].map(({ call }) => call);
  }

  get ahead(): ApprovedAhead[] {
    const now = this.#now();
    for (const [key, { until }] of this.#ahead) if (until <= now) this.#ahead.delete(key);
    return [...this.#ahead.values()];
  }

  /** Whether calls of the tool by this caller are approved ahead. */
  isAhead(client: GuardedClient, tool: string): boolean {
    const until = this.#ahead.get(aheadKey(client, tool))?.until;
    return until !== undefined && until > this.#now();
  }

  /** Why no further call of the client may wait; undefined: it may. */
  isFull(client: GuardedClient): boolean {
    if (this.#waiting.size >= APPROVALS.most) return true;
    // A key with many sessions is one client: it is not to take the places of all others.
    const caller = callerOf(client);
    const ofClient = [...this.#waiting.values()].filter(({ call }) => callerOf(call) === caller);
    return ofClient.length >= APPROVALS.mostOfClient;
  }

  /** Has the call wait. Resolves with how that ended; never rejects. */
  ask({ client, tool, withinMs, signal, arguments: given }: AskingCall): Promise<Waited> {
    if (this.#isClosed) return Promise.resolve('stopped');
    if (signal.aborted) return Promise.resolve('gone');
    const at = this.#now();
    const { server, link, agent, key } = client;
    const call: WaitingCall = {
      ...{ id: this.#newId(), at, until: at + withinMs, server, tool, link, arguments: given },
      ...(agent === undefined ? {} : { agent }),
      ...(key === undefined ? {} : { key }),
    };
    return new Promise((resolve) => {
      const settle = (how: Waited) => {
        if (!this.#waiting.delete(call.id)) return;
        cancelTimer();
        signal.removeEventListener('abort', gone);
        this.#note(call, how);
        resolve(how);
        this.#options.onChange?.();
      };
      const gone = () => settle('gone');
      const cancelTimer = this.#options.clock.after(withinMs, () => settle('late'));
      signal.addEventListener('abort', gone, { once: true });
      this.#waiting.set(call.id, { call, settle });
      this.#options.onChange?.();
      this.#options.onWaiting?.(call);
    });
  }

  /** A person has decided about the call of this id. Returns it; undefined: none waits. */
  decide(id: string, decision: Decision): WaitingCall | undefined {
    const waiting = this.#waiting.get(id);
    if (!waiting) return undefined;
    const { call, settle } = waiting;
    const { isApproved, aheadMs = 0, by } = decision;
    if (isApproved && aheadMs > 0) this.#approveAhead(call, Math.min(aheadMs, APPROVALS.mostAheadMs), by);
    settle(decision);
    return call;
  }

  /** Calls of this tool need a person again. Returns what it was; undefined: there is none of this id. */
  endAhead(id: string): ApprovedAhead | undefined {
    const found = [...this.#ahead].find(([, one]) => one.id === id);
    if (!found) return undefined;
    this.#ahead.delete(found[0]);
    this.#options.onChange?.();
    return found[1];
  }

  /** mcp-pipe stops: nothing waits any more. */
  close(): void {
    this.#isClosed = true;
    for (const { settle } of [...this.#waiting.values()]) settle('stopped');
  }

  #approveAhead(call: WaitingCall, ms: number, by: string): void {
    const { server, tool } = call;
    const id = this.#newId();
    const key = aheadKey(call, tool);
    this.#ahead.delete(key);
    this.#ahead.set(key, { id, server, tool, caller: callerOf(call), until: this.#now() + ms, by });
    for (const oldest of this.#ahead.keys()) {
      if (this.#ahead.size <= APPROVALS.mostAhead) break;
      this.#ahead.delete(oldest);
    }
  }

  #note(call: WaitingCall, how: Waited): void {
    const { at, server, tool, link, agent, key } = call;
    const decided = typeof how === 'string' ? how : how.isApproved ? 'approved' : 'declined';
    const now = this.#now();
    const ofCall = { server, tool, link, agent, key, method: 'tools/call' };
    const by = typeof how === 'string' ? {} : { by: how.by };
    this.#options.audit?.({ at: now, kind: 'approval', ms: now - at, outcome: decided, ...ofCall, ...by });
  }

  #newId(): string {
    for (;;) {
      const id = Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
      if (!this.#waiting.has(id) && ![...this.#ahead.values()].some((one) => one.id === id)) return id;
    }
  }
}

/** Whose calls were approved: the key, or else the agent, or the link, which is the session of a client without a key. */
export function callerOf({ key, agent, link }: Pick<GuardedClient, 'key' | 'agent' | 'link'>): string {
  if (key !== undefined) return `key ${key}`;
  return agent === undefined ? link : `agent ${agent}`;
}

function aheadKey(client: Pick<GuardedClient, 'server' | 'key' | 'agent' | 'link'>, tool: string): string {
  const { server, key, agent, link } = client;
  return JSON.stringify([
    server,
    tool,
    key ?? null,
    key === undefined ? (agent ?? null) : null,
    key === undefined && agent === undefined ? link : null,
  ]);
}
