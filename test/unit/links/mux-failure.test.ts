import { expect, test } from 'vitest';
import { Requests } from '../../../src/links/mux/requests.js';
import { readEnvelope } from '../../../src/protocol/envelope.js';

test('what an exception says is reported, and not told to the client', () => {
  const [refused, reported] = [[] as unknown[], [] as unknown[]];
  const context = {
    options: { settings: { maxQueuedBytes: 1_000 } },
    refuse: (...one: unknown[]) => refused.push(one),
    unhandled: (_: string, frame: Buffer, error: unknown) => reported.push([frame, error]),
    get channels(): never {
      throw new Error('/home/me/secret');
    },
    get meta(): never {
      throw new Error('/home/me/secret');
    },
  };
  const parts = new Proxy({}, { get: () => context.meta });
  const requests = new Requests(context as never, parts as never);
  const frame = Buffer.from('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}');
  requests.onRequest(frame, readEnvelope(frame));
  expect(refused).toEqual([
    [expect.objectContaining({ rawId: 7 }), -32603, expect.not.stringContaining('secret')],
  ]);
  expect(reported).toEqual([[frame, new Error('/home/me/secret')]]);
});
