import { expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { fixture } from '../helpers/link.js';
import { type RawClient, rawClient, type Way } from '../helpers/raw-clients.js';

const WAYS: readonly Way[] = ['http', 'modern', 'sse', 'ws'];
const KILLS = 20;
/** The aim is 100 ms for the median; this is for a machine with ten busy processes. */
const MOST_MS = 1_500;

const textOf = async (client: RawClient, name: string) =>
  (await client.ask('tools/call', { name, arguments: {} })).result?.content[0].text as string;

test(`a server is killed ${KILLS} times with calls from every kind of client: how soon each is answered`, {
  timeout: 300_000,
}, async () => {
  const { origin } = await gatewayProgram({
    mcpServers: { one: program(fixture('basic.mjs')) },
    // The next process starts at once, however often the last ones were killed.
    settings: { minDelayMs: 10, maxDelayMs: 50 },
  });
  const clients = WAYS.map((way) => rawClient(way, origin, 'one'));
  for (const client of clients) await client.open();
  const [observer] = clients as [RawClient];
  const tookMs: number[] = [];
  const pids = new Set<number>();
  for (let i = 0; i < KILLS; i++) {
    const pid = Number(await textOf(observer, 'whoami'));
    pids.add(pid);
    const pending = clients.map(async (client) => {
      const reply = await client.ask('tools/call', { name: 'hold', arguments: { round: i } });
      return { reply, at: performance.now() };
    });
    await eventually(
      async () => (await textOf(observer, 'received')).split(`"round\\":${i}}`).length - 1 === WAYS.length,
      { what: 'all calls at the server' },
    );
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    for (const { reply, at } of await Promise.all(pending)) {
      expect(reply.error?.code).toBe(-31_001);
      tookMs.push(at - killedAt);
    }
    // The same clients, the next process.
    const next = await Promise.all(clients.map((client) => textOf(client, 'whoami')));
    expect(new Set(next).size).toBe(1);
    expect(pids).not.toContain(Number(next[0]));
  }
  tookMs.sort((a, b) => a - b);
  const median = tookMs[tookMs.length >> 1]!;
  process.stderr.write(
    `${tookMs.length} calls of killed servers: answered after ${median.toFixed(1)} ms (median), at most ${tookMs.at(-1)!.toFixed(1)} ms\n`,
  );
  expect(median).toBeLessThan(MOST_MS);
});
