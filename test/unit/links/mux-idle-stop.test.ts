import { describe, expect, it } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { MuxServer } from '../../../src/links/mux/mux-server.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { asker, INITIALIZE, MuxWorld, muxServerPlan, Server, settled } from '../../helpers/mux-world.js';

const IDLE_MS = 1_000;

/** One server behind a mux whose endpoint has listed its tools; idle servers are stopped. */
async function idleWorld() {
  const world = new MuxWorld(1, { idleParkMs: IDLE_MS, minDelayMs: 10, maxDelayMs: 20 });
  const { replies, ask } = await asker(world);
  await ask(0, 'initialize', INITIALIZE);
  await ask(1, 'tools/list', '{}');
  expect(replies.get('1')).toHaveProperty('result');
  const types = () => world.statuses.map(({ event }) => event.type);
  /** Lets time pass until the server has been left alone for long enough. */
  const rest = async () => {
    for (let i = 0; i < 6; i++) await world.clock.advance(IDLE_MS / 4);
  };
  return { world, server: world.servers[0]!, ask, rest, types };
}

describe('a server that is stopped because it is idle', () => {
  for (const turns of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
    it(`comes back when it ended by itself just before, by ${turns} turns of a promise`, async () => {
      const server = new Server(0);
      const clock = new ManualClock();
      const member = new MuxServer(muxServerPlan(server, clock, defaults), {
        ...{ name: 'mux', settings: defaults, report: () => {}, memberChanged: () => {} },
      });
      member.use();
      member.start();
      await settled();
      expect(member.state).toBe('ready');
      server.life?.die();
      for (let i = 0; i < turns; i++) await undefined;
      member.server.parking.park('idle', IDLE_MS);
      await settled();
      // Somebody calls it.
      member.server.parking.called();
      await clock.advance(defaults.minDelayMs + 1_000);
      await clock.advance(defaults.minDelayMs + 1_000);
      expect(server.lives).toHaveLength(2);
      expect(member.state).toBe('ready');
      const forceSignal = AbortSignal.abort();
      member.retire(forceSignal, 'stopping');
      await member.stop(forceSignal);
    });
  }

  it('leaves nothing behind each time', async () => {
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.name);
    process.on('warning', note);
    const { world, server, ask, rest, types } = await idleWorld();
    for (let i = 1; i <= 12; i++) {
      await rest();
      expect(types().filter((type) => type === 'server-idle-stopped')).toHaveLength(i);
      await ask(1 + i, 'tools/call', '{"name":"t0"}');
      const [id] = [...server.life!.pending.keys()];
      server.life!.reply(id!, '"result":{}');
      await settled();
    }
    await world.stop();
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});
