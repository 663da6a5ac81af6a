import { randomBytes } from 'node:crypto';
import type { RawId } from '../protocol/envelope.js';
import type { OwnEffect } from './audience.js';
import type { HubState } from './hub-state.js';

/** Begins the ids, so that they differ from all others, those of another mcp-pipe included. */
const MARK = `"mcp-pipe-effect-${randomBytes(6).toString('hex')}-`;
let count = 0;

/**
 * Sends the server requests that keep it in step with what its clients have asked for. Their replies go to no client. They
 * are not pending calls: a client that leaves may have thousands of subscriptions, which would take the places of calls.
 */
export function sendOwnEffects(hub: HubState, effects: readonly OwnEffect[]): void {
  for (const { method, params } of effects) {
    const text = `{"jsonrpc":"2.0","id":${MARK}${++count}","method":"${method}","params":${params}}`;
    hub.toServer.push(Buffer.from(text, 'utf8'));
  }
}

/** Whether a reply answers a request of `sendOwnEffects`. */
export function answersOwnEffect(raw: RawId): boolean {
  return typeof raw === 'string' && raw.startsWith(MARK);
}
