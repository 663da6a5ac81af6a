import { expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { muxLink } from '../../helpers/scripted.js';

const asker = (name: string) => ({ name, server: ['asker.mjs'] as [string] });

it('a server that asks without end swallows no question of another, however many are open', async () => {
  const { test, connection, names } = await muxLink([asker('a'), asker('b'), asker('c')]);
  await names();
  let id = 1_000;
  const say = (server: string, from: number, count: number) => {
    id += 1;
    const lines = Array.from(
      { length: count },
      (_, i) => `{"jsonrpc":"2.0","id":"${server}${from + i}","method":"roots/list"}`,
    );
    return connection.tool(id, `${server}__say`, { line: lines.join('\n') });
  };
  const asked = (server: string) =>
    connection.frames.filter((frame) => new RegExp(`"id":"${server}\\d+","method":"roots/list"`).test(frame));
  await say('b', 0, 1);
  await eventually(() => asked('b').length === 1, { what: 'the question of b' });
  // More than all of them together could once have open.
  await say('a', 0, 1_500);
  await say('c', 0, 200);
  await eventually(() => asked('c').length === 200, { what: 'the questions of c' });
  expect(asked('a')).toHaveLength(256);
  connection.send({ jsonrpc: '2.0', id: 'b0', result: { roots: [{ uri: 'file:///b' }] } });
  const heard = async (server: string) => {
    id += 1;
    const lines = JSON.parse(await connection.tool(id, `${server}__received`)) as string[];
    return lines.map((line) => JSON.parse(line));
  };
  expect((await heard('b')).find((message) => message.id === 'b0')).toMatchObject({
    result: { roots: [{ uri: 'file:///b' }] },
  });
  const refused = (await heard('a')).filter(({ error }) => error?.code === -31014);
  expect(refused).toHaveLength(1_500 - 256);
  expect(refused[0].id).toBe('a256');
  expect(test.all('server-requests-refused')).toMatchObject([{ server: 'a', bound: 256 }]);
});

it('what a server has withdrawn leaves room for what it asks next', async () => {
  const { connection, names } = await muxLink([asker('a'), asker('b')]);
  await names();
  for (let round = 0; round < 2; round++) {
    const lines = Array.from({ length: 200 }, (_, i) => [
      `{"jsonrpc":"2.0","id":"${round}-${i}","method":"roots/list"}`,
      `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"${round}-${i}"}}`,
    ]);
    await connection.tool(`say ${round}`, 'a__say', { line: lines.flat().join('\n') });
  }
  const asked = () => connection.frames.filter((frame) => /"id":"1-\d+","method":"roots\/list"/.test(frame));
  await eventually(() => asked().length === 200, { what: 'the second round' });
});
