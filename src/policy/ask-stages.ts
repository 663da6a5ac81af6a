import { readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { OpenCall } from './guarded-call.js';
import { BROKEN } from './own-refusals.js';
import type { Refusal, Stage } from './stage.js';

/** What lists show because of the stages, as a text to compare. */
export function shown(stages: readonly Stage[]): string {
  return JSON.stringify(stages.flatMap(({ shows }) => shows ?? []));
}

/** What the next stage says. */
export function verdictOf(call: OpenCall, frame: Frame): ReturnType<NonNullable<Stage['request']>> {
  try {
    return call.stages[call.passed]!.request?.(call, frame);
  } catch {
    return { refuse: BROKEN };
  }
}

/** Why a call that was held back may not go on now. */
export function refusedNow(stages: readonly Stage[], call: OpenCall): Refusal | undefined {
  for (const stage of stages) {
    const refusal = stage.still?.(call);
    if (refusal) return refusal;
  }
  return undefined;
}

/** The reply as the stages that have let the call pass hand it on, the last of them first. */
export function replied(call: OpenCall, reply: Frame): Frame {
  let passed = reply;
  for (let at = call.passed - 1; at >= 0; at--) {
    const changed = call.stages[at]!.reply?.(call, passed, readEnvelope(passed));
    if (changed) passed = changed;
  }
  return passed;
}

export function ownName(stages: readonly Stage[], called: string): string {
  let name = called;
  for (const stage of stages) if (stage.ownName) name = stage.ownName(name);
  return name;
}
