import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { type InstanceClientOfTest, InstanceWorld, type ServerOf } from '../../helpers/instance-world.js';
import { runs } from '../../helpers/runs.js';

let world: InstanceWorld;
afterEach(() => world.stop());

const variant = fc.record({
  share: fc.constantFrom('server' as const, 'key' as const, 'session' as const),
  env: fc.constantFrom({ BASE: '1' }, { BASE: '2' }),
  callerEnv: fc.constantFrom({}, { TOKEN: 'x-token' }),
});
type Variant = {
  share: 'server' | 'key' | 'session';
  env: { BASE: string };
  callerEnv: Record<string, string>;
};

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('come' as const),
      key: fc.constantFrom('alice', 'bob'),
      token: fc.constantFrom(undefined, 'one', 'two'),
      hasSession: fc.boolean(),
      isMux: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('call' as const), at: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('leave' as const), at: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('reload' as const), to: variant }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.nat(400_000) }) },
);

interface Caller {
  client: InstanceClientOfTest;
  key: string;
  token: string | undefined;
  hasSession: boolean;
  isMux: boolean;
}

/** Whose process the caller has, and the environment that it shows. */
function expected({ share, env, callerEnv }: Variant, { client, key, token, hasSession }: Caller) {
  if (share === 'server') return { whose: 'all', env };
  const given = 'TOKEN' in callerEnv && token !== undefined ? { TOKEN: token } : {};
  const isAlone = share === 'session' && hasSession;
  return { whose: isAlone ? client.link.name : JSON.stringify([key, given]), env: { ...env, ...given } };
}

it('after any reloads, each caller has the process that the configuration means, and no process is left over', async () => {
  await fc.assert(
    fc.asyncProperty(
      variant,
      fc.array(step, { minLength: 8, maxLength: 30, size: 'max' }),
      async (first, steps) => {
        let now: Variant = first;
        let generation = 0;
        const serversOf = (one: Variant): Record<string, ServerOf> => ({ s: one, other: {} });
        world = new InstanceWorld(serversOf(first));
        let callers: Caller[] = [];
        const owners = new Map<number, string>();
        for (const one of steps) {
          if (one.does === 'wait') await world.advance(one.ms);
          if (one.does === 'come') {
            const { key, token, hasSession, isMux } = one;
            const headers = token === undefined ? {} : { 'x-token': token };
            const servers: [string, ...string[]] = isMux ? ['s', 'other'] : ['s'];
            const client = world.client({ caller: { key, headers }, hasSession }, ...servers);
            await client.initialize();
            await world.advance(1_000);
            callers.push({ client, key, token, hasSession, isMux });
          }
          if (one.does === 'reload') {
            if (JSON.stringify(one.to) !== JSON.stringify(now)) generation += 1;
            now = one.to;
            const applied = world.daemon.apply(world.plan(serversOf(now)));
            await world.advance(20_000, 2_000);
            await applied;
            // A pipe may end because its server is another one; a multiplexer goes on.
            expect(callers.filter(({ client, isMux }) => isMux && client.far.isOver)).toEqual([]);
            callers = callers.filter(({ client }) => !client.far.isOver);
          }
          const caller = 'at' in one && callers.length > 0 ? callers[one.at % callers.length]! : undefined;
          if (one.does === 'leave' && caller) {
            callers = callers.filter((other) => other !== caller);
            await caller.client.leave();
          }
          if (one.does === 'call' && caller) {
            const { whose, env } = expected(now, caller);
            const said = await caller.client.count(caller.isMux ? 's__count' : 'count');
            expect(said.env).toEqual(env);
            const owner = `${whose} ${now.share === 'server' ? JSON.stringify(env) : generation}`;
            expect(owners.get(said.pid) ?? owner).toBe(owner);
            owners.set(said.pid, owner);
          }
        }
        for (const { client } of callers) await client.leave();
        await world.advance(301_000);
        expect(world.daemon.instances).toEqual([]);
        expect(world.daemon.clients).toEqual([]);
        expect(world.running.filter(({ name }) => /^s[@#]/.test(name))).toEqual([]);
        await world.stop();
        expect(world.running).toEqual([]);
      },
    ),
    { numRuns: runs(25) },
  );
});
