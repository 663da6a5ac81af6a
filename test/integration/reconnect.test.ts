import { expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../src/config/defaults.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';

/** A link whose endpoint has opened a connection and initialised the server on it. */
async function connected(settings: Partial<Settings> = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  const first = await fake.connection(0);
  await first.greet();
  const [link] = test.daemon.links;
  return { fake, test, first, link: link! };
}

it('a link that is asked to connects again at once, with the server that it has', async () => {
  const { fake, test, first, link } = await connected();
  expect(await first.tool(1, 'counter')).toBe('1');
  expect(link.reconnect('asked')).toBe('closes');
  expect(link.reconnect('asked')).toBe('closes');
  expect(await first.closed).toMatchObject({
    code: 1000,
    reason: 'mcp-pipe connects again, as it was asked to',
  });
  const second = await fake.connection(1);
  await second.greet();
  expect(await second.tool(1, 'counter')).toBe('2');
  expect(test.all('connection-renewed')).toMatchObject([{ why: 'asked', from: 'open', pending: 0 }]);
  // Nothing has failed, so nothing is waited for.
  expect(test.all('down')).toEqual([]);
  expect(fake.connections).toHaveLength(2);
});

it('a call that runs is answered before its connection is closed, and so is one that comes meanwhile', async () => {
  const { fake, test, first, link } = await connected();
  first.begin(1, 'hold');
  await first.tool(2, 'echo', { text: 'the call before has begun' });
  expect(link.reconnect('asked')).toBe('closes');
  expect(await first.tool(3, 'echo', { text: 'still here' })).toBe('still here');
  expect(first.isClosed).toBe(false);
  await first.tool(4, 'let_go');
  expect((await first.reply(1)).result.content[0].text).toBe('held');
  expect(await first.closed).toMatchObject({ code: 1000 });
  await fake.connection(1);
  expect(test.all('connection-renewed')).toMatchObject([{ pending: 0 }]);
});

it('a call that takes too long gets an error that says so', async () => {
  const { fake, test, first, link } = await connected({ drainTimeoutMs: 100 });
  first.begin(1, 'hold');
  await first.tool(2, 'echo', { text: 'the call before has begun' });
  link.reconnect('asked');
  const { error } = await first.reply(1);
  expect(error).toMatchObject({
    code: ErrorCode.connectionRenewed,
    message: expect.stringContaining('not repeated'),
  });
  await first.closed;
  const second = await fake.connection(1);
  await second.greet();
  // The call may go on in the server, and its answer belongs to no connection any more.
  await second.tool(1, 'let_go');
  expect(second.frames.filter((frame) => frame.includes('held'))).toEqual([]);
  expect(test.all('connection-renewed')).toMatchObject([{ pending: 1 }]);
});
