import { describe, expect, test } from 'vitest';
import { clock } from '../helpers/clock.js';
import { startGateway } from '../helpers/gateway.js';
import { growth } from '../helpers/growth.js';
import { StreamClient } from '../helpers/stream-clients.js';

const MB = 1_000_000;
/** For each byte of 5 and of 40 MB: 1 when it is linear, 8 when it is quadratic. */
const MOST = 4;
const LONG_TIMEOUT = { timeout: 300_000 };

describe.each(['ws', 'sse'] as const)('clients over %s', (kind) => {
  test(
    'long messages take time linear in their length, both ways, and hold up no other client',
    LONG_TIMEOUT,
    async () => {
      const bound = 200 * MB;
      const world = await startGateway({
        servers: { shared: 'shared.mjs', other: 'shared.mjs' },
        settings: { maxFrameBytes: bound },
        gateway: { maxBodyBytes: bound },
      });
      const client = await StreamClient.initialized(world.gateway.url({ server: 'shared' }, kind));
      const other = await StreamClient.initialized(world.gateway.url({ server: 'other' }, kind));
      let isDone = false;
      let calls = 0;
      const beside = (async () => {
        for (; !isDone; calls++) expect(await other.text('echo', { text: 'quick' })).toBe('quick');
      })();
      // When this test fails for another reason, its connection is cut.
      beside.catch(() => {});
      let undisturbed = 0;
      const perMb = async (mb: number, act: () => Promise<string>) => {
        const startedAt = clock.now();
        const before = calls;
        expect((await act()).length).toBeGreaterThanOrEqual(mb * MB);
        if (mb >= 40 && calls > before) undisturbed += 1;
        client.texts.length = 0;
        return (clock.now() - startedAt) / mb;
      };
      const down = (mb: number) => perMb(mb, () => client.text('big', { text: '', bytes: mb * MB }));
      const both = (mb: number) => {
        const text = 'x'.repeat(mb * MB);
        return perMb(mb, () => client.text('echo', { text }));
      };
      for (const [way, act] of [
        ['down', down],
        ['up and down', both],
      ] as const) {
        await act(5);
        undisturbed = 0;
        const took = await growth({ short: () => act(5), long: () => act(40) }, MOST);
        process.stderr.write(
          `${kind}, ${way}: ${took.short.toFixed(1)} ms for each MB of 5, ${took.long.toFixed(1)} of 40\n`,
        );
        expect(took.factor).toBeLessThan(MOST);
        // While a long message was under way, the other client was answered.
        expect(undisturbed).toBeGreaterThan(0);
      }
      expect((await both(100)) > 0).toBe(true);
      isDone = true;
      await beside;
    },
  );

  test('400 long requests that are sent without waiting are all answered', async () => {
    const world = await startGateway({ servers: { shared: 'shared.mjs' } });
    const client = await StreamClient.initialized(world.gateway.url({ server: 'shared' }, kind));
    const text = 'x'.repeat(100_000);
    const count = 400;
    const at = client.texts.length;
    const sent = Array.from({ length: count }, (_, id) =>
      client.send({ id, method: 'tools/call', params: { name: 'echo', arguments: { text } } }),
    );
    const last = client.reply(count - 1);
    await Promise.all(sent);
    await last;
    const ids = client.messages.slice(at).map(({ id }) => id);
    expect(ids.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: count }, (_, id) => id));
  });
});
