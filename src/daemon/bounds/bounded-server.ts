import type { ServerPlan } from '../../config/plan.js';
import type { CommandStep } from '../../process/command-step.js';
import type { LimitedGroup, LimitedGroups } from '../../process/limited-group.js';
import type { LimitedResource, LimitReached, ResourceLimits } from '../../protocol/resource-limits.js';
import type { ServerEnd } from '../../protocol/server-end.js';
import type { LifeBounds } from '../../servers/life-bounds.js';
import type { OpenContext, ServerSource, ServerTransport } from '../../servers/server-transport.js';
import type { Clock } from '../../time/clock.js';
import type { CloseReason } from '../../transports/transport.js';
import { BOUNDED } from './bounds-defaults.js';

/** Returns what makes groups of limited processes here; undefined where there is none. */
export type GroupsHere = () => Promise<LimitedGroups | undefined>;

/** One process of the server, from its start to its end. */
interface Life {
  transport: ServerTransport;
  group: LimitedGroup | undefined;
  startedAt: number;
  reached: LimitReached | undefined;
  /** How often in a row it, and those whose place it has, came to a limit soon. */
  times: number;
}

const NOTHING: ReadonlySet<LimitedResource> = new Set();

/** A server whose processes may take so much and no more: by a control group where there are any, and by a watcher. */
// D342
export class BoundedServer implements LifeBounds {
  readonly limits: ResourceLimits;
  readonly #groupsHere: GroupsHere;
  readonly #clock: Pick<Clock, 'now'>;
  /** Made for the process that is about to be started. */
  #made: LimitedGroup | undefined;
  /** Several with `"instances"`. */
  readonly #lives = new Set<Life>();
  /** `Life.times` of those that have ended, for those that come in their places. */
  readonly #timesBefore: number[] = [];
  /** One is started after the other: the step before a start does not know for which of them it is. */
  #opening: Promise<unknown> = Promise.resolve();

  constructor(limits: ResourceLimits, clock: Pick<Clock, 'now'>, groupsHere: GroupsHere = groupsOnce) {
    this.limits = limits;
    this.#clock = clock;
    this.#groupsHere = groupsHere;
  }

  held(pid: number): ReadonlySet<LimitedResource> {
    return this.#lifeOf(pid)?.group?.holding(pid) ?? NOTHING;
  }

  /** The last step of its command: what is inside of a sandbox cannot enter a group. */
  readonly step: CommandStep = async (command) => {
    const groups = await this.#groupsHere();
    await this.#made?.remove();
    this.#made = groups?.make(this.limits);
    return this.#made?.entering(command) ?? command;
  };

  /** The same server, whose ends say which limit they were for. */
  around(source: ServerSource): ServerSource {
    return {
      ...source,
      open: (context) => {
        const opened = this.#opening.then(() => this.#open(source, context));
        this.#opening = opened.catch(() => {});
        return opened;
      },
    };
  }

  async end(pid: number, reached: Omit<LimitReached, 'times'>, isAtOnce: boolean): Promise<void> {
    const life = this.#lifeOf(pid);
    if (!life || (life.reached && !isAtOnce)) return;
    if (!life.reached) this.#reach(life, reached);
    await life.transport.close(isAtOnce ? { forceSignal: AbortSignal.abort() } : {});
  }

  async #open(source: ServerSource, context: OpenContext): Promise<ServerTransport> {
    try {
      return this.#begun(await source.open(context));
    } catch (error) {
      await this.#made?.remove();
      this.#made = undefined;
      throw error;
    }
  }

  #begun(transport: ServerTransport): ServerTransport {
    const startedAt = this.#clock.now();
    const times = this.#timesBefore.shift() ?? 0;
    const life: Life = { transport, group: this.#made, startedAt, reached: undefined, times };
    this.#made = undefined;
    this.#lives.add(life);
    const endOf = transport.endOf.bind(transport);
    transport.endOf = (closed) => endOver(life, closed) ?? endOf(closed);
    // Before the supervisor hears of it: it registers later.
    void transport.closed.then(() => this.#ended(life));
    return transport;
  }

  #ended(life: Life): void {
    const { group } = life;
    const { kills, peak } = group?.outOfMemory() ?? { kills: 0, peak: undefined };
    const { memory } = this.limits;
    if (kills > 0 && !life.reached && memory !== undefined)
      this.#reach(life, { of: 'memory', limit: memory, used: peak });
    this.#lives.delete(life);
    this.#timesBefore.push(life.times);
    void group?.remove();
  }

  #lifeOf(pid: number): Life | undefined {
    for (const life of this.#lives) if (life.transport.pid === pid) return life;
    return undefined;
  }

  #reach(life: Life, reached: Omit<LimitReached, 'times'>): void {
    const isAgain = this.#clock.now() - life.startedAt < BOUNDED.againMs;
    life.times = isAgain ? life.times + 1 : 1;
    life.reached = { ...reached, times: life.times };
  }
}

/** Undefined for a server without limits, and for a container, which has them from its engine. */
export function boundsOf(plan: ServerPlan, clock: Pick<Clock, 'now'>): BoundedServer | undefined {
  const { limits } = plan.options;
  const isContainer = plan.kind === 'stdio' && plan.confinement?.image !== undefined;
  return limits && !isContainer ? new BoundedServer(limits, clock) : undefined;
}

function endOver({ reached }: Life, { code, signal }: CloseReason): ServerEnd | undefined {
  return reached && { kind: 'over-limit', ...reached, exitCode: code, signal };
}

let once: ReturnType<GroupsHere> | undefined;

/** Processes move once for all servers. */
const groupsOnce: GroupsHere = () => {
  once ??= openGroups();
  return once;
};

async function openGroups(): Promise<LimitedGroups | undefined> {
  if (process.platform !== 'linux' || process.env.MCP_PIPE_CGROUP === 'off') return undefined;
  const [{ findHierarchies }, { LimitedGroups }] = await Promise.all([
    import('../../process/control-groups.js'),
    import('../../process/limited-group.js'),
  ]);
  const hierarchies = await findHierarchies();
  return hierarchies.length === 0 ? undefined : new LimitedGroups(hierarchies);
}
