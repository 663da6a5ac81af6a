import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { callerThrough, callTool, docker, inspect, logs, project } from './engine.js';
import { execute, uniqueName } from './execute.js';

const compose = inject('compose');
const why = inject('noEngine') || (compose ? '' : 'neither docker compose nor docker-compose is there');
const name = why ? `docker-compose.yml (skipped: ${why})` : 'docker-compose.yml';
const isVersion1 = compose === 'docker-compose';

/** Compose in that folder; the test's end takes everything down, volumes included. */
async function composeIn(cwd: string, environment: Record<string, string> = {}) {
  if (isVersion1) await forVersion1(cwd);
  // The shipped file stays as it is; this adds the second container, and keeps the made-up tokens at home.
  const override = {
    services: {
      'mcp-pipe': {
        image: inject('image'),
        environment,
        extra_hosts: ['api.xiaozhi.me:127.0.0.1'],
      },
      endpoint: {
        image: inject('image'),
        command: ['endpoint', '--host', '0.0.0.0'],
        ports: ['127.0.0.1::8765'],
        healthcheck: { disable: true },
      },
    },
  };
  await writeFile(join(cwd, 'docker-compose.override.yml'), JSON.stringify(override));
  const [program = '', ...args] = [...compose.split(' '), '--project-name', uniqueName()];
  const run = (...more: string[]) => execute(program, [...args, ...more], { cwd, timeoutMs: 120_000 });
  onTestFinished(async () => {
    await run('down', '--volumes', '--timeout', '5');
  });
  return run;
}

/** Version 1 (end of life 2023) does not know `create_host_path`, and never makes the folder. */
async function forVersion1(cwd: string): Promise<void> {
  const file = join(cwd, 'docker-compose.yml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^ +bind:\n +create_host_path: false\n/gm, ''));
}

async function up(cwd: string, environment: Record<string, string> = {}) {
  const run = await composeIn(cwd, environment);
  const { exitCode, stderr } = await run('up', '--detach', '--no-build');
  expect(exitCode, stderr).toBe(0);
  const id = async (service: string) => (await run('ps', '--quiet', service)).stdout.trim();
  return { run, pipe: await id('mcp-pipe'), endpoint: await id('endpoint') };
}

const started = (pipe: string, text: string) =>
  eventually(async () => (await logs(pipe)).includes(text), { timeoutMs: 60_000, everyMs: 200, what: text });

describe.skipIf(why)(name, () => {
  it('joins the shipped example to an endpoint in a second container (needs the network)', async () => {
    const { pipe, endpoint } = await up(await project('mcp_config.example.json'), {
      MCP_ENDPOINT_CALCULATOR: 'ws://endpoint:8765/mcp/?token=first',
      MCP_ENDPOINT_MEMORY: 'ws://endpoint:8765/mcp/?token=second',
    });
    const calculator = await callerThrough(endpoint, 'first');
    const { tools } = (await calculator.request('tools/list')) as { tools: { name: string }[] };
    expect(tools.map((tool) => tool.name)).toContain('calculate');
    expect(await callTool(calculator, 'calculate', { expression: '6*7' })).toContain('42');
    const memory = await callerThrough(endpoint, 'second', 200_000);
    expect((await memory.request('tools/list')) as object).toHaveProperty('tools.length', 9);
    expect(await inspect(pipe, '.HostConfig.ReadonlyRootfs')).toBe('true');
    const limits = '.HostConfig.Memory}} {{.HostConfig.MemoryReservation}} {{.HostConfig.NanoCpus';
    expect(await inspect(pipe, limits)).toBe('1073741824 268435456 1000000000');
    expect(await inspect(pipe, '.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt')).toBe(
      '[ALL] [no-new-privileges:true]',
    );
    const leases = async (): Promise<object[]> =>
      JSON.parse(await docker(['exec', pipe, 'mcp-pipe', 'leases', '--json'])).leases;
    const alive = ['calculator', 'memory'].map((link) => expect.objectContaining({ link, alive: true }));
    expect(await leases()).toEqual(expect.arrayContaining(alive));
    expect(await logs(pipe)).not.toContain('LEASES_UNAVAILABLE');
    // What a killed container leaves behind keeps nobody waiting.
    await docker(['kill', pipe]);
    await docker(['start', pipe]);
    const isBack = async () => (await leases()).length === 2;
    await eventually(isBack, { timeoutMs: 30_000, everyMs: 200, what: 'a lease of each link' });
    expect(await leases()).toEqual(expect.arrayContaining(alive));
    await docker(['stop', pipe]);
    expect(await inspect(pipe, '.State.ExitCode')).toBe('0');
  });

  it.each([
    ['mcp_config.minimal.json', 'Starting calculator'],
    ['mcp_config.multi-token.json', 'Starting kitchen (calculator, memory@kitchen), children'],
  ])('starts what %s shows', async (config, text) => {
    const tokens = { TOKEN_1: 'made-up-number-one', TOKEN_2: 'made-up-number-two' };
    const { pipe } = await up(await project(config), tokens);
    await started(pipe, text);
    expect(await logs(pipe)).not.toContain('made-up-number');
  });

  it('takes over edits of .env and of the configuration, and says when a mount hides one', async () => {
    const cwd = await project('mcp_config.minimal.json');
    const envFile = join(cwd, '.env');
    await writeFile(envFile, 'MCP_ENDPOINT=ws://endpoint:8765/mcp/?token=old-token\n', { mode: 0o644 });
    const { pipe, endpoint } = await up(cwd);
    const before = await callerThrough(endpoint, 'old-token');
    expect(await callTool(before, 'calculate', { expression: '6*7' })).toContain('42');
    const pipes = (...args: string[]) => execute('docker', ['exec', pipe, 'mcp-pipe', ...args]);
    // In place: the mount stays.
    await writeFile(envFile, 'MCP_ENDPOINT=ws://endpoint:8765/mcp/?token=new-token\n');
    expect(JSON.parse((await pipes('status', '--json')).stdout)).toMatchObject({
      configuration: { changedSince: ['/app/.env'] },
    });
    expect((await pipes('reload')).exitCode).toBe(0);
    const after = await callerThrough(endpoint, 'new-token');
    expect(await callTool(after, 'calculate', { expression: '6*7' })).toContain('42');
    const config = join(cwd, 'mcp_config.json');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('"calculator"', '"sums"'));
    await docker(['kill', '--signal', 'HUP', pipe]);
    await started(pipe, 'added sums; removed calculator');
    // By a rename, as many editors do: the container still has the old file.
    await writeFile(`${config}.new`, text);
    await rename(`${config}.new`, config);
    const { stdout, stderr } = await pipes('reload');
    expect(stdout + stderr).toContain('CONFIG_FILE_REPLACED');
    expect(await logs(pipe)).not.toContain('new-token');
  });

  it('says which file is missing, and makes no folder in its place', async () => {
    const withoutEnv = await project('mcp_config.minimal.json', false);
    const first = await (await composeIn(withoutEnv))('up', '--detach', '--no-build');
    expect(first.exitCode).not.toBe(0);
    expect(first.stdout + first.stderr).toMatch(/env file.*\.env/i);
    const withoutConfig = await project(undefined);
    const second = await (await composeIn(withoutConfig))('up', '--detach', '--no-build');
    expect(second.exitCode).not.toBe(0);
    expect(second.stdout + second.stderr).toMatch(/source path does not exist.*mcp_config\.json/);
    expect(existsSync(join(withoutConfig, 'mcp_config.json'))).toBe(false);
  });
});
