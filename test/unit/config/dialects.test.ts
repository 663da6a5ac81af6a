// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { afterEach, describe, expect, test } from 'vitest';
import { launchOf } from '../../helpers/launch-of.js';
import { calc, load, plan, refusal, removeFolders, worded } from './workspace.js';

afterEach(removeFolders);

/** As people paste them from the pages of other programs. */
describe('a configuration written for', () => {
  test('mcp_pipe.py loads: stdio servers start, remote ones are fine while disabled', async () => {
    const { servers, warnings } = await plan(`{
      "mcpServers": {
        "local-stdio-calculator": { "type": "stdio", "command": "python", "args": ["-m", "calculator"] },
        "remote-sse-server": { "type": "sse", "url": "https://api.example.com/sse", "disabled": true },
        "remote-http-server": {
          "type": "http", "url": "https://api.example.com/mcp", "headers": { "Authorization": "Bearer x" }, "disabled": true
        }
      }
    }`);
    expect(servers.map((one) => [one.name, launchOf(one).command, launchOf(one).args])).toEqual([
      ['local-stdio-calculator', 'python', ['-m', 'calculator']],
    ]);
    expect(warnings).toEqual([]);
  });

  test('Claude Desktop loads', async () => {
    const { servers, warnings } = await plan({
      mcpServers: {
        filesystem: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/tmp'] },
        weather: { command: 'uv', args: ['run', 'weather.py'], env: { API_KEY: 'abc' } },
      },
    });
    expect(servers.map((server) => launchOf(server).command)).toEqual(['npx', 'uv']);
    expect(launchOf(servers[1]).env.API_KEY).toBe('abc');
    expect(warnings).toEqual([]);
  });

  test('Cursor, Cline or Roo loads, keys of theirs are passed over, and tools that they hide stay hidden', async () => {
    const { links, servers, warnings } = await plan(
      calc({
        env: { KEY: '${env:MY_KEY}' },
        autoApprove: [],
        alwaysAllow: ['x'],
        disabledTools: ['rm'],
        enabledTools: [],
        timeout: 60,
      }),
      { MCP_ENDPOINT: 'ws://127.0.0.1:1/?token=t', MY_KEY: 'k' },
    );
    expect(launchOf(servers[0]).env.KEY).toBe('k');
    expect(links).toMatchObject([{ kind: 'mux', name: 'calc', servers: ['calc'] }]);
    expect(servers).toMatchObject([{ name: 'calc', options: { tools: { deny: ['rm'] } } }]);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['Gemini CLI', { includeTools: ['a'], excludeTools: ['b'] }, { allow: ['a'], deny: ['b'] }],
    ['Roo Code or Windsurf', { disabledTools: ['b'] }, { deny: ['b'] }],
    ['GitHub Copilot', { tools: ['*'] }, { allow: ['*'] }],
    ['mcp-pipe', { tools: { allow: ['get_*'], deny: ['get_?'] } }, { allow: ['get_*'], deny: ['get_?'] }],
    ['nobody in particular', { tools: [], includeTools: [], enabledTools: [], disabledTools: [] }, {}],
  ])('%s keeps its filter of tools', async (_, members, tools) => {
    const { servers } = await load(calc(members));
    expect(servers[0]).toMatchObject({ findings: [] });
    expect(servers[0]!.options.tools).toEqual(tools);
  });

  test('two programs that allow different tools is warned of the second list; what either hides stays hidden', async () => {
    const { servers } = await load(
      calc({ tools: { deny: ['a'] }, includeTools: ['b'], enabledTools: ['c'], excludeTools: ['d'] }),
    );
    expect(servers[0]!.options.tools).toEqual({ allow: ['b'], deny: ['a', 'd'] });
    expect(worded(servers[0]!.findings)).toMatchObject([
      { code: 'CONFIG_CONTRADICTION', path: 'mcpServers.calc.enabledTools', severity: 'warning' },
    ]);
  });

  test('a sandbox is told that there is none', async () => {
    const { warnings } = await plan(calc({ sandboxEnabled: true }));
    expect(warnings.map(({ code, got }) => `${code} ${got}`)).toEqual([
      'CONFIG_NOT_RESTRICTED "sandboxEnabled"',
    ]);
  });

  test('VS Code loads: "servers", with "inputs" beside it', async () => {
    const { links, warnings } = await plan({
      $schema: 'https://example.org/mcp.json',
      inputs: [{ type: 'promptString', id: 'key', description: 'Key', password: true }],
      servers: {
        memory: { type: 'stdio', command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory'] },
      },
    });
    expect(links.map(({ name }) => name)).toEqual(['memory']);
    expect(warnings).toEqual([]);
  });

  test('VS Code with an input that only VS Code can ask for is refused with what to write instead', async () => {
    const [finding] = await refusal(plan({ servers: { a: { command: 'x', env: { KEY: '${input:key}' } } } }));
    expect(finding).toMatchObject({ code: 'CONFIG_MISSING_VARIABLE', path: 'servers.a.env.KEY' });
  });

  test('mcp-proxy loads: "enabled" and "transportType"', async () => {
    const { links, warnings } = await plan({
      mcpServers: {
        fetch: {
          enabled: true,
          timeout: 60,
          command: 'uvx',
          args: ['mcp-server-fetch'],
          transportType: 'stdio',
        },
        github: { enabled: false, command: 'npx', args: [], transportType: 'stdio' },
      },
    });
    expect(links.map(({ name }) => name)).toEqual(['fetch']);
    expect(warnings).toEqual([]);
  });
});

describe('the transport of a server', () => {
  test.each([
    [{ type: 'http', url: 'https://h/' }, 'http'],
    [{ transportType: 'streamablehttp', url: 'https://h/' }, 'http'],
    [{ transport: 'streamable-http', url: 'https://h/' }, 'http'],
    [{ type: 'streamableHttp', url: 'https://h/' }, 'http'],
    [{ type: 'SSE', url: 'https://h/' }, 'sse'],
    [{ url: 'https://h/', headers: { A: 'b' } }, 'http'],
    [{ url: 'https://h/sse' }, 'http'],
    [{ type: 'websocket', url: 'wss://h/' }, 'ws'],
    [{ url: 'wss://h/' }, 'ws'],
  ])('%j is %s', async (entry, kind) => {
    const { servers, warnings } = await plan({ mcpServers: { far: entry } });
    expect(servers).toMatchObject([
      { name: 'far', kind, remote: { url: entry.url, headers: 'headers' in entry ? entry.headers : {} } },
    ]);
    expect(warnings).toEqual([]);
  });

  test('that nobody knows is refused', async () => {
    const [finding] = await refusal(plan(calc({ type: 'carrier-pigeon' })));
    expect(finding).toMatchObject({
      code: 'CONFIG_TYPE',
      path: 'mcpServers.calc.type',
      got: '"carrier-pigeon"',
    });
  });
});

describe('whether a server is started', () => {
  test.each([
    [{}, true],
    [{ disabled: false }, true],
    [{ disabled: true }, false],
    [{ enabled: true }, true],
    [{ enabled: false }, false],
  ])('%j -> %s, without a word', async (members, enabled) => {
    const { servers, findings } = await load(calc(members));
    expect(servers[0]!.enabled).toBe(enabled);
    expect(findings).toEqual([]);
  });

  test.each([
    [{ disabled: 'true' }, false, 'understood as true, so the server is not started'],
    [{ disabled: 'False' }, true, 'understood as false, so the server is started'],
    [{ enabled: 'true' }, true, 'understood as true, so the server is started'],
    [{ enabled: 'false' }, false, 'understood as false, so the server is not started'],
    [{ disabled: true, enabled: true }, false, 'not started'],
    [{ disabled: false, enabled: false }, false, 'not started'],
  ])('%j -> %s, with a warning that says what was understood', async (members, enabled, words) => {
    const { servers, findings } = await load(calc(members));
    expect(servers[0]!.enabled).toBe(enabled);
    expect(worded(findings)).toEqual([
      expect.objectContaining({ severity: 'warning', next: expect.stringContaining(words) }),
    ]);
  });
});

describe('values of another type', () => {
  test('in args and env become texts, with a warning for each', async () => {
    const { servers, warnings } = await plan(
      calc({ args: ['--port', 8080, true], env: { PORT: 1, DEBUG: false } }),
    );
    const { args, env } = launchOf(servers[0]);
    expect(args).toEqual(['--port', '8080', 'true']);
    expect([env.PORT, env.DEBUG]).toEqual(['1', 'false']);
    expect(warnings.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'mcpServers.calc.args[1] CONFIG_TYPE',
      'mcpServers.calc.args[2] CONFIG_TYPE',
      'mcpServers.calc.env.PORT CONFIG_TYPE',
      'mcpServers.calc.env.DEBUG CONFIG_TYPE',
    ]);
  });

  test('unknown keys are warnings that name the key that was meant', async () => {
    const { warnings } = await plan({
      mcpserver: {},
      ...calc({ arg: [], _comment: 'mine', '//': 'also mine' }),
    });
    expect(warnings.map(({ path, next }) => `${path}: ${next}`)).toEqual([
      'mcpserver: It is ignored. Did you mean "mcpServers"?',
      'mcpServers.calc.arg: It is ignored. Did you mean "args"?',
    ]);
  });
});
