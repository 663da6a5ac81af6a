import { expect, it } from 'vitest';
import { muxLink } from '../helpers/scripted.js';

const SERVERS = 50;

it('50 servers on one connection show their tools as one list, and each answers its own calls', async () => {
  const members = Array.from({ length: SERVERS }, (_, i) => ({
    name: `s${i}`,
    server: ['tiny.sh'] as const,
  }));
  const { names, connection, test } = await muxLink(members);
  expect(await names()).toEqual(members.map(({ name }) => `${name}__tiny`));
  for (let i = 0; i < SERVERS; i++) {
    connection.send({ jsonrpc: '2.0', id: 1_000 + i, method: 'tools/call', params: { name: `s${i}__tiny` } });
  }
  for (let i = 0; i < SERVERS; i++) {
    expect((await connection.reply(1_000 + i)).result.serverInfo).toEqual({ name: 'tiny', version: '1' });
  }
  expect(test.all('server-ready')).toHaveLength(SERVERS);
  expect([...test.all('down'), ...test.all('server-down')]).toEqual([]);
}, 180_000);
