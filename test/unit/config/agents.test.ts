// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test
import { afterEach, describe, expect, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan, optionsOn } from '../../../src/config/plan.js';
import { UsageError } from '../../../src/protocol/errors.js';
import { isAllowed } from '../../../src/protocol/tool-filter.js';
import { launchOf } from '../../helpers/launch-of.js';
import { folderWith, plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const at = (token: string) => `ws://127.0.0.1:9/?token=${token}-token`;
const ENV = { TOKEN_1: at('first'), TOKEN_2: at('second'), TOKEN_3: at('third') };
const KITCHEN = { endpoint: '${TOKEN_1}' };
const OFFICE = { endpoint: '${TOKEN_2}' };
const servers = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { command: 'node', args: [`${name}.js`] }]));
/** Three servers, or those that are given, and these agents. */
const config = (agents: object, more: object = {}, ...names: string[]) => ({
  mcpServers: { ...servers(...(names.length > 0 ? names : ['music', 'memory', 'calc'])), ...more },
  agents,
});
const linksOf = async (...args: Parameters<typeof plan>) =>
  (await plan(...args)).links.map(({ kind, name, agent, servers: names, endpoint }) => ({
    ...{ kind, name, agent, servers: names.join(' '), token: endpoint.token },
  }));

describe('agents', () => {
  test.each([
    ['an unknown server', { kitchen: { ...KITCHEN, servers: ['musik'] } }],
    ['a list', [KITCHEN]],
    ['no address', { kitchen: {} }],
  ])('with %s are not advised to give all servers one address', async (_, agents) => {
    const findings = await refusal(plan(config(agents), ENV));
    expect(findings.map(({ code }) => code)).not.toContain('CONFIG_NO_ENDPOINT');
    expect(findings.some(({ severity, path }) => severity === 'error' && path.startsWith('agents'))).toBe(
      true,
    );
  });

  test('have links of their own over one server each', async () => {
    const agents = { kitchen: KITCHEN, office: { ...OFFICE, servers: ['calc', 'music'] } };
    const made = await plan(config(agents), ENV);
    expect(made.servers.map(({ name }) => name)).toEqual(['music', 'memory', 'calc']);
    expect(made.links).toMatchObject([
      { kind: 'mux', name: 'kitchen', agent: 'kitchen', servers: ['music', 'memory', 'calc'] },
      { kind: 'mux', name: 'office', agent: 'office', servers: ['music', 'calc'] },
    ]);
    expect(made.links.map(({ endpoint }) => endpoint.token)).toEqual(['first-token', 'second-token']);
    expect(made.warnings).toEqual([]);
  });

  test('that are disabled are not connected, and their servers do not go to other endpoints', async () => {
    const agents = {
      kitchen: { ...KITCHEN, servers: ['music', 'memory'], disabled: true },
      office: { ...OFFICE, servers: ['calc', 'memory'] },
    };
    const env = { ...ENV, MCP_ENDPOINT: at('general') };
    const made = await plan(config(agents), env);
    expect(made.links.map(({ name, servers: own }) => [name, own])).toEqual([['office', ['memory', 'calc']]]);
    expect(made.servers.map(({ name }) => name)).toEqual(['memory', 'calc']);
    const asked = await plan(config(agents), env, { agent: 'kitchen' });
    expect(asked.links.map(({ name }) => name)).toEqual(['kitchen']);
    const ownAddress = await plan(config(agents), { ...env, MCP_ENDPOINT_MUSIC: at('own') });
    expect(ownAddress.links.map(({ name }) => name)).toEqual(['music', 'office']);
    const enabled = { ...agents, kitchen: { ...agents.kitchen, disabled: false } };
    expect((await plan(config(enabled), env)).links.map(({ name }) => name)).toEqual(['kitchen', 'office']);
  });

  test('all of them disabled is an error that says how to enable one', async () => {
    const agents = { kitchen: { ...KITCHEN, enabled: false } };
    const [finding] = await refusal(plan(config(agents), { ...ENV, MCP_ENDPOINT: at('general') }));
    expect(finding).toMatchObject({ code: 'CONFIG_AGENT_SERVERS', severity: 'error' });
    expect(finding!.params).toEqual({ agents: ['kitchen'] });
  });

  test('20 with 6 servers are 6 servers and 20 links', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const agents = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`agent ${i}`, { endpoint: at(`number-${i}`) }]),
    );
    const made = await plan({ mcpServers: servers(...names), agents }, {});
    expect([made.servers.length, made.links.length]).toEqual([6, 20]);
    expect(new Set(made.links.map((link) => link.servers.join()))).toEqual(new Set([names.join()]));
  });

  test('with one server and no filter are piped, under the name of the agent', async () => {
    const agents = { kitchen: { ...KITCHEN, servers: ['music'] }, office: { ...OFFICE, servers: ['music'] } };
    expect(await linksOf(config(agents, {}, 'music'), ENV)).toEqual([
      { kind: 'pipe', name: 'kitchen', agent: 'kitchen', servers: 'music', token: 'first-token' },
      { kind: 'pipe', name: 'office', agent: 'office', servers: 'music', token: 'second-token' },
    ]);
  });

  test.each([
    ['pipe', ['pipe kitchen', 'pipe kitchen-2', 'pipe kitchen-3']],
    ['rotate', ['rotate kitchen']],
    ['mux', ['mux kitchen']],
  ] as const)('have links of the mode %s when they ask for it', async (mode, expected) => {
    const links = await linksOf(config({ kitchen: { ...KITCHEN, mode } }), ENV);
    expect(links.map(({ kind, name }) => `${kind} ${name}`)).toEqual(expected);
  });

  test('have as many links as addresses, each with a name of its own', async () => {
    const agents = {
      kitchen: { endpoint: ['${TOKEN_1}', '${TOKEN_2}'], servers: ['music'] },
      'kitchen-2': { endpoint: '${TOKEN_3}', servers: ['calc'] },
    };
    expect(
      (await linksOf(config(agents, {}, 'music', 'calc'), ENV)).map(({ name, token }) => [name, token]),
    ).toEqual([
      ['kitchen', 'first-token'],
      ['kitchen-3', 'second-token'],
      ['kitchen-2', 'third-token'],
    ]);
  });

  test('have options of their own: those of all, of the token, of the agent, of the command line', async () => {
    const made = (options = {}) =>
      plan(
        {
          ...config({ kitchen: { ...KITCHEN, separator: '-', maxTools: 3 }, office: OFFICE }),
          prefix: 'always',
          tokens: { TOKEN_1: { separator: '_', maxTools: 4, maxResultBytes: 9_000 } },
        },
        ENV,
        options,
      );
    const [kitchen, office] = (await made()).links;
    expect(kitchen).toMatchObject({
      ...{ prefix: 'always', separator: '-', settings: { maxTools: 3, maxResultBytes: 9_000 } },
    });
    expect(office).toMatchObject({ prefix: 'always', separator: '__', settings: { maxTools: 0 } });
    const piped = await made({ mode: 'pipe' });
    expect(piped.links.map(({ kind, agent }) => `${kind} ${agent}`)).toEqual([
      ...['pipe kitchen', 'pipe kitchen', 'pipe kitchen', 'pipe office', 'pipe office', 'pipe office'],
    ]);
  });

  test('filter tools beside the filter of the server', async () => {
    const agents = {
      kitchen: {
        ...KITCHEN,
        servers: ['music'],
        tools: { music: { allow: ['play_*'], deny: ['play_all'] } },
      },
      office: { ...OFFICE, servers: ['music', 'calc'], tools: { calc: ['add'] } },
    };
    const music = { command: 'node', tools: { deny: ['play_loud'] } };
    const { links, servers: all } = await plan(config(agents, { music }, 'music', 'calc'), ENV);
    expect(links).toMatchObject([
      { kind: 'mux', name: 'kitchen', tools: { music: { allow: ['play_*'], deny: ['play_all'] } } },
      { kind: 'mux', name: 'office', tools: { calc: { allow: ['add'] } } },
    ]);
    const mayCall = (link: number, name: string, tool: string) => {
      const server = all.find((one) => one.name === name)!;
      return isAllowed(tool, optionsOn(links[link]!, server).tools);
    };
    expect(['play_one', 'play_all', 'play_loud', 'stop'].map((tool) => mayCall(0, 'music', tool))).toEqual([
      ...[true, false, false, false],
    ]);
    expect(['play_one', 'play_loud'].map((tool) => mayCall(1, 'music', tool))).toEqual([true, false]);
    expect(['add', 'sub'].map((tool) => mayCall(1, 'calc', tool))).toEqual([true, false]);
  });

  test('with one token share its connections, under the first of them, with a warning', async () => {
    const agents = {
      kitchen: { ...KITCHEN, servers: ['music'], tools: { music: ['play'] }, prefix: 'always' },
      office: { ...KITCHEN, servers: ['music', 'calc'], prefix: 'never' },
    };
    const made = await plan(config(agents, {}, 'music', 'calc'), ENV);
    expect(made.links).toMatchObject([
      {
        name: 'kitchen',
        servers: ['music', 'calc'],
        prefix: 'always',
        tools: { music: { allow: ['play'] } },
      },
    ]);
    expect(made.warnings).toMatchObject([
      {
        code: 'CONFIG_SHARED_TOKEN',
        path: 'agents.office.endpoint',
        params: { agents: ['kitchen', 'office'] },
      },
    ]);
  });

  test('and servers with an address of their own on the token of an agent are warned of', async () => {
    const calc = { command: 'node', endpoint: '${TOKEN_1}' };
    const made = await plan(config({ kitchen: { ...KITCHEN, servers: ['music'] } }, { calc }, 'music'), ENV);
    expect(made.links).toMatchObject([{ name: 'kitchen', servers: ['music', 'calc'] }]);
    expect(made.warnings.map(({ code }) => code)).toContain('CONFIG_SHARED_TOKEN');
  });
});

describe('the addresses of a server that agents have', () => {
  const agents = { kitchen: { ...KITCHEN, servers: ['music'] } };

  test('are the own ones as well, but not those for servers without one', async () => {
    const calc = { command: 'node', endpoint: ['${TOKEN_2}', '${TOKEN_3}'] };
    const env = { ...ENV, MCP_ENDPOINT: at('general'), MCP_ENDPOINT_MUSIC: at('own') };
    expect((await linksOf(config(agents, { calc }), env)).map(({ name, token }) => [name, token])).toEqual([
      ['music', 'own-token'],
      ['memory', 'general-token'],
      ['calc', 'second-token'],
      ['calc-2', 'third-token'],
      ['kitchen', 'first-token'],
    ]);
  });

  test('are not that of --endpoint, which is said when no server is on it', async () => {
    const all = { kitchen: KITCHEN };
    const options = { endpointOverride: at('option') };
    const { links, warnings } = await plan(config(all), ENV, options);
    expect(links.map(({ endpoint }) => endpoint.token)).toEqual(['first-token']);
    expect(warnings).toMatchObject([{ code: 'CONFIG_ENDPOINT_UNUSED', path: '--endpoint' }]);
    const some = await plan(config(agents), ENV, options);
    expect(some.links.map(({ endpoint }) => endpoint.token)).toEqual(['option-token', 'first-token']);
    expect(some.warnings).toEqual([]);
  });

  test('are needed by the servers that no agent has, and by no other', async () => {
    const [finding] = await refusal(plan(config(agents), ENV));
    expect(finding).toMatchObject({ code: 'CONFIG_NO_ENDPOINT', params: { servers: ['memory', 'calc'] } });
  });

  test('in a list twice are one, with a warning', async () => {
    const calc = { command: 'node', endpoint: ['${TOKEN_2}', '${TOKEN_2}'] };
    const { links, warnings } = await plan({ mcpServers: { calc } }, ENV);
    expect(links.map(({ name }) => name)).toEqual(['calc']);
    expect(warnings).toMatchObject([{ code: 'CONFIG_ENDPOINT_TWICE', path: 'mcpServers.calc.endpoint[1]' }]);
  });

  test('are kept from all servers, under every name and in every spelling', async () => {
    const env = { ...ENV, COPY: ENV.TOKEN_2, HARMLESS: 'x' };
    const { servers: all, secrets } = await plan(config({ kitchen: KITCHEN, office: OFFICE }), env);
    for (const server of all) {
      expect(launchOf(server).env).toEqual({ HARMLESS: 'x', TOKEN_3: ENV.TOKEN_3 });
    }
    expect(secrets).toEqual(expect.arrayContaining(['first-token', 'second-token']));
  });

  test('may come from files, and are secrets then', async () => {
    const folder = folderWith({
      'mcp_config.json': config({ kitchen: KITCHEN }),
      token: `${at('from-file')}\n`,
    });
    const made = makePlan(await loadConfig({ cwd: folder, env: { TOKEN_1_FILE: 'token' } }), { cwd: folder });
    expect(made.links[0]!.endpoint.token).toBe('from-file-token');
    expect(made.secrets).toContain(at('from-file'));
    expect(launchOf(made.servers[0]!).env).toEqual({});
  });

  test('with --local are one for each agent', async () => {
    const { Endpoint } = await import('../../../src/protocol/endpoint.js');
    const asked: unknown[][] = [];
    const endpointFor = (name: string, own: unknown, agent: string | undefined) => {
      asked.push([name, own !== undefined, agent]);
      return new Endpoint(`ws://127.0.0.1:1/?token=${agent ?? 'none'}-local`);
    };
    const made = await plan(
      config({ kitchen: { endpoint: '${NOT_SET}', servers: ['music'] }, office: OFFICE }),
      ENV,
      {
        endpointFor,
      },
    );
    expect(made.links.map(({ name }) => name)).toEqual(['kitchen', 'office']);
    expect(asked).toContainEqual(['music', false, 'kitchen']);
    expect(asked).toContainEqual(['music', true, 'office']);
  });
});

describe('a server with "share": "agent"', () => {
  const memory = {
    ...{ command: 'node', share: 'agent', cwd: '/srv/${AGENT}' },
    args: ['${AGENT}.js', '${AGENT:-nobody}'],
    env: { FILE: 'memory-${AGENT}.json' },
  };
  const agents = {
    kitchen: { ...KITCHEN, servers: ['memory', 'calc'] },
    'phòng làm việc': { ...OFFICE, servers: ['memory'] },
  };

  test('is a process for each agent, with its name', async () => {
    const made = await plan(
      { mcpServers: { memory, ...servers('calc') }, agents },
      { ...ENV, AGENT: 'other' },
    );
    expect(made.servers.map(({ name }) => name)).toEqual(['memory@kitchen', 'memory@phòng làm việc', 'calc']);
    expect(made.links).toMatchObject([
      { name: 'kitchen', servers: ['memory@kitchen', 'calc'] },
      { name: 'phòng làm việc', kind: 'pipe', servers: ['memory@phòng làm việc'] },
    ]);
    const launch = launchOf(made.servers[1]!);
    expect(launch).toMatchObject({
      cwd: '/srv/phòng làm việc',
      args: ['phòng làm việc.js', 'phòng làm việc'],
    });
    expect(launch.env.FILE).toBe('memory-phòng làm việc.json');
    expect(made.warnings).toEqual([]);
  });

  test('is called by the name of its entry in names of tools', async () => {
    const made = await plan({ mcpServers: { memory, ...servers('calc') }, agents }, ENV);
    expect(made.links[0]).toMatchObject({ kind: 'mux', labels: { 'memory@kitchen': 'memory' } });
    expect((await plan(config({ kitchen: KITCHEN }), ENV)).links[0]).not.toHaveProperty('labels');
  });

  test('has one more for addresses of its own', async () => {
    const own = { ...memory, endpoint: '${TOKEN_3}' };
    const made = await plan({ mcpServers: { memory: own, ...servers('calc') }, agents }, ENV);
    expect(made.servers.map(({ name }) => name)).toContain('memory');
    expect(launchOf(made.servers[0]!).env.FILE).toBe('memory-memory.json');
  });

  test('is filtered under the name of its entry', async () => {
    const filtered = { kitchen: { ...agents.kitchen, tools: { memory: ['read'] } } };
    const made = await plan({ mcpServers: { memory, ...servers('calc') }, agents: filtered }, ENV);
    expect(made.links).toMatchObject([{ tools: { 'memory@kitchen': { allow: ['read'] } } }]);
  });

  test('whose processes would be equal is warned of', async () => {
    const equal = { command: 'node', share: 'agent' };
    const made = await plan({ mcpServers: { memory: equal, ...servers('calc') }, agents }, ENV);
    expect(made.warnings).toMatchObject([{ code: 'CONFIG_AGENT_FILES', path: 'mcpServers.memory.share' }]);
    // Servers take a relative path as they like: that of memory would stand in the folder of its package.
    expect(made.warnings[0]!.next).toContain('"${workspaceFolder}/memory-${AGENT}.jsonl"');
    const told = { ...equal, env: { AGENT: '${AGENT}' } };
    expect((await plan({ mcpServers: { memory: told, ...servers('calc') }, agents }, ENV)).warnings).toEqual(
      [],
    );
  });

  test('may be passed through, and no other server that agents share', async () => {
    const passed = { ...memory, handshake: 'passthrough' };
    expect(
      (await plan({ mcpServers: { memory: passed, ...servers('calc') }, agents }, ENV)).warnings,
    ).toEqual([]);
    const shared = { command: 'node', handshake: 'passthrough' };
    const [finding] = await refusal(
      plan({ mcpServers: { memory: shared, ...servers('calc') }, agents }, ENV),
    );
    expect(finding).toMatchObject({ code: 'CONFIG_PASSTHROUGH_SHARED', path: 'mcpServers.memory.handshake' });
    expect(finding!.next).toContain('"share": "agent"');
    const listed = { ...shared, endpoint: ['${TOKEN_1}', '${TOKEN_2}'] };
    const [other] = await refusal(plan({ mcpServers: { memory: listed } }, ENV));
    expect(other!.next).not.toMatch(/^Write "share"/);
  });

  test('alone knows ${AGENT}: elsewhere the advice is to write it', async () => {
    const { share: _, ...shared } = memory;
    const found = await refusal(plan({ mcpServers: { memory: shared, ...servers('calc') }, agents }, ENV));
    expect(found[0]).toMatchObject({
      code: 'CONFIG_VARIABLE',
      next: expect.stringContaining('"share": "agent"'),
    });
  });
});

describe('what is wrong with agents', () => {
  test.each<[string, object, object]>([
    [
      'an unknown server',
      { servers: ['musik'] },
      { code: 'CONFIG_AGENT_SERVERS', path: 'agents.kitchen.servers[0]', params: { meant: 'music' } },
    ],
    [
      'no address',
      { endpoint: '' },
      { code: 'CONFIG_AGENT_NO_ENDPOINT', params: { variable: 'TOKEN_KITCHEN' } },
    ],
    [
      'an address that is none',
      { endpoint: 'abc' },
      { code: 'CONFIG_ENDPOINT_INVALID', path: 'agents.kitchen.endpoint' },
    ],
    [
      'a variable that is not set',
      { endpoint: ['${TOKEN_1}', '${MISSING}'] },
      { code: 'CONFIG_MISSING_VARIABLE', path: 'agents.kitchen.endpoint[1]' },
    ],
    [
      'a variable for a whole address that is not set',
      { endpoint: '${MISSING}' },
      {
        code: 'CONFIG_MISSING_VARIABLE',
        next: expect.stringContaining('MISSING=wss://api.xiaozhi.me/mcp/?token=…'),
      },
    ],
    [
      'a variable for a token that is not set',
      { endpoint: 'ws://127.0.0.1:9/?token=${MISSING}' },
      { code: 'CONFIG_MISSING_VARIABLE', next: expect.stringContaining('MISSING=… into') },
    ],
    ['an address that is no text', { endpoint: 7 }, { code: 'CONFIG_TYPE', path: 'agents.kitchen.endpoint' }],
    [
      'an unknown key',
      { server: ['music'] },
      { code: 'CONFIG_UNKNOWN_SETTING', params: { meant: 'servers' } },
    ],
    [
      'a word that others use for the address',
      { token: 'abc' },
      { code: 'CONFIG_UNKNOWN_SETTING', params: { meant: 'endpoint' } },
    ],
    [
      'one name of a server instead of a list',
      { servers: 'music' },
      { code: 'CONFIG_TYPE', expected: expect.stringContaining('["music", "memory"]') },
    ],
    [
      'a filter without the name of a server',
      { servers: ['music'], tools: { allow: ['play'] } },
      {
        code: 'CONFIG_AGENT_TOOLS',
        next: expect.stringContaining('"tools": { "music": { "allow": ["…"] } }'),
      },
    ],
    [
      'a filter for a server it does not have',
      { servers: ['music'], tools: { calc: ['add'] } },
      { code: 'CONFIG_AGENT_TOOLS', path: 'agents.kitchen.tools.calc' },
    ],
    ['a filter with a slip', { tools: { music: { alow: ['x'] } } }, { code: 'CONFIG_TYPE' }],
    ['swapped delays', { minDelayMs: 9_000, maxDelayMs: 2_000 }, { path: 'agents.kitchen' }],
  ])('%s is an error', async (_, members, expected) => {
    const found = await refusal(
      plan(config({ kitchen: { ...KITCHEN, ...members } }), { ...ENV, MCP_ENDPOINT: at('general') }),
    );
    expect(found.find(({ severity }) => severity === 'error')).toMatchObject(expected);
  });

  test.each([['a/b'], ['..'], ['x'.repeat(61)], [''], ['a@b'], [' a']])(
    'a name that could not be a part of the name of a file (%j) is an error',
    async (name) => {
      const found = await refusal(plan(config({ [name]: KITCHEN }), ENV));
      expect(found[0]).toMatchObject({ code: 'CONFIG_AGENT', path: 'agents' });
    },
  );

  test('the name of a server, or a name twice, is an error', async () => {
    expect((await refusal(plan(config({ music: KITCHEN }), ENV)))[0]).toMatchObject({ code: 'CONFIG_AGENT' });
    const text = `{ "mcpServers": { "a": { "command": "x" } },
      "agents": { "one": { "endpoint": "${at('a')}" }, "one": { "endpoint": "${at('b')}" } } }`;
    expect((await refusal(plan(text, {})))[0]).toMatchObject({ code: 'CONFIG_AGENT', id: 'agent-twice' });
  });

  test('the name that a process of an agent gets is no name of another server', async () => {
    const memory = { command: 'node', share: 'agent' };
    const found = await refusal(
      plan(config({ kitchen: KITCHEN }, { memory, ...servers('memory@kitchen') }), ENV),
    );
    expect(found[0]).toMatchObject({ id: 'agent-process-taken' });
  });

  test('a server named twice is a warning, and so is an agent without one that is started', async () => {
    const memory = { command: 'node', disabled: true };
    const made = await plan(
      config(
        {
          kitchen: { ...KITCHEN, servers: ['music', 'memory', 'music', 'calc'] },
          office: { ...OFFICE, servers: ['memory'] },
          hall: { endpoint: '${TOKEN_3}', servers: [] },
        },
        { memory },
      ),
      ENV,
    );
    expect(made.links).toMatchObject([{ name: 'kitchen', servers: ['music', 'calc'] }]);
    expect(made.warnings.map(({ id }) => id)).toEqual([
      'agent-server-twice',
      'agent-has-none',
      'agent-no-servers',
    ]);
  });

  test('a section "agent" that holds agents is said to be misspelt, that of another program is not', async () => {
    const entries = { mcpServers: servers('calc') };
    const general = { ...ENV, MCP_ENDPOINT: at('general') };
    const slip = await plan({ ...entries, agent: { kitchen: KITCHEN } }, general);
    expect(slip.warnings).toMatchObject([{ path: 'agent', params: { meant: 'agents' } }]);
    const zed = await plan({ ...entries, agent: { default_model: { provider: 'x' } } }, general);
    expect(zed.warnings).toMatchObject([{ path: 'agent', params: { keys: ['agent'] } }]);
  });

  test('comments are no agents', async () => {
    const made = await plan(config({ '//': 'all of them', _note: 'x', kitchen: KITCHEN }), ENV);
    expect(made.links.map(({ name }) => name)).toEqual(['kitchen']);
  });
});

describe('a part of the agents', () => {
  const agents = {
    kitchen: { ...KITCHEN, servers: ['music', 'calc'] },
    office: { ...OFFICE, servers: ['music'] },
  };

  test('a server alone is on its own address and on that of each agent that has it', async () => {
    const music = { command: 'node', endpoint: '${TOKEN_3}' };
    const links = await linksOf(config(agents, { music }), ENV, { target: { name: 'music' } });
    expect(links.map(({ kind, name, servers: own }) => `${kind} ${name} ${own}`)).toEqual([
      ...['pipe music music', 'pipe kitchen music', 'pipe office music'],
    ]);
  });

  test('a server alone does not need the agents that do not have it', async () => {
    const broken = { ...agents, office: { endpoint: '${MISSING}', servers: ['memory'] } };
    const links = await linksOf(config(broken), ENV, { target: { name: 'calc' } });
    expect(links.map(({ name }) => name)).toEqual(['kitchen']);
  });

  test('an agent alone has its servers, on its address', async () => {
    const music = { command: 'node', endpoint: '${TOKEN_3}' };
    const links = await linksOf(config(agents, { music }), ENV, { agent: 'office' });
    expect(links.map(({ name, servers: own, token }) => `${name} ${own} ${token}`)).toEqual([
      'office music second-token',
    ]);
  });

  test('an agent that does not exist, or stands where a server belongs, is a wrong usage', async () => {
    await expect(plan(config(agents), ENV, { agent: 'kitchn' })).rejects.toMatchObject({
      next: 'Did you mean kitchen?',
    });
    await expect(plan(config(agents), ENV, { target: { name: 'kitchen' } })).rejects.toMatchObject({
      next: expect.stringContaining('mcp-pipe --agent kitchen'),
    });
    const spaced = config({ 'living room': { ...KITCHEN, servers: ['calc'] } });
    await expect(plan(spaced, ENV, { target: { name: 'living room' } })).rejects.toMatchObject({
      message: expect.stringContaining('its servers: calc.'),
      next: expect.stringContaining('mcp-pipe --agent "living room"'),
    });
    await expect(plan(config(agents), ENV, { agent: 'x' })).rejects.toBeInstanceOf(UsageError);
  });
});

describe('the difference of two plans with agents', () => {
  const agents = { kitchen: KITCHEN, office: { ...OFFICE, servers: ['music', 'calc'] } };
  const diff = async (next: object) => {
    // A variable that an agent begins to name is kept from the servers, which changes their environment.
    const text = (one: object) =>
      JSON.stringify(config(one)).replaceAll(/\$\{(\w+)\}/g, (_, name: keyof typeof ENV) => ENV[name]);
    const folder = folderWith({ 'before.json': text(agents), 'after.json': text(next) });
    const made = async (file: string) =>
      makePlan(await loadConfig({ cwd: folder, file, env: {} }), { cwd: folder });
    const { links, servers: all } = diffPlan(await made('before.json'), await made('after.json'));
    return {
      links: Object.fromEntries(links.map(({ name, change }) => [name, change])),
      servers: [...new Set(all.map(({ change }) => change))],
    };
  };
  const unchanged = { kitchen: 'kept', office: 'kept' };

  test.each<[string, object, object]>([
    ['nothing changed', agents, unchanged],
    ['an agent more', { ...agents, third: { endpoint: '${TOKEN_3}' } }, { ...unchanged, third: 'added' }],
    ['an agent less', { kitchen: KITCHEN }, { kitchen: 'kept', office: 'removed' }],
    ['another order', { office: agents.office, kitchen: KITCHEN }, { kitchen: 'updated', office: 'updated' }],
    [
      'a filter',
      { ...agents, kitchen: { ...KITCHEN, tools: { music: ['play'] } } },
      { ...unchanged, kitchen: 'updated' },
    ],
    [
      'other servers',
      { ...agents, office: { ...OFFICE, servers: ['memory', 'calc'] } },
      { ...unchanged, office: 'members-changed' },
    ],
    [
      'another token',
      { ...agents, office: { ...agents.office, endpoint: '${TOKEN_3}' } },
      { ...unchanged, office: 'replaced' },
    ],
  ])('%s', async (_, next, links) => {
    expect(await diff(next)).toEqual({ links, servers: ['kept'] });
  });

  test('a setting of one agent restarts the servers only when it is the first to use them', async () => {
    const ofSecond = { ...agents, office: { ...agents.office, maxFrameBytes: 2_000_000 } };
    expect(await diff(ofSecond)).toEqual({ links: { ...unchanged, office: 'replaced' }, servers: ['kept'] });
    const ofFirst = { ...agents, kitchen: { ...KITCHEN, maxFrameBytes: 2_000_000 } };
    expect((await diff(ofFirst)).servers).toEqual(['restarted']);
  });
});

describe('what is said about agents, once it is obeyed', () => {
  test.each<[string, object, said: string, mended: object]>([
    ['agent-no-endpoint', { kitchen: {} }, '"endpoint": "${TOKEN_KITCHEN}"', { kitchen: KITCHEN }],
    [
      'agent-unknown-server',
      { kitchen: { ...KITCHEN, servers: ['musik', 'memory'] } },
      'Did you mean "music"?',
      { kitchen: { ...KITCHEN, servers: ['music', 'memory'] } },
    ],
    [
      'agent-no-servers',
      { kitchen: { ...KITCHEN, servers: [] } },
      'leave "servers" out',
      { kitchen: KITCHEN },
    ],
    [
      'agent-tools-elsewhere',
      { kitchen: { ...KITCHEN, tools: { memroy: ['x'] } } },
      'Did you mean "memory"?',
      { kitchen: { ...KITCHEN, tools: { memory: ['x'] } } },
    ],
    [
      'agents-share-token',
      { kitchen: KITCHEN, office: KITCHEN },
      'Give each agent a token of its own',
      { kitchen: KITCHEN, office: OFFICE },
    ],
    ['agent-is-server', { music: KITCHEN }, 'Rename the agent', { kitchen: KITCHEN }],
    [
      'agents-alike',
      { Kitchen: KITCHEN, kitchen: OFFICE },
      'Rename one of them',
      { kitchen: KITCHEN, hall: OFFICE },
    ],
    [
      'agents-alike',
      { 'nh\u00e0': KITCHEN, 'nha\u0300': OFFICE },
      'Rename one of them',
      { 'nh\u00e0': KITCHEN, hall: OFFICE },
    ],
    [
      'endpoint-twice',
      { kitchen: { endpoint: ['${TOKEN_1}', '${TOKEN_1}'] } },
      'Take it off the list',
      { kitchen: { endpoint: ['${TOKEN_1}'] } },
    ],
  ])('%s leads to a configuration without a word', async (id, agents, said, mended) => {
    const env = { ...ENV, MCP_ENDPOINT: at('general') };
    const look = (some: object) => plan(config(some, {}, 'music', 'memory'), env);
    const found = await look(agents).then(
      ({ warnings }) => warnings,
      () => refusal(look(agents)),
    );
    expect(found.find((one) => one.id === id)?.next).toContain(said);
    expect((await look(mended)).warnings).toEqual([]);
  });
});
