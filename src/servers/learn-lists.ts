import { readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { Method } from '../protocol/mcp.js';
import type { WatchedList } from '../protocol/renewal.js';
import { announceList } from './announce-lists.js';
import type { HubState } from './hub-state.js';
import type { InflightCall } from './inflight-calls.js';
import { sendInitialized } from './initialize.js';
import { askedList } from './list-watch.js';
import { type Asker, listsAsker, type ServerLife } from './server-life.js';
import type { Listed } from './stand-in.js';

/** A process takes requests: it is asked for what has to be known of it before it can be parked. */
// D335
export function askForLists(hub: HubState, life: ServerLife): void {
  const { standIn } = hub;
  if (!standIn || hub.isServerRefused) return;
  const isModern = hub.handshake.era === 'modern';
  if (!isModern && !life.wasSentInitialize) return;
  const requests = standIn.began(isModern);
  life.listsAsked = requests.length;
  if (requests.length === 0) return;
  if (!isModern) sendInitialized(hub, life);
  for (const request of requests) ask(hub, life, request);
}

/** The server says that a list has changed: what is known of it is asked for again. */
export function askAgain(hub: HubState, life: ServerLife, list: WatchedList): void {
  if (!hub.standIn || life !== hub.upLife) return;
  for (const request of hub.standIn.again(list, hub.handshake.era === 'modern')) {
    life.listsAsked += 1;
    ask(hub, life, request);
  }
}

function ask(hub: HubState, life: ServerLife, request: Frame): void {
  hub.toServer.push(life.inflight.enter(request, readEnvelope(request), listsAsker));
}

/** Reads a reply that may be a list, or a task, whoever has asked. */
export function learnFrom(hub: HubState, life: ServerLife, call: InflightCall<Asker>, reply: Frame): void {
  const { standIn } = hub;
  const { asker, method, cursor } = call;
  if (!standIn) return;
  if (!askedList(method) && method !== Method.discover) return noteTask(hub, life, reply);
  const isOwn = asker === listsAsker;
  const connection =
    typeof asker === 'object' && 'client' in asker && 'transport' in asker ? asker : undefined;
  if (!isOwn && !connection) return;
  const isModern = isOwn ? hub.handshake.era === 'modern' : (connection?.isModern ?? false);
  const { next, changed } = readList(() => standIn.listed(method, cursor, reply, isModern, isOwn));
  // The client that has asked knows what the process has said.
  if (changed) announceList(hub, changed, connection);
  if (!isOwn) return;
  for (const request of next ?? []) ask(hub, life, request);
  life.listsAsked += (next?.length ?? 0) - 1;
  if (life.listsAsked === 0) hub.options.onListed?.();
}

/** The envelope of a reply may be valid although its inner parts are no JSON: its asker gets it nevertheless. */
function readList(read: () => Listed): Listed {
  try {
    return read();
  } catch {
    return {};
  }
}

/** Notes how a task of the process is, by an answer or a notification. */
export function noteTask(hub: HubState, life: ServerLife, frame: Frame): void {
  try {
    life.tasks.note(frame, hub.now);
  } catch {
    // Its inner parts are no JSON.
  }
}
