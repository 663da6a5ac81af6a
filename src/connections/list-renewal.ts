import type { ListHabit, ListState, OnListChange, WatchedList } from '../protocol/renewal.js';
import type { OnStatus } from '../protocol/status.js';
import type { ListWatch } from '../servers/list-watch.js';
import type { Clock } from '../time/clock.js';
import type { ListHabits } from './list-habits.js';
import type { Renewal } from './planned-close.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface ListRenewalSettings {
  listChangeWaitMs: number;
  listRenewalEveryMs: number;
}

/** Finds out how a changed list differs from what the endpoint got last. */
export type CompareLists = (list: WatchedList) => Promise<ListState>;

export interface ListRenewalOptions {
  mode: OnListChange;
  settings: ListRenewalSettings;
  fingerprint: string;
  habits: ListHabits;
  clock: Pick<Clock, 'now' | 'after'>;
  compare?: CompareLists | undefined;
  /** Renews the connection between two calls. */
  renew: (renewal: Renewal) => void;
  onStatus: OnStatus;
}

/** An endpoint that is known to ignore changes is renewed this long after one: servers announce several in a row. */
const SETTLE_MS = 1_000;
/** An endpoint that is known to read changed lists gets this many times as long: it may be busy, and will read. */
const PATIENCE_WITH_READERS = 6;
/** A server that has failed has this long to come back before its tools are taken from an endpoint that ignores changes. */
const COMES_BACK_MS = 30_000;
/** Of a server that changes its lists all the time, the endpoint gets a new list this often at least. */
const LONGEST_SPACING_MS = 900_000;

/**
 * Renews the connection of an endpoint that does not read a list after it has changed (D138):
 *
 *     change --listChangeWaitMs, or SETTLE_MS for one that is known to ignore it--> not asked for? renew --> asked for? it ignores
 *            --asked for--> it reads
 *
 * Only lists count that the endpoint has asked for on this connection: it has read no other one that could be outdated. All
 * changes until then are one renewal. Between two renewals are `listRenewalEveryMs` at least, and twice as long after each
 * one that had to wait for that, or brought nothing.
 */
// D138
export class ListRenewal {
  readonly #options: ListRenewalOptions;
  #connection: WatchedConnection | undefined;
  /** No renewal before this clock time in ms; the one after it follows after `spacingMs` at least. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #spacingMs: number;
  /** Lists because of which the connection was renewed, until the endpoint asks for one of them. */
  #renewedFor: ReadonlySet<WatchedList> | undefined;
  /** The last renewal came after the endpoint had had its time, so that it shows what the endpoint does. */
  #isProof = false;
  #told: ListHabit = 'unknown';

  constructor(options: ListRenewalOptions) {
    this.#options = options;
    this.#spacingMs = options.settings.listRenewalEveryMs;
  }

  /** A connection has opened. Returns what has to hear of its lists; undefined when nothing is to be done about them. */
  opened(): ListWatch | undefined {
    const { mode, habits, fingerprint, clock } = this.#options;
    this.#tell(habits.of(fingerprint), false);
    if (mode === 'notify') return undefined;
    this.#connection = new WatchedConnection({
      ...{ clock, isAlways: mode === 'reconnect' },
      waitMs: () => this.#waitMs,
      due: (connection) => void this.#due(connection),
      onAsked: (list, asked) => this.#asked(list, asked),
    });
    return this.#connection;
  }

  /** The connection has ended. */
  ended(): void {
    this.#connection?.end();
    this.#connection = undefined;
  }

  /** How long the endpoint has for a changed list. */
  get #waitMs(): number {
    const { mode, settings, habits, fingerprint } = this.#options;
    const habit = habits.of(fingerprint);
    if (mode === 'reconnect' || habit === 'ignores-list-changed') return SETTLE_MS;
    return settings.listChangeWaitMs * (habit === 'reads-list-changed' ? PATIENCE_WITH_READERS : 1);
  }

  #asked(list: WatchedList, asked: Asked): void {
    if (asked === 'in-time') this.#learn('reads-list-changed');
    if (!this.#renewedFor?.has(list)) return;
    this.#renewedFor = undefined;
    if (this.#isProof && asked === 'first') this.#learn('ignores-list-changed');
  }

  /**
   * The time of a change is over: renews, or looks again when enough time has passed since the last renewal, or when a server
   * that has failed may be back.
   */
  async #due(connection: WatchedConnection): Promise<void> {
    const { clock, settings, mode, habits, fingerprint, compare, renew } = this.#options;
    const wait = this.#notBefore - clock.now();
    if (wait > 0) return connection.holdBack(wait);
    if (compare && mode === 'auto' && !(await connection.isOutdated(compare))) return;
    const now = clock.now();
    const wasInVain = this.#renewedFor !== undefined;
    const most = Math.max(LONGEST_SPACING_MS, settings.listRenewalEveryMs);
    this.#spacingMs =
      connection.isHeldBack || wasInVain ? Math.min(most, this.#spacingMs * 2) : settings.listRenewalEveryMs;
    this.#notBefore = now + this.#spacingMs;
    this.#isProof = mode === 'auto' && habits.of(fingerprint) !== 'ignores-list-changed';
    this.#renewedFor = new Set(connection.changedLists);
    renew({ why: 'list-change-unread', isWanted: connection.renewing() });
  }

  #learn(habit: Exclude<ListHabit, 'unknown'>): void {
    const { habits, fingerprint } = this.#options;
    const isNew = habits.of(fingerprint) !== habit;
    if (isNew) habits.learn(fingerprint, habit);
    this.#tell(habit, isNew);
  }

  #tell(habit: ListHabit, isNew: boolean): void {
    if (habit === this.#told || habit === 'unknown') return;
    this.#told = habit;
    this.#options.onStatus({ type: 'list-habit', habit, isNew });
  }
}

/**
 * How the endpoint asks for a list: for the first time on this connection; after a change, within the time that it has for
 * that; or neither.
 */
type Asked = 'first' | 'in-time' | 'otherwise';

interface WatchedConnectionOptions {
  clock: Pick<Clock, 'now' | 'after'>;
  /** Every change counts: of a list that was not asked for, of one that is asked for again, and with MCP 2026-07-28. */
  isAlways: boolean;
  /** How long the endpoint has for a changed list, in ms. */
  waitMs: () => number;
  due: (connection: WatchedConnection) => void;
  onAsked: (list: WatchedList, asked: Asked) => void;
}

/** The lists of one connection: which of them the endpoint has read, and which have changed since. */
class WatchedConnection implements ListWatch {
  readonly #options: WatchedConnectionOptions;
  readonly #asked = new Set<WatchedList>();
  /** The lists that have changed since the endpoint asked for them last. */
  readonly changedLists = new Set<WatchedList>();
  /**
   * `waiting`: the endpoint has time to ask; `late`: that is over, and a server may come back; `held-back`: the last renewal was
   * too short a time ago.
   */
  #phase: 'read' | 'waiting' | 'late' | 'held-back' | 'renewing' = 'read';
  /** Number of times that everything was read: a renewal is wanted until then. */
  #reads = 0;
  /** Number of changes so far, and until when a server may come back, clock time in ms. */
  #changes = 0;
  #patientUntil: number | undefined;
  #isOver = false;
  #cancelTimer = () => {};

  constructor(options: WatchedConnectionOptions) {
    this.#options = options;
  }

  get isHeldBack(): boolean {
    return this.#phase === 'held-back';
  }

  changed(list: WatchedList, isModern: boolean): void {
    const { isAlways, waitMs } = this.#options;
    // D138
    if (!isAlways && (isModern || !this.#asked.has(list))) return;
    this.changedLists.add(list);
    this.#changes += 1;
    if (this.#phase !== 'read') return;
    this.#phase = 'waiting';
    this.#look(waitMs());
  }

  asked(list: WatchedList): void {
    const isFirst = !this.#asked.has(list);
    this.#asked.add(list);
    const wasChanged = !this.#options.isAlways && this.changedLists.delete(list);
    const isInTime = wasChanged && this.#phase === 'waiting';
    if (wasChanged && this.changedLists.size === 0) this.#allRead();
    this.#options.onAsked(list, isFirst ? 'first' : isInTime ? 'in-time' : 'otherwise');
  }

  /** Looks again after `ms`: it is too early for a renewal. */
  holdBack(ms: number): void {
    this.#phase = 'held-back';
    this.#look(ms);
  }

  /** The connection is being renewed. Returns whether that is still wanted. */
  renewing(): () => boolean {
    this.#phase = 'renewing';
    const reads = this.#reads;
    return () => this.#reads === reads;
  }

  /**
   * Whether the endpoint has an outdated list, although its time is over. If not, or if it may yet ask or a server may come
   * back, the connection looks again when it has to.
   */
  async isOutdated(compare: CompareLists): Promise<boolean> {
    const { clock } = this.#options;
    const [changes, reads] = [this.#changes, this.#reads];
    const states = await Promise.all([...this.changedLists].map(compare));
    if (this.#isOver || this.#reads !== reads) return false;
    if (states.includes('changed')) return true;
    if (states.includes('server-missing')) {
      this.#patientUntil ??= clock.now() + COMES_BACK_MS;
      const wait = this.#patientUntil - clock.now();
      if (wait <= 0) return true;
      if (!this.isHeldBack) this.#phase = 'late';
      this.#look(wait);
    } else if (this.#changes === changes) this.#allRead();
    else this.#look(this.#options.waitMs());
    return false;
  }

  /** The connection has ended. */
  end(): void {
    this.#isOver = true;
    this.#cancelTimer();
  }

  #allRead(): void {
    this.#cancelTimer();
    this.changedLists.clear();
    this.#phase = 'read';
    this.#patientUntil = undefined;
    this.#reads += 1;
  }

  #look(ms: number): void {
    this.#cancelTimer = this.#options.clock.after(ms, () => this.#options.due(this));
  }
}
