import type { Clock } from './clock.js';

export interface WakeWatchOptions {
  clock: Pick<Clock, 'now' | 'after'>;
  /** Milliseconds since 1970, which go on while the machine sleeps; `clock` may stand still meanwhile. */
  wallNow: () => number;
  /** The addresses of this machine in its networks, as a text that can be compared; empty: it is in none; undefined: not known now. */
  addresses: () => string | undefined;
  /** Called when the machine has slept, and when it is in another network, or in one again. */
  onWake: () => void;
}

/** How often it is looked, in milliseconds: a person who opens a laptop waits no longer than this. */
const LOOK_MS = 3_000;
/** More time than this between two looks that are due, in milliseconds, is sleep; less may be a busy machine. */
const SLEPT_MS = 10_000;

/** Watches for the end of a sleep of the machine, and for networks. Returns a function that ends it. */
export function watchForWake({ clock, wallNow, addresses, onWake }: WakeWatchOptions): () => void {
  let at = clock.now();
  let wallAt = wallNow();
  let known = addresses() ?? '';
  let cancel = () => {};
  const look = () => {
    const [now, wall, found] = [clock.now(), wallNow(), addresses() ?? known];
    const hasSlept = now - at > LOOK_MS + SLEPT_MS || wall - wallAt - (now - at) > SLEPT_MS;
    const isElsewhere = found !== known && found !== '';
    [at, wallAt, known] = [now, wall, found];
    cancel = clock.after(LOOK_MS, look);
    if (hasSlept || isElsewhere) onWake();
  };
  cancel = clock.after(LOOK_MS, look);
  return () => cancel();
}
