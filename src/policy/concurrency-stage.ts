import { isCall } from '../protocol/call-limits.js';
import { OpenCalls } from '../protocol/calls/open-calls.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import { FULL_RETRY_MS } from './limit-defaults.js';
import type { Places } from './places.js';
import type { GuardedCall, Refusal, Stage, Verdict } from './stage.js';

/** Lets so many calls run at a time; the others wait, or are refused. `of` is for people: `this key`, `server "files"`. */
export function concurrencyStage(placesNow: () => Places, client: string, of: string): Stage {
  const entered = new OpenCalls<Places, GuardedCall>();
  const leave = (call: GuardedCall) => {
    entered.take(call)?.leave();
  };
  return {
    request: (call): Verdict | Promise<Verdict> => {
      if (!isCall(call.method)) return undefined;
      const places = placesNow();
      const place = places.enter(client, () => call.signal);
      if (place === 'full') return { refuse: full(of) };
      if (place === 'entered') {
        entered.add(call, places);
        return undefined;
      }
      return place.then((how) => {
        if (how === 'left') return { refuse: full(of) };
        entered.add(call, places);
        // It may be over before the guard hears of its place, and `ended` is not told then.
        if (call.signal.aborted) leave(call);
        else call.signal.addEventListener('abort', () => leave(call), { once: true });
        return undefined;
      });
    },
    ended: leave,
  };
}

function full(of: string): Refusal {
  return {
    code: ErrorCode.serverFull,
    message: `As many calls of ${of} as allowed run, and as many wait. Call again in ${FULL_RETRY_MS / 1_000} s. The server did not get this call.`,
    data: { retryAfterMs: FULL_RETRY_MS },
  };
}
