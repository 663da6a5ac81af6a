import { encodeNotification } from '../protocol/jsonrpc.js';
import type { WatchedList } from '../protocol/renewal.js';
import type { Connection } from './client-state.js';
import type { HubState } from './hub-state.js';

/** Tells every connected client but `except` that a list of the server has changed, as the server would. */
export function announceList(hub: HubState, list: WatchedList, except?: Connection): void {
  for (const client of hub.clients) {
    const { connection } = client;
    if (connection?.answeredAt === undefined || connection.isModern || connection === except) continue;
    client.push(encodeNotification(`notifications/${list}/list_changed`));
    connection.lists?.changed(list, false);
  }
}
