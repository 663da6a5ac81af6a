import { type ControlMethods, ControlRefusal, type ControlRequest } from '../../faces/control/server.js';
import {
  HANDOVER_PROTOCOL,
  type HandoverGroup,
  type HandoverOffer,
  type HandoverRefused,
  type HandoverReleased,
  type HandoverWish,
} from '../../protocol/handover.js';
import type { LinkState } from '../../protocol/status.js';
import type { RunningConfig } from '../running-config.js';
import { partsOf } from './away.js';
import { handoverGroups } from './groups.js';
import { HANDOVER } from './handover-defaults.js';

/** The process that takes over. */
export interface Successor {
  pid: number;
  version: string;
}

/** Hears of each step, for the log. */
export interface GivingListener {
  begun(to: Successor, groups: readonly HandoverGroup[]): void;
  gave(to: Successor, group: HandoverGroup): void;
  /** The other process has ended, or hangs, before it had everything. `groups`: those that had been given. */
  tookBack(to: Successor, groups: readonly HandoverGroup[]): void;
}

export interface GivingOptions {
  running: Pick<RunningConfig, 'plan' | 'paused' | 'letGo' | 'takeUp'>;
  /** The state of a link; undefined: it does not run. */
  stateOf: (link: string) => LinkState | undefined;
  version: string;
  /** The container ends with this process, and the new one with it. */
  isOfContainer: boolean;
  /** Everything has been handed over: the run stops. */
  onDone: (to: Successor) => void;
  hears: GivingListener;
}

interface Handover {
  to: Successor;
  /** Of the connection: the handover lasts no longer. */
  signal: AbortSignal;
  groups: readonly HandoverGroup[];
  given: HandoverGroup[];
  /** The step that is running. */
  step: Promise<unknown>;
  timer: NodeJS.Timeout | undefined;
}

/** An error code that JSON-RPC 2.0 §5.1 leaves to implementations. */
const REFUSED = -32011;

/**
 * The running side of a handover. One connection of the control socket asks `handover`, then `handover/release` for each group,
 * then `handover/finish`. If that connection ends before, everything is taken back.
 */
// D306
export class Giving {
  readonly #options: GivingOptions;
  #current: Handover | undefined;
  #isDone = false;
  #isStopping = false;

  constructor(options: GivingOptions) {
    this.#options = options;
  }

  /** While it lasts, the control socket is not left to another process. */
  get isRunning(): boolean {
    return this.#current !== undefined;
  }

  /** The requests; only a process of this user, or of root, can reach the control socket. */
  get methods(): ControlMethods {
    return {
      handover: (asked) => this.#begin(asked),
      'handover/release': (asked) => this.#release(asked),
      'handover/finish': (asked) => this.#finish(asked),
    };
  }

  /** mcp-pipe stops: nothing is taken back any more. */
  stop(): void {
    this.#isStopping = true;
    clearTimeout(this.#current?.timer);
  }

  #begin({ params, signal, stay }: ControlRequest): HandoverOffer {
    const wish = params as unknown as HandoverWish;
    const { version, isOfContainer, running, hears } = this.#options;
    if (wish.protocol !== HANDOVER_PROTOCOL)
      throw refused('protocol', `This mcp-pipe ${version} hands over by protocol ${HANDOVER_PROTOCOL}.`, {
        version,
      });
    if (!isWish(wish)) throw new ControlRefusal(-32602, '"links" and "overlap" have to be lists.');
    if (this.#isStopping || this.#isDone) throw stopping();
    if (isOfContainer) throw refused('container', 'The container ends with this mcp-pipe.');
    if (this.#current) {
      const { pid } = this.#current.to;
      throw refused('busy', `Process ${pid} is taking over.`, { pid });
    }
    const groups = handoverGroups(partsOf(running.plan), wish, wish.overlap);
    const rest = groups.filter(({ takes }) => takes.length === 0).flatMap(({ gives }) => gives);
    if (wish.isPartial && rest.length > 0)
      throw refused('partial', `This mcp-pipe has further links: ${rest.join(', ')}.`, { links: rest });
    const to = { pid: wish.pid, version: wish.version };
    const current: Handover = { to, signal, groups, given: [], step: Promise.resolve(), timer: undefined };
    this.#current = current;
    stay();
    signal.addEventListener('abort', () => void this.#end(current), { once: true });
    this.#await(current);
    hears.begun(to, groups);
    const { paused } = running;
    return { protocol: HANDOVER_PROTOCOL, pid: process.pid, version, groups, paused, stepMs: this.#stepMs };
  }

  async #release({ params, signal }: ControlRequest): Promise<HandoverReleased> {
    const current = this.#of(signal);
    const group = current.groups[params.group as number];
    if (!group || current.given.includes(group))
      throw new ControlRefusal(-32602, '"group" has to be the index of a group that was not released.');
    const { running, stateOf, hears } = this.#options;
    if (this.#isStopping) throw stopping();
    clearTimeout(current.timer);
    const connected = running.plan.links
      .filter(({ name }) => group.gives.includes(name) && stateOf(name) === 'open')
      .map(({ endpoint }) => endpoint.identity);
    current.given.push(group);
    const step = running.letGo(group.gives, group.http);
    current.step = step.catch(() => {});
    await step.catch((error) => {
      throw this.#isStopping ? stopping() : error;
    });
    hears.gave(current.to, group);
    if (this.#current === current) this.#await(current);
    return { connected };
  }

  #finish({ signal }: ControlRequest): object {
    const current = this.#of(signal);
    clearTimeout(current.timer);
    this.#isDone = true;
    this.#current = undefined;
    // Only after the answer is sent.
    setImmediate(() => this.#options.onDone(current.to));
    return { pid: process.pid };
  }

  /** @throws ControlRefusal for another connection than the one that began, or one that was given up */
  #of(signal: AbortSignal): Handover {
    const current = this.#current;
    if (current?.signal === signal) return current;
    throw new ControlRefusal(REFUSED, 'This connection hands nothing over.');
  }

  /** The next request has to come in time. */
  #await(current: Handover): void {
    clearTimeout(current.timer);
    current.timer = setTimeout(() => void this.#end(current), HANDOVER.silentMs).unref();
  }

  /** Takes back what was given. */
  async #end(current: Handover): Promise<void> {
    if (this.#current !== current) return;
    clearTimeout(current.timer);
    await current.step;
    if (this.#isStopping || this.#current !== current) return;
    this.#current = undefined;
    const { given, to } = current;
    this.#options.hears.tookBack(to, given);
    const links = given.flatMap(({ gives }) => gives);
    const isHttp = given.some(({ http }) => http);
    // What cannot be listened on is in the log, and the next reload tries again.
    await this.#options.running.takeUp(links, isHttp).catch(() => {});
  }

  get #stepMs(): number {
    const drains = this.#options.running.plan.links.map(({ settings }) => settings.drainTimeoutMs);
    return 2 * Math.max(0, ...drains) + HANDOVER.spareMs;
  }
}

function isWish({ links, overlap, http = [] }: HandoverWish): boolean {
  const isTexts = (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === 'string');
  const isLink = ({ name, token, servers }: HandoverWish['links'][number]) =>
    typeof name === 'string' && typeof token === 'string' && isTexts(servers);
  return (
    Array.isArray(links) &&
    links.every((one) => one !== null && isLink(one)) &&
    isTexts(overlap) &&
    isTexts(http)
  );
}

function stopping(): ControlRefusal {
  return refused('stopping', 'This mcp-pipe is stopping.');
}

function refused(why: HandoverRefused, text: string, data: object = {}): ControlRefusal {
  return new ControlRefusal(REFUSED, text, { why, ...data });
}
