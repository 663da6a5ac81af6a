import type { Frame } from './frame.js';

// D262
const own = new WeakSet<Frame>();

/** Notes that the error reply was made here, and not by the server. Returns it. */
export function markOwn(reply: Frame): Frame {
  own.add(reply);
  return reply;
}

/** Whether the reply is an error that was made here. */
export function isOwn(reply: Frame): boolean {
  return own.has(reply);
}

const KEPT = Symbol('kept');
type Marked = Frame & { [KEPT]?: true };

/** Notes that the reply was kept from an earlier one, and the server was not asked. Returns it. */
export function markKept(reply: Frame): Frame {
  (reply as Marked)[KEPT] = true;
  return reply;
}

/** Whether the server was not asked for the reply. */
export function isKept(reply: Frame): boolean {
  return (reply as Marked)[KEPT] === true;
}

/** Returns `to`, which is `from` in another form. */
export function markedAs(from: Frame, to: Frame): Frame {
  if (to === from) return to;
  if (isKept(from)) markKept(to);
  return isOwn(from) ? markOwn(to) : to;
}

/** An error that was made here, with the id of its request as `error.data.requestId`. Other replies stay as they are. */
export function namedReply(reply: Frame, requestId: string | undefined): Frame {
  if (requestId === undefined || !isOwn(reply)) return reply;
  try {
    const message = JSON.parse(reply.toString('utf8')) as { id: unknown; error?: { data?: unknown } };
    const { error } = message;
    const { data } = error ?? {};
    const isOther = data !== undefined && (typeof data !== 'object' || data === null || Array.isArray(data));
    if (!error || isOther || hasUnsafeId(message.id)) return reply;
    error.data = { ...(data as object | undefined), requestId };
    return markOwn(Buffer.from(JSON.stringify(message), 'utf8'));
  } catch {
    return reply;
  }
}

/** A number that JavaScript would write otherwise. */
function hasUnsafeId(id: unknown): boolean {
  return typeof id === 'number' && !Number.isSafeInteger(id);
}
