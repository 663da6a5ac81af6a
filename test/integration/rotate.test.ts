import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startRotate } from '../helpers/link.js';

async function fakeEndpoint() {
  const fake = await FakeEndpoint.start({ onConnection: (connection) => void connection.greet() });
  onTestFinished(() => fake.close());
  return fake;
}

const basic = (name: string) => ({ name, server: ['basic.mjs'] as const });

describe('servers that take turns', () => {
  test('have the connection one after the other, in order', async () => {
    const fake = await fakeEndpoint();
    const link = startRotate({ endpoint: fake.endpoint(), members: ['a', 'b', 'c'].map(basic), settings: { rotateKeepMs: 0 } });
    await link.status('rotating', 4);
    expect(link.all('rotating').slice(0, 5).map(({ from, to, why }) => [from, to, why])).toEqual([
      [undefined, 'a', 'first'],
      ['a', 'b', 'dwell'],
      ['b', 'c', 'dwell'],
      ['c', 'a', 'dwell'],
      ['a', 'b', 'dwell'],
    ]);
    for (const s of link.statuses) console.log(JSON.stringify(s).slice(0,200));
  });
});
