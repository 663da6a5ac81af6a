import { once } from 'node:events';
import type { FakeConnection } from './fake-endpoint.js';

/** Bytes of an answer: more than the systems on the way take, so that it stays with us. */
export const UNREAD_BYTES = 24 * 1024 * 1024;

/** Calls `big.mjs` with the id 1, and stops reading when its answer has begun to come. */
export async function leaveUnread(connection: FakeConnection): Promise<void> {
  await connection.greet();
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
  connection.send({ ...call, params: { name: 'big', arguments: {}, size: UNREAD_BYTES } });
  await once(connection.tcp, 'data');
  connection.tcp.pause();
}

/** Whether all of the answer has come. */
export const isAnswered = ({ frames }: FakeConnection) => frames.some((frame) => frame.length > UNREAD_BYTES);
