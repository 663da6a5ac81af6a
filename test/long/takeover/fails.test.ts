import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startControl } from '../../../src/faces/control/server.js';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { Cli } from '../../helpers/cli.js';
import { eventually } from '../../helpers/eventually.js';
import { flows, nothingIsLost, type TakeoverWorld, takeoverWorld } from '../../helpers/takeover-world.js';

const TOKENS = ['a', 'b', 'c'];

/** Of calls that were passed on to no server. */
const STOPPING = new Set<number>([ErrorCode.shuttingDown, ErrorCode.turnOver]);

const steps = ({ log }: Cli, event: string) => log.filter((line) => line.event === event);

/** Calls of a process that was killed may have been cut while a server had them; none is answered twice or by an error. */
function nothingIsDoubled({ endpoint, notes }: TakeoverWorld, most: number): void {
  for (const [token, asked] of endpoint.tokens) {
    expect(asked, token).toMatchObject({ most: 1, errors: [], twice: [] });
    expect(asked.dials, token).toBeLessThanOrEqual(most);
    const noted = notes();
    for (const id of [...asked.answered, ...asked.cut])
      expect(noted.get(id)?.length ?? 0, id).toBeLessThan(2);
    for (const id of asked.answered) expect(noted.get(id), id).toHaveLength(1);
  }
}

/**
 * A call that comes while the one that is stopped ends its others is refused, and was given to no process: its caller may call
 * again. Such errors are taken out, so that only others are left.
 */
function refusedByStopOnly({ endpoint, notes }: TakeoverWorld): void {
  const noted = notes();
  for (const { errors } of endpoint.tokens.values()) {
    const refused = errors.filter(({ code }) => STOPPING.has(code));
    for (const { id } of refused) expect(noted.get(id), id).toBeUndefined();
    errors.splice(0, errors.length, ...errors.filter((error) => !refused.includes(error)));
  }
}

it.each([
  ['it has been offered the links', (next: Cli) => next.event('takeover-began')],
  ['the first link is handed over', (_: Cli, old: Cli) => old.event('handover-step')],
  ['it has taken the first link', (next: Cli) => next.event('takeover-step')],
  ['it has taken the second link', (next: Cli) => eventually(() => steps(next, 'takeover-step')[1])],
])(
  'a new one that is killed when %s leaves everything with the old one',
  async (_, when) => {
    const world = await takeoverWorld({ a: {}, b: { overlap: true }, c: {} });
    const old = world.copy();
    await flows(world, TOKENS);
    const next = world.copy('--take-over');
    await when(next, old);
    next.signal('SIGKILL');
    await old.event('handover-took-back');
    await flows(world, TOKENS);
    nothingIsDoubled(world, 3);
    // And the next try succeeds.
    const again = world.copy('--take-over');
    await again.event('takeover-done');
    expect(await old.exited).toBe(0);
    await flows(world, TOKENS);
    nothingIsDoubled(world, 4);
  },
  180_000,
);

it('an old one that is killed midway leaves the rest to the new one', async () => {
  const world = await takeoverWorld({ a: {}, b: {}, c: {} });
  const old = world.copy();
  await flows(world, TOKENS);
  const next = world.copy('--take-over');
  await next.event('takeover-step');
  old.signal('SIGKILL');
  await next.event('takeover-done');
  expect(steps(next, 'takeover-alone')).toHaveLength(1);
  await flows(world, TOKENS);
  nothingIsDoubled(world, 2);
}, 120_000);

it.each(['takeover-began', 'takeover-step'])(
  'an old one that is stopped after %s lets its calls end, and leaves the rest to the new one',
  async (event) => {
    const world = await takeoverWorld({ a: {}, b: {}, c: {} }, { callMs: 1_500, callers: 2, restMs: 0 });
    const old = world.copy();
    await flows(world, TOKENS, 1);
    const next = world.copy('--take-over');
    await next.event(event);
    old.signal('SIGTERM');
    expect(await old.exited).toBe(0);
    await next.event('takeover-done');
    await flows(world, TOKENS, 1);
    refusedByStopOnly(world);
    nothingIsDoubled(world, 2);
  },
  120_000,
);

it('of two new ones at once, one takes over, and the other one ends and says so', async () => {
  const world = await takeoverWorld({ a: {}, b: {}, c: {} });
  const old = world.copy();
  await flows(world, TOKENS);
  const first = world.copy('--take-over');
  await first.event('takeover-began');
  first.signal('SIGSTOP');
  const second = world.copy('--take-over');
  expect(await second.exited).toBe(1);
  expect(second.stderr).toContain('TAKE_OVER_REFUSED');
  expect(second.stderr).toContain(`pid ${first.pid}`);
  first.signal('SIGCONT');
  await first.event('takeover-done');
  expect(await old.exited).toBe(0);
  await flows(world, TOKENS);
  nothingIsLost(world, 2);
}, 120_000);

it('two that start at the same moment end with one', async () => {
  const world = await takeoverWorld({ a: {}, b: {} });
  const old = world.copy();
  await flows(world, ['a', 'b']);
  const both = [world.copy('--take-over'), world.copy('--take-over')];
  await old.exited;
  // The slower one was refused, or took over from the faster one.
  await Promise.race(both.map(({ exited }) => exited));
  await flows(world, ['a', 'b']);
  const codes = await Promise.all(
    both.map(({ exited }) => Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 500))])),
  );
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  nothingIsDoubled(world, 3);
}, 120_000);

it('a configuration that cannot be used ends the new one before it asks for anything', async () => {
  const world = await takeoverWorld({ a: {} });
  const old = world.copy();
  await flows(world, ['a']);
  writeFileSync(join(world.cwd, 'mcp_config.json'), '{ "mcpServers": { "a": { "command": 5 } } }');
  const next = world.copy('--take-over');
  expect(await next.exited).toBe(2);
  await flows(world, ['a']);
  nothingIsLost(world, 1);
  expect(steps(old, 'handover-began')).toEqual([]);
}, 60_000);

it('a server that does not start in the new one brings everything back', async () => {
  const world = await takeoverWorld({ a: {}, b: {} });
  const old = world.copy();
  await flows(world, ['a', 'b']);
  const file = join(world.cwd, 'mcp_config.json');
  const before = readFileSync(file, 'utf8');
  const broken = JSON.parse(before);
  broken.mcpServers.b.env.BROKEN = '1';
  writeFileSync(file, JSON.stringify(broken));
  const next = world.copy('--take-over');
  expect(await next.exited).toBe(1);
  expect(next.stderr).toContain('TAKE_OVER_FAILED');
  await old.event('handover-took-back');
  await flows(world, ['a', 'b']);
  await world.endpoint.quiet();
  nothingIsLost(world, { a: 3, b: 2 });
}, 120_000);

it('a new one that is stopped midway gives back what it has', async () => {
  const world = await takeoverWorld({ a: {}, b: {}, c: {} });
  const old = world.copy();
  await flows(world, TOKENS);
  const next = world.copy('--take-over');
  await next.event('takeover-step');
  next.signal('SIGTERM');
  await next.exited;
  // It may have had everything by then.
  if (steps(next, 'takeover-done').length > 0) return;
  await old.event('handover-took-back');
  await flows(world, TOKENS);
  nothingIsDoubled(world, 3);
}, 120_000);

it('a version that does not know the request is told apart, and left alone', async () => {
  const world = await takeoverWorld({ a: {} });
  const path = join(world.cwd, 'control.sock');
  const running = await startControl({
    ...{ paths: [path], ownFolders: false, uid: process.getuid?.(), platform: process.platform },
    methods: { holder: () => ({ pid: process.pid, since: 0, leaves: false }) },
  });
  onTestFinished(() => running.close());
  const next = world.copy('--take-over', '--control', path);
  expect(await next.exited).toBe(1);
  expect(next.stderr).toContain('TAKE_OVER_TOO_OLD');
  expect(next.stderr).toContain('mcp-pipe stop');
  expect(world.endpoint.tokens.size).toBe(0);
}, 60_000);

it('one that hangs is not taken over from', async () => {
  const world = await takeoverWorld({ a: {} });
  const old = world.copy();
  await flows(world, ['a']);
  old.signal('SIGSTOP');
  const next = world.copy('--take-over');
  expect(await next.exited).toBe(1);
  expect(next.stderr).toContain('DAEMON_SILENT');
  old.signal('SIGCONT');
  await flows(world, ['a']);
  expect(world.endpoint.of('a')).toMatchObject({ most: 1, errors: [], twice: [] });
}, 60_000);

it('links that the command line has not are not ended', async () => {
  const world = await takeoverWorld({ a: {}, b: {} });
  const old = world.copy();
  await flows(world, ['a', 'b']);
  const next = new Cli(['a', '--take-over'], world);
  expect(await next.exited).toBe(1);
  expect(next.stderr).toContain('TAKE_OVER_REFUSED');
  expect(next.stderr).toContain('has not: b.');
  await flows(world, ['a', 'b']);
  nothingIsLost(world, 1);
  expect(steps(old, 'handover-began')).toEqual([]);
}, 60_000);

it('where none runs, --take-over starts as usual', async () => {
  const world = await takeoverWorld({ a: {} });
  const only = world.copy('--take-over');
  await only.event('takeover-nothing');
  await flows(world, ['a']);
  nothingIsLost(world, 1);
}, 60_000);

it('a third copy that stands by may be faster: each token is served by one of the two, and the old one ends', async () => {
  const world = await takeoverWorld({ a: {}, b: {} });
  const old = world.copy();
  await flows(world, ['a', 'b']);
  const third = world.copy();
  await eventually(() => steps(third, 'lease-waiting').length === 2);
  const next = world.copy('--take-over');
  await next.event('takeover-done');
  expect(await old.exited).toBe(0);
  await flows(world, ['a', 'b']);
  await world.endpoint.quiet();
  nothingIsLost(world, 2);
}, 120_000);
