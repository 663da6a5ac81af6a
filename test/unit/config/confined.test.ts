// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import type { Confinement } from '../../../src/sandbox/confinement.js';
import { ADDRESS, folderWith, load, plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const configOf = (entry: object) => ({ mcpServers: { one: { command: 'node', args: ['x.js'], ...entry } } });

async function held(entry: object): Promise<Confinement & { folder: string }> {
  const { servers } = await plan(configOf(entry));
  const [server] = servers as unknown as { confinement: Confinement }[];
  return { ...server!.confinement, folder: dirname(server!.confinement.own[0]!) };
}

test('a server without these keys has nothing of them in the plan', async () => {
  const { servers } = await plan(configOf({}));
  expect(servers[0]).not.toHaveProperty('confinement');
});

test('auto writes the own folder and has the network; the configuration and .env are its to hide', async () => {
  const { sandbox, own, folder } = await held({ sandbox: 'auto' });
  expect(sandbox).toEqual({ read: [], write: [], writesOwnFolder: true, network: true });
  expect(own).toEqual([`${folder}/mcp_config.json`, `${folder}/.env`]);
});

test('files with variables of other servers, and of --env-file, are to hide; its own is not', async () => {
  const servers = {
    one: { command: 'node', envFile: 'one.env', sandbox: 'auto' },
    two: { command: 'node', envFile: 'sub/two.env' },
    three: { command: 'node', envFile: 'one.env' },
  };
  const files = { 'one.env': 'A=1', 'sub/two.env': 'B=2' };
  const cwd = folderWith({ 'mcp_config.json': { mcpServers: servers }, ...files });
  const config = await loadConfig({ cwd, env: { MCP_ENDPOINT: ADDRESS } });
  const made = makePlan({ ...config, envFile: '/srv/main.env' }, { cwd: '/' });
  const [server] = made.servers as unknown as { confinement: Confinement }[];
  const { own } = server!.confinement;
  const folder = dirname(own[0]!);
  expect(own).toEqual([
    ...[`${folder}/mcp_config.json`, `${folder}/.env`, '/srv/main.env', `${folder}/sub/two.env`],
  ]);
});

test('paths are absolute, from cwd and from the home, with variables filled in', async () => {
  const sandbox = {
    read: ['~/books', '/srv/x'],
    write: ['data', '${WORD:-/w}/y'],
    network: 'false',
    by: 'landlock',
  };
  const { folder, ...read } = await held({ cwd: 'sub', sandbox });
  expect(read.sandbox).toEqual({
    read: [`${homedir()}/books`, '/srv/x'],
    write: [`${folder}/sub/data`, '/w/y'],
    ...{ writesOwnFolder: false, network: false, by: 'landlock' },
  });
});

test('an image needs no command; its own variables go by name, and mounts are read-only', async () => {
  const image = { name: 'mcp/time', network: true, mounts: ['data:/data', './out:/out:rw'] };
  const { servers } = await plan({
    mcpServers: { one: { image, args: ['--x'], env: { API_KEY: 'v', MCP_ENDPOINT: 'ws://h/?token=t' } } },
  });
  const [server] = servers as unknown as { confinement: Confinement }[];
  const { image: read, own } = server!.confinement;
  const folder = dirname(own[0]!);
  expect(read).toEqual({
    name: 'mcp/time',
    network: 'bridge',
    variables: ['API_KEY'],
    mounts: [
      { from: `${folder}/data`, to: '/data', isWritable: false },
      { from: `${folder}/out`, to: '/out', isWritable: true },
    ],
  });
});

test('an image alone has no network; a command takes the place of its program', async () => {
  const { image } = await held({ image: 'mcp/time' });
  expect(image).toMatchObject({ network: 'none', mounts: [], entrypoint: 'node' });
});

test.each([
  [{ sandbox: 'no' }, 'CONFIG_TYPE'],
  [{ sandbox: { write: ['.'], reads: [] } }, 'CONFIG_UNKNOWN_SETTING'],
  [{ nice: 20 }, 'CONFIG_TYPE'],
  [{ nice: 1.5 }, 'CONFIG_TYPE'],
  [{ image: 'x', sandbox: 'auto' }, 'CONFIG_CONTRADICTION'],
  [{ image: 'x', nice: 5 }, 'CONFIG_CONTRADICTION'],
  [{ image: { name: 'x', mounts: ['data'] } }, 'CONFIG_TYPE'],
  [{ image: { network: true } }, 'CONFIG_TYPE'],
  [{ image: '' }, 'CONFIG_TYPE'],
  [{ image: { name: '' } }, 'CONFIG_TYPE'],
])('%j is told as wrong', async (entry, code) => {
  const config = await load(configOf(entry));
  const findings = await refusal(() => makePlan(config, { cwd: '/' }));
  expect(findings.map((finding) => finding.code)).toContain(code);
});

test.each([
  [{ sandbox: 'on' }, 'sandbox', '"on"'],
  [{ sandbox: { by: 'firejail' } }, 'sandbox-by', '"firejail"'],
  [{ limits: { memory: '512KB' } }, 'size', '"512KB"'],
  [{ limits: { cpu: '50%' } }, 'number', '"50%"'],
  [{ instances: { count: '3' } }, 'number', '"3"'],
  [{ instances: '3' }, 'instances', '"3"'],
  [{ nice: 'low' }, 'number', '"low"'],
])('of %j it is said what may stand there, and what stands there', async (entry, id, literal) => {
  const config = await load(configOf(entry));
  const [finding] = await refusal(() => makePlan(config, { cwd: '/' }));
  expect(finding!.params).toMatchObject({ shape: { id }, came: { literal } });
});

test('another sandbox needs another process', async () => {
  const config = await load(configOf({ sandbox: 'auto' }));
  const made = makePlan(config, { cwd: '/' });
  const [server] = made.servers as unknown as { confinement: Confinement }[];
  const without = { ...server!.confinement, sandbox: { ...server!.confinement.sandbox!, network: false } };
  const next = { ...made, servers: [{ ...made.servers[0]!, confinement: without }] } as typeof made;
  expect(diffPlan(made, made).servers).toMatchObject([{ change: 'kept' }]);
  expect(diffPlan(made, next).servers).toMatchObject([{ change: 'restarted', keys: ['confinement'] }]);
});
