import { type Envelope, type RawId, rawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { HubState } from './hub-state.js';
import { isOwnId } from './inflight-calls.js';
import type { ServerLife } from './server-life.js';

/**
 * Reports a reply to no pending request. On the link of a single server the reply is sent to the endpoint anyway, as
 * everything that the server sends, unless its id is an alias or another id of mcp-pipe. Behind a mux it is dropped.
 */
export function handleUnmatched(hub: HubState, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const { connection, options } = hub;
  // Without a connection there is no endpoint that could have sent the request.
  if (!connection) return;
  const raw = envelope.idStart < 0 ? 'null' : rawId(frame, envelope);
  const reason = reasonFor(life, raw);
  const isCarried = !options.isMember && !(reason.why === 'duplicate' && isOwnId(raw));
  // For a router it was reported by the bridge of the server that sent it.
  if (!options.isRouter) options.onStatus({ type: 'reply-unmatched', id: String(raw), ...reason, isCarried });
  if (isCarried) hub.toEndpoint.push(frame);
}

type Reason = { why: 'id-type' | 'duplicate' | 'null' | 'unasked'; asked: string | undefined };

function reasonFor({ inflight }: ServerLife, raw: RawId): Reason {
  if (raw === 'null') return { why: 'null', asked: undefined };
  const twin = twinOf(raw);
  const asked = twin === undefined ? undefined : inflight.peek(twin)?.rawId;
  if (asked !== undefined) return { why: 'id-type', asked: String(asked) };
  return { why: inflight.wasAnswered(raw) ? 'duplicate' : 'unasked', asked: undefined };
}

/** `"11"` for `11`, and the other way round. */
function twinOf(raw: RawId): RawId | undefined {
  const id: unknown = typeof raw === 'number' ? raw : JSON.parse(raw);
  if (typeof id === 'number') return JSON.stringify(String(id));
  if (typeof id !== 'string' || id.trim() === '' || !Number.isFinite(Number(id))) return undefined;
  return String(Number(id));
}
