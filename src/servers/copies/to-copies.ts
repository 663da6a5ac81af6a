import { type Envelope, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { Method, paramAsJson } from '../../protocol/mcp.js';
import type { CopiesState } from './copies-state.js';
import { ownAnswer, ownId, withNamed } from './copy-ids.js';

/** Requests that one process answers for all: it also tells of changed lists and resources. */
const OF_LEAD: ReadonlySet<string> = new Set([
  ...[Method.initialize, Method.ping, Method.discover, Method.listen, Method.listTools],
  ...['prompts/list', 'resources/list', 'resources/templates/list'],
]);

/**
 * Gives a frame of the hub to the process that it is for.
 *
 * | what | goes to |
 * |---|---|
 * | a call, any other request | the process that its client stays with, or the least busy one; it may wait for one that is being started |
 * | a list, `ping`, `server/discover`, `subscriptions/listen` | the lead |
 * | `initialize`, `logging/setLevel` | the lead, and with another id the others |
 * | a subscription to a resource | the lead; with "sticky", all |
 * | a request for a task | the process that has the task; `tasks/list` goes through all |
 * | an answer, progress, a cancellation | the process that has asked, or has the call |
 * | any other notification | all |
 */
export function toCopies(state: CopiesState, frame: Frame): void {
  const envelope = readEnvelope(frame);
  switch (envelope.kind) {
    case 'request':
      return request(state, frame, envelope);
    case 'notification':
      return notification(state, frame, envelope);
    case 'response': {
      const answer = ownAnswer(frame, envelope);
      if (answer) return toLife(state, answer.copy, answer.frame);
      return void state.plain.out.push(frame);
    }
    case 'batch': {
      const requests = envelope.items!.filter(({ kind }) => kind === 'request');
      const copy = (requests[0] && state.choose(frame, requests[0], false)) ?? state.lead;
      for (const item of requests) state.enter(copy, frame, item);
      copy.out.push(frame);
    }
  }
}

function request(state: CopiesState, frame: Frame, envelope: Envelope): void {
  const method = envelope.method!;
  const { effects, sticky, tasks, lead } = state;
  if (method === 'tasks/list') return listTasks(state, frame, envelope);
  const isSubscription = method === Method.subscribe || method === Method.unsubscribe;
  const isLevel = method === Method.setLevel;
  if (isSubscription || isLevel) effects.note(method, frame);
  if (method === Method.initialize || method === Method.discover) state.asked = frame;
  if (isLevel || method === Method.initialize || (isSubscription && sticky.by !== undefined))
    alsoTo(state, frame);
  const ofTask = method.startsWith('tasks/') ? tasks.of(frame) : undefined;
  const isOfLead = isSubscription || isLevel || OF_LEAD.has(method);
  const copy = ofTask ?? (isOfLead ? lead : state.choose(frame, envelope));
  if (!copy) return state.wait(frame, envelope);
  state.enter(copy, frame, envelope);
  // It waits behind another call, at least in a server that works on one at a time. Lists are not worth a process.
  if (!isOfLead && copy.busy > 1) state.starts.wantMore();
  copy.out.push(frame);
}

/** The other processes get it as well; their answers go nowhere. */
function alsoTo({ starts, lead }: CopiesState, frame: Frame): void {
  for (const copy of starts.up()) if (copy !== lead) void copy.ask(frame);
}

function listTasks(state: CopiesState, frame: Frame, envelope: Envelope): void {
  const page = state.tasks.page(frame);
  const copy = [...state.starts.up()].find(({ number }) => number >= page.number) ?? state.lead;
  state.enter(copy, frame, envelope);
  copy.out.push(page.frame);
}

function notification(state: CopiesState, frame: Frame, { method }: Envelope): void {
  if (method === Method.cancelled) {
    const id = paramAsJson(frame, 'requestId');
    if (id === undefined || state.waiting.remove(id)) return;
    const call = state.calls.get(id);
    if (!call) return;
    call.copy.out.push(frame);
    state.calls.cancel(call, state.now);
    if (call.copy.busy === 0) state.dispatch();
    return;
  }
  if (method === Method.progress) {
    const token = paramAsJson(frame, 'progressToken');
    const own = token === undefined ? undefined : ownId(token);
    if (own) return toLife(state, own.copy, withNamed(frame, 'progressToken', own.own));
    return void state.plain.out.push(frame);
  }
  for (const copy of state.starts.up()) copy.out.push(frame);
}

function toLife({ starts }: CopiesState, life: number, frame: Frame): void {
  for (const copy of starts.copies()) if (copy.life === life) copy.out.push(frame);
}
