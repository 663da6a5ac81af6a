import type { PendingCall } from '../protocol/calls/pending-call.js';
import { type Envelope, type RawId, rawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { withId } from '../protocol/with-id.js';
import type { HubState } from './hub-state.js';
import { isOwnId } from './inflight-calls.js';
import { answersOwnEffect } from './own-effects.js';
import type { ServerLife } from './server-life.js';

/**
 * Reports a reply to no pending request. When a pipe is the only client, the reply is sent to its endpoint anyway, as
 * everything that the server sends, unless its id is an alias or another id of mcp-pipe. Behind a mux, and when several
 * clients use the server, it is dropped.
 */
export function handleUnmatched(hub: HubState, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const { options, sole } = hub;
  // Without a connection there is no endpoint that could have sent the request.
  if (!hub.clients.some(({ connection }) => connection)) return;
  const raw = envelope.idStart < 0 ? 'null' : rawId(frame, envelope);
  if (answersOwnEffect(raw)) return;
  const twin = twinOf(raw);
  const meant = twin === undefined ? undefined : life.inflight.peek(twin);
  // Its connection has ended, and the present one may use the same id.
  if (meant && meant.asker === undefined) return hub.reportStaleReply();
  const reason = reasonFor(life, raw, meant);
  const isCarried =
    sole !== undefined && !sole.options.isMember && !(reason.why === 'duplicate' && isOwnId(raw));
  // For a router it was reported by the hub of the server that sent it.
  if (!options.isRouter) options.onStatus({ type: 'reply-unmatched', id: String(raw), ...reason, isCarried });
  if (!isCarried || !sole) return;
  const isAlias = meant?.alias !== undefined;
  sole.push(isAlias ? withId(frame, envelope, JSON.stringify(String(meant.rawId))) : frame);
}

type Reason = { why: 'id-type' | 'duplicate' | 'null' | 'unasked'; asked: string | undefined };

function reasonFor({ inflight }: ServerLife, raw: RawId, meant: PendingCall<unknown> | undefined): Reason {
  if (meant) return { why: 'id-type', asked: String(meant.rawId) };
  if (raw === 'null') return { why: 'null', asked: undefined };
  return { why: inflight.wasAnswered(raw) ? 'duplicate' : 'unasked', asked: undefined };
}

/** `"11"` for `11`, and the other way round. */
function twinOf(raw: RawId): RawId | undefined {
  const id: unknown = typeof raw === 'number' ? raw : JSON.parse(raw);
  if (typeof id === 'number') return JSON.stringify(String(id));
  if (typeof id !== 'string' || id.trim() === '' || !Number.isFinite(Number(id))) return undefined;
  return String(Number(id));
}
