import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';
import { expected, isMux, isShared } from '../helpers/strategy.js';

async function link() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['asker.mjs'] }]);
  const connection = await fake.connection();
  await connection.greet();
  // A multiplexer knows the tools from here on.
  await connection.tool('known', 'whoami');
  const say = (id: unknown, message: object) =>
    connection.tool(id, 'say', { line: JSON.stringify({ jsonrpc: '2.0', ...message }) });
  return { fake, test, connection, say };
}

// Nor is it when several clients might be meant.
const isCarried = expected({ pipe: !isShared, mux: false });

it.each([
  ['another type', { id: '11', result: {} }, { why: 'id-type', id: '"11"', asked: '11' }],
  ['null', { id: null, error: { code: -32700, message: 'Parse error' } }, { why: 'null', id: 'null' }],
  ['what nobody asked under', { id: 'nobody', result: {} }, { why: 'unasked', id: '"nobody"' }],
  ['a call that is answered', { id: 'known', result: {} }, { why: 'duplicate', id: '"known"' }],
])('an answer whose id is %s is said as what it is', async (_, message, words) => {
  const { test, connection, say } = await link();
  connection.begin(11, 'hold', { tag: 'held' });
  await say('s', message);
  expect(await test.status('reply-unmatched')).toMatchObject({ ...words, isCarried });
  // The call itself goes on.
  await connection.tool('r', 'release');
  expect((await connection.reply(11)).result.content[0].text).toBe('held');
  expect(test.all('reply-unmatched')).toHaveLength(1);
  expect(test.all('stale-reply')).toEqual([]);
});

it('an answer as a number to an id that is a text is said as well', async () => {
  const { test, connection, say } = await link();
  connection.begin('12', 'hold');
  await say('s', { id: 12, result: {} });
  expect(await test.status('reply-unmatched')).toMatchObject({ why: 'id-type', id: '12', asked: '"12"' });
});

it('an answer is late only after a cut', async () => {
  const { fake, test, connection } = await link();
  connection.begin(11, 'hold', { tag: 'old' });
  await connection.tool('x', 'whoami');
  connection.drop();
  const second = await fake.connection(1);
  await second.greet();
  await second.tool('r', 'release');
  expect((await test.status('stale-reply')).why).toBe(
    // A multiplexer cancels its calls at servers that others use.
    expected({ pipe: 'cut', mux: isShared ? 'given-up' : 'cut' }),
  );
  expect(test.all('reply-unmatched')).toEqual([]);
});

it('an answer of another type leads to the id that was asked, and not from one connection to the next', async () => {
  const { fake, test, connection } = await link();
  const hold = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'hold' } });
  connection.send(hold(5));
  await connection.tool('x', 'whoami');
  connection.drop();
  const second = await fake.connection(1);
  await second.greet();
  second.send(hold(5));
  const say = (id: string) =>
    second.tool(`say ${id}`, 'say', { line: JSON.stringify({ jsonrpc: '2.0', id, result: { said: id } }) });
  await say('5');
  // A multiplexer keeps its connection to the server, on which the first call goes on.
  if (isMux) expect((await test.status('reply-unmatched')).why).toBe('id-type');
  else expect((await test.status('stale-reply')).why).toBe('cut');
  await say('2000000001');
  const said = await test.status('reply-unmatched', isMux ? 1 : 0);
  expect(said).toMatchObject({ why: 'id-type', id: '"2000000001"', isCarried });
  await second.tool('last', 'whoami');
  const answers = second.frames.filter((frame) => frame.includes('"said"'));
  expect(answers).toEqual(!isCarried ? [] : ['{"jsonrpc":"2.0","id":"5","result":{"said":"2000000001"}}']);
});

it('an answer to a cancelled call is not taken for that of a later call with its id', async () => {
  const { connection } = await link();
  const hold = (tag: string) => ({ name: 'hold', arguments: { tag } });
  connection.send({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: hold('old') });
  connection.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
  connection.send({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: hold('new') });
  await connection.tool('r', 'release');
  expect((await connection.reply(7)).result.content[0].text).toBe('new');
});

it('a second answer under an alias, an id that no endpoint knows, is left out', async () => {
  const { fake, test, connection } = await link();
  await connection.tool(5, 'whoami');
  connection.drop();
  const second = await fake.connection(1);
  await second.greet();
  // The id was answered on the connection before, so the server gets another one.
  await second.tool(5, 'whoami');
  const line = JSON.stringify({ jsonrpc: '2.0', id: 2_000_000_001, result: {} });
  await second.tool('s', 'say', { line });
  const said = await test.status('reply-unmatched');
  expect(said).toMatchObject({ why: 'duplicate', id: '2000000001', isCarried: false });
  await second.tool('last', 'whoami');
  expect(second.frames.filter((frame) => frame.includes('"id":2000000001'))).toEqual([]);
});

it('of a server that asks without end the newest question is refused, and it may ask again later', async () => {
  const { test, connection } = await link();
  const ask = (id: number) => `{"jsonrpc":"2.0","id":${id},"method":"roots/list"}`;
  const lines = Array.from({ length: 300 }, (_, i) => ask(i)).join('\n');
  await connection.tool('many', 'say', { line: lines });
  const questions = () => connection.frames.filter((frame) => frame.includes('"roots/list"'));
  await eventually(() => questions().length === 256, { what: '256 questions' });
  const refused = async () =>
    (JSON.parse(await connection.tool(crypto.randomUUID(), 'received')) as string[])
      .map((line) => JSON.parse(line))
      .filter(({ error }) => error !== undefined)
      .sort((a, b) => a.id - b.id);
  // Over HTTP each refusal is a request of its own, and they may overtake each other.
  const errors = await eventually(async () => {
    const all = await refused();
    return all.length >= 44 && all;
  });
  expect(errors.map(({ id }) => id)).toEqual(Array.from({ length: 44 }, (_, i) => 256 + i));
  expect(errors[0].error.code).toBe(-31014);
  expect(test.all('server-requests-refused')).toMatchObject([{ bound: 256 }]);
  connection.send({ jsonrpc: '2.0', id: 0, result: { roots: [] } });
  await connection.tool('again', 'say', { line: ask(1_000) });
  await connection.frame((frame) => frame.includes('"id":1000'));
  expect(await refused()).toHaveLength(44);
  if (isMux) expect(test.all('stale-reply')).toEqual([]);
});
