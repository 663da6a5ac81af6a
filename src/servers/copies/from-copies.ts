import { type Envelope, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { Method, paramAsJson } from '../../protocol/mcp.js';
import { changedList } from '../list-watch.js';
import type { CopiesState } from './copies-state.js';
import type { Copy } from './copy.js';
import { sharedId, sharedRequest, withNamed } from './copy-ids.js';

/** Handles a line of one process: to the hub it is one of the server. */
export function fromCopy(state: CopiesState, copy: Copy, frame: Frame): void {
  const envelope = readEnvelope(frame);
  switch (envelope.kind) {
    case 'response':
      return response(state, copy, frame, envelope);
    case 'request':
      return fromOne(
        state,
        copy,
        state.isOneOfSeveral(copy) ? sharedRequest(frame, envelope, copy.life) : frame,
      );
    case 'notification':
      return notification(state, copy, frame, envelope);
    case 'batch': {
      const items = envelope.items!;
      if (!items.every(({ kind }) => kind === 'response')) {
        for (const { start, end } of items) fromCopy(state, copy, frame.subarray(start, end));
        return;
      }
      for (const item of items) state.answered(copy, frame, item);
    }
  }
  // What is no message, the hub reports, and looks for an answer in it.
  state.batches.push(frame);
}

function fromOne({ senders, batches }: CopiesState, copy: Copy, frame: Frame): void {
  senders.set(frame, copy);
  batches.push(frame);
}

function notification(state: CopiesState, copy: Copy, frame: Frame, { method }: Envelope): void {
  // The lists are those of the lead: one change is told once.
  if (changedList(method!) && copy !== state.lead) return;
  state.tasks.note(copy, frame);
  const id = method === Method.cancelled ? paramAsJson(frame, 'requestId') : undefined;
  const isShared = id !== undefined && state.isOneOfSeveral(copy);
  fromOne(state, copy, isShared ? withNamed(frame, 'requestId', sharedId(copy.life, id)) : frame);
}

function response(state: CopiesState, copy: Copy, frame: Frame, envelope: Envelope): void {
  if (copy.takesOwn(frame, envelope)) return;
  const { calls, tasks, batches, life, starts, lead } = state;
  const call = envelope.idStart < 0 ? undefined : calls.get(rawId(frame, envelope));
  // The call with this id is another process's: this one has answered twice.
  if (call && call.copy !== copy) return;
  state.answered(copy, frame, envelope);
  const { method } = call ?? {};
  if (method === undefined || envelope.isError) return batches.push(frame);
  if (method === 'tasks/list') {
    const after = state.others(copy).find(({ number }) => number > copy.number)?.number;
    return batches.push(tasks.paged(frame, copy.number, after));
  }
  batches.push(frame);
  if (copy === lead && (method === Method.initialize || method === Method.discover)) state.answer = frame;
  else tasks.note(copy, frame);
  // Without `initialize`, the first answer shows that the server works.
  if (life?.wasSentInitialize !== true || state.answer !== undefined) starts.fill();
}
