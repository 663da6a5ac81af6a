import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

const MB = 1_000_000;

it('carries lines of 100 MB, each way, in time linear in their length', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const cwd = await folder();
  const server = {
    command: process.execPath,
    args: [fixture('stream-big.mjs')],
    endpoint: fake.endpoint().href,
  };
  const config = { mcpServers: { big: server }, settings: { maxFrameBytes: 128 * MB } };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(config));
  const cli = new Cli([], { cwd });
  const connection = await fake.connection();
  await connection.greet();
  const { socket } = connection;
  // From here on frames are not kept as text: they are too big for that.
  socket.removeAllListeners('message');

  const ask = async (id: number, params: string) => {
    const asked = performance.now();
    socket.send(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{${params}}}`);
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(data.length).toBeGreaterThanOrEqual(id);
    return performance.now() - asked;
  };
  const ways = {
    results: (size: number) => ask(size, ''),
    requests: (size: number) => ask(1, `"text":"${'x'.repeat(size)}"`),
  };
  for (const [name, way] of Object.entries(ways)) {
    await way(20 * MB);
    const ratios: number[] = [];
    for (let round = 0; round < 5; round++) ratios.push((1 / (await way(20 * MB))) * (await way(100 * MB)));
    expect(median(ratios), name).toBeLessThan(6);
  }
  expect(cli.log.filter(({ event }) => event === 'oversize-message' || event === 'down')).toEqual([]);
}, 120_000);

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
