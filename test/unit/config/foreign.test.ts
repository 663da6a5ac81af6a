import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { ADDRESS, calc, folderWith, load, plan, refusal, removeFolders, TOKEN, worded } from './workspace.js';

afterEach(removeFolders);

const words = (findings: readonly { path: string; got: string; next: string }[]) =>
  findings.map(({ path, got, next }) => `${path}: ${got} -> ${next}`);

describe('settings of other programs beside the servers', () => {
  test.each([
    ['Gemini CLI', { ide: { enabled: true }, ui: {}, general: {}, model: { name: 'x' }, security: {} }],
    ['Zed', { theme: 'One', languages: {}, buffer_font_size: 15, vim_mode: true, agent: {}, lsp: {} }],
    ['VS Code', { gallery: true, version: 1, 'editor.fontSize': 12 }],
    ['Claude Desktop', { globalShortcut: 'Ctrl+Space', preferences: { menuBarEnabled: false } }],
  ])('%s: one line for all of them, and no hint', async (_, settings) => {
    const { warnings } = await plan({ ...calc({}), ...settings });
    expect(warnings).toHaveLength(1);
    const [{ code, got, next }] = warnings as [(typeof warnings)[0]];
    expect(code).toBe('CONFIG_UNKNOWN_KEY');
    for (const key of Object.keys(settings).slice(0, 8)) expect(got).toContain(JSON.stringify(key));
    expect(next).not.toMatch(/did you mean|remove/i);
  });

  test('a hint is for a near word only, at the top and in an entry', async () => {
    const { warnings } = await plan({
      ...calc({ evn: {}, ide: 1, comand: 'y', disable: true, cmd: 'node' }),
      sevrers: {},
      mdoe: 'mux',
      ide: {},
      modle: 1,
    });
    const hints = warnings.map(({ path, next }) => [path, /"(\w+)"\?/.exec(next)?.[1]]);
    expect(hints.sort()).toEqual([
      ['ide', undefined],
      ['mcpServers.calc.cmd', 'command'],
      ['mcpServers.calc.comand', 'command'],
      ['mcpServers.calc.disable', 'disabled'],
      ['mcpServers.calc.evn', 'env'],
      ['mcpServers.calc.ide', undefined],
      ['mdoe', 'mode'],
      ['modle', 'mode'],
      ['sevrers', 'servers'],
    ]);
  });
});

describe('an endpoint beside the servers', () => {
  test.each([
    ['mcpEndpoint', { mcpEndpoint: ADDRESS }],
    ['mcp_endpoint', { mcp_endpoint: ADDRESS }],
    ['MCP_ENDPOINT', { MCP_ENDPOINT: ADDRESS }],
    ['endpoint', { endpoint: ADDRESS }],
    ['xiaozhi.webSocketUrl', { xiaozhi: { enabled: true, webSocketUrl: ADDRESS } }],
  ])('%s: it is said where it belongs, and never to remove it', async (path, more) => {
    const { warnings } = await plan(
      { ...calc({}), ...more },
      { MCP_ENDPOINT: 'wss://other.example/?token=t' },
    );
    expect(warnings).toMatchObject([{ code: 'CONFIG_ENDPOINT_PLACE', path }]);
    expect(warnings[0]!.next).toMatch(/write it into .*\.env as MCP_ENDPOINT=….*mcp-pipe init --import/);
    expect(JSON.stringify(warnings)).not.toContain(TOKEN);
    // Obeyed, there is nothing left to say.
    expect((await plan({ ...calc({}), ...more }, { MCP_ENDPOINT: ADDRESS })).warnings).toEqual([]);
  });

  test('several: one for each, by import', async () => {
    const { warnings } = await plan({ ...calc({}), mcpEndpoint: [ADDRESS, `${ADDRESS}2`] });
    expect(words(warnings)[0]).toMatch(
      /mcpEndpoint: .*2 addresses -> .*mcp-pipe init --import mcp_config.json/,
    );
  });

  test('an empty one is nothing', async () => {
    expect((await plan({ ...calc({}), mcpEndpoint: '' })).warnings).toEqual([]);
  });
});

describe('what other programs hide stays hidden', () => {
  test.each([
    [
      'xiaozhi-client',
      calc({}),
      { mcpServerConfig: { calc: { tools: { add: { enable: false }, sub: { enable: true } } } } },
    ],
    [
      'xiaozhi-mcphub',
      calc({ tools: { add: { enabled: false, description: 'x' }, sub: { enabled: true } } }),
      {},
    ],
  ])('%s: a tool that is switched off', async (_, config, more) => {
    const { servers } = await load({ ...config, ...more });
    expect(servers[0]!.options.tools).toEqual({ deny: ['add'] });
    expect(worded(servers[0]!.findings)).toEqual([]);
  });

  test('xiaozhi-mcphub: also under the name with its server in front', async () => {
    const { servers } = await load(calc({ tools: { 'calc-add': { enabled: false } } }));
    expect(servers[0]!.options.tools.deny).toEqual(['calc-add', 'add']);
  });

  test.each([
    [{ mcp: { excluded: ['calc'] } }],
    [{ mcp: { allowed: ['other'] } }],
    [{ excludeMCPServers: ['calc'] }],
    [{ allowMCPServers: ['other'] }],
  ])('Gemini CLI: a server that is switched off by %j', async (more) => {
    const { servers } = await load({ ...calc({}), ...more });
    expect(servers.map(({ enabled }) => enabled)).toEqual([false]);
  });
});

describe('an entry in another form', () => {
  test('Zed: the command as an object', async () => {
    const command = { path: 'npx', args: ['-y', 'x'], env: { A: '1' } };
    const { servers, findings } = await load({ context_servers: { s: { command, settings: {} } } });
    expect(servers[0]).toMatchObject({ command: 'npx', args: ['-y', 'x'], env: { A: '1' }, findings: [] });
    expect(findings).toEqual([]);
  });

  test('opencode: the command as a list, and "environment"', async () => {
    const entry = { type: 'local', command: ['npx', '-y', 'x'], environment: { A: '1' } };
    const { servers, findings } = await load({ mcpServers: { s: entry } });
    expect(servers[0]).toMatchObject({ command: 'npx', args: ['-y', 'x'], env: { A: '1' }, findings: [] });
    expect(findings).toEqual([]);
  });
});

describe('an entry that mcp-pipe cannot start', () => {
  test.each([
    ['Zed, an extension', { context_servers: { part: { source: 'extension', settings: { a: 1 } } } }],
    ['xiaozhi-mcphub, an API', { mcpServers: { part: { type: 'openapi', openapi: { url: 'https://h/' } } } }],
    ['goose', { mcpServers: { part: { type: 'builtin' } } }],
  ])('%s: it is said, and the others start', async (_, config) => {
    const { links, warnings } = await plan({ ...config, servers: { other: { command: 'x' } } });
    expect(links.map(({ name }) => name)).toEqual(['other']);
    expect(warnings.map(({ code }) => code)).toContain('CONFIG_FOREIGN_SERVER');
    expect(warnings.map(({ severity }) => severity)).not.toContain('error');
  });

  test('switched off, it is nothing to speak of', async () => {
    const { findings } = await load({ mcpServers: { part: { type: 'openapi', enabled: false } } });
    expect(findings).toEqual([]);
  });
});

test('a bare $NAME is said when there is such a variable; any other may be a password', async () => {
  const env = { A: '$MY_KEY', B: '$SECRET1', C: '$$MY_KEY' };
  const { findings } = await load(calc({ env }), { MCP_ENDPOINT: ADDRESS, MY_KEY: 'k' });
  expect(worded(findings)).toMatchObject([{ code: 'CONFIG_VARIABLE', path: 'mcpServers.calc.env.A' }]);
});

describe('a file in another form', () => {
  const entry = { command: 'npx', args: ['-y', 'x'] };
  test.each([
    ['opencode', { mcp: { s: { type: 'local', command: ['npx', '-y', 'x'] } } }, 'opencode'],
    ['opencode 2', { mcp: { servers: { s: { type: 'local', command: ['npx'] } } } }, 'opencode'],
    ['VS Code, settings', { mcp: { inputs: [], servers: { s: entry } } }, 'settings of VS Code'],
    ['VS Code, settings with dots', { 'mcp.servers': { s: entry } }, 'settings of VS Code'],
    ['a list', { mcpServers: [{ name: 's', ...entry }] }, 'as a list'],
    ['a bare list', [{ name: 's', ...entry }], 'as a list'],
    ['a lone server', entry, 'without a name'],
  ])('%s: the form is said, with what to type, and nothing else', async (_, config, form) => {
    const findings = await refusal(plan(config));
    expect(findings).toMatchObject([{ code: 'CONFIG_FOREIGN_FORM' }]);
    expect(findings[0]!.got).toContain(`1 server `);
    expect(findings[0]!.got).toContain(form);
    expect(findings[0]!.next).toContain('mcp-pipe init --import mcp_config.json --dir mcp-pipe');
  });

  test.each([
    ['config.yaml', 'extensions:\n  s:\n    type: stdio\n    enabled: true\n    cmd: npx\n', 'goose'],
    ['librechat.yaml', 'mcpServers:\n  s:\n    command: npx\n', 'YAML'],
    ['config.toml', '[mcp_servers.s]\ncommand = "npx"\n', 'Codex'],
  ])('%s', async (file, text, form) => {
    const cwd = folderWith({ [file]: text });
    const [finding] = await refusal(loadConfig({ cwd, file, env: {} }));
    expect(finding).toMatchObject({
      code: 'CONFIG_FOREIGN_FORM',
      next: `Have them taken over: mcp-pipe init --import ${file}`,
    });
    expect(finding!.got).toContain(form);
  });
});

describe('a folder with nothing but a file of another program', () => {
  test.each([
    ['xiaozhi.config.json', { mcpEndpoint: ADDRESS, mcpServers: {} }],
    ['mcp_settings.json', { mcpServers: { s: { command: 'x' } } }],
    ['.vscode/mcp.json', { servers: { s: { command: 'x' } } }],
    ['opencode.json', { mcp: { s: { type: 'local', command: ['x'] } } }],
    ['librechat.yaml', 'mcpServers: { s: { command: x } }'],
    ['.codex/config.toml', '[mcp_servers.s]\ncommand = "x"'],
  ])('%s is named, with what to type', async (file, content) => {
    const cwd = folderWith({ [file]: content });
    const config = await loadConfig({ cwd, env: {} });
    const [finding] = await refusal(() => makePlan(config, { cwd }));
    expect(finding).toMatchObject({
      code: 'CONFIG_FILE_NOT_FOUND',
      next: `Have them taken over: mcp-pipe init --import ${file}`,
    });
    expect(finding!.got).toContain(file);
  });

  test('files that hold no servers are not named', async () => {
    const cwd = folderWith({ 'settings.json': { theme: 'x' }, 'config.yaml': ': :', 'mcp.json': '{' });
    expect((await loadConfig({ cwd, env: {} })).nearby).toEqual([]);
  });
});
