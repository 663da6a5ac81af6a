import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { isAlive } from '../helpers/cli.js';
import { type DemandClient, DemandHouse, FACES, type Face, faceNamed } from '../helpers/demand-faces.js';
import { eventually } from '../helpers/eventually.js';

/** How long the server takes to read its first request. */
const START_MS = 400;
/** What may come on top of the server's own start (docs/demand.md). */
const MORE_MS = 100;
const IDLE_MS = 300;

const whoami = ({ prefix }: Face, client: DemandClient) =>
  client.ask('tools/call', { name: `${prefix}whoami`, arguments: {} });
const pidIn = ({ result, error }: Awaited<ReturnType<typeof whoami>>): number => {
  if (error) throw new Error(JSON.stringify(error));
  return Number(result.content[0].text);
};
const toolsOf = async (client: DemandClient): Promise<string[]> =>
  (await client.ask('tools/list')).result.tools.map(({ name }: { name: string }) => name);

async function timeOf<Of>(act: () => Promise<Of>): Promise<[number, Of]> {
  const since = performance.now();
  const of = await act();
  return [performance.now() - since, of];
}

describe.each(FACES)('servers on demand through: $name', (face) => {
  it('answer initialize and lists while none runs; the first call takes its start and 100 ms; they sleep after idlePark', async () => {
    const house = await DemandHouse.of(face);
    await house.learn();
    const run = house.start({ startMs: START_MS, more: { idlePark: IDLE_MS } });
    const client = await run.open();
    const before = await toolsOf(client);
    expect(before).toContain(`${face.prefix}whoami`);
    expect([house.starts('one'), house.starts('two')]).toEqual([[], []]);

    const [own, first, beyond]: [number[], number[], number[]] = [[], [], []];
    // By the start of another process beside it, or, where the machine is busy at one time and not at the other, by its own.
    const isWithin = () => Math.min(...first) <= Math.min(...own) + MORE_MS || Math.min(...beyond) <= MORE_MS;
    const pids: number[] = [];
    // The best of several of each: a machine that is busy at one moment makes one of them slow, not all.
    for (let i = 0; i < 30 && (i < 3 || !isWithin()); i++) {
      own.push(await house.ownStart(START_MS));
      const [tookMs, answer] = await timeOf(() => whoami(face, client));
      first.push(tookMs);
      await eventually(() => run.logged('server-ready', 'one').length === i + 1, {
        what: 'its start is logged',
      });
      beyond.push(tookMs - Number(run.logged('server-ready', 'one')[i]!.tookMs));
      pids.push(pidIn(answer));
      await eventually(() => run.parked('one') === i + 1, { what: 'it sleeps again' });
      const [last] = run.logged('server-idle-stopped', 'one').slice(-1);
      expect(last!.why).toBeUndefined();
      expect(Number(last!.idleMs)).toBeGreaterThanOrEqual(IDLE_MS);
      await eventually(() => !isAlive(pids.at(-1)!), { what: 'its process has ended' });
    }
    expect(Math.min(...first)).toBeGreaterThan(START_MS);
    expect(isWithin() || { own, first, beyond }).toBe(true);
    expect(new Set(pids).size).toBe(pids.length);
    expect(house.starts('one')).toEqual(pids);
    // Nothing was asked of the other one.
    expect(house.starts('two')).toEqual([]);
    expect(await toolsOf(client)).toEqual(before);
    expect(client.changes).toBe(0);

    // Its next process has another list.
    writeFileSync(house.file('more'), '');
    expect(await toolsOf(client)).toEqual(before);
    pidIn(await whoami(face, client));
    await eventually(() => client.changes > 0, { what: 'the other list is announced' });
    // No other server has such a tool, so it needs no prefix.
    expect(await toolsOf(client)).toContain('more');
    // It is known to the next run as well.
    await run.stop();
    const started = house.starts('one').length;
    const next = house.start();
    expect(await toolsOf(await next.open())).toContain('more');
    expect(house.starts('one')).toHaveLength(started);
  });

  it('answer who initialises and lists while one is being started, and start one process for many first calls', async () => {
    const house = await DemandHouse.of(face);
    await house.learn();
    writeFileSync(house.file('closed'), '');
    const run = house.start();
    const client = await run.open();
    const calls = Array.from({ length: 50 }, () => whoami(face, client));
    await run.cli.event('server-starting');
    const other = await run.open();
    for (const one of [client, other]) expect(await toolsOf(one)).toContain(`${face.prefix}whoami`);
    expect(run.logged('server-ready', 'one')).toEqual([]);
    rmSync(house.file('closed'));
    const pids = (await Promise.all(calls)).map(pidIn);
    expect(new Set(pids).size).toBe(1);
    expect(house.starts('one')).toEqual([pids[0]]);
    expect(house.starts('two')).toEqual([]);
  });

  it('whose start fails say so to their callers, stay in the lists, and are tried by the next call', async () => {
    const house = await DemandHouse.of(face);
    await house.learn();
    rmSync(house.file('works'));
    const run = house.start();
    const client = await run.open();
    const { error } = await whoami(face, client);
    expect(error).toMatchObject({
      code: ErrorCode.serverDown,
      message: expect.stringMatching(/exit code 3/),
    });
    expect(await toolsOf(client)).toContain(`${face.prefix}whoami`);
    writeFileSync(house.file('works'), '');
    await eventually(async () => (await whoami(face, client)).result, { what: 'a later call is answered' });
    expect(await toolsOf(client)).toContain(`${face.prefix}whoami`);
  });
});

describe('a first call', () => {
  it.each(['pipe', 'mux', 'WebSocket'])(
    'that is cancelled on: %s, keeps no other from its answer',
    async (name) => {
      const face = faceNamed(name);
      const house = await DemandHouse.of(face);
      await house.learn();
      writeFileSync(house.file('closed'), '');
      const run = house.start();
      const client = await run.open();
      const cancelled = whoami(face, client);
      let isAnswered = false;
      cancelled.then(
        () => {
          isAnswered = true;
        },
        () => {},
      );
      await run.cli.event('server-starting');
      client.cancel!();
      const next = whoami(face, client);
      rmSync(house.file('closed'));
      const pid = pidIn(await next);
      expect(house.starts('one')).toEqual([pid]);
      // It was answered, if at all, as one that was cancelled (MCP "Cancellation"), and has not reached the server.
      expect(isAnswered).toBe(false);
      const { result } = await client.ask('tools/call', { name: `${face.prefix}received`, arguments: {} });
      expect(result.content[0].text.match(/whoami/g)).toHaveLength(1);
    },
  );

  it.each(['pipe', 'Streamable HTTP'])(
    'on: %s, that takes longer than its calls may says so; the process is there for the next',
    async (name) => {
      const face = faceNamed(name);
      const house = await DemandHouse.of(face);
      await house.learn();
      writeFileSync(house.file('closed'), '');
      const run = house.start({ more: { calls: { timeout: '2s' } } });
      const client = await run.open();
      const { error } = await whoami(face, client);
      expect(error).toMatchObject({ code: ErrorCode.callTimeout });
      rmSync(house.file('closed'));
      await run.cli.event('server-ready');
      const pid = pidIn(await whoami(face, client));
      expect(house.starts('one')).toEqual([pid]);
    },
  );
});

describe('two mcp-pipe with one state folder', () => {
  it('learn beside each other, know the same, and each announces what its own process says', async () => {
    const face = faceNamed('Streamable HTTP');
    const house = await DemandHouse.of(face);
    const kept = () =>
      readdirSync(house.file('state'), { recursive: true, encoding: 'utf8' })
        .filter((path) => /known.+\.json$/.test(path))
        .map((path) => JSON.parse(readFileSync(house.file(`state/${path}`), 'utf8')) as { server: string });
    const runs = [house.start(), house.start({ control: 'second' })];
    for (const run of runs) await run.address();
    // The second one may know it from the first already.
    await eventually(() => kept().length === 2, { what: 'it is known what they say' });
    for (const run of runs) await run.stop();
    expect(
      kept()
        .map(({ server }) => server)
        .sort(),
    ).toEqual(['one', 'two']);
    const before = house.starts('one').length;
    const again = [house.start(), house.start({ control: 'second' })];
    const clients = await Promise.all(again.map((run) => run.open()));
    for (const client of clients) expect(await toolsOf(client)).toContain('whoami');
    expect(house.starts('one')).toHaveLength(before);
    writeFileSync(house.file('more'), '');
    const pids: number[] = [];
    for (const client of clients) {
      expect(await toolsOf(client)).not.toContain('more');
      pids.push(pidIn(await whoami(face, client)));
      await eventually(() => client.changes > 0, { what: 'the other list is announced' });
      expect(await toolsOf(client)).toContain('more');
    }
    expect(new Set(pids).size).toBe(2);
  });
});
