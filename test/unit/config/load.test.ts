// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, calc, folderWith, load, plan, refusal, removeFolders, TOKEN } from './workspace.js';

afterEach(removeFolders);

const named = (name: string) => ({ mcpServers: { [name]: { command: 'node' } } });

describe('the configuration file', () => {
  test('is --config, else MCP_CONFIG, else mcp_config.json in the current folder', async () => {
    const cwd = folderWith({
      'mcp_config.json': named('default'),
      'env.json': named('env'),
      'sub/option.json': named('option'),
    });
    const env = { MCP_CONFIG: 'env.json' };
    const nameOf = async (options: { file?: string; env: object }) =>
      (await loadConfig({ cwd, ...options, env: { ...options.env } })).servers[0]!.name;
    expect(await nameOf({ file: 'sub/option.json', env })).toBe('option');
    expect(await nameOf({ env })).toBe('env');
    expect(await nameOf({ env: { MCP_CONFIG: '' } })).toBe('default');
  });

  test('may be missing, as a script or a command needs none; .env of the current folder is read all the same', async () => {
    const cwd = folderWith({ '.env': 'MCP_ENDPOINT=ws://127.0.0.1:1/' });
    const config = await loadConfig({ cwd, env: {} });
    expect(config).toMatchObject({
      file: undefined,
      folder: cwd,
      servers: [],
      env: { MCP_ENDPOINT: 'ws://127.0.0.1:1/' },
    });
  });

  test.each([
    [{ file: 'nope.json', env: {} }, '--config'],
    [{ env: { MCP_CONFIG: 'nope.json' } }, 'MCP_CONFIG'],
    [{ envFile: 'nope.env', env: {} }, '--env-file'],
  ])('that was asked for and does not exist is an error: %j', async (options, by) => {
    const [finding] = await refusal(loadConfig({ cwd: folderWith({}), ...options }));
    expect(finding).toMatchObject({ code: 'CONFIG_FILE_NOT_FOUND', expected: `the file that ${by} names` });
    expect(finding!.file).toContain('nope');
  });

  test.each([
    ['nope.json', 'The configuration cannot be read'],
    ['.', 'The configuration cannot be read'],
    ['bad.json', 'The configuration is not valid JSON'],
  ])('%s that cannot be used is named once, by its finding', async (file, message) => {
    const cwd = folderWith({ 'bad.json': '{' });
    await expect(loadConfig({ cwd, file, env: {} })).rejects.toMatchObject({ message });
  });

  test('that is a folder is an error that says so', async () => {
    const [finding] = await refusal(loadConfig({ cwd: folderWith({ 'a/b': '' }), file: 'a', env: {} }));
    expect(finding).toMatchObject({ code: 'CONFIG_FILE_UNREADABLE', got: 'EISDIR' });
  });

  test('may begin with a byte order mark and hold comments and trailing commas', async () => {
    const config = await load(
      '\ufeff// mine\n{"mcpServers": {"calc": {"command": "node", "args": ["a",],},},}',
    );
    expect(config.servers[0]).toMatchObject({ name: 'calc', command: 'node', args: ['a'] });
  });

  test('that is not JSON is refused with file, line and reason', async () => {
    const [finding] = await refusal(
      load('{\n  "mcpServers": {\n    "calc": {"command": "C:\\node.exe" "args": []}\n}}'),
    );
    expect(finding).toMatchObject({ code: 'CONFIG_SYNTAX', line: 3, expected: 'a comma' });
    expect(finding!.file).toMatch(/mcp_config\.json$/);
  });
});

describe('.env', () => {
  test('is read beside the configuration, not in the current folder', async () => {
    const cwd = folderWith({ '.env': 'A=cwd\n', 'conf/.env': 'A=conf\n', 'conf/c.json': named('x') });
    const config = await loadConfig({ cwd, file: 'conf/c.json', env: {} });
    expect(config.env.A).toBe('conf');
    expect(config.envFile).toBe(join(cwd, 'conf/.env'));
  });

  test('can be another file, and never overrides the real environment nor changes it', async () => {
    const cwd = folderWith({ 'my.env': 'A=file\nB=file\n' });
    const env = { A: 'real' };
    const before = process.env.B;
    const config = await loadConfig({ cwd, envFile: 'my.env', env });
    expect(config.env).toEqual({ A: 'real', B: 'file' });
    expect(env).toEqual({ A: 'real' });
    expect(process.env.B).toBe(before);
  });

  test('in use is named to whoever misses a variable', async () => {
    const cwd = folderWith({
      'alt.env': '',
      'mcp_config.json': calc({ env: { A: '${MINE}', B: '${input:B}' } }),
    });
    const config = await loadConfig({ cwd, envFile: 'alt.env', env: { MCP_ENDPOINT: ADDRESS } });
    const findings = await refusal(() => makePlan(config, { cwd }));
    expect(findings[0]!.next).toContain(`Write MINE=… into ${join(cwd, 'alt.env')}`);
    expect(findings[1]!.next).toContain(`INPUT_B=… into ${join(cwd, 'alt.env')}`);
  });

  test('written by PowerShell as UTF-16 is understood', async () => {
    const text = Buffer.from(`\ufeffMCP_ENDPOINT=${ADDRESS}\r\n`, 'utf16le');
    const config = await loadConfig({ cwd: folderWith({ '.env': text }), env: {} });
    expect(config.env.MCP_ENDPOINT).toBe(ADDRESS);
  });
});

describe('settings', () => {
  test('override any of the defaults', async () => {
    const { links } = await plan({ settings: { maxDelayMs: 5_000, deafFactor: 2.5 }, ...calc() });
    expect(links[0]!.settings).toEqual({ ...defaults, maxDelayMs: 5_000, deafFactor: 2.5 });
  });

  test.each([
    [{ maxDelayMS: 1 }, 'CONFIG_UNKNOWN_SETTING', 'Did you mean maxDelayMs?'],
    [{ colour: 1 }, 'CONFIG_UNKNOWN_SETTING', 'minDelayMs, maxDelayMs'],
    [{ minDelayMs: '1000' }, 'CONFIG_TYPE', ''],
    [{ minDelayMs: -1 }, 'CONFIG_TYPE', ''],
    [{ drainTimeoutMs: 2 ** 31 }, 'CONFIG_TYPE', ''],
    [{ minDelayMs: 10, maxDelayMs: 5 }, 'CONFIG_TYPE', ''],
    ['fast', 'CONFIG_TYPE', ''],
  ])('%j are refused', async (settings, code, next) => {
    const [finding] = await refusal(plan({ settings, ...calc() }));
    expect(finding).toMatchObject({ code, severity: 'error', line: expect.any(Number) });
    expect(finding!.path).toMatch(/^settings/);
    expect(finding!.next).toContain(next);
  });
});

describe('mistakes', () => {
  test('all come at once, each with file, path, line, expected, got and next', async () => {
    const findings = await refusal(
      plan(
        `{
          "settings": { "maxDelay": 1 },
          "mcpServers": {
            "one": { "command": 42, "args": "x", "env": { "A": {}, "B": "\${MISSING}" } },
            "two": { "args": [null, "\${GONE}"], "cwd": "nowhere" },
            "three": "node x.js",
            "four": { "command": "node", "handshake": "quick", "endpoint": "https://h/?token=${TOKEN}" }
          }
        }`,
        {},
      ),
    );
    // By line; within one line as they were found.
    expect(findings.map(({ line }) => line)).toEqual([2, 4, 4, 4, 4, 5, 5, 5, 6, 7, 7]);
    expect(findings.map(({ path, line, code }) => `${line} ${path} ${code}`).sort()).toEqual([
      '2 settings.maxDelay CONFIG_UNKNOWN_SETTING',
      '4 mcpServers.one.args CONFIG_TYPE',
      '4 mcpServers.one.command CONFIG_TYPE',
      '4 mcpServers.one.env.A CONFIG_TYPE',
      '4 mcpServers.one.env.B CONFIG_MISSING_VARIABLE',
      '5 mcpServers.two.args[0] CONFIG_TYPE',
      '5 mcpServers.two.args[1] CONFIG_MISSING_VARIABLE',
      '5 mcpServers.two.command CONFIG_TYPE',
      '6 mcpServers.three CONFIG_TYPE',
      '7 mcpServers.four.endpoint CONFIG_ENDPOINT_INVALID',
      '7 mcpServers.four.handshake CONFIG_TYPE',
    ]);
    for (const { expected, got, next } of findings) {
      expect(expected).not.toBe('');
      expect(got).not.toBe('');
      expect(next).toMatch(/[.?…]$|[A-Za-z/)]$/);
    }
    expect(JSON.stringify(findings)).not.toContain(TOKEN);
  });

  test.each([
    [
      '{"mcpServers": {"a": {\n"comand": "node"}}}',
      ['mcpServers.a.command', 'mcpServers.a.comand'],
      '"command"',
    ],
    ['{"mcpServer": {\n"a": {"command": "node"}}}', ['mcpServer', 'mcpServers'], '"mcpServers"'],
    [
      '{"mcpServers": {"a": {"command": "node",\n"endpoit": "wss://h/"}}}',
      ['mcpServers.a.endpoit', 'MCP_ENDPOINT'],
      '"endpoint"',
    ],
  ])('come with the typing mistake that caused them: %s', async (text, paths, meant) => {
    const findings = await refusal(plan(text, {}));
    expect(findings.map(({ path }) => path)).toEqual(paths);
    const typo = findings.find(({ severity }) => severity === 'warning');
    expect(typo).toMatchObject({ code: 'CONFIG_UNKNOWN_KEY', next: expect.stringContaining(meant) });
  });

  test.each([
    ['token', 'eyJhbGciOiJub25lIn0.e30.made-up'],
    ['accessToken', 'made-up'],
    ['xiaozhi', ADDRESS],
  ])('a token under "%s" is told where it belongs, and not repeated', async (key, value) => {
    const config = { mcpServers: { 'thời-tiết': { command: 'x', [key]: value } } };
    const { warnings } = await plan(config, { MCP_ENDPOINT: ADDRESS });
    expect(warnings).toMatchObject([
      {
        code: 'CONFIG_ENDPOINT_PLACE',
        path: `mcpServers.thời-tiết.${key}`,
        next: expect.stringMatching(/MCP_ENDPOINT_THOI_TIET=wss:.*"endpoint"/),
      },
    ]);
    expect(JSON.stringify(warnings)).not.toContain(value);
  });

  test.each(['', ' ', '\u200b'])('a server named %j is warned of, and started', async (name) => {
    const { links, warnings } = await plan(
      { mcpServers: { [name]: { command: 'x' } } },
      { MCP_ENDPOINT: ADDRESS },
    );
    expect(links).toHaveLength(1);
    expect(warnings).toMatchObject([
      {
        code: 'CONFIG_NO_NAME',
        path: expect.stringContaining('mcpServers'),
        next: expect.stringContaining('name'),
      },
    ]);
  });

  test('and doubts are counted, each for what it is', async () => {
    const message = async (config: object) =>
      plan(config).then(
        () => '',
        (error: Error) => error.message,
      );
    expect(await message(calc({ command: 1 }))).toBe('The configuration cannot be used: one error');
    expect(await message(calc({ command: 1, cwd: 2, arg: 3, commands: 4 }))).toBe(
      'The configuration cannot be used: 2 errors and 2 warnings',
    );
  });

  test('in several files come file by file, and those without a line last', async () => {
    const cwd = folderWith({
      'mcp_config.json': '{"mcpServers": {\n"b": {"command": 1},\n"a": {"command": 1}},\n"settings": 5}',
      '.env': 'X=1\nMCP_ENDPOINT_A=https://h/\n',
    });
    const config = await loadConfig({ cwd, env: { MCP_ENDPOINT: 'https://i/' } });
    const findings = await refusal(() => makePlan(config, { cwd }));
    expect(findings.map(({ path, line }) => `${line} ${path}`)).toEqual([
      '2 MCP_ENDPOINT_A',
      '2 mcpServers.b.command',
      '3 mcpServers.a.command',
      '4 settings',
      'undefined MCP_ENDPOINT',
    ]);
  });

  test('in a server that is not started are kept back', async () => {
    const { links, warnings } = await plan({
      mcpServers: {
        calc: { command: 'node' },
        old: { disabled: true, command: 7, env: { A: '${MISSING}' }, endpoint: '${GONE}', extra: 1 },
      },
    });
    expect(links.map(({ name }) => name)).toEqual(['calc']);
    expect(warnings).toEqual([]);
  });

  test('in "disabled" are never kept back', async () => {
    const [finding] = await refusal(plan(calc({ disabled: 'yes' })));
    expect(finding).toMatchObject({
      path: 'mcpServers.calc.disabled',
      expected: 'true or false',
      got: '"yes"',
    });
  });

  test.each([
    ['[]', 'CONFIG_TYPE', ''],
    ['{"mcpServers": []}', 'CONFIG_TYPE', 'mcpServers'],
    ['{}', 'CONFIG_NO_SERVERS', 'mcpServers'],
    ['{"mcpServers": {}}', 'CONFIG_NO_SERVERS', 'mcpServers'],
    ['{"mcpServers": {"a": {"command": "x", "disabled": true}}}', 'CONFIG_NO_SERVERS', 'mcpServers'],
    ['{"calc": {"command": "node"}}', 'CONFIG_NO_SERVERS', 'calc'],
  ])('%s leaves nothing to start', async (text, code, path) => {
    expect(await refusal(plan(text))).toEqual([expect.objectContaining({ code, path })]);
  });

  test('two servers of one name are refused, naming both lines', async () => {
    const text = '{"mcpServers": {\n"calc": {"command": "a"},\n"calc": {"command": "b"}}}';
    const [finding] = await refusal(plan(text));
    expect(finding).toMatchObject({
      code: 'CONFIG_DUPLICATE_NAME',
      got: 'the same name on lines 2 and 3',
      line: 3,
    });
  });

  test('two servers of one name under mcpServers and servers are refused as well', async () => {
    const [finding] = await refusal(plan({ ...calc(), servers: { calc: { command: 'b' } } }));
    expect(finding).toMatchObject({ code: 'CONFIG_DUPLICATE_NAME', path: 'servers.calc' });
  });

  test('a key that stands twice in an entry is a warning', async () => {
    const { servers, warnings } = await plan('{"mcpServers": {"calc": {"command": "a",\n"command": "b"}}}');
    expect(launchOf(servers[0]).command).toBe('b');
    expect(warnings[0]).toMatchObject({
      code: 'CONFIG_DUPLICATE_KEY',
      path: 'mcpServers.calc.command',
      line: 2,
    });
  });

  test('a whole command line as command is refused with a hint, without repeating its arguments', async () => {
    const [finding] = await refusal(plan(calc({ command: 'npx -y thing --key=s3cret', args: [] })));
    expect(finding).toMatchObject({ code: 'CONFIG_COMMAND_LINE', path: 'mcpServers.calc.command' });
    expect(finding!.next).toContain('"command": "npx", "args"');
    expect(JSON.stringify(finding)).not.toContain('s3cret');
  });

  test('a program whose file name holds spaces is accepted', async () => {
    const cwd = folderWith({
      'my server.sh': '',
      'mcp_config.json': { mcpServers: { a: { command: './my server.sh' } } },
    });
    const config = await loadConfig({ cwd, env: {} });
    expect(config.servers[0]).toMatchObject({ command: join(cwd, 'my server.sh'), findings: [] });
  });
});

describe('a name that JavaScript has for itself', () => {
  test.each([
    ['{"mcpServers": {\n"__proto__": {"command": "node"}}}', 'mcpServers.__proto__'],
    ['{"mcpServers": {"a": {"command": "node", "env": {\n"__proto__": "x"}}}}', 'mcpServers.a.env.__proto__'],
    ['{"mcpServers": {"a": {"command": "node"}}, "tokens": {\n"__proto__": {}}}', 'tokens.__proto__'],
    ['{\n"__proto__": {"a": {"command": "node"}}}', '__proto__'],
  ])('%s is an error in its line', async (text, path) => {
    const findings = await refusal(plan(text));
    expect(findings.filter(({ id }) => id === 'reserved-name')).toMatchObject([{ path, line: 2 }]);
  });

  test('every other one is a name', async () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];
    const mcpServers = Object.fromEntries(
      names.map((name) => [name, { command: 'node', env: { [name]: '1' } }]),
    );
    const { links, servers } = await plan({ mcpServers, mode: 'pipe' });
    expect(links.map(({ name }) => name)).toEqual(names);
    expect(launchOf(servers[2]).env.hasOwnProperty).toBe('1');
  });
});
