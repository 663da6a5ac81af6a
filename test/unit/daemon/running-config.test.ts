import { mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan, type Plan } from '../../../src/config/plan.js';
import {
  type DependsOn,
  type ReadPlan,
  RunningConfig,
  StoppingError,
} from '../../../src/daemon/running-config.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const ENDPOINT = 'ws://127.0.0.1:1/mcp/?token=token-of-all';

/** A configuration in a folder of its own, and what its app was given. */
async function running(servers: Record<string, object>, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-reload-'));
  const file = join(folder, 'mcp_config.json');
  const write = (value: object) => writeFileSync(file, JSON.stringify({ mcpServers: value }));
  const read = async (dependsOn: DependsOn = () => {}): Promise<ReadPlan> => {
    const config = await loadConfig({ file, env: { MCP_ENDPOINT: ENDPOINT, ...env }, cwd: folder });
    const { envFile, wantedFile, environment } = config;
    const files = () => [wantedFile, envFile, ...environment.valueFiles];
    try {
      return { plan: makePlan(config, { cwd: folder, commandNames: [] }), file, envFile, files: files() };
    } finally {
      dependsOn(files());
    }
  };
  write(servers);
  const first = await read();
  const applied: Plan[] = [first.plan];
  const heard: string[] = [];
  const reasons: unknown[] = [];
  const ill = new Set<string>();
  const gateway = { isTaken: false, steps: [] as string[] };
  const config = new RunningConfig({
    ...{ read, first, watching: true },
    http: {
      prepare: async () => {
        if (gateway.isTaken) throw new Error('the port is taken');
        gateway.steps.push('prepare');
        return {
          commit: () => void gateway.steps.push(`commit after ${applied.length}`),
          abandon: async () => {},
        };
      },
    },
    app: {
      apply: async (plan, whyRemoved) => {
        reasons.push(whyRemoved);
        const diff = diffPlan(applied.at(-1)!, plan);
        applied.push(plan);
        return diff;
      },
      daemon: { restart: async () => true },
    },
    isWell: (server) => !ill.has(server),
    hears: {
      reloading: (why) => void heard.push(why),
      reloaded: ({ isChanged }) => void heard.push(isChanged ? 'changed' : 'same'),
      refused: ({ name }) => void heard.push(name),
      paused: (name) => void heard.push(`paused ${name}`),
      resumed: (name) => void heard.push(`resumed ${name}`),
    },
  });
  const names = () => applied.at(-1)!.servers.map(({ name }) => name);
  return { folder, file, write, config, applied, heard, reasons, names, ill, gateway };
}

const SERVER = { command: 'node', args: ['x.js'] };

test('the gateway is ready for a plan before the servers are, and refuses one that it cannot have', async () => {
  const { write, config, heard, names, gateway, applied } = await running({ a: SERVER });
  write({ b: SERVER });
  await config.reload('asked');
  expect(gateway.steps).toEqual(['prepare', 'commit after 1']);
  expect(applied).toHaveLength(2);
  write({ c: SERVER });
  gateway.isTaken = true;
  await expect(config.reload('asked')).rejects.toThrow('the port is taken');
  expect(names()).toEqual(['b']);
  expect(config.state.refused).toMatchObject({ error: { message: 'the port is taken' } });
  expect(heard.at(-1)).toBe('Error');
});

test('what changed is taken over, and an unchanged file changes nothing', async () => {
  const { write, config, heard, names } = await running({ a: SERVER });
  expect(config.state).toMatchObject({ changedSince: [], refused: undefined });
  expect((await config.reload('asked')).isChanged).toBe(false);
  write({ a: SERVER, b: SERVER });
  expect(config.state.changedSince).toHaveLength(1);
  expect(await config.reload('SIGHUP')).toMatchObject({
    isChanged: true,
    diff: {
      servers: [
        { name: 'a', change: 'kept' },
        { name: 'b', change: 'added' },
      ],
    },
  });
  expect(names()).toEqual(['a', 'b']);
  expect(config.state.changedSince).toEqual([]);
  expect(heard).toEqual(['asked', 'same', 'SIGHUP', 'changed']);
});

test('a broken edit is refused, the plan before runs on, and status says so until the file is right', async () => {
  const { file, write, config, applied, heard } = await running({ a: SERVER });
  for (const broken of ['{', '{"mcpServers":{"a":{"command":5}}}', '{"mcpServers":{}}', '\0']) {
    writeFileSync(file, broken);
    await expect(config.reload('asked')).rejects.toThrow();
    expect(config.state.changedSince).toEqual([file]);
    expect(config.state.refused).toBeDefined();
  }
  rmSync(file);
  await expect(config.reload('asked')).rejects.toThrow();
  expect(applied).toHaveLength(1);
  expect(heard.filter((what) => what === 'ConfigError')).toHaveLength(5);
  write({ a: SERVER });
  expect((await config.reload('asked')).isChanged).toBe(false);
  expect(config.state).toMatchObject({ changedSince: [], refused: undefined });
});

test('.env and the files of variables count', async () => {
  const key = join(mkdtempSync(join(tmpdir(), 'mcp-pipe-key-')), 'key.txt');
  writeFileSync(key, 'first');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the configuration
  const servers = { a: { ...SERVER, env: { KEY: '${KEY}' } } };
  const { folder, config, applied } = await running(servers, { KEY_FILE: key });
  writeFileSync(key, 'second');
  expect(config.state.changedSince).toEqual([key]);
  expect(await config.reload('asked')).toMatchObject({
    diff: { servers: [{ name: 'a', change: 'restarted', keys: ['launch.env.KEY'] }] },
  });
  // It does not exist yet.
  const envFile = join(folder, '.env');
  writeFileSync(envFile, 'OTHER=1\n');
  expect(config.state.changedSince).toEqual([envFile]);
  await config.reload('asked');
  expect(config.state.changedSince).toEqual([]);
  expect(applied).toHaveLength(3);
});

test('a variable that servers merely inherit restarts none of those that work', async () => {
  const { folder, write, config, applied, ill } = await running({ a: SERVER, b: SERVER });
  const changes = async () => {
    const { diff, behind, variables } = await config.reload('asked');
    const of = diff.servers.map(({ name, change }) => `${name} ${change}`);
    return [of, behind, variables];
  };
  const envFile = join(folder, '.env');
  // As people do it: first the key, then the entry that names it.
  writeFileSync(envFile, 'API_KEY=first-key\n');
  expect(await changes()).toEqual([['a kept', 'b kept'], ['a', 'b'], ['API_KEY']]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the configuration
  const c = { ...SERVER, env: { API_KEY: '${API_KEY}' } };
  write({ a: SERVER, b: SERVER, c });
  expect((await changes())[0]).toEqual(['a kept', 'b kept', 'c added']);
  writeFileSync(envFile, 'API_KEY=second-key\nREGION=vn\n');
  expect((await changes())[0]).toEqual(['a kept', 'b kept', 'c restarted']);
  // A server that does not work may need it.
  ill.add('b');
  writeFileSync(envFile, 'API_KEY=second-key\nREGION=vn\nCITY=hanoi\n');
  expect(await changes()).toEqual([
    ['a kept', 'b restarted', 'c kept'],
    ['a', 'c'],
    ['CITY', 'REGION'],
  ]);
  // A person decides.
  expect(await config.restart(['a'])).toEqual(['a']);
  const envOf = (name: string) => {
    const server = applied.at(-1)!.servers.find((one) => one.name === name) as { launch?: object };
    return (server.launch as { env: Record<string, string> }).env;
  };
  expect(envOf('a')).toMatchObject({ REGION: 'vn', CITY: 'hanoi' });
  expect(envOf('a')).not.toHaveProperty('API_KEY');
  expect(envOf('c')).not.toHaveProperty('CITY');
  // A value that servers may know restarts them.
  writeFileSync(envFile, 'API_KEY=second-key\nREGION=en\nCITY=hanoi\n');
  expect((await changes())[0]).toEqual(['a restarted', 'b restarted', 'c kept']);
  expect(JSON.stringify(applied.at(-1))).not.toContain('second-key');
});

test('pauses last over reloads, and end with their server', async () => {
  const { write, config, names, heard, reasons } = await running({ a: SERVER, b: SERVER });
  expect(await config.pause(['b'])).toEqual(['b']);
  expect(reasons).toEqual(['paused']);
  expect(await config.pause(['b'])).toEqual([]);
  expect(names()).toEqual(['a']);
  write({ a: SERVER, b: SERVER, c: SERVER });
  await config.reload('asked');
  expect(names()).toEqual(['a', 'c']);
  expect(config.paused.map(({ name }) => name)).toEqual(['b']);
  expect(await config.resume(['b', 'c'])).toEqual(['b']);
  expect(names()).toEqual(['a', 'b', 'c']);
  await config.pause(['c']);
  write({ a: SERVER });
  await config.reload('asked');
  expect(config.paused).toEqual([]);
  expect(heard.filter((what) => what.includes(' '))).toEqual(['paused b', 'resumed b', 'paused c']);
});

test('a watched file is read once it has stayed as it is, however it was replaced', async () => {
  const { folder, file, config, names, heard } = await running({ a: SERVER });
  const clock = new ManualClock();
  const stop = config.watch(clock);
  // By a rename, as editors do.
  const next = join(folder, 'next');
  writeFileSync(next, JSON.stringify({ mcpServers: { c: SERVER } }));
  renameSync(next, file);
  await clock.advance(1_000);
  expect(heard).toEqual([]);
  await clock.advance(1_000);
  await expect.poll(() => names()).toEqual(['c']);
  // As secret stores do, and with the same contents: nothing to read.
  writeFileSync(next, JSON.stringify({ mcpServers: { c: SERVER } }));
  rmSync(file);
  symlinkSync(next, file);
  utimesSync(next, 1, 1);
  await clock.advance(5_000);
  expect(heard).toEqual(['file-changed', 'changed']);
  stop();
  writeFileSync(next, '{');
  await clock.advance(10_000);
  expect(config.state.refused).toBeUndefined();
});

test('a watched edit that is undone, or whose file comes later, is not refused any longer', async () => {
  const { folder, write, config, heard } = await running({ a: SERVER });
  const clock = new ManualClock();
  onTestFinished(config.watch(clock));
  write({ a: { ...SERVER, args: 'wrong' } });
  await clock.advance(3_000);
  expect(config.state.refused).toBeDefined();
  write({ a: SERVER });
  await clock.advance(3_000);
  expect(config.state).toMatchObject({ refused: undefined, changedSince: [] });
  expect(heard).toEqual(['file-changed', 'ConfigError', 'file-changed', 'same']);
  // The file that a variable names is not there yet.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the configuration
  write({ a: { ...SERVER, env: { KEY: '${KEY}' } } });
  writeFileSync(join(folder, '.env'), 'KEY_FILE=key.txt\n');
  await clock.advance(5_000);
  expect(config.state.refused).toBeDefined();
  writeFileSync(join(folder, 'key.txt'), 'the-key');
  await clock.advance(3_000);
  expect(config.state).toMatchObject({ refused: undefined, changedSince: [] });
  expect(heard.at(-1)).toBe('changed');
});

test('a run that stops changes nothing more', async () => {
  const { write, config, applied, heard } = await running({ a: SERVER, b: SERVER });
  const begun = config.reload('asked');
  const later = config.pause(['b']);
  config.close();
  await expect(begun).rejects.toThrow(StoppingError);
  await expect(later).rejects.toThrow(StoppingError);
  write({ a: SERVER });
  await expect(config.reload('SIGHUP')).rejects.toThrow(StoppingError);
  await expect(config.restart(['a'])).rejects.toThrow(StoppingError);
  expect(applied).toHaveLength(1);
  expect(heard).toEqual([]);
  expect(config.paused).toEqual([]);
});
