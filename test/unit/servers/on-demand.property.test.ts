import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { DaemonWorld, type LinkOf } from '../../helpers/daemon-world.js';
import { KnownInMemory } from '../../helpers/known-in-memory.js';
import { INITIALIZE, settled } from '../../helpers/mux-world.js';
import { runs } from '../../helpers/runs.js';

/** What may happen, in any order. `turns` of promises pass before the next deed, not all of what is pending. */
type Deed =
  | { type: 'call' | 'list' | 'initialize' | 'ping' | 'answer' | 'park' | 'die' | 'settle' }
  | { type: 'pass'; minutes: number }
  | { type: 'turns'; count: number }
  | { type: 'fail' | 'mute'; is: boolean };

const deed = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      ...(['call', 'call', 'list', 'initialize', 'ping', 'answer', 'park', 'park', 'die', 'settle'] as const),
    ),
  }),
  fc.record({ type: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ type: fc.constant('turns' as const), count: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ type: fc.constantFrom('fail' as const, 'mute' as const), is: fc.boolean() }),
) as fc.Arbitrary<Deed>;

const A: LinkOf = { kind: 'pipe', name: 'a', servers: [0] };
/** What is asked is asked on the first link. */
const LINKS: Record<string, readonly LinkOf[]> = {
  pipe: [A],
  mux: [{ ...A, kind: 'mux' }],
  rotation: [{ ...A, kind: 'rotate' }],
  'pipe and a mux of one server': [A, { ...A, kind: 'mux', name: 'b' }],
};

for (const [kind, links] of Object.entries(LINKS))
  it(`no call is lost or made twice, whatever happens to a server on demand, on a ${kind}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 40 }), async (deeds) => {
        const world = new DaemonWorld(1, links, {
          knownServers: new KnownInMemory(),
          server: { start: 'demand' },
        });
        const [server] = world.servers;
        await world.start();
        await settled();
        const connection = world.connections.get('a')!;
        let id = 0;
        const asked: number[] = [];
        const send = (method: string, params: string) => {
          id += 1;
          asked.push(id);
          connection.send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
        };
        const answer = () => {
          for (const one of [...(server!.life?.pending.keys() ?? [])])
            server!.life!.reply(one, `"result":{"one":${JSON.stringify(one)}}`);
        };
        send('initialize', INITIALIZE);
        await settled();
        for (const one of deeds) {
          if (one.type === 'call') send('tools/call', `{"name":"t0","n":${id}}`);
          else if (one.type === 'list') send('tools/list', '{}');
          else if (one.type === 'initialize') send('initialize', INITIALIZE);
          else if (one.type === 'ping') send('ping', '{}');
          else if (one.type === 'answer') answer();
          else if (one.type === 'park') world.daemon.processes[0]!.parking.park('memory');
          else if (one.type === 'die') server!.life?.die();
          else if (one.type === 'fail')
            server!.failsWith = one.is ? { kind: 'not-started', reason: 'ENOENT' } : undefined;
          else if (one.type === 'mute') {
            server!.isMute = one.is;
            if (!one.is) server!.life?.speak();
          } else if (one.type === 'pass') await world.advance(one.minutes * 60_000, 30_000);
          else if (one.type === 'turns') for (let i = 0; i < one.count; i++) await undefined;
          else await settled();
        }
        server!.failsWith = undefined;
        server!.isMute = false;
        for (let i = 0; i < 8; i++) {
          server!.life?.speak();
          await world.advance(30_000, 5_000);
          answer();
          await settled();
        }
        const has = (...types: Deed['type'][]) => deeds.some(({ type }) => types.includes(type));
        for (const one of asked) {
          const replies = world.replies.filter((reply) => reply.id === one && reply.method === undefined);
          expect(replies, `replies to ${one}`).toHaveLength(1);
          const [{ result, error }] = replies;
          if (result) continue;
          expect([ErrorCode.serverDown, ErrorCode.serverExited]).toContain(error.code);
          // Parking alone costs no call.
          expect(has('die', 'fail', 'mute'), error.message).toBe(true);
          if (error.code === ErrorCode.serverExited) expect(has('die', 'mute'), error.message).toBe(true);
        }
        const calls = server!.lives.flatMap(({ received }) =>
          received.flatMap(({ method, body }) => (method === 'tools/call' ? [body.params.n] : [])),
        );
        expect(new Set(calls).size, 'calls that were made once').toBe(calls.length);
        // It works, and then it is parked.
        send('tools/call', '{"name":"t0"}');
        await settled();
        answer();
        await settled();
        expect(world.reply('a', id)).toHaveProperty('result');
        await world.advance(12 * 60_000, 30_000);
        expect(server!.life).toBeUndefined();
        await world.stop();
        expect(world.clock.pending, 'timers').toBe(0);
      }),
      { numRuns: runs(60) },
    );
  });
