import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallEnd, GuardedCall, Stage, Verdict } from '../../../src/policy/stage.js';
import { frameOf, guardedPair } from '../../helpers/guarded-pair.js';
import { runs } from '../../helpers/runs.js';

/** What may happen; `id` is one of a few, so that ids are used again while they are in use. */
type Step =
  | { do: 'request'; id: number; tool: 'pass' | 'hold' | 'refuse'; batched: boolean }
  | { do: 'release' | 'refuseHeld' | 'giveUp'; pick: number }
  | { do: 'cancel'; id: number }
  | { do: 'reply'; pick: number }
  | { do: 'notify' | 'restage' };

const pick = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      id: fc.integer({ min: 1, max: 4 }),
      tool: fc.constantFrom('pass' as const, 'hold' as const, 'refuse' as const),
      batched: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reply' as const), pick }) },
  fc.record({ do: fc.constantFrom('release' as const, 'refuseHeld' as const, 'giveUp' as const), pick }),
  fc.record({ do: fc.constant('cancel' as const), id: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constantFrom('notify' as const, 'restage' as const) }),
);

interface Sent {
  id: unknown;
  method: string;
  params: { mark: number; requestId?: unknown };
}

interface Got {
  id: unknown;
  result?: { mark: number };
  error?: { code: number };
}

test('whatever happens in whatever order: nothing is lost, nothing comes twice, order is kept', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      /** Calls that the first stage let pass, and how often each has ended. */
      const begun = new Map<GuardedCall, CallEnd[]>();
      const held: { mark: number; say: (verdict: Verdict) => void }[] = [];
      const live: GuardedCall[] = [];
      let closed = 0;
      const counting = (): Stage => ({
        request: (call) => {
          begun.set(call, []);
          live.push(call);
          return undefined;
        },
        ended: (call, how) => void begun.get(call)!.push(how),
        closed: () => {
          closed += 1;
        },
      });
      const holding: Stage = {
        request: (call) => {
          if (call.tool === 'refuse') return { refuse: { code: -31020, message: 'no' } };
          if (call.tool !== 'hold') return undefined;
          return new Promise((resolve) => {
            const { params } = JSON.parse(call.frame.toString()) as Sent;
            held.push({ mark: params.mark, say: resolve });
            call.signal.addEventListener('abort', () => resolve(undefined));
          });
        },
      };
      const { guarded, fromClient, fromServer, atServer, atClient, settled, client } = guardedPair([
        counting(),
        holding,
      ]);
      let [mark, stagings] = [0, 1];
      const answered = new Set<number>();
      const asked: { id: number; mark: number; tool: string }[] = [];
      const sent = () => atServer.flatMap((text) => JSON.parse(text) as Sent | Sent[]);
      for (const one of steps) {
        switch (one.do) {
          case 'request': {
            const message = (id: number) => {
              mark += 1;
              asked.push({ id, mark, tool: one.tool });
              return { id, method: 'tools/call', params: { name: one.tool, mark } };
            };
            if (one.batched)
              await fromClient(`[${frameOf(message(one.id))},${frameOf(message(one.id + 10))}]`);
            else await fromClient(message(one.id));
            break;
          }
          case 'release':
          case 'refuseHeld': {
            const [some] = held.splice(one.pick % (held.length || 1), 1);
            some?.say(one.do === 'release' ? undefined : { refuse: { code: -31024, message: 'declined' } });
            await settled();
            break;
          }
          case 'giveUp':
            live[one.pick % (live.length || 1)]?.giveUp({ code: -31009, message: 'slow' });
            await settled();
            break;
          case 'cancel':
            await fromClient({ method: 'notifications/cancelled', params: { requestId: one.id } });
            break;
          case 'reply': {
            const open = sent().filter(
              ({ method, params }) => method === 'tools/call' && !answered.has(params.mark),
            );
            const some = open[one.pick % (open.length || 1)];
            if (!some) break;
            answered.add(some.params.mark);
            await fromServer({ id: some.id, result: { mark: some.params.mark } });
            break;
          }
          case 'notify':
            mark += 1;
            await fromClient({ method: 'notifications/x', params: { mark } });
            break;
          case 'restage':
            stagings += 1;
            guarded.restage([counting(), holding]);
            break;
        }
      }
      const calls = sent().filter(({ method }) => method === 'tools/call');
      // Each request reached the server at most once, and a refused one never.
      const marks = calls.map(({ params }) => params.mark);
      expect(new Set(marks).size).toBe(marks.length);
      for (const { mark: one, tool } of asked) if (tool === 'refuse') expect(marks).not.toContain(one);
      // What is held until the end, or was cancelled or given up meanwhile, did not reach it.
      for (const { mark: one } of held) expect(marks).not.toContain(one);
      // What nothing held came in the order in which it was sent.
      const passed = new Set(asked.flatMap((one) => (one.tool === 'pass' ? [one.mark] : [])));
      const straight = marks.filter((one) => passed.has(one));
      expect(straight).toEqual([...straight].sort((a, b) => a - b));
      expect(straight.length).toBe(passed.size);
      // Ids that the server has at a time differ.
      const got = atClient.map((text) => JSON.parse(text) as Got);
      for (const { result } of got) if (result) expect(asked.map((one) => one.mark)).toContain(result.mark);
      // No result comes twice, and each under the id of its own request.
      const results = got.flatMap(({ id, result }) => (result ? [{ id, mark: result.mark }] : []));
      expect(new Set(results.map((one) => one.mark)).size).toBe(results.length);
      for (const { id, mark: one } of results) expect(asked.find((other) => other.mark === one)!.id).toBe(id);
      await client.close();
      await settled();
      // Each call has ended exactly once for the stage that let it pass, and each stage was closed once.
      for (const ends of begun.values()) expect(ends).toHaveLength(1);
      expect(closed).toBe(stagings);
      expect(guarded.held).toBe(0);
      // One answer at most for each request that was not cancelled: its own, a refusal, or that it was given up.
      const ends = [...begun.values()].flat();
      const toAnswer = ends.filter((how) => how !== 'cancelled' && how !== 'gone').length;
      const fromCancelled = results.length - ends.filter((how) => how === 'answered').length;
      expect(got.length).toBe(toAnswer + fromCancelled);
    }),
    { numRuns: runs(300) },
  );
});
