import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Caller } from '../../src/faces/endpoint/caller.js';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import {
  callerThrough,
  callTool,
  closed,
  configMount,
  docker,
  fixtureMount,
  inspect,
  logs,
  network,
  project,
  start,
  startEndpoint,
} from './engine.js';
import { execute, uniqueName } from './execute.js';

const noEngine = inject('noEngine');
const image = inject('image');
const compose = inject('compose');
const name = noEngine ? `bounds in the image (skipped: ${noEngine})` : 'bounds in the image';
const fixture = (file: string, more = {}) => ({ command: 'node', args: [`fixtures/${file}`], ...more });

/** A server with limits and one beside it, in a container, with a caller for each. */
async function world(limits: object, options: readonly string[]) {
  const net = await network();
  const endpoint = await startEndpoint(net);
  const at = (token: string) => `ws://endpoint:8765/mcp/?token=${token}`;
  const config = await configMount({
    mcpServers: {
      hungry: fixture('hungry.mjs', { limits, endpoint: at('hungry') }),
      other: fixture('basic.mjs', { endpoint: at('other') }),
    },
    settings: { minDelayMs: 100, maxDelayMs: 500 },
  });
  const pipe = await start([...options, ...config, ...fixtureMount, '--network', net]);
  const [hungry, other] = [await callerThrough(endpoint, 'hungry'), await callerThrough(endpoint, 'other')];
  const events = async (event: string, link: string) =>
    (await logs(pipe))
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((one) => one.event === event && one.link === link);
  const down = (n = 1) =>
    eventually(async () => (await events('server-down', 'hungry'))[n - 1], {
      ...{ timeoutMs: 60_000, everyMs: 250, what: 'the end of the hungry server' },
    });
  return { pipe, hungry, other, events, down };
}

/** Calls one after another until `end`. Returns how many there were; one without an answer rejects it. */
function calling(caller: Caller) {
  let [made, isOver] = [0, false];
  const all = (async () => {
    for (; !isOver; made++)
      expect(await callTool(caller, 'echo', { text: `call ${made}` })).toBe(`call ${made}`);
  })();
  all.catch(() => {});
  return async () => {
    isOver = true;
    await all;
    return made;
  };
}

/** What `check --json` says of memory, and the codes of its findings. */
function reported(json: string) {
  const { plan, findings } = JSON.parse(json) as {
    plan: { memory: { machineBytes: number; systemBytes: number; isConstrained: boolean; fits: boolean } };
    findings: { code: string }[];
  };
  return { memory: plan.memory, codes: findings.map(({ code }) => code) };
}

/** The first example of that language in a page. */
async function exampleIn(page: string, language: string): Promise<string> {
  const text = await readFile(join(root, page), 'utf8');
  return new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(text)![1]!;
}

describe.skipIf(noEngine)(name, () => {
  it('a server that leaks is started anew, and one that multiplies; the other one and the container go on', async () => {
    const { pipe, hungry, other, events, down } = await world({ memory: '200MB', pids: 64 }, [
      ...closed,
      ...['--memory', '1g', '--memory-swap', '1g', '--volume', '/cache', '--volume', '/home/mcp'],
    ]);
    // Docker mounts them read-only: it is the watch that looks.
    const groups = await docker([
      'exec',
      pipe,
      'find',
      '/sys/fs/cgroup',
      '-name',
      'cgroup.procs',
      '-writable',
    ]);
    expect(groups).toBe('');
    const first = await callTool(hungry, 'pid');
    const end = calling(other);
    await callTool(hungry, 'leak', { mb: 2 });
    const leaked = await down();
    expect(leaked).toMatchObject({ why: 'over-memory' });
    expect(Number.parseInt(String(leaked!.error), 10)).toBeLessThan(300);
    expect(await callTool(hungry, 'pid')).not.toBe(first);
    void callTool(hungry, 'fork', { count: 80 }).catch(() => {});
    expect(await down(2)).toMatchObject({ why: 'over-pids' });
    expect(await end()).toBeGreaterThan(100);
    expect(await events('server-down', 'other')).toEqual([]);
    const asleep = async () => (await docker(['top', pipe, '-eo', 'pid,args'])).match(/sleep 600/g);
    await eventually(async () => (await asleep()) === null, { timeoutMs: 20_000, everyMs: 250 });
    expect(await inspect(pipe, '.RestartCount}} {{.State.OOMKilled}} {{.State.Running')).toBe('0 false true');
    await callTool(hungry, 'echo', { text: 'here' });
    const status = await docker(['exec', pipe, 'mcp-pipe', 'status']);
    expect(status).toMatch(/may take 200 MiB of memory, 64 processes and threads/);
    expect(status).toContain('watched by mcp-pipe, in no control group');
  });

  it('where control groups can be written to, the kernel ends it, faster than a look', async () => {
    const options = ['--user', '0', '--volume', '/sys/fs/cgroup:/sys/fs/cgroup:rw', '--memory', '1g'];
    const { hungry, other, down } = await world({ memory: '200MB' }, options);
    const end = calling(other);
    await expect(callTool(hungry, 'take', { mb: 600 })).rejects.toThrow(/more memory than it may/);
    expect(await down()).toMatchObject({ why: 'over-memory', signal: 'SIGKILL' });
    expect(await end()).toBeGreaterThan(0);
    expect(await callTool(hungry, 'echo', { text: 'back' })).toBe('back');
  });

  it('check compares with what the container may take, and not with the machine', async () => {
    const server = (i: number) => [
      `s${i}`,
      { command: 'npx', args: ['-y', `server-${i}`], limits: { memory: '1500MB' } },
    ];
    const servers = Object.fromEntries(Array.from({ length: 8 }, (_, i) => server(i)));
    const config = await configMount({ mcpServers: servers });
    const check = async (...options: string[]) => {
      const run = ['run', '--rm', ...options, ...config, '--env', 'MCP_ENDPOINT=ws://127.0.0.1:1/?token=x'];
      const { stdout } = await execute('docker', [...run, image, 'check', '--json']);
      return reported(stdout);
    };
    const bound = await check('--memory', '1g');
    expect(bound.memory).toMatchObject({ machineBytes: 1024 ** 3, systemBytes: 0, fits: false });
    expect(bound.codes).toContain('CHECK_MEMORY');
    const wide = await check('--memory', '1900m');
    expect(wide.memory).toMatchObject({ machineBytes: 1900 * 1024 ** 2, fits: true });
    expect(wide.codes).not.toContain('CHECK_MEMORY');
  });

  it.skipIf(!compose)('docs/small-vps.md bounds the container of compose, and check says so', async () => {
    const cwd = await project(undefined);
    const page = 'docs/small-vps.md';
    await writeFile(join(cwd, 'mcp_config.json'), await exampleIn(page, 'json'));
    // Version 1 (end of life 2023) does not know `create_host_path`.
    const file = join(cwd, 'docker-compose.yml');
    if (compose === 'docker-compose') {
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace(/^ +bind:\n +create_host_path: false\n/gm, ''));
    }
    const override = await exampleIn(page, 'yaml');
    await writeFile(
      join(cwd, 'docker-compose.override.yml'),
      override.replace('mcp-pipe:', `mcp-pipe:\n    image: ${image}`),
    );
    const [program = '', ...args] = [...compose.split(' '), '--project-name', uniqueName()];
    onTestFinished(async () => {
      await execute(program, [...args, 'down', '--volumes'], { cwd });
    });
    const { stdout, stderr } = await execute(
      program,
      [...args, 'run', '--rm', '-T', '--no-deps', 'mcp-pipe', 'check', '--json'],
      { cwd },
    );
    expect(stdout, stderr).toContain('{');
    const { memory, codes } = reported(stdout);
    const [, megabytes] = /mem_limit: (\d+)m/.exec(override)!;
    const machineBytes = Number(megabytes) * 1024 ** 2;
    // Six servers on demand, of which the largest runs.
    expect(memory).toMatchObject({ machineBytes, isConstrained: true, fits: true });
    expect(codes).not.toContain('CHECK_MEMORY');
  });
});
