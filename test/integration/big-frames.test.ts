import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';

const MB = 1_000_000;

it('carries lines of 100 MB, each way, in time linear in their length', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const settings = { maxFrameBytes: 128 * MB };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['big.mjs'], settings }]);
  const connection = await fake.connection();
  await connection.greet();
  const { socket } = connection;
  // From here on frames are not kept as text: they are too big for that.
  socket.removeAllListeners('message');

  async function measure(request: string, replyBytes: number): Promise<number> {
    const asked = performance.now();
    socket.send(request);
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(data.length).toBeGreaterThanOrEqual(replyBytes);
    return performance.now() - asked;
  }
  const result = (size: number) =>
    measure(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"size":${size}}}`, size);
  const request = (size: number) => {
    const text = 'x'.repeat(size);
    return measure(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"text":"${text}"}}`, 10);
  };

  for (const way of [result, request]) {
    const times = { small: [] as number[], large: [] as number[] };
    for (let i = 0; i < 3; i++) {
      times.small.push(await way(20 * MB));
      times.large.push(await way(100 * MB));
    }
    // The quickest of each: what else the machine does only ever adds.
    console.log(times);
    expect(Math.min(...times.large) / Math.min(...times.small), way.name).toBeLessThan(6);
  }
  expect(connection.isClosed).toBe(false);
  expect(test.all('oversize-message')).toEqual([]);
}, 120_000);
