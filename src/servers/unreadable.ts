import type { Frame } from '../protocol/frame.js';
import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import type { WhyInvalid } from '../protocol/status.js';
import type { WhyUnreadable } from '../protocol/unreadable.js';
import { unreadableWords } from '../protocol/unreadable-words.js';
import type { HubState } from './hub-state.js';
import type { InflightCall } from './inflight-calls.js';
import type { Asker, ServerLife } from './server-life.js';
import { settleCallWithError } from './settle-call.js';

/**
 * An unreadable answer counts only if no readable one follows within this time, in ms: some servers print an answer
 * before they send it.
 */
const GRACE_MS = 250;

/** Faults of lines in which a server prints its answers for people. */
const PRINTED: ReadonlySet<WhyUnreadable> = new Set([
  ...(['text-around', 'colours', 'several-messages', 'several-lines'] as const),
]);

/**
 * Handles a line of the server that is no message. If it was meant as an answer, the request is answered with an error
 * after `GRACE_MS`.
 */
export function handleUnreadable(hub: HubState, life: ServerLife, line: Frame, what: WhyInvalid): void {
  hub.reportInvalidMessage(hub.options, 'server', what, line);
  if (life.inflight.size === 0) return;
  for (const { rawId, why } of life.unreadable.in(line)) {
    const call = life.inflight.peek(rawId);
    // The request was answered before, so the server prints its answers as well.
    if (!call) life.printsAnswers ||= PRINTED.has(why);
    else waitFor(hub, life, call, rawId, why, line);
  }
}

function waitFor(
  hub: HubState,
  life: ServerLife,
  call: InflightCall<Asker>,
  rawId: string,
  why: WhyUnreadable,
  line: Frame,
): void {
  // As a string, so that the buffer that the line is a part of is not kept.
  const excerpt = line.toString('utf8', 0, 400);
  hub.options.clock.after(GRACE_MS, () => {
    if (hub.life !== life || call.cancelled) return;
    if (life.inflight.peek(rawId) !== call) {
      life.printsAnswers ||= PRINTED.has(why);
      return;
    }
    if (life.printsAnswers && PRINTED.has(why)) return;
    const { name, onStatus } = hub.options;
    life.inflight.giveUp(call);
    onStatus({ type: 'answer-unreadable', method: call.method, name: call.name, why, excerpt });
    const { what, fix } = unreadableWords[why];
    const text = `The MCP server "${name}" has answered, but its answer cannot be passed on: ${what}. ${fix}`;
    settleCallWithError(
      hub,
      life,
      call,
      encodeError(rawId, ErrorCode.unreadable, text, { server: name, why }),
    );
    hub.flush();
  });
}
