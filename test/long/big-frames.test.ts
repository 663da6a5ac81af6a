import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

const MB = 1_000_000;

it.runIf(process.platform === 'linux')(
  'carries lines of 100 MB, each way, in time linear in their length',
  async () => {
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
      socket.send(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"big"${params}}}`);
      const [data] = (await once(socket, 'message')) as [Buffer];
      expect(data.length).toBeGreaterThanOrEqual(id);
    };
    const ways = {
      results: (size: number) => ask(size, ''),
      requests: (size: number) => ask(1, `,"text":"${'x'.repeat(size)}"`),
    };
    // Time of the processor, not of the wall: other tests and the far ends run beside it.
    const cost = async (act: () => Promise<void>) => {
      const before = cpuMs(cli);
      await act();
      return cpuMs(cli) - before;
    };
    for (const [name, way] of Object.entries(ways)) {
      await way(20 * MB);
      let [small, large] = [0, 0];
      for (let round = 0; round < 5; round++) {
        // As many bytes as in a large one: a tick of the system's clock is 10 ms.
        small += await cost(async () => {
          for (let i = 0; i < 5; i++) await way(20 * MB);
        });
        large += await cost(() => way(100 * MB));
      }
      // Five times as long. What is quadratic takes 25 times as long; caches shared with others make some difference.
      expect(large / (small / 5), name).toBeLessThan(10);
    }
    expect(cli.log.filter(({ event }) => event === 'oversize-message' || event === 'down')).toEqual([]);
  },
  300_000,
);

/**
 * User time, all threads; proc(5) counts it in hundredths of a second. System time is the kernel handing out memory,
 * which it does for blocks of 100 MB anew each time, and for smaller ones not.
 */
function cpuMs({ pid }: Cli): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) * 10;
}
