import { ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { APPROVALS } from '../policy/approval-defaults.js';
import type { ToolChange } from '../policy/drift/approved-tools.js';
import { diffOf } from '../policy/drift/diff.js';
import { showHidden } from '../policy/drift/show-hidden.js';
import type { Decided, ShownChange, ShownHeld } from '../protocol/held.js';
import type { Held } from './held.js';

/** Changes that are shown at a time: more are not read at once. */
const MOST_CHANGES = 50;
const MOST_IDS = 200;
/** Hex digits of a hash: as many cannot be made to meet another definition's in a run. */
const ID_DIGITS = 20;

/**
 * What people decide about, as `Action`s. What `approvals` shows are arguments of calls, so it needs the right to change things.
 */
// D258
export function heldActions({ held }: { held: Held }) {
  const params = { ids: 'any', reason: 'any', aheadMs: 'number', lang: 'lang' } as const;
  return {
    approvals: {
      params: { whole: 'any', lang: 'lang' },
      does: 'reveal',
      run: ({ params: { whole } }: ControlRequest) => shownHeld(held, whole === true),
    },
    approve: { params, does: 'write', run: (asked: ControlRequest) => approve(held, asked) },
    decline: { params, does: 'write', run: (asked: ControlRequest) => decline(held, asked) },
  } as const;
}

function shownHeld(held: Held, isWhole: boolean): ShownHeld {
  const { changes } = held;
  const { waiting: calls, ahead } = held.approvals;
  return {
    at: Date.now(),
    calls: calls.map((call) => ({ ...call, tool: showHidden(call.tool) })),
    changes: changes.slice(0, MOST_CHANGES).map((change) => shownChange(change, isWhole)),
    moreChanges: Math.max(0, changes.length - MOST_CHANGES),
    ahead: ahead.map((one) => ({ ...one, tool: showHidden(one.tool) })),
  };
}

function shownChange(change: ToolChange, isWhole: boolean): ShownChange {
  const { server, tool, at, isHeld, before, after } = change;
  const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));
  return {
    ...{ id: idOf(change), server, tool: showHidden(tool), at, change: change.change, isHeld },
    lines: after === undefined ? undefined : diffOf(before, after),
    ...(isWhole ? { before: parsed(before), after: parsed(after) } : {}),
  };
}

function idOf({ hash }: ToolChange): string {
  return hash.slice(0, ID_DIGITS);
}

function approve(held: Held, asked: ControlRequest): Decided {
  const { ids, reason, by } = decisionOf(asked);
  const aheadMs = asked.params.aheadMs as number | undefined;
  const decided = { calls: [], changes: [], ahead: [], gone: [] as string[] } as Lists;
  const { changes } = held;
  for (const id of ids) {
    const call = held.approvals.decide(id, { isApproved: true, reason, by, aheadMs });
    // Tools of several servers may have equal definitions.
    const matching = call ? [] : changes.filter((one) => idOf(one) === id);
    const approved = matching.filter((change) => held.approveChange(change, by));
    if (call) decided.calls.push(named(id, call));
    else if (approved.length > 0) decided.changes.push(...approved.map((one) => named(id, one)));
    else decided.gone.push(id);
  }
  return decided;
}

function decline(held: Held, asked: ControlRequest): Decided {
  const { ids, reason, by } = decisionOf(asked);
  const decided = { calls: [], changes: [], ahead: [], gone: [] as string[] } as Lists;
  for (const id of ids) {
    const call = held.approvals.decide(id, { isApproved: false, reason, by });
    const ahead = call ? undefined : held.approvals.endAhead(id);
    if (call) decided.calls.push(named(id, call));
    else if (ahead) decided.ahead.push(named(id, ahead));
    else decided.gone.push(id);
  }
  return decided;
}

type Lists = { [Key in keyof Decided]: [...Decided[Key]] };

function named(id: string, { server, tool }: { server: string; tool: string }) {
  return { id, server, tool: showHidden(tool) };
}

/** @throws ControlRefusal */
function decisionOf({ params: { ids, reason, lang }, by = 'command line' }: ControlRequest) {
  const words = messagesFor((lang as Lang | undefined) ?? 'en').held;
  const isIds = Array.isArray(ids) && ids.length <= MOST_IDS && ids.every((id) => typeof id === 'string');
  if (!isIds) throw new ControlRefusal(-32602, words.badIds);
  if (reason !== undefined && typeof reason !== 'string') throw new ControlRefusal(-32602, words.badReason);
  const said = reason === undefined ? undefined : showHidden(reason.trim()).slice(0, APPROVALS.mostReason);
  return { ids: ids as string[], reason: said || undefined, by };
}
