import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findHierarchies } from '../../src/process/control-groups.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { Cli, descendants, folder, isAlive } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';
import { INITIALIZE, RawHttpSession } from '../helpers/raw-http-session.js';

const hierarchies = process.platform === 'linux' ? await findHierarchies() : [];
/** What the kernel of this machine can hold the servers of a test to. */
const held = new Set<string>(hierarchies.flatMap(({ controllers }) => controllers));
const canHold = (what: string) => held.has(what);

/** A server that takes what it is told to, and one beside it. */
async function start(
  limits: object,
  { groups = false, settings = {}, more = {}, otherFile = 'basic.mjs' } = {},
) {
  const cwd = await folder();
  const server = (file: string, its = {}) => ({ command: process.execPath, args: [fixture(file)], ...its });
  const mcpServers = { hungry: server('hungry.mjs', { limits, ...more }), other: server(otherFile) };
  const root = { mcpServers, gateway: { port: 0 }, settings: { minDelayMs: 10, ...settings } };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(root));
  const cli = new Cli(['--control', join(cwd, 'control.sock')], {
    cwd,
    env: groups ? {} : { MCP_PIPE_CGROUP: 'off' },
  });
  const { origin } = new URL(String((await cli.event('gateway-address')).url));
  const session = async (name: string) => {
    const opened = new RawHttpSession(`${origin}/servers/${name}/mcp`);
    await opened.open(INITIALIZE);
    return opened;
  };
  const [hungry, other] = [await session('hungry'), await session('other')];
  const down = (n = 0) => eventually(() => cli.log.filter(({ event }) => event === 'server-down')[n]);
  return { cli, cwd, hungry, other, down };
}

/** Processes of this machine with this word in their command line. */
const running = (word: string) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false;
    }
  });

interface Health {
  checks: { servers: Record<string, { state: string }> };
}

const textOf = ({ reply }: Awaited<ReturnType<RawHttpSession['call']>>) =>
  (reply.result as { content: [{ text: string }] }).content[0].text;

/** Calls one after another until `end`. Returns how many there were, and how many got no answer. */
function calling(session: RawHttpSession) {
  let [made, lost, isOver] = [0, 0, false];
  const all = (async () => {
    while (!isOver) {
      made += 1;
      const answered = await session.call('echo', { text: `call ${made}` }).catch(() => undefined);
      if (!JSON.stringify(answered?.reply.result ?? '').includes(`call ${made}`)) lost += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return async () => {
    isOver = true;
    await all;
    return { made, lost };
  };
}

describe('the watch', () => {
  it('lets an ordinary server of Node.js live and work within 300 MB', async () => {
    const { cli, hungry } = await start({ memory: '300MB', cpu: 90, pids: 64 });
    await hungry.call('take', { mb: 100 });
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    expect(Number(textOf(await hungry.call('held', {})))).toBeGreaterThan(100);
    expect(cli.log.filter(({ event }) => event === 'server-down')).toEqual([]);
  });

  it('restarts one that leaks; calls that run are waited for, and its neighbour loses nothing', async () => {
    const { cli, hungry, other, down } = await start({ memory: '200MB' });
    const ended = calling(other);
    const before = textOf(await hungry.call('pid', {}));
    await hungry.call('leak', { mb: 2 });
    const fault = await down();
    expect(fault).toMatchObject({ link: 'hungry', why: 'over-memory' });
    expect(String(fault.error)).toMatch(/^\d+ MiB > 200 MiB$/);
    // It was restarted with the machine far from swapping.
    expect(Number.parseInt(String(fault.error), 10)).toBeLessThan(300);
    const again = textOf(await hungry.call('pid', {}));
    expect(again).not.toBe(before);
    const { made, lost } = await ended();
    expect(made).toBeGreaterThan(100);
    expect(lost).toBe(0);
    expect(cli.log.filter(({ event, link }) => event === 'server-down' && link === 'other')).toEqual([]);
  });

  it('replaces the one of several processes that leaks; the other one goes on', async () => {
    const { cli, hungry } = await start({ memory: '200MB' }, { more: { instances: 2 } });
    const isReady = ({ event, to }: Record<string, unknown>) => event === 'server-copy' && to === 'ready';
    await eventually(() => cli.log.find(isReady));
    // Calls go to the one and the other in turn.
    const pids = [textOf(await hungry.call('pid', {})), textOf(await hungry.call('pid', {}))];
    await hungry.call('leak', { mb: 2 });
    const isDown = ({ event, to }: Record<string, unknown>) => event === 'server-copy' && to === 'down';
    expect(await eventually(() => cli.log.find(isDown))).toMatchObject({ why: 'over-memory' });
    await eventually(() => cli.log.filter(isReady).length === 2);
    const now = [textOf(await hungry.call('pid', {})), textOf(await hungry.call('pid', {}))];
    expect(now.filter((pid) => pids.includes(pid))).toHaveLength(1);
    expect(cli.log.filter(({ event }) => event === 'server-down')).toEqual([]);
  });

  it('ends one far above its limit at once, and says why to those who called it', async () => {
    const { hungry, down } = await start({ memory: '150MB' });
    await hungry.call('take', { mb: 300 });
    const { reply } = await hungry.call('hang', {});
    expect(reply.error).toMatchObject({ code: ErrorCode.serverExited });
    expect(reply.error?.message).toMatch(
      /it took more memory than it may \(\d+ MiB > 150 MiB; raise "memory" in its "limits" if it needs that much\)/,
    );
    expect(await down()).toMatchObject({ why: 'over-memory' });
  });

  it('ends one with too many processes, and all of these', async () => {
    const { cli, hungry, down } = await start({ pids: 40 });
    const sleeping = () => descendants(cli.pid).length;
    void hungry.call('fork', { count: 60 }).catch(() => {});
    await eventually(() => sleeping() > 50);
    expect(await down()).toMatchObject({ why: 'over-pids' });
    // mcp-pipe and its two servers are left.
    await eventually(() => sleeping() <= 3);
  });

  it.runIf(process.platform === 'linux')(
    'counts daemons that a server has started, and ends them with it',
    async () => {
      const { hungry, down } = await start({ pids: 40 });
      const seconds = `600.${process.pid}`;
      const daemons = () => running(seconds).length;
      void hungry.call('daemons', { count: 60, seconds }).catch(() => {});
      await eventually(() => daemons() > 30);
      expect(await down()).toMatchObject({ why: 'over-pids' });
      await eventually(() => daemons() === 0);
    },
  );

  it('starts one ever more seldom that comes to its limit again and again', async () => {
    const { hungry, down, cli } = await start({ memory: '120MB' });
    for (let i = 0; i < 3; i++) {
      await hungry.call('take', { mb: 200 });
      await down(i);
    }
    const waits = cli.log
      .filter(({ event }) => event === 'server-down')
      .map(({ nextStartMs }) => nextStartMs);
    expect(waits[0]).toBeLessThan(10_000);
    expect(waits[2]).toBeGreaterThanOrEqual(10_000);
  });

  it('leaves one on demand asleep after that, as well as any: its next call starts it', async () => {
    const { cli, hungry, down } = await start({ memory: '120MB' }, { more: { start: 'demand' } });
    await hungry.call('take', { mb: 200 });
    expect(await down()).toMatchObject({ why: 'over-memory' });
    const { origin } = new URL(String((await cli.event('gateway-address')).url));
    const asleep = await eventually(async () => {
      const said = (await (await fetch(`${origin}/health`)).json()) as Health;
      return said.checks.servers.hungry?.state === 'on-demand' && said;
    });
    const hungryNow = { status: 'healthy', reason: expect.stringContaining('> 120 MiB') };
    expect(asleep).toMatchObject({ status: 'healthy', checks: { servers: { hungry: hungryNow } } });
    expect((await fetch(`${origin}/ready`)).status).toBe(200);
    expect(textOf(await hungry.call('echo', { text: 'awake' }))).toBe('awake');
  });

  it('parks the idle server with the most memory when all together take too much; its next call starts it', async () => {
    const { cli, hungry, other } = await start(
      { memory: '2GB' },
      { settings: { maxServersMemory: '200MB' } },
    );
    const before = textOf(await hungry.call('pid', {}));
    await hungry.call('take', { mb: 150 });
    expect(await cli.event('server-idle-stopped')).toMatchObject({ link: 'hungry', why: 'memory' });
    expect(textOf(await other.call('echo', { text: 'here' }))).toBe('here');
    expect(textOf(await hungry.call('pid', {}))).not.toBe(before);
    expect(cli.log.filter(({ event }) => event === 'server-down' || event === 'memory-short')).toEqual([]);
  });

  it('counts all processes of a server for that: one with two of them is parked before a larger single one', async () => {
    const { cli, hungry, other } = await start(
      {},
      { settings: { maxServersMemory: '550MB' }, more: { instances: 2 }, otherFile: 'hungry.mjs' },
    );
    const isReady = ({ event, to }: Record<string, unknown>) => event === 'server-copy' && to === 'ready';
    await eventually(() => cli.log.some(isReady));
    const pids: string[] = [];
    // Calls go to the one and the other in turn: each keeps 130 MB, and the single one 200 MB.
    for (let i = 0; i < 2; i++) {
      pids.push(textOf(await hungry.call('pid', {})));
      await other.call('take', { mb: 100 });
    }
    for (let i = 0; i < 2; i++) await hungry.call('take', { mb: 130 });
    expect(new Set(pids).size).toBe(2);
    expect(await cli.event('server-idle-stopped')).toMatchObject({ link: 'hungry', why: 'memory' });
    await eventually(() => pids.every((pid) => !isAlive(Number(pid))));
    expect(Number(textOf(await other.call('held', {})))).toBeGreaterThan(200);
    expect(cli.log.filter(({ event }) => event === 'server-down' || event === 'memory-short')).toEqual([]);
  });

  it('says that all servers together take too much, when each of them is at work', async () => {
    const { cli, hungry } = await start({ memory: '2GB' }, { settings: { maxServersMemory: '150MB' } });
    await hungry.call('take', { mb: 200 });
    void hungry.call('hang', {}).catch(() => {});
    const told = await cli.event('memory-short');
    expect(told).toMatchObject({ of: 'servers', boundBytes: 150 * 1024 ** 2, link: 'hungry' });
  });
});

describe('of a server with several processes', () => {
  const downs = (cli: Cli) => cli.log.filter(({ event, to }) => event === 'server-copy' && to === 'down');
  const bothReady = (cli: Cli) =>
    eventually(() => cli.log.some(({ event, to }) => event === 'server-copy' && to === 'ready'));

  it('both take too much: one is replaced after the other, and neither calls nor lists are lost', async () => {
    const { cli, hungry, other } = await start({ memory: '200MB' }, { more: { instances: 2 } });
    await bothReady(cli);
    // Calls go to the one and the other in turn. It is too much, but not far too much.
    for (let i = 0; i < 2; i++) await hungry.call('take', { mb: 165 });
    const ended = [calling(hungry), calling(other)];
    let lists = 0;
    while (downs(cli).length < 2) {
      const { tools } = (await hungry.ask('tools/list')).reply.result as { tools: unknown[] };
      expect(tools.length).toBeGreaterThan(0);
      lists += 1;
    }
    expect(downs(cli)).toEqual([1, 2].map((copy) => expect.objectContaining({ copy, why: 'over-memory' })));
    for (const { livedMs } of downs(cli)) expect(livedMs).toBeGreaterThan(1_000);
    for (const { made, lost } of await Promise.all(ended.map((end) => end()))) {
      expect(made).toBeGreaterThan(100);
      expect(lost).toBe(0);
    }
    expect(lists).toBeGreaterThan(100);
    expect(cli.log.filter(({ event }) => event === 'server-down')).toEqual([]);
  });

  it('one far above its limit is ended at once: its calls hear why, those of the other are answered', async () => {
    const { cli, hungry } = await start({ memory: '150MB' }, { more: { instances: 2 } });
    await bothReady(cli);
    await hungry.call('take', { mb: 300 });
    const calls = [hungry.call('hang', {}), hungry.call('hang', {})];
    for (const call of calls) call.catch(() => {});
    const { reply } = await Promise.race(calls);
    expect(reply.error).toMatchObject({ code: ErrorCode.serverExited });
    expect(reply.error?.message).toContain('it took more memory than it may');
    expect(textOf(await hungry.call('echo', { text: 'here' }))).toBe('here');
    expect(downs(cli)).toHaveLength(1);
  });
});

describe.skipIf(!canHold('memory'))('a control group', () => {
  it('lets an ordinary server live, and tells an end for want of memory from any other', async () => {
    const { hungry, down, cli } = await start({ memory: '300MB' }, { groups: true });
    await hungry.call('take', { mb: 100 });
    const first = textOf(await hungry.call('pid', {}));
    // Faster than any watch.
    const { reply } = await hungry.call('take', { mb: 2_000 });
    expect(reply.error).toMatchObject({ code: ErrorCode.serverExited });
    expect(reply.error?.message).toContain('it took more memory than it may');
    expect(await down()).toMatchObject({ why: 'over-memory', signal: 'SIGKILL' });
    expect(textOf(await hungry.call('pid', {}))).not.toBe(first);
    const pid = Number(textOf(await hungry.call('pid', {})));
    process.kill(pid, 'SIGKILL');
    expect(await down(1)).toMatchObject({ why: 'exited', signal: 'SIGKILL' });
    cli.signal('SIGTERM');
    await cli.exited;
    expect(groupsOf(cli.pid)).toEqual([]);
  });
});

describe.skipIf(!canHold('pids'))('a control group of processes', () => {
  it('ends a fork bomb, and its neighbour loses nothing', async () => {
    const { cli, hungry, other, down } = await start({ pids: 64 }, { groups: true });
    const ended = calling(other);
    const bomb = hungry.call('bomb', {}).catch(() => undefined);
    expect(await down()).toMatchObject({ why: 'over-pids' });
    await bomb;
    await eventually(() => descendants(cli.pid).length <= 3);
    expect((await ended()).lost).toBe(0);
    expect(textOf(await hungry.call('echo', { text: 'back' }))).toBe('back');
  });
});

/** Groups that this mcp-pipe has left behind. */
function groupsOf(pid: number): string[] {
  return hierarchies.flatMap(({ folder: at }) =>
    existsSync(at) ? readdirSync(at).filter((name) => name.startsWith(`mcp-pipe-server-${pid}-`)) : [],
  );
}
