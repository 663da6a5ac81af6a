import { expect, it, onTestFinished } from 'vitest';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';

const MIB = 1024 * 1024;

async function start(env: Record<string, string> = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const settings = { maxFrameBytes: MIB };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['big.mjs'], env, settings }]);
  const connection = await fake.connection();
  await connection.greet();
  return { connection, test };
}

it.each(['first', 'last'])(
  'answers the caller of a result over maxFrameBytes, with the id %s in it',
  async (id) => {
    const { connection, test } = await start({ ID: id });
    const { error, ...reply } = await connection.call('big one', 'tools/call', {
      name: 'big',
      size: 3 * MIB,
    });
    expect(reply).toMatchObject({ id: 'big one' });
    expect(error).toMatchObject({ code: -31005, data: { maxFrameBytes: MIB } });
    expect((error.data as { bytes: number }).bytes).toBeGreaterThan(3 * MIB);
    expect((await connection.call(2, 'tools/call', { name: 'big', size: MIB / 2 })).result.size).toBe(
      MIB / 2,
    );
    expect(test.all('oversize-message')).toMatchObject([{ from: 'server', maxBytes: MIB }]);
    expect([...test.all('down'), ...test.all('server-down')]).toEqual([]);
  },
);

it('answers a request over maxFrameBytes; the server never sees it and the link lives', async () => {
  const { connection, test } = await start();
  connection.send({
    jsonrpc: '2.0',
    id: 7,
    method: 'tools/call',
    params: { name: 'big', text: 'x'.repeat(2 * MIB) },
  });
  const next = connection.call(8, 'tools/call', { name: 'big', size: 1 });
  expect((await connection.reply(7)).error.code).toBe(-31005);
  expect((await next).result.calls).toBe(1);
  expect(test.all('oversize-message')).toMatchObject([{ from: 'endpoint', maxBytes: MIB }]);
  expect(test.all('down')).toEqual([]);
});

it('answers a server whose own request, or the reply to it, is over maxFrameBytes', async () => {
  const { connection } = await start();
  expect((await connection.call(1, 'tools/call', { name: 'big', ask: 2 * MIB })).result.error).toMatchObject({
    code: -31005,
  });
  const asking = connection.call(2, 'tools/call', { name: 'big', ask: 10 });
  const question = JSON.parse(await connection.frame((frame) => frame.includes('"sampling/createMessage"')));
  connection.send({ jsonrpc: '2.0', id: question.id, result: { text: 'x'.repeat(2 * MIB) } });
  expect((await asking).result.error).toMatchObject({ code: -31005 });
});
