import { expect, test } from 'vitest';
import { type RedisState, WatchedRedis } from '../../../src/daemon/watched-redis.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const script = (name: string) => ({ name, lua: '' });
const refused = Object.assign(new Error('NOPERM this user has no permissions'), { name: 'ReplyError' });

/** A Redis whose answers the test says. */
function world() {
  const clock = new ManualClock();
  const asked: string[] = [];
  let answer: (name: string) => unknown = () => 1;
  const link = {
    shown: 'redis://there:6379/0',
    run: async ({ name }: { name: string }) => {
      asked.push(name);
      return answer(name);
    },
    close: async () => {},
  };
  const watched = new WatchedRedis({ link, clock });
  const told: RedisState['is'][] = [];
  watched.onChange = ({ is }) => told.push(is);
  const run = (name: string) => watched.run(script(name), [], []).catch(() => {});
  return {
    ...{ clock, asked, watched, told, run },
    answers: (next: typeof answer) => {
      answer = next;
    },
  };
}

const fail = (error: Error) => () => {
  throw error;
};

test('an outage is told once, with its reason, and its end once', async () => {
  const { watched, told, run, answers } = world();
  expect(watched.state).toEqual({ is: 'unknown' });
  await run('lease');
  answers(fail(new Error('connect ECONNREFUSED')));
  for (const name of ['lease', 'rates', 'lease']) await run(name);
  expect(watched.state).toMatchObject({ is: 'down', reason: 'connect ECONNREFUSED' });
  answers(() => 1);
  for (const name of ['rates', 'lease']) await run(name);
  expect(told).toEqual(['up', 'down', 'up']);
});

test('what Redis refuses to one script is not over because another is answered', async () => {
  const { told, run, answers } = world();
  answers((name) => (name === 'lease' ? fail(refused)() : 1));
  for (const name of ['lease', 'rates', 'lease', 'rates']) await run(name);
  expect(told).toEqual(['down']);
  answers(() => 1);
  await run('lease');
  expect(told).toEqual(['down', 'up']);
});

test('it asks by itself, until it is closed', async () => {
  const { clock, asked, watched, told, answers } = world();
  watched.start();
  await clock.advance(25_000);
  expect(asked).toEqual(['mcpPipeProbe', 'mcpPipeProbe', 'mcpPipeProbe']);
  answers(fail(new Error('no answer')));
  await clock.advance(10_000);
  expect(told).toEqual(['up', 'down']);
  await watched.close();
  await clock.advance(60_000);
  expect(asked).toHaveLength(4);
});

test('what is of no use to leases is told as well, unless there is no answer at all', async () => {
  const { watched, told, run, answers } = world();
  await run('lease');
  watched.note('leases', 'it may drop leases');
  await run('rates');
  expect(watched.state).toMatchObject({ is: 'down', reason: 'it may drop leases' });
  watched.note('leases', undefined);
  answers(fail(new Error('no answer')));
  await run('lease');
  watched.note('leases', 'no answer');
  answers(() => 1);
  await run('rates');
  expect(told).toEqual(['up', 'down', 'up', 'down', 'up']);
});

test('a script that was refused and is not asked for any more is no reason for ever; one that is asked for stays one', async () => {
  const { watched, clock, told, run, answers } = world();
  watched.start();
  await run('lease');
  answers((name) => (name === 'lease' ? fail(refused)() : 1));
  for (let i = 0; i < 20; i++) {
    await run('lease');
    await clock.advance(10_000);
  }
  expect(told).toEqual(['up', 'down']);
  await clock.advance(40_000);
  expect(told).toEqual(['up', 'down']);
  await clock.advance(20_000);
  expect(told).toEqual(['up', 'down', 'up']);
});

test('something else at one key says nothing of Redis', async () => {
  const { watched, told, run, answers } = world();
  await run('lease');
  const message = 'WRONGTYPE Operation against a key holding the wrong kind of value';
  answers(fail(Object.assign(new Error(message), { name: 'ReplyError' })));
  await run('lease');
  watched.note('leases', message);
  expect(told).toEqual(['up']);
});
