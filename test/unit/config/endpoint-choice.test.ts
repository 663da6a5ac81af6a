// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { ADDRESS, calc, folderWith, plan, refusal, removeFolders, TOKEN } from './workspace.js';

afterEach(removeFolders);

const at = (place: string) => `ws://127.0.0.1:9/?token=${place}`;

describe('the endpoint of a server', () => {
  const everywhere = {
    config: calc({ endpoint: at('field'), env: { MCP_ENDPOINT: at('env-field') } }),
    env: { MCP_ENDPOINT_CALC: at('own-variable'), MCP_ENDPOINT: at('variable') } as Record<string, string>,
    options: { endpointOverride: at('option') as string | undefined },
  };

  test('is the first that is set: endpoint, env.MCP_ENDPOINT, MCP_ENDPOINT_<NAME>, --endpoint, MCP_ENDPOINT', async () => {
    const { config, env, options } = structuredClone(everywhere);
    const entry = (config as { mcpServers: { calc: { endpoint: string; env: { MCP_ENDPOINT: string } } } })
      .mcpServers.calc;
    const token = async () => (await plan(config, env, options)).links[0]!.endpoint.token;
    expect(await token()).toBe('field');
    entry.endpoint = '';
    expect(await token()).toBe('env-field');
    entry.env.MCP_ENDPOINT = '${NOT_SET:-}';
    expect(await token()).toBe('own-variable');
    env.MCP_ENDPOINT_CALC = '';
    expect(await token()).toBe('option');
    options.endpointOverride = undefined;
    expect(await token()).toBe('variable');
  });

  test('may be read from a file by a _FILE variable, and then is a secret', async () => {
    const folder = folderWith({
      'mcp_config.json': { mcpServers: { a: { command: 'x' }, b: { command: 'y' } } },
      own: `${at('own-secret-token')}\n`,
      all: `${at('all-secret-token')}\n`,
    });
    const env = { MCP_ENDPOINT_A_FILE: 'own', MCP_ENDPOINT_FILE: 'all' };
    const { links, secrets } = makePlan(await loadConfig({ cwd: folder, env }), { cwd: folder });
    expect(links.map(({ endpoint }) => endpoint.token)).toEqual(['own-secret-token', 'all-secret-token']);
    expect(secrets).toContain('own-secret-token');
    expect(secrets).toContain(at('all-secret-token'));
  });

  test('in a file that cannot be read is an error, and nothing else is tried', async () => {
    const [finding] = await refusal(
      plan(calc(), { MCP_ENDPOINT_CALC_FILE: '/nowhere', MCP_ENDPOINT: ADDRESS }),
    );
    expect(finding).toMatchObject({
      code: 'CONFIG_SECRET_FILE',
      path: 'MCP_ENDPOINT_CALC_FILE',
      got: '/nowhere: ENOENT',
    });
  });

  test.each([
    ['my-server.2', 'MCP_ENDPOINT_MY_SERVER_2'],
    ['a  b', 'MCP_ENDPOINT_A_B'],
    ['計算 calc', 'MCP_ENDPOINT__CALC'],
    ['thời-tiết', 'MCP_ENDPOINT_THOI_TIET'],
    ['thời-tiết'.normalize('NFD'), 'MCP_ENDPOINT_THOI_TIET'],
    ['đèn', 'MCP_ENDPOINT_DEN'],
    // As it was spelled before: read until 1.0.
    ['thời-tiết', 'MCP_ENDPOINT_TH_I_TI_T'],
  ])('%s can be set by %s', async (name, variable) => {
    const { links } = await plan({ mcpServers: { [name]: { command: 'x' } } }, { [variable]: at('mine') });
    expect(links[0]!.endpoint.token).toBe('mine');
  });

  test('called "file" is not set by MCP_ENDPOINT_FILE, which is the file of MCP_ENDPOINT', async () => {
    const folder = folderWith({
      'mcp_config.json': { mcpServers: { file: { command: 'x' } } },
      secret: at('from-file'),
    });
    const config = await loadConfig({ cwd: folder, env: { MCP_ENDPOINT_FILE: 'secret' } });
    expect(makePlan(config, { cwd: folder }).links[0]!.endpoint.token).toBe('from-file');
  });

  test('called "x-file" is set by MCP_ENDPOINT_X_FILE unless a server "x" has that variable', async () => {
    const env = { MCP_ENDPOINT_X_FILE: at('direct'), MCP_ENDPOINT: at('shared') };
    const alone = await plan({ mcpServers: { 'x-file': { command: 'x' } } }, env);
    expect(alone.links[0]!.endpoint.token).toBe('direct');
    const [finding] = await refusal(
      plan({ mcpServers: { 'x-file': { command: 'x' }, x: { command: 'x' } } }, env),
    );
    expect(finding).toMatchObject({ code: 'CONFIG_SECRET_FILE', path: 'MCP_ENDPOINT_X_FILE' });
    expect(JSON.stringify(finding)).not.toContain('direct');
  });

  test('that is missing is one error for all servers, which says what to write into which file', async () => {
    const folder = folderWith({
      'mcp_config.json': { mcpServers: { a: { command: 'x' }, b: { command: 'y' } } },
    });
    const config = await loadConfig({ cwd: folder, env: { MCP_ENDPOINT: '' } });
    const findings = await refusal(() => makePlan(config, { cwd: folder }));
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'CONFIG_NO_ENDPOINT',
        expected: 'an endpoint for a, b',
        line: undefined,
      }),
    ]);
    expect(findings[0]!.next).toContain(
      `Write MCP_ENDPOINT=wss://api.xiaozhi.me/mcp/?token=… into ${folder}/.env`,
    );
    expect(findings[0]!.next).toContain('--local');
  });

  test('is not asked of a server that has another mistake', async () => {
    const remote = { type: 'http', url: 'ftp://h/' };
    const config = { mcpServers: { far: remote, near: { command: 'x' }, text: 'node x.js' } };
    const findings = await refusal(plan(config, {}));
    expect(findings.at(-1)).toMatchObject({ code: 'CONFIG_NO_ENDPOINT', expected: 'an endpoint for near' });
    const { far, text } = config.mcpServers;
    const codes = (await refusal(plan({ mcpServers: { far, text } }, {}))).map(({ code }) => code);
    expect(codes).toEqual(['CONFIG_UNSUPPORTED_TRANSPORT', 'CONFIG_TYPE']);
  });

  test('whose variable is missing is an error, unless every server gets an address anyway', async () => {
    const config = calc({ endpoint: 'wss://h/?token=${TOKEN_1}' });
    const [finding] = await refusal(plan(config, { MCP_ENDPOINT: ADDRESS }));
    expect(finding).toMatchObject({ code: 'CONFIG_MISSING_VARIABLE', path: 'mcpServers.calc.endpoint' });
  });
});

describe('an address', () => {
  const verdict = (address: string) => refusal(plan(calc({ endpoint: address })));

  test.each([
    [
      `https://api.xiaozhi.me/mcp/?token=${TOKEN}`,
      'wss:// instead of https://',
      'https://api.xiaozhi.me/mcp/',
    ],
    [`http://h:1/mcp/?token=${TOKEN}`, 'ws:// instead of http://', 'http://h:1/mcp/'],
    [`ftp://h/?token=${TOKEN}`, 'Copy', 'an address of another kind'],
    [TOKEN, 'Copy', 'a token alone'],
    [`"wss://h/?token=${TOKEN}`, 'Take the quotation mark away', 'a text that begins with a quotation mark'],
    [`some words and ${TOKEN}`, 'Copy', `a text of ${TOKEN.length + 15} characters that is no address`],
    [`api.xiaozhi.me/mcp/?token=${TOKEN}`, 'Write wss:// in front', 'api.xiaozhi.me'],
    [`192.168.1.2:8004/mcp_endpoint/mcp/?token=${TOKEN}`, 'Write ws:// in front', '192.168.1.2:8004'],
    [`localhost:8004/mcp/?token=${TOKEN}`, 'Write ws:// in front', 'localhost:8004'],
    [
      `http://h:8004/mcp_endpoint/mcp?token=${TOKEN}`,
      'and /mcp_endpoint/mcp/ as the path',
      'http://h:8004/mcp_endpoint/mcp',
    ],
    [
      `http://h:8004/mcp_endpoint/health?key=${TOKEN}`,
      'ws://h:8004/mcp_endpoint/mcp/?token=…',
      'http://h:8004/mcp_endpoint/health, the page that shows how the endpoint is',
    ],
    [
      `ws://h:8000/xiaozhi/v1/?token=${TOKEN}`,
      'the MCP address',
      'ws://h:8000/xiaozhi/v1/, which is for devices',
    ],
    [
      `http://h:8002/xiaozhi/ota/?token=${TOKEN}`,
      'the MCP address',
      'http://h:8002/xiaozhi/ota/, which is for devices',
    ],
    [
      `https://xiaozhi.me/console/agents?token=${TOKEN}`,
      'the MCP address',
      'https://xiaozhi.me/console/agents, a web page',
    ],
  ])('%s is refused without repeating the token', async (address, next, got) => {
    const findings = await verdict(address);
    expect(findings).toEqual([expect.objectContaining({ code: 'CONFIG_ENDPOINT_INVALID', got })]);
    expect(findings[0]!.next).toContain(next);
    expect(JSON.stringify(findings)).not.toContain(TOKEN);
  });

  test('for callers of the self-hosted endpoint is refused with the one to write', async () => {
    const [finding] = await verdict(`ws://192.168.1.2:8004/mcp_endpoint/call/?token=${TOKEN}`);
    expect(finding).toMatchObject({
      code: 'CONFIG_ENDPOINT_INVALID',
      next: expect.stringContaining('/mcp_endpoint/mcp/'),
    });
    expect(JSON.stringify(finding)).not.toContain(TOKEN);
  });

  test.each([
    ['ws://h/mcp_endpoint/mcp?token=abc', 'CONFIG_ENDPOINT_DOUBTFUL'],
    ['wss://api.xiaozhi.me/mcp/?token=YOUR_TOKEN_HERE', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['wss://api.xiaozhi.me/mcp/?token=TOKEN_1', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['wss://api.xiaozhi.me/mcp/?token=<your token>', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['wss://api.xiaozhi.me/mcp/?token=...', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['wss://api.xiaozhi.me/mcp/?token=', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['wss://api.xiaozhi.me/mcp/?token=eyJ...', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['ws://h/?token=eyJ…', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['ws://h/mcp/', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['ws://h:8004/mcp_endpoint/mcp/', 'CONFIG_ENDPOINT_PLACEHOLDER'],
    ['ws://127.0.0.1:1/call/?token=abc', 'CONFIG_ENDPOINT_DOUBTFUL'],
    ['ws://127.0.0.1:1/call?token=abc', 'CONFIG_ENDPOINT_DOUBTFUL'],
  ])('%s is used, with a warning', async (address, code) => {
    const { links, warnings } = await plan(calc({ endpoint: address }));
    expect(links).toHaveLength(1);
    expect(warnings).toEqual([
      expect.objectContaining({ code, severity: 'warning', path: 'mcpServers.calc.endpoint' }),
    ]);
  });

  test.each([
    ['wss://api.xiaozhi.me/mcp/?token=eyJ...', 'a placeholder'],
    ['wss://api.xiaozhi.me/mcp/', 'none'],
  ])('%s is doubted in words that say it once', async (endpoint, got) => {
    const { warnings } = await plan(calc({ endpoint }));
    expect(warnings).toEqual([expect.objectContaining({ expected: 'a real token', got })]);
  });

  test.each([
    ADDRESS,
    'ws://127.0.0.1:8765/mcp/?token=test',
    'ws://127.0.0.1:1/',
    'ws://h/calls/',
    ` ${ADDRESS} `,
  ])('%s is used without a word', async (address) => {
    expect((await plan(calc({ endpoint: address }))).warnings).toEqual([]);
  });

  test('with a mistake in .env is reported once, with the line there, however many servers use it', async () => {
    const folder = folderWith({
      'mcp_config.json': { mcpServers: { a: { command: 'x' }, b: { command: 'y' } } },
      '.env': '# mine\nMCP_ENDPOINT=https://h/\n',
    });
    const config = await loadConfig({ cwd: folder, env: {} });
    expect(await refusal(() => makePlan(config, { cwd: folder }))).toEqual([
      expect.objectContaining({ file: `${folder}/.env`, path: 'MCP_ENDPOINT', line: 2 }),
    ]);
  });

  test.each([
    ['one behind ;', 'ws://h/?token=one;ws://h/?token=two', 2],
    ['one behind a comma', 'ws://h/?token=one, wss://h/?token=two,ws://h/?token=three', 3],
    ['one on the next line', 'ws://h/?token=one\nws://h/?token=two', 2],
  ])('and another one (%s) is an error that says how to serve both', async (_, endpoint, count) => {
    const findings = await refusal(plan(calc({ endpoint })));
    expect(findings).toMatchObject([{ code: 'CONFIG_ENDPOINT_SEVERAL', params: { count } }]);
    expect(findings[0]!.next).toContain('"endpoint": ["${TOKEN_1}", "${TOKEN_2}"]');
    expect(JSON.stringify(findings)).not.toMatch(/token=one|token=two/);
    const several = endpoint.split(/[;,\s]+/);
    const { links, warnings } = await plan(calc({ endpoint: several }));
    expect([links.map((link) => link.endpoint.href), warnings]).toEqual([several, []]);
  });

  test('is never repeated when it is only a token, whatever that looks like', async () => {
    for (const token of ['abc.def.ghi', 'user.name:12345', 'tok3n.12', TOKEN, 'sk-live.example.com']) {
      const found = await refusal(plan(calc({ endpoint: token })));
      expect(JSON.stringify(found)).not.toContain(token);
    }
  });
});
