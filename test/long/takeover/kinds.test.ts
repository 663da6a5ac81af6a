import { expect, it } from 'vitest';
import { flows, nothingIsLost, takeoverWorld } from '../../helpers/takeover-world.js';

const kinds: [string, Record<string, object>, object, Record<string, string>][] = [
  ['several servers on one token', { a: {}, b: {} }, {}, { a: 'one', b: 'one' }],
  ['servers that take turns', { a: {}, b: {} }, { mode: 'rotate' }, { a: 'one', b: 'one' }],
];

it.each(kinds)(
  '%s: the connection is made again once',
  async (_, servers, more, tokens) => {
    const world = await takeoverWorld(servers, { more, tokens });
    const old = world.copy();
    await flows(world, ['one']);
    const next = world.copy('--take-over');
    await next.event('takeover-done');
    expect(await old.exited).toBe(0);
    await flows(world, ['one']);
    await world.endpoint.quiet();
    nothingIsLost(world, 2);
  },
  120_000,
);

it('a server ends in the old one before it starts in the new one, unless two of it may run', async () => {
  const world = await takeoverWorld({ once: {}, twice: { overlap: true } });
  const old = world.copy();
  await flows(world, ['once', 'twice']);
  const next = world.copy('--take-over');
  await next.event('takeover-done');
  await old.exited;
  const events = world.lives().map((line) => line.split(' '));
  const order = (name: string) => events.flatMap(([what, server]) => (server === name ? [what] : []));
  expect(order('once')).toEqual(['began', 'ended', 'began']);
  expect(order('twice')).toEqual(['began', 'began', 'ended']);
}, 120_000);

it('an endpoint that never pauses gets a few refusals that say that nothing was passed on', async () => {
  const world = await takeoverWorld(
    { a: {} },
    { callers: 4, restMs: 0, callMs: 20, more: { settings: { drainTimeoutMs: 500 } } },
  );
  const old = world.copy();
  await flows(world, ['a']);
  const next = world.copy('--take-over');
  await next.event('takeover-done');
  await old.exited;
  await flows(world, ['a'], 20);
  await world.endpoint.quiet();
  const { errors, answered, cut, ...asked } = world.endpoint.of('a');
  expect(asked).toMatchObject({ dials: 2, most: 1, twice: [] });
  const noted = world.notes();
  for (const { id, code, message } of errors) {
    expect([code, message]).toEqual([-31011, expect.stringContaining('not passed on')]);
    expect(noted.get(id), id).toBeUndefined();
  }
  for (const id of cut) expect(noted.get(id), id).toBeUndefined();
  for (const id of answered) expect(noted.get(id), id).toHaveLength(1);
  expect(errors.length + cut.length).toBeLessThanOrEqual(200);
}, 120_000);

it('a plain second copy ends nothing, and says how to take over', async () => {
  const world = await takeoverWorld({ a: {} });
  const old = world.copy();
  await flows(world, ['a']);
  const second = world.copy();
  await second.event('lease-waiting');
  expect(second.stderr).toContain('--take-over');
  await flows(world, ['a']);
  nothingIsLost(world, 1);
  expect(old.log.some(({ event }) => event === 'handover-began')).toBe(false);
}, 60_000);
