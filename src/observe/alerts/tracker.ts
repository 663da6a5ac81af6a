import type { AlertKind } from '../../protocol/alert.js';
import type { Sighting, Subject } from './sightings.js';

/** An alert begins, or ends. Times are milliseconds since 1970. */
export interface AlertChange {
  /** `raised` again, with another kind, when more becomes known. */
  state: 'raised' | 'recovered';
  subject: Subject;
  kind: AlertKind;
  cause: string | undefined;
  links: readonly string[];
  /** When the subject was first seen failing. */
  since: number;
  /** How long that was before the change. */
  forMs: number;
  /** How often it worked in between, for less than `settleMs`. */
  returns: number;
}

/** Times in milliseconds. */
export interface TrackerTimes {
  /** How long a link or server has to be down. */
  afterMs: number;
  /** How long a server has to be silent that was not ended. */
  hungAfterMs: number;
  /** How long it has to work before it counts as recovered. */
  settleMs: number;
}

/** A link or server that has failed, until it is well again. */
interface Episode {
  subject: Subject;
  since: number;
  begunAt: number;
  health: Sighting['health'];
  /** Until when `downMs` is counted; since when it has been well; on the clock that never jumps. */
  at: number;
  goodSince: number | undefined;
  /** Time for which it was down, less a part of the time for which it worked. */
  downMs: number;
  returns: number;
  /** The kinds that were reported. */
  kinds: AlertKind[];
  last: Sighting;
}

/** Time of work weighs this much: a link that works less than two thirds of the time counts as down at last. */
const WORK_WEIGHS = 0.5;

/**
 * Decides when something that fails is worth an alert. Pure: the caller says what is seen and when. Each subject has at
 * most one open alert, and each `recovered` follows a `raised`.
 */
// D151
export class AlertTracker {
  readonly #episodes = new Map<string, Episode>();

  /**
   * @param seen Every link and server there is; a subject that is missing is forgotten.
   * @param now Milliseconds on a clock that never jumps.
   * @param at The same moment in milliseconds since 1970.
   */
  update(seen: readonly Sighting[], times: TrackerTimes, now: number, at: number): AlertChange[] {
    const changes: AlertChange[] = [];
    const keys = new Set<string>();
    for (const sighting of seen) {
      const key = keyOf(sighting.subject);
      keys.add(key);
      const known = this.#episodes.get(key);
      if (!known && sighting.health !== 'bad') continue;
      const episode = known ?? begin(sighting, now, at);
      this.#episodes.set(key, episode);
      advance(episode, sighting, now);
      const change = changeOf(episode, times, now);
      if (change) changes.push(change);
      if (isOver(episode, times, now)) this.#episodes.delete(key);
    }
    for (const key of this.#episodes.keys()) if (!keys.has(key)) this.#episodes.delete(key);
    return changes;
  }

  /** In how many milliseconds `update` may have something to say without any event; undefined: not before the next one. */
  dueInMs(times: TrackerTimes, now: number): number | undefined {
    const waits = [...this.#episodes.values()].flatMap((one) => {
      const { health, kinds, goodSince, last, downMs } = one;
      if (health === 'bad')
        return last.kind !== undefined && !kinds.includes(last.kind)
          ? [thresholdOf(last, times) - downMs]
          : [];
      return health === 'good' && goodSince !== undefined && kinds.length > 0
        ? [times.settleMs - (now - goodSince)]
        : [];
    });
    return waits.length > 0 ? Math.max(0, Math.min(...waits)) : undefined;
  }

  /** Number of alerts that were raised and have not recovered. */
  get open(): number {
    return [...this.#episodes.values()].filter(({ kinds }) => kinds.length > 0).length;
  }
}

export function keyOf({ of, name }: Subject): string {
  return `${of} ${name}`;
}

function begin(last: Sighting, now: number, since: number): Episode {
  return {
    ...{ subject: last.subject, since, begunAt: now, at: now, last },
    ...{ health: 'bad', goodSince: undefined, downMs: 0, returns: 0, kinds: [] },
  };
}

/** Counts the time since the last sighting for what was seen then. */
function advance(episode: Episode, sighting: Sighting, now: number): void {
  const passed = Math.max(0, now - episode.at);
  if (episode.health === 'bad') episode.downMs += passed;
  if (episode.health === 'good') episode.downMs = Math.max(0, episode.downMs - passed * WORK_WEIGHS);
  if (sighting.health === 'bad' && episode.goodSince !== undefined) episode.returns += 1;
  if (sighting.health === 'good') episode.goodSince ??= now;
  if (sighting.health === 'bad') {
    episode.goodSince = undefined;
    episode.last = sighting;
  }
  episode.health = sighting.health;
  episode.at = now;
}

function changeOf(episode: Episode, times: TrackerTimes, now: number): AlertChange | undefined {
  const { subject, health, kinds, last, downMs, goodSince, since, begunAt, returns } = episode;
  const { kind, cause, links } = last;
  const about = { subject, cause, links, since, returns };
  if (health === 'bad' && kind !== undefined && !kinds.includes(kind) && downMs >= thresholdOf(last, times)) {
    kinds.push(kind);
    return { state: 'raised', ...about, kind, forMs: now - begunAt };
  }
  const first = kinds.at(-1);
  if (health !== 'good' || first === undefined || !isSettled(episode, times, now)) return undefined;
  return { state: 'recovered', ...about, kind: first, forMs: (goodSince ?? now) - begunAt };
}

function isSettled({ goodSince }: Episode, { settleMs }: TrackerTimes, now: number): boolean {
  return goodSince !== undefined && now - goodSince >= settleMs;
}

/** Whether nothing is left to say of it. */
function isOver(episode: Episode, times: TrackerTimes, now: number): boolean {
  const { health, kinds, downMs } = episode;
  if (health !== 'good') return false;
  return kinds.length > 0 ? isSettled(episode, times, now) : downMs === 0;
}

/** How long it has to fail, in milliseconds. A crash loop and a token that is contested have their own thresholds already. */
function thresholdOf({ kind, cause }: Sighting, { afterMs, hungAfterMs }: TrackerTimes): number {
  if (
    kind === 'server-over-limit' ||
    kind === 'crash-loop' ||
    kind === 'token-contention' ||
    kind === 'login-ending'
  )
    return 0;
  // A call does not wait for long.
  if (kind === 'waits-for-person') return 0;
  if (kind === 'server-hung') return cause === 'hung' ? 0 : hungAfterMs;
  return afterMs;
}
