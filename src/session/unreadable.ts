import type { Frame } from '../protocol/frame.js';
import { ErrorCode, errorResponse } from '../protocol/jsonrpc.js';
import type { WhyUnreadable } from '../protocol/unreadable.js';
import { unreadableWords } from '../protocol/unreadable-words.js';
import type { Asker, ServerLife } from './ends.js';
import type { Call } from './inflight.js';
import type { Joint } from './joint.js';
import { settleWith } from './settle.js';

/** How long what looks like an answer waits for the answer itself, in ms: some servers print what they are about to send. */
const GRACE_MS = 250;

/** How lines look in which a server prints its answers for people. */
const PRINTED: ReadonlySet<WhyUnreadable> = new Set([
  ...(['text-around', 'colours', 'several-messages', 'several-lines'] as const),
]);

/** A line of the server that is no message. When it was meant as an answer, whoever waits for that hears so. */
export function unreadable(joint: Joint, life: ServerLife, line: Frame, what: string): void {
  joint.noise('server', what, line);
  if (life.inflight.size === 0) return;
  for (const { rawId, why } of life.unreadable.in(line)) {
    const call = life.inflight.peek(rawId);
    // Its answer came before.
    if (!call) life.printsAnswers ||= PRINTED.has(why);
    else waitFor(joint, life, call, rawId, why, line);
  }
}

function waitFor(
  joint: Joint,
  life: ServerLife,
  call: Call<Asker>,
  rawId: string,
  why: WhyUnreadable,
  line: Frame,
): void {
  // Copied: the line may be a part of something larger.
  const excerpt = line.toString('utf8', 0, 400);
  joint.options.clock.after(GRACE_MS, () => {
    if (joint.life !== life || call.cancelled) return;
    if (life.inflight.peek(rawId) !== call) {
      life.printsAnswers ||= PRINTED.has(why);
      return;
    }
    if (life.printsAnswers && PRINTED.has(why)) return;
    const { name, onStatus } = joint.options;
    life.inflight.giveUp(call);
    onStatus({ type: 'answer-unreadable', method: call.method, name: call.name, why, excerpt });
    const { what, fix } = unreadableWords[why];
    const text = `The MCP server "${name}" has answered, but its answer cannot be passed on: ${what}. ${fix}`;
    settleWith(joint, life, call, errorResponse(rawId, ErrorCode.unreadable, text, { server: name, why }));
    joint.flush();
  });
}
