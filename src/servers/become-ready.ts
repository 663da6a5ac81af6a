import { rawId, readEnvelope } from '../protocol/envelope.js';
import type { Connection } from './client-state.js';
import { fromEndpointLater } from './from-endpoint.js';
import type { HubState } from './hub-state.js';
import { sendInitialized } from './initialize.js';
import { askForLists } from './learn-lists.js';
import { sendOwnEffects } from './own-effects.js';
import { type ServerLife, safeToolsAsker } from './server-life.js';

/** The server takes requests from now on: sends it the messages that were held, in the order in which they came. */
export function becomeReady(hub: HubState, life: ServerLife): void {
  life.markReady();
  // A single client is as free to subscribe again as without mcp-pipe between. Several do not see the server restart.
  const effects = hub.isServerRefused ? [] : hub.audience.effects;
  // Neither does one see that it was parked.
  const isTold = hub.isShared || hub.hasStoodIn;
  life.knowsEffects = isTold || effects.length === 0;
  for (const { connection, held } of [...hub.clients]) {
    if (!connection) continue;
    initializeWaiting(hub, connection);
    if (connection.initialized && life.wasSentInitialize) sendInitialized(hub, life);
    const { onReleased } = connection.client.options;
    for (const { frame, envelope } of held.take()) {
      if (onReleased && envelope.kind === 'request') onReleased(rawId(frame, envelope));
      fromEndpointLater(hub, connection, frame, envelope);
    }
  }
  if (isTold && effects.length > 0) {
    if (life.wasSentInitialize) sendInitialized(hub, life);
    sendOwnEffects(hub, effects);
  }
  askForSafeTools(hub, life);
  // After the calls that were waiting for the process.
  askForLists(hub, life);
  hub.hasStoodIn = false;
  hub.waiters.look();
}

/** The annotations of the tools are those of this life; an endpoint that was there before need not ask for them again. */
function askForSafeTools(hub: HubState, life: ServerLife): void {
  const { safeCalls } = hub.options;
  if (!safeCalls || !life.wasSentInitialize || hub.isServerRefused || hub.handshake.era !== 'legacy') return;
  sendInitialized(hub, life);
  const frame = safeCalls.firstPage();
  hub.toServer.push(life.inflight.enter(frame, readEnvelope(frame), safeToolsAsker));
}

/** A second client has joined: the process is told what a single one did not repeat after a restart. */
export function tellEffects(hub: HubState): void {
  const { upLife: life } = hub;
  if (!life || life.knowsEffects || !hub.isShared || hub.isServerRefused) return;
  life.knowsEffects = true;
  sendOwnEffects(hub, hub.audience.effects);
}

/** The process has answered an `initialize`: each one that waits, of any client, is answered or sent to the process. */
export function initializeAllWaiting(hub: HubState): void {
  for (const { connection } of [...hub.clients])
    if (connection && connection.waitingInitializes.length > 0) initializeWaiting(hub, connection);
}

function initializeWaiting(hub: HubState, connection: Connection): void {
  const waiting = connection.waitingInitializes;
  connection.waitingInitializes = [];
  for (const { frame } of waiting) fromEndpointLater(hub, connection, frame, readEnvelope(frame));
}
