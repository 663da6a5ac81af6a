import type { Plan, ServerPlan } from '../config/plan.js';
import type { ServerOptions } from '../config/server-options.js';
import { approvalStage } from '../policy/approvals/approval-stage.js';
import { Approvals } from '../policy/approvals/approvals.js';
import type { Drift, ToolChange } from '../policy/drift/approved-tools.js';
import { DriftGuard, type KeptToolsStore } from '../policy/drift/drift-guard.js';
import { heldTools } from '../policy/drift/held-tools.js';
import type { KeptTools } from '../policy/drift/kept-tool.js';
import { SharedTools } from '../policy/drift/shared-tools.js';
import type { GuardedClient, StageFor } from '../policy/stage.js';
import type { Audit } from '../protocol/audit.js';
import type { FeedWaits } from '../protocol/feed.js';
import { matchesGlob } from '../protocol/glob.js';
import type { WaitingCall } from '../protocol/held.js';
import type { BoundedLink } from '../redis/bounded-link.js';
import type { ToolWatch } from '../servers/tool-watch.js';
import { type Clock, idleClock, systemClock } from '../time/clock.js';
import { identityOf } from './server-identity.js';

/** What the rules about people need of the daemon. */
export interface HeldOptions {
  /** Default: the system's. */
  clock?: Clock;
  /** Keeps what is known of tools beyond a run. Default: nothing does. */
  keptTools?: KeptToolsStore | undefined;
  audit?: Audit | undefined;
  /** Shares what is known of tools with other machines. Default: this one is alone. */
  redis?: BoundedLink | undefined;
  /** Definitions count as not approved any more because of what other machines know. */
  onAdopted?: ((server: string, drift: Drift & { isHeld: boolean }) => void) | undefined;
  /** Called when something waits for a person that did not, or waits no more. */
  onHeldChange?: (() => void) | undefined;
  /** Called with each call that begins to wait for a person. */
  onCallWaiting?: ((call: WaitingCall) => void) | undefined;
}

/** What waits for a person: tools whose definition has changed, and calls of tools that are not to be called without one. */
// D257, D258
export class Held {
  readonly approvals: Approvals;
  readonly #drift: DriftGuard;
  readonly #shared: SharedTools | undefined;
  readonly #audit: Audit | undefined;
  readonly #clock: Clock;
  readonly #announce: (server: string) => void;
  #version = 0;
  #servers: ReadonlyMap<string, ServerPlan> = new Map();
  #identities = new WeakMap<ServerPlan, string>();

  /** @param announce Tells the clients of a server, by its name in the plan, that its list of tools is another one now. */
  constructor(options: HeldOptions, announce: (server: string) => void = () => {}) {
    const { clock = systemClock, keptTools = new InMemory(), audit } = options;
    const onChange = () => {
      this.#version += 1;
      options.onHeldChange?.();
    };
    this.#clock = clock;
    this.#audit = audit;
    this.#announce = announce;
    this.approvals = new Approvals({
      ...{ clock, audit, onChange, onWaiting: options.onCallWaiting },
    });
    this.#shared = options.redis && new SharedTools({ link: options.redis, clock: idleClock });
    this.#drift = new DriftGuard({
      ...{ clock, store: keptTools, onChange, shared: this.#shared },
      onAdopted: (server, drift) => {
        if (drift.changed.length + drift.added.length > 0) options.onAdopted?.(server, drift);
        if (drift.isHeld) this.#announce(server);
      },
      serverOf: (name) => this.#watched(name),
      onDrift: (server, { changed, added }) => {
        for (const tool of changed) this.#note(server, tool, 'changed');
        for (const tool of added) this.#note(server, tool, 'new');
      },
    });
  }

  /** Another plan has been taken. */
  planned(servers: Plan['servers']): void {
    this.#servers = new Map(servers.map((server) => [server.name, server]));
    this.#drift.planned([...this.#servers.keys()]);
  }

  /** What hears of the tools of a server: of all its processes. */
  watch(server: string): ToolWatch {
    return {
      started: () => this.#drift.restarted(server),
      ended: () => this.#drift.restarted(server),
      changed: () => {},
      listed: (reply, cursor) => {
        const drift = this.#drift.listed(server, reply, cursor);
        if (!drift) return undefined;
        // Clients that have read the list before get one without the tools that are held now.
        if (drift.isHeld) setImmediate(() => this.#announce(server));
        return { type: 'tools-changed', ...drift };
      },
    };
  }

  /** Tools that are held. */
  readonly driftStage: StageFor<ServerOptions> = (client, { drift }) =>
    drift === 'hold' ? heldTools(this.#drift, client) : undefined;

  /** Calls that wait. */
  readonly approvalStage: StageFor<ServerOptions> = (client, options) => {
    const { approve, approveWithin: withinMs } = options;
    if (approve === undefined) return undefined;
    const { approvals } = this;
    const needsPerson =
      approve === 'destructive'
        ? (tool: string, asking: GuardedClient) => this.#mayDestroy(client.server, tool, asking)
        : (tool: string) => approve.some((glob) => matchesGlob(glob, tool));
    return approvalStage({ approvals, needsPerson, withinMs, clock: this.#clock });
  };

  /** How much waits; undefined: nothing has yet. */
  get waits(): FeedWaits | undefined {
    const { changes } = this;
    const calls = this.approvals.waiting.length;
    if (this.#version + calls + changes.length === 0) return undefined;
    const held = changes.filter(({ isHeld }) => isHeld).length;
    return { version: this.#version, calls, changes: changes.length, held };
  }

  /** Definitions that nobody has approved, oldest first. */
  get changes(): readonly ToolChange[] {
    return this.#drift.waiting;
  }

  /** Approves one definition. Returns false when it does not wait any more. */
  approveChange(change: Pick<ToolChange, 'server' | 'tool' | 'hash' | 'isHeld'>, by: string): boolean {
    const { server, tool, isHeld } = change;
    if (!this.#drift.approve(change)) return false;
    this.#audit?.({ at: Date.now(), kind: 'drift', server, tool, outcome: 'approved', by });
    if (isHeld) this.#announce(server);
    return true;
  }

  /** mcp-pipe stops: calls that wait are refused. */
  close(): void {
    this.approvals.close();
    this.#shared?.close();
  }

  /** A server that has not told its tools since it was started is asked first. */
  #mayDestroy(server: string, tool: string, client: GuardedClient): boolean | Promise<boolean> {
    const drift = this.#drift;
    if (drift.isListed(server)) return !drift.isHarmless(server, tool);
    return drift
      .read(server, (...asked) => client.ask(...asked))
      .then(() => !drift.isListed(server) || !drift.isHarmless(server, tool));
  }

  #watched(name: string) {
    const server = this.#servers.get(name);
    if (!server) return undefined;
    const { drift: mode, approve } = server.options;
    return { mode, identity: this.#identityOf(server), needsAnnotations: approve === 'destructive' };
  }

  /** Its command or address without secrets, which may be renewed. */
  #identityOf(server: ServerPlan): string {
    const known = this.#identities.get(server);
    if (known !== undefined) return known;
    const identity = identityOf(server);
    this.#identities.set(server, identity);
    return identity;
  }

  #note(server: string, tool: string, outcome: 'changed' | 'new'): void {
    this.#audit?.({ at: Date.now(), kind: 'drift', server, tool, outcome });
  }
}

/** For a run without a state folder. */
class InMemory implements KeptToolsStore {
  readonly #kept = new Map<string, KeptTools>();

  read(server: string): KeptTools | undefined {
    return this.#kept.get(server);
  }

  write(server: string, kept: KeptTools): void {
    this.#kept.set(server, kept);
  }
}
