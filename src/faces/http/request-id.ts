import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The header of a response that names its request, in errors, the log and the audit log as well. */
export const REQUEST_ID_HEADER = 'x-request-id';

const idOf = new WeakMap<IncomingMessage, string>();

/** The id of an HTTP request: the same each time; a WebSocket has that of its handshake. */
export function requestIdOf(request: IncomingMessage): string {
  const known = idOf.get(request);
  if (known !== undefined) return known;
  const id = randomUUID();
  idOf.set(request, id);
  return id;
}

/** What an id of a trusted proxy is made of. */
const TAKEN = /^[A-Za-z0-9._:=@+/-]{1,64}$/;

/** Takes the id that a trusted proxy has given the request, if it is short and plain. To be called before `requestIdOf`. */
export function takeRequestId(request: IncomingMessage): void {
  const given = request.headers[REQUEST_ID_HEADER];
  if (typeof given === 'string' && TAKEN.test(given)) idOf.set(request, given);
}

/** Names the request in the headers of its response, and so in its errors. */
export function nameRequest(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader(REQUEST_ID_HEADER, requestIdOf(request));
}

/** The data of an error with the id of its request; `data` that is no object stays as it is. */
export function withRequestId(data: unknown, id: unknown): unknown {
  if (typeof id !== 'string') return data;
  if (data === undefined) return { requestId: id };
  return typeof data === 'object' && data !== null && !Array.isArray(data)
    ? { ...data, requestId: id }
    : data;
}
