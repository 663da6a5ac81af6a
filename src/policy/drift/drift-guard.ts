import type { Frame } from '../../protocol/frame.js';
import { Method } from '../../protocol/mcp.js';
import type { Clock } from '../../time/clock.js';
import { APPROVALS } from '../approval-defaults.js';
import type { GuardedClient } from '../stage.js';
import { ApprovedTools, type Drift, type ToolChange } from './approved-tools.js';
import { definitionOf } from './definition.js';
import type { DriftMode } from './drift-mode.js';
import type { KeptTools } from './kept-tool.js';
import type { Following, SharedTools } from './shared-tools.js';

/** Where what is known of the tools of servers outlives a run. */
export interface KeptToolsStore {
  /** Undefined: nothing is kept of the server; `unreadable`: what is kept of it cannot be read. */
  read(server: string): KeptTools | 'unreadable' | undefined;
  write(server: string, kept: KeptTools): void;
}

/** What the configuration says of a server, now. */
export interface WatchedServer {
  mode: DriftMode;
  /** What is started or reached, without secrets. */
  identity: string;
  /** Annotations of its tools are asked for. */
  needsAnnotations: boolean;
}

export interface DriftGuardOptions {
  store: KeptToolsStore;
  /** A server of the running plan; undefined: it has none of this name. */
  serverOf: (name: string) => WatchedServer | undefined;
  /** Called with each definition that was not known, once. */
  onDrift?: (server: string, drift: Drift & { isHeld: boolean }) => void;
  clock: Pick<Clock, 'after'>;
  /** What other machines know. Default: this one is alone. */
  shared?: Pick<SharedTools, 'follow'> | undefined;
  /** What is known of a server is another now because of other machines; lists of its tools may have been read before. */
  onAdopted?: (server: string, drift: Drift & { isHeld: boolean }) => void;
  /** Called when something waits that did not, or waits no more. */
  onChange?: () => void;
  /** Milliseconds since 1970. */
  now?: () => number;
}

interface Watched {
  tools: ApprovedTools;
  identity: string;
  following: Following | undefined;
  /** The tools of the process or session that began last are known. */
  isListed: boolean;
  /** The request for its list, while that goes on. */
  reading: Promise<void> | undefined;
}

/** Sends a server a request of mcp-pipe's own. */
type Ask = GuardedClient['ask'];

/** Names of tools that are told of one list. */
const MOST_TOLD = 100;
/** A server may name a next page for ever. */
const MOST_PAGES = 100;

/** Compares the tools of all servers with those that are known. */
// D257
export class DriftGuard {
  readonly #options: DriftGuardOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: DriftGuardOptions) {
    this.#options = options;
  }

  /** Another plan has been taken: what other machines know is asked for before a server tells its tools. */
  planned(servers: readonly string[]): void {
    for (const [server, { following }] of this.#watched) {
      if (this.#options.serverOf(server)) continue;
      following?.end();
      this.#watched.delete(server);
    }
    if (!this.#options.shared) return;
    for (const server of servers) this.#of(server);
  }

  /** A process or session of the server begins, or has ended: calls that come from now on are those of another one. */
  restarted(server: string): void {
    const watched = this.#of(server);
    if (!watched) return;
    watched.isListed = false;
    watched.tools.restarted();
  }

  /** The server has answered `tools/list` for the page at `cursor`. Returns what was not known; undefined: all was. */
  listed(server: string, reply: Frame, cursor?: string): (Drift & { isHeld: boolean }) | undefined {
    const planned = this.#options.serverOf(server);
    if (!planned || (planned.mode === 'ignore' && !planned.needsAnnotations)) return undefined;
    const watched = this.#of(server);
    const found = watched?.tools.listed(reply, planned.mode, cursor);
    if (!watched || !found) return undefined;
    const { isChanged, isWhole, next: _, ...drift } = found;
    if (isChanged) this.#changed(server, watched);
    if (isWhole) watched.isListed = true;
    if (drift.changed.length + drift.added.length === 0) return undefined;
    return this.#told(server, drift, planned.mode);
  }

  #told(server: string, { changed, added }: Drift, mode: DriftMode): Drift & { isHeld: boolean } {
    const some = { changed: changed.slice(0, MOST_TOLD), added: added.slice(0, MOST_TOLD) };
    const told = { ...some, isHeld: mode === 'hold' };
    this.#options.onDrift?.(server, told);
    this.#options.onChange?.();
    return told;
  }

  /** Whether calls of a tool change or destroy nothing, as its server says; false when it has said nothing. */
  isHarmless(server: string, tool: string): boolean {
    return this.#of(server)?.tools.isHarmless(tool) ?? false;
  }

  /** Whether an item of `tools/list` may be shown to clients. */
  mayBeShown(server: string, item: Frame): boolean {
    const definition = definitionOf(item);
    return definition !== undefined && (this.#of(server)?.tools.mayBeShown(definition) ?? true);
  }

  /** Why calls of a tool are refused; `unread`: its server has not told its tools since it was started. */
  whyHeld(server: string, tool: string): 'waiting' | 'unlisted' | 'unread' | undefined {
    const watched = this.#of(server);
    if (!watched) return undefined;
    return isKnown(watched) ? watched.tools.whyHeld(tool) : 'unread';
  }

  /** Whether the present process of the server has told its tools, and other machines what they know of them. */
  isListed(server: string): boolean {
    const watched = this.#of(server);
    return watched === undefined || isKnown(watched);
  }

  /** Asks the server for its tools, unless it has told them since it was started, or cannot be asked now. Never rejects. */
  read(server: string, ask: Ask): Promise<void> {
    const watched = this.#of(server);
    if (!watched || isKnown(watched)) return Promise.resolve();
    watched.reading ??= this.#read(watched, ask).finally(() => {
      watched.reading = undefined;
    });
    return watched.reading;
  }

  /** What waits for a person, of all servers of the plan, oldest first. */
  get waiting(): ToolChange[] {
    return [...this.#watched.keys()]
      .flatMap((server) => {
        const mode = this.#options.serverOf(server)?.mode ?? 'ignore';
        return mode === 'ignore' ? [] : (this.#of(server)?.tools.waiting(mode === 'hold') ?? []);
      })
      .sort((a, b) => a.at - b.at);
  }

  /** The definition of this hash is known from now on. Returns false when it does not wait. */
  approve({ server, tool, hash }: Pick<ToolChange, 'server' | 'tool' | 'hash'>): boolean {
    const watched = this.#of(server);
    if (!watched?.tools.approve(tool, hash)) return false;
    this.#changed(server, watched);
    this.#options.onChange?.();
    return true;
  }

  #of(server: string): Watched | undefined {
    const planned = this.#options.serverOf(server);
    if (!planned) return undefined;
    const { identity, mode } = planned;
    let watched = this.#watched.get(server);
    if (watched?.identity !== identity) {
      watched?.following?.end();
      const kept = this.#options.store.read(server);
      const tools = new ApprovedTools(server, identity, kept, this.#options.now ?? Date.now);
      watched = { tools, identity, following: undefined, isListed: false, reading: undefined };
      this.#watched.set(server, watched);
    }
    if (mode !== 'ignore' && !watched.following) this.#follow(server, watched);
    return watched;
  }

  #follow(server: string, watched: Watched): void {
    const { tools, identity } = watched;
    watched.following = this.#options.shared?.follow({
      ...{ server, identity, own: () => tools.kept },
      adopt: (all) => this.#adopt(server, watched, all),
    });
  }

  #adopt(server: string, watched: Watched, all: KeptTools): void {
    const mode = this.#options.serverOf(server)?.mode ?? 'ignore';
    if (this.#watched.get(server) !== watched || mode === 'ignore') return;
    const drift = watched.tools.adopt(all, mode);
    this.#changed(server, watched);
    this.#options.onAdopted?.(server, this.#told(server, drift, mode));
  }

  /** What is known of it is kept, and told to other machines. */
  #changed(server: string, { tools, following }: Watched): void {
    this.#options.store.write(server, tools.kept);
    following?.changed();
  }

  async #read(watched: Watched, ask: Ask): Promise<void> {
    await watched.following?.ready;
    const late = new AbortController();
    const cancelTimer = this.#options.clock.after(APPROVALS.listWithinMs, () => late.abort());
    let cursor: unknown;
    for (let page = 0; page < MOST_PAGES && !watched.isListed; page++) {
      const params = cursor === undefined ? undefined : { cursor };
      // The answer comes by `listed` as well, as that to any client.
      const outcome = await ask(Method.listTools, params, { signal: late.signal });
      if (!('result' in outcome)) break;
      cursor = (outcome.result as { nextCursor?: unknown } | null)?.nextCursor;
      if (typeof cursor !== 'string' || cursor === '') break;
    }
    cancelTimer();
  }
}

function isKnown({ isListed, following }: Watched): boolean {
  return isListed && (following?.isReady ?? true);
}
