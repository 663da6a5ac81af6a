// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { chmodSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { PlanOptions } from '../../../src/config/draft.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { UsageError } from '../../../src/protocol/errors.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, calc, folderWith, load, plan, refusal, removeFolders, TOKEN, worded } from './workspace.js';

afterEach(removeFolders);

describe('without a target', () => {
  test('every enabled server is planned, in the order of the file, in the folder of the file', async () => {
    const folder = folderWith({
      'conf/work/x': '',
      'conf/c.json': {
        mcpServers: {
          b: { command: 'node', args: ['b.js', '${WORD}'], handshake: 'passthrough' },
          a: { command: './run.sh', cwd: 'work', endpoint: 'ws://h/?token=own' },
          off: { command: 'x', disabled: true },
        },
      },
    });
    const config = await loadConfig({
      cwd: folder,
      file: 'conf/c.json',
      env: { MCP_ENDPOINT: ADDRESS, WORD: 'w' },
    });
    const { links, servers } = makePlan(config, { cwd: folder });
    expect(links).toMatchObject([
      { kind: 'pipe', name: 'b', servers: ['b'] },
      { kind: 'pipe', name: 'a', servers: ['a'] },
    ]);
    expect(servers).toMatchObject([
      {
        kind: 'stdio',
        name: 'b',
        options: { handshake: 'passthrough' },
        launch: { command: 'node', args: ['b.js', 'w'], cwd: `${folder}/conf` },
      },
      {
        kind: 'stdio',
        name: 'a',
        options: { handshake: 'speculative' },
        launch: { command: `${folder}/conf/work/run.sh`, cwd: `${folder}/conf/work` },
      },
    ]);
  });

  test('and without a configuration the error says what could be done', async () => {
    const folder = folderWith({});
    const config = await loadConfig({ cwd: folder, env: { MCP_ENDPOINT: ADDRESS } });
    const [finding] = await refusal(() => makePlan(config, { cwd: folder }));
    expect(finding).toMatchObject({ code: 'CONFIG_FILE_NOT_FOUND', file: `${folder}/mcp_config.json` });
    expect(finding!.next).toContain('mcp-pipe calculator.js');
  });
});

describe('a target', () => {
  const files = {
    'mcp_config.json': {
      mcpServers: { calculator: { command: 'x' }, memory: { command: 'y', disabled: true } },
      settings: { endTimeoutMs: 5 },
    },
    'calculator.js': '',
    memory: '',
    'folder/x': '',
  };
  const planned = async (
    target: PlanOptions['target'],
    env: Record<string, string> = { MCP_ENDPOINT: ADDRESS },
  ) => {
    const cwd = folderWith(files);
    return { cwd, ...makePlan(await loadConfig({ cwd, env }), { cwd, target, commandNames: ['demo'] }) };
  };

  test('is a configured server', async () => {
    const { servers, warnings } = await planned({ name: 'calculator' });
    expect(servers.map((one) => [one.name, launchOf(one).command])).toEqual([['calculator', 'x']]);
    expect(warnings).toEqual([]);
  });

  test('that is disabled, and a file as well, is started as the server, and both are said', async () => {
    const { servers, warnings } = await planned({ name: 'memory' });
    expect(servers.map((server) => launchOf(server).command)).toEqual(['y']);
    expect(warnings.map(({ code }) => code)).toEqual(['CONFIG_DISABLED', 'CONFIG_NAME_IS_FILE']);
    expect(worded(warnings)[1]!.next).toContain('./memory');
  });

  test('is a script, which runs in the current folder with the settings of the configuration', async () => {
    const { cwd, links, servers } = await planned({ name: 'calculator.js', args: ['--fast'] });
    expect(links).toHaveLength(1);
    expect(links[0]).toMatchObject({ name: 'calculator', settings: { endTimeoutMs: 5 } });
    expect(servers).toHaveLength(1);
    expect(servers[0]).toMatchObject({
      name: 'calculator',
      launch: { command: process.execPath, args: [`${cwd}/calculator.js`, '--fast'], cwd },
    });
  });

  test('is a script that has an endpoint of its own by its name', async () => {
    const { links } = await planned(
      { name: './calculator.js' },
      { MCP_ENDPOINT_CALCULATOR: 'ws://h/?token=own' },
    );
    expect(links[0]!.endpoint.token).toBe('own');
  });

  test('is a script that runs although the servers of the configuration have mistakes', async () => {
    const config = { mcpServers: { a: { command: 1 }, b: { command: 'x', disabled: 'yes' } } };
    const cwd = folderWith({ 'mcp_config.json': config, 's.js': '' });
    const loaded = await loadConfig({ cwd, env: { MCP_ENDPOINT: ADDRESS } });
    expect(makePlan(loaded, { cwd, target: { name: 's.js' } }).warnings).toMatchObject([
      { path: 'mcpServers.b.disabled' },
    ]);
  });

  test('is a server that runs although others have mistakes, which are said', async () => {
    const config = {
      mcpServers: { ok: { command: 'x' }, bad: { command: 42, enabled: 1 }, text: 'node x.js' },
    };
    const { links, warnings } = await plan(config, undefined, { target: { name: 'ok' } });
    expect(links.map(({ name }) => name)).toEqual(['ok']);
    expect(warnings.map(({ severity, path }) => `${severity} ${path}`)).toEqual([
      'warning mcpServers.bad.enabled',
      'warning mcpServers.text',
    ]);
    const own = await refusal(plan(config, undefined, { target: { name: 'bad' } }));
    expect(own.map(({ path }) => path).sort()).toEqual(['mcpServers.bad.command', 'mcpServers.bad.enabled']);
    const all = await refusal(plan(config));
    expect(all).toHaveLength(3);
  });

  test('is a server that does not run when its name stands twice, or the settings have a mistake', async () => {
    const target = { name: 'calc' };
    const twice = { ...calc(), servers: { calc: { command: 'b' }, other: { enabled: 1 } }, settings: 1 };
    const findings = await refusal(plan(twice, undefined, { target }));
    expect(findings.map(({ path }) => path)).toEqual(['servers.calc', 'settings']);
  });

  test('is any command, called by the name of what it runs', async () => {
    const { cwd, links, servers } = await planned({
      command: ['npx', '-y', '@modelcontextprotocol/server-memory'],
    });
    expect(links).toMatchObject([{ name: 'server-memory', servers: ['server-memory'] }]);
    expect(servers[0]).toMatchObject({
      name: 'server-memory',
      launch: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory'], cwd },
    });
  });

  test.each([
    [{ name: 'calculater' }, 'calculator, memory', 'Did you mean calculator?'],
    [{ name: 'bash' }, 'neither a configured server nor a file', 'mcp-pipe -- bash'],
    [{ name: 'folder' }, 'is a folder', 'Give the path'],
    [{ name: 'nowhere.py' }, 'nowhere.py does not exist', 'Give the path'],
    [{ name: 'demmo' }, 'neither', 'Did you mean demo?'],
    [{ name: ADDRESS }, 'An address stands', 'MCP_ENDPOINT='],
    [{ name: 'homeassistant.local:8123/api/mcp' }, 'An address stands', '--http http://'],
    [{ command: [] }, 'No command', 'mcp-pipe -- npx'],
    [{ name: 'calculator', args: ['x'] }, 'takes its arguments from the configuration', '"args"'],
  ])('%j is a usage error that lists what there is', async (target, message, next) => {
    const error = await planned(target).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain(message);
    expect((error as UsageError).next).toContain(next);
    expect(String(error)).not.toContain(TOKEN);
  });
});

describe('the embedded endpoint', () => {
  test('gives every server its address, whatever the configuration and the environment lack', async () => {
    const config = {
      mcpServers: { one: { command: 'x', endpoint: '${TOKEN_1}' }, longname: { command: 'y' } },
    };
    const endpointFor = (name: string) => new Endpoint(`ws://127.0.0.1:9/mcp/?token=${name}`);
    const { links, warnings, secrets } = await plan(config, {}, { endpointFor });
    expect(links.map(({ endpoint }) => endpoint.token)).toEqual(['one', 'longname']);
    expect(warnings).toEqual([]);
    // A name in the log is no secret, even when it is a token there.
    expect(secrets).toEqual([]);
  });
});

describe('the environment of a child', () => {
  const given = {
    PATH: '/bin',
    HOME: '/home/me',
    API_KEY: 'kept',
    MCP_ENDPOINT: ADDRESS,
    MCP_ENDPOINT_OTHER: 'ws://h/?token=other-token',
    MCP_ENDPOINT_OTHER_FILE: '/run/other',
    TOKEN_1: 'first-token-value',
    TOKEN_1_FILE: '/run/first',
    TOKEN_2: 'second-token-value',
    COPY: ADDRESS,
    HIDDEN: `curl -H "x: ${TOKEN}"`,
    MCP_PIPE_LOG_LEVEL: 'info',
  };
  const config = {
    mcpServers: {
      a: { command: 'x', env: { OWN: '1', PATH: '/own/bin' } },
      b: { command: 'y', endpoint: 'ws://h/?token=${TOKEN_1}', env: { OWN: '2', TOKEN_2: '${TOKEN_2}' } },
      c: { command: 'z', env: { MCP_ENDPOINT: 'ws://h/?token=${TOKEN_2}' } },
      off: { command: 'x', disabled: true, endpoint: 'ws://h/?token=${API_TOKEN}' },
    },
  };

  test('is what mcp-pipe has, without its secrets, and with the own variables of that server', async () => {
    const { servers } = await plan(config, { ...given, API_TOKEN: 'for-the-disabled-one' });
    const [a, b, c] = servers.map((server) => launchOf(server).env);
    const common = { HOME: '/home/me', API_KEY: 'kept', MCP_PIPE_LOG_LEVEL: 'info' };
    expect(a).toEqual({ ...common, OWN: '1', PATH: '/own/bin' });
    // What an entry gives to its own server on purpose is given.
    expect(b).toEqual({ ...common, PATH: '/bin', OWN: '2', TOKEN_2: 'second-token-value' });
    expect(c).toEqual({ ...common, PATH: '/bin' });
  });

  test('holds the variables of .env that are no secrets of mcp-pipe', async () => {
    const cwd = folderWith({ 'mcp_config.json': calc(), '.env': `MCP_ENDPOINT=${ADDRESS}\nWEATHER_KEY=k\n` });
    const { servers } = makePlan(await loadConfig({ cwd, env: {} }), { cwd });
    expect(launchOf(servers[0]).env).toEqual({ WEATHER_KEY: 'k' });
  });

  test('keeps innocent variables when a token is a short or common word', async () => {
    const env = {
      MCP_ENDPOINT: 'ws://h/?token=bin&mode=production',
      PATH: '/usr/bin',
      NODE_ENV: 'production',
      X: 'bin',
    };
    const { servers } = await plan(calc(), env);
    expect(launchOf(servers[0]).env).toEqual({
      PATH: '/usr/bin',
      NODE_ENV: 'production',
      X: 'bin',
    });
  });

  test('loses a token in each spelling of a base64 token', async () => {
    const env = {
      MCP_ENDPOINT: 'ws://h/?token=abcd%2Fefgh%3D',
      RAW: 'abcd/efgh=',
      ENCODED: 'abcd%2Fefgh%3D',
      KEEP: 'x',
    };
    const { servers, secrets } = await plan(calc(), env);
    expect(launchOf(servers[0]).env).toEqual({ KEEP: 'x' });
    expect(secrets).toEqual(expect.arrayContaining(['abcd/efgh=', 'abcd%2Fefgh%3D']));
  });

  test('makes no difference between cases on Windows, and keeps Path', async () => {
    const cwd = folderWith({ 'mcp_config.json': calc({ env: { path: 'C:\\own' } }) });
    const env = { Path: 'C:\\Windows', mcp_endpoint: ADDRESS, SystemRoot: 'C:\\Windows' };
    const { links, servers } = makePlan(await loadConfig({ cwd, env, platform: 'win32' }), { cwd });
    expect(launchOf(servers[0]).env).toEqual({ Path: 'C:\\own', SystemRoot: 'C:\\Windows' });
    expect(links[0]!.endpoint.token).toBe(TOKEN);
  });

  test('of a Python script keeps the settings a user made', async () => {
    const cwd = folderWith({ 's.py': '', 'bin/python3': '#!/bin/sh' });
    chmodSync(`${cwd}/bin/python3`, 0o755);
    const env = { MCP_ENDPOINT: ADDRESS, PATH: `${cwd}/bin`, PYTHONUTF8: '0' };
    const { servers } = makePlan(await loadConfig({ cwd, env }), { cwd, target: { name: 's.py' } });
    expect(launchOf(servers[0]).env).toMatchObject({ PYTHONUNBUFFERED: '1', PYTHONUTF8: '0' });
  });
});

test('a plan prints itself without tokens, and lists them for redaction', async () => {
  const made = await plan(calc(), { MCP_ENDPOINT: ADDRESS });
  expect(made.secrets).toContain(TOKEN);
  const { secrets: _, ...printable } = made;
  expect(inspect(printable, { depth: 9 })).not.toContain(TOKEN);
  expect(JSON.stringify(printable)).not.toContain(TOKEN);
});

test('values from files that are filled in anywhere are listed for redaction, short ones are not', async () => {
  const folder = folderWith({ key: 'a-key-from-a-file\n', pin: '1234\n' });
  const env = { MCP_ENDPOINT: ADDRESS, KEY_FILE: `${folder}/key`, PIN_FILE: `${folder}/pin` };
  const { servers, secrets } = await plan(calc({ env: { KEY: '${KEY}', PIN: '${PIN}' } }), env);
  expect(launchOf(servers[0]).env).toMatchObject({ KEY: 'a-key-from-a-file', PIN: '1234' });
  expect(secrets).toContain('a-key-from-a-file');
  expect(secrets).not.toContain('1234');
});

test('loading and planning twice gives equal plans', async () => {
  const config = await load(calc());
  const options = { cwd: config.folder };
  expect(makePlan(config, options)).toEqual(makePlan(config, options));
});
