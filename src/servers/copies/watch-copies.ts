import { type RawId, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { OnStatus } from '../../protocol/status.js';
import type { Clock } from '../../time/clock.js';
import type { InflightCall } from '../inflight-calls.js';
import type { CarriedLife } from '../life-copies.js';
import { Liveness } from '../liveness.js';
import type { LivenessSettings } from '../liveness-settings.js';
import type { Copy } from './copy.js';

export interface WatchedCopies {
  clock: Clock;
  onStatus: OnStatus;
  life: CarriedLife;
  /** Those that may be sent calls. */
  copies: () => Iterable<Copy>;
  copyOf: (raw: RawId) => Copy | undefined;
  flush: () => void;
  onHung: (copy: Copy) => void;
}

/** Watches each process as a server with one is watched. `look` is to be called when there are others. */
export function watchCopies(
  settings: LivenessSettings,
  watched: WatchedCopies,
): { look: () => void; stop: () => void } {
  const watches = new Map<Copy, Liveness>();
  const look = () => {
    const copies = new Set(watched.copies());
    for (const [copy, watch] of watches) {
      if (copies.has(copy)) continue;
      watch.stop();
      watches.delete(copy);
    }
    for (const copy of copies) if (!watches.has(copy)) watches.set(copy, watchCopy(settings, watched, copy));
  };
  look();
  const stop = () => {
    for (const watch of watches.values()) watch.stop();
    watches.clear();
  };
  return { look, stop };
}

function watchCopy(settings: LivenessSettings, watched: WatchedCopies, copy: Copy): Liveness {
  const { life, clock, copyOf, copies } = watched;
  const own = (calls: Iterable<InflightCall<unknown>>) =>
    [...calls].filter(({ alias, rawId: raw }) => copyOf(alias ?? raw) === copy);
  const hub = {
    options: {
      clock,
      // The server is silent when all of its processes are.
      onStatus: ((event) => {
        if (event.type === 'server-silent') {
          if ([...copies()].some(({ isSilent }) => !isSilent)) return;
          life.isSilent = true;
        }
        watched.onStatus(event);
      }) satisfies OnStatus,
    },
    toServer: copy.out,
    flush: watched.flush,
  };
  const inflight = {
    get onCall() {
      return copy.onCall;
    },
    set onCall(onCall: (() => void) | undefined) {
      copy.onCall = onCall;
    },
    running: () => own(life.inflight.running()),
    unanswered: () => own(life.inflight.unanswered()),
    enter: (frame: Frame) => {
      copy.ignores(rawId(frame, readEnvelope(frame)));
      return frame;
    },
  };
  const facts = {
    inflight,
    get heardAt() {
      return copy.heardAt;
    },
    get isReadPaused() {
      return life.isReadPaused;
    },
    get isSilent() {
      return copy.isSilent;
    },
    set isSilent(isSilent: boolean) {
      copy.isSilent = isSilent;
    },
  };
  return new Liveness(hub, facts, settings, () => watched.onHung(copy));
}
