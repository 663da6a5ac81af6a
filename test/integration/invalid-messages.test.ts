import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';
import { isRemote } from '../helpers/strategy.js';

it('reports stdout lines that are no JSON-RPC and never sends them; stderr is reported line by line', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['noisy.mjs'] }]);
  const connection = await fake.connection();
  await connection.greet();
  expect((await connection.call(1, 'tools/list')).result.tools.length).toBeGreaterThan(0);
  await eventually(() => test.all('invalid-message').some(({ why }) => why === 'not UTF-8'));
  const whys = new Set(test.all('invalid-message').map(({ from, why }) => `${from}: ${why}`));
  expect(whys).toContain('server: not JSON');
  expect(whys).toContain('server: not UTF-8');
  expect(whys).toContain('server: JSON, but no JSON-RPC message');
  if (!isRemote) expect((await test.status('server-stderr')).line.length).toBeGreaterThan(0);
  for (const frame of connection.frames) expect(JSON.parse(frame)).toMatchObject({ jsonrpc: '2.0' });
});

it('reports invalid frames of the endpoint and leaves the server undisturbed', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
  const connection = await fake.connection();
  await connection.greet();
  const bad = [
    'not json',
    '{"jsonrpc":"2.0","id":1,"method":',
    '{"a":1}',
    '[]',
    '42',
    '{"id":1,"method":"x","params":{bad}}',
    '',
    '"a\nb"',
  ];
  for (const frame of bad) connection.send(frame);
  expect(await connection.tool(2, 'echo', { text: 'still here' })).toBe('still here');
  expect(test.all('invalid-message').map(({ from }) => from)).toEqual(bad.map(() => 'endpoint'));
  const received: string[] = JSON.parse(await connection.tool(3, 'received'));
  for (const line of received) expect(bad).not.toContain(line);
  expect(test.all('server-down')).toEqual([]);
});
