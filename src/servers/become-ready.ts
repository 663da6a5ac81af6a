import { readEnvelope } from '../protocol/envelope.js';
import { fromEndpointLater } from './from-endpoint.js';
import type { HubState } from './hub-state.js';
import { sendInitialized } from './initialize.js';
import type { ServerLife } from './server-life.js';

/** The server takes requests from now on: sends it the messages that were held, in the order in which they came. */
export function becomeReady(hub: HubState, life: ServerLife): void {
  life.markReady();
  const { connection } = hub;
  if (!connection) return;
  const waiting = connection.waitingInitializes;
  connection.waitingInitializes = [];
  for (const { frame } of waiting) fromEndpointLater(hub, connection, frame, readEnvelope(frame));
  if (connection.initialized && life.wasSentInitialize) sendInitialized(hub, life);
  for (const { frame, envelope } of hub.held.take()) fromEndpointLater(hub, connection, frame, envelope);
}
