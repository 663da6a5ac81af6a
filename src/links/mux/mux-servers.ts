import type { Servers } from '../../connections/downstream.js';
import type { ListState, WatchedList } from '../../protocol/renewal.js';
import type { StatusEvent, WhyStopped } from '../../protocol/status.js';
import type { ServerHub } from '../../servers/hub.js';
import type { HubClient } from '../../servers/hub-client.js';
import { isResting, isUp, type ServerStateMachine } from '../../servers/server-state.js';
import type { Clock } from '../../time/clock.js';
import { filterOf, type MuxServer, type MuxServerPlan } from './mux-server.js';
import type { Router } from './router.js';
import { Waiters } from './waiters.js';

/** Events after which the set of servers that can take requests may have changed. */
const OF_STATE = new Set<StatusEvent['type']>([
  'server-ready',
  'server-refused',
  'server-down',
  'server-replaced',
  'server-idle-stopped',
]);

/** The servers of a mux, as one server for the downstream: it is ready as soon as any of them is. */
export class MuxServers implements Servers {
  /** The endpoint, as a client of the router. */
  readonly client: HubClient;
  readonly #hub: ServerHub;
  readonly #newRouter: () => Router;
  readonly #waiters: Waiters;
  /** In the order of the configuration. */
  members: readonly MuxServer[];
  #router: Router | undefined;
  isStarted = false;
  readonly #state: ServerStateMachine;

  /** @param state Of the router. */
  constructor(
    hub: ServerHub,
    client: HubClient,
    state: ServerStateMachine,
    members: readonly MuxServer[],
    clock: Clock,
    newRouter: () => Router,
  ) {
    this.#hub = hub;
    this.client = client;
    this.#state = state;
    this.members = members;
    this.#newRouter = newRouter;
    this.#waiters = new Waiters(clock);
  }

  start(): void {
    this.isStarted = true;
    for (const member of this.members) member.start();
    this.replaceRouter();
  }

  async whenReady(signal: AbortSignal): Promise<void> {
    const stop = () => this.#waiters.changed();
    signal.addEventListener('abort', stop, { once: true });
    await this.#waiters.until(() => signal.aborted || this.#isReady, Number.POSITIVE_INFINITY);
    signal.removeEventListener('abort', stop);
  }

  /**
   * stderr of the first member that is down or rejected `initialize`; else of one still starting; else of one that has
   * not answered yet.
   */
  get stderrTail(): readonly string[] {
    const worst = this.members.find(({ isOut }) => isOut);
    const starting = this.members.find(({ state }) => !isUp(state) && !isResting(state));
    return (worst ?? starting ?? this.#router?.silent)?.stderrTail ?? [];
  }

  retire(forceSignal: AbortSignal, why: WhyStopped): void {
    for (const member of this.members) member.retire(forceSignal, why);
    this.#router?.endSubscriptions();
  }

  async stop(forceSignal: AbortSignal): Promise<void> {
    await this.#router?.close();
    await Promise.all(this.members.map((member) => member.disconnected()));
    await Promise.all(this.members.map((member) => member.stop(forceSignal)));
    this.#waiters.close();
  }

  add(members: readonly MuxServer[]): void {
    this.members = [...this.members, ...members].sort(byOrder);
    for (const member of members) this.#router?.add(member);
    this.#waiters.changed();
  }

  /** Takes over order and filters of the servers that it has. */
  update(plans: readonly MuxServerPlan[]): void {
    for (const { server, order, options } of plans) {
      const member = this.members.find((one) => one.server === server);
      if (!member) continue;
      member.order = order;
      member.plan(options);
      const filter = filterOf(options);
      const isSame = JSON.stringify(member.tools) === JSON.stringify(filter);
      member.tools = filter;
      if (!isSame) this.#router?.filterChanged(member);
    }
    const before = this.members;
    this.members = [...before].sort(byOrder);
    if (this.members.some((member, i) => member !== before[i])) this.#router?.reordered();
  }

  remove(member: MuxServer): void {
    this.members = this.members.filter((other) => other !== member);
    this.#router?.remove(member);
    this.#waiters.changed();
  }

  /** Gives up the servers without stopping them: another link takes them over. */
  release(): readonly MuxServer[] {
    const { members } = this;
    this.members = [];
    void this.#router?.close();
    return members;
  }

  /** See `Lists.compared`. */
  async compared(list: WatchedList): Promise<ListState> {
    return (await this.#router?.lists.compared(list)) ?? 'changed';
  }

  /** See `Mux.ownTool`. */
  ownTool(name: string): string | undefined {
    return this.#router?.lists.known('tools', name)?.key;
  }

  isBusy(member: MuxServer): boolean {
    return this.#router?.isBusy(member) ?? false;
  }

  memberChanged(member: MuxServer, event: StatusEvent): void {
    // While this link does not need it, a rotation of another link may stop it.
    const isTurnOver = event.type === 'server-state' && event.to === 'between-turns';
    if (!isTurnOver && !OF_STATE.has(event.type)) return;
    // A stand-in may have introduced the server before its first process.
    const isFresh = event.type === 'server-ready' && (event.again || member.server.parking.wasKnown);
    this.#router?.memberChanged(member, isFresh);
    this.#waiters.changed();
  }

  get #isReady(): boolean {
    // One that rests starts with the next message for it.
    const hasReady = this.members.some(
      ({ state, server }) => state === 'ready' || isResting(state) || server.parking.isServing,
    );
    // Servers that rejected our `initialize` may accept the endpoint's.
    const isRefused = this.members.some(({ state }) => state === 'refused');
    const isDecided = this.members.every(({ isOut }) => isOut);
    return (hasReady || (isRefused && isDecided)) && isUp(this.#state.state);
  }

  replaceRouter(): void {
    void this.#router?.close();
    const router = this.#newRouter();
    this.#router = router;
    this.#state.moveTo('starting');
    // No process is replaced: a new router sends the servers the new `initialize`.
    const life = this.#hub.attach(router, {
      replace: () => this.replaceRouter(),
      initialized: (to) => this.#state.moveTo(to),
    });
    void life.answers.then(() => this.#waiters.changed());
  }
}

function byOrder(a: MuxServer, b: MuxServer): number {
  return a.order - b.order;
}
