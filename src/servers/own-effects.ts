import { readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { OwnEffect } from './audience.js';
import type { HubState } from './hub-state.js';
import { type ServerLife, upkeepAsker } from './server-life.js';

let count = 0;

/** Sends the server requests that keep it in step with what its clients have asked for. Their replies go to no client. */
export function sendOwnEffects(hub: HubState, life: ServerLife, effects: readonly OwnEffect[]): void {
  for (const { method, params } of effects) {
    const id = `"mcp-pipe-effect-${++count}"`;
    const frame: Frame = Buffer.from(
      `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`,
      'utf8',
    );
    hub.toServer.push(life.inflight.enter(frame, readEnvelope(frame), upkeepAsker));
  }
}
