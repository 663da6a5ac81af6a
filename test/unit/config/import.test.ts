import { parse } from 'dotenv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { envAssignment, envText, withEnvLines } from '../../../src/config/env-text.js';
import { ignoresEnv, withEnvIgnored } from '../../../src/config/gitignore.js';
import { type ConvertOptions, convert } from '../../../src/config/import/convert.js';
import { type ImportLocation, importLocations } from '../../../src/config/import/locations.js';
import { type ForeignFile, readForeign } from '../../../src/config/import/read.js';
import { EnvVariables } from '../../../src/config/move-secrets.js';
import { secretArguments } from '../../../src/config/secret-shape.js';
import { formatImportNote } from '../../../src/messages/index.js';
import { runs } from '../../helpers/runs.js';

/** `${inside}`, as configurations write it. */
const ref = (inside: string) => ['$', '{', inside, '}'].join('');

const files = (machine: Parameters<typeof importLocations>[0]) =>
  importLocations(machine).map(({ file }) => file);

describe('where configurations are looked for', () => {
  test('on Linux', () => {
    const found = files({ platform: 'linux', env: {}, home: '/home/u', folder: '/p' });
    expect(found).toEqual([
      '/p/.vscode/mcp.json',
      '/p/.cursor/mcp.json',
      '/p/.roo/mcp.json',
      '/p/.mcp.json',
      '/p/opencode.json',
      '/p/xiaozhi.config.json',
      '/p/mcp_settings.json',
      '/p/librechat.yaml',
      '/home/u/.config/Claude/claude_desktop_config.json',
      '/home/u/.cursor/mcp.json',
      '/home/u/.config/Code/User/mcp.json',
      '/home/u/.config/Code/User/settings.json',
      '/home/u/.config/Code - Insiders/User/mcp.json',
      '/home/u/.codeium/windsurf/mcp_config.json',
      '/home/u/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json',
      '/home/u/.config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json',
      '/home/u/.config/zed/settings.json',
      '/home/u/.config/opencode/opencode.json',
      '/home/u/.gemini/settings.json',
      '/home/u/.copilot/mcp-config.json',
      '/home/u/.codex/config.toml',
      '/home/u/.config/goose/config.yaml',
      '/home/u/.xiaozhi-client/xiaozhi.config.json',
    ]);
    const env = { XDG_CONFIG_HOME: '/x' };
    expect(files({ platform: 'linux', env, home: '/home/u', folder: '/p' })).toContain(
      '/x/Claude/claude_desktop_config.json',
    );
  });

  test('on macOS', () => {
    const found = files({ platform: 'darwin', env: {}, home: '/Users/u', folder: '/p' });
    expect(found).toContain('/Users/u/Library/Application Support/Claude/claude_desktop_config.json');
    expect(found).toContain('/Users/u/Library/Application Support/Code/User/mcp.json');
  });

  test('on Windows', () => {
    const home = 'C:\\Users\\u';
    const env = { APPDATA: 'D:\\Roaming' };
    const found = files({ platform: 'win32', env, home, folder: 'C:\\p' });
    expect(found).toContain('C:\\p\\.vscode\\mcp.json');
    expect(found).toContain('D:\\Roaming\\Block\\goose\\config\\config.yaml');
    expect(found).toContain('D:\\Roaming\\Zed\\settings.json');
    expect(found).toContain('D:\\Roaming\\Claude\\claude_desktop_config.json');
    expect(files({ platform: 'win32', env: {}, home, folder: 'C:\\p' })).toContain(
      'C:\\Users\\u\\AppData\\Roaming\\Code\\User\\mcp.json',
    );
  });

  test('a file is found once, also when the project is the user’s own folder', () => {
    const found = files({ platform: 'linux', env: {}, home: '/home/u', folder: '/home/u' });
    expect(found.filter((file) => file === '/home/u/.cursor/mcp.json')).toHaveLength(1);
  });
});

const location: ImportLocation = { program: 'VS Code', file: '/p/.vscode/mcp.json', workspace: '/p' };

async function convertText(
  config: object,
  options: Partial<ConvertOptions> & { taken?: string[] } = {},
  env = {},
) {
  const variables = new EnvVariables((name) => (env as Record<string, string>)[name]);
  const found = await readForeign(JSON.stringify(config), location);
  const result = convert([found!], {
    variables,
    taken: [],
    keepSecretsInline: false,
    folder: '/p',
    home: '/home/u',
    pathSeparator: '/',
    ...options,
  });
  const servers = Object.fromEntries(result.servers.map(({ name, entry }) => [name, entry]));
  const notes = result.notes.map((note) => formatImportNote(note, 'en'));
  return { ...result, notes, entries: servers, lines: variables.lines };
}

describe('what an imported server becomes', () => {
  test('command, args, env and cwd stay; what an editor fills in is filled in', async () => {
    const server = {
      type: 'stdio',
      command: 'node',
      args: [`${ref('workspaceFolder')}/a.js`, ref('env:HOME'), `${ref('userHome')}${ref('/')}x`],
      env: { A: ref('workspaceFolderBasename'), B: 'plain' },
      cwd: 'sub',
      envFile: `${ref('workspaceFolder')}/.env.local`,
    };
    expect((await convertText({ servers: { s: server } })).entries).toEqual({
      s: {
        command: 'node',
        args: ['/p/a.js', ref('HOME'), '/home/u/x'],
        cwd: '/p/sub',
        env: { A: 'p', B: 'plain' },
        envFile: '/p/.env.local',
      },
    });
  });

  test('a project’s server keeps its folder when the configuration is written elsewhere', async () => {
    const { entries } = await convertText({ servers: { s: { command: './run' } } }, { folder: '/other' });
    expect(entries.s).toEqual({ command: './run', cwd: '/p' });
  });

  test('tools that its program hides stay hidden', async () => {
    const hidden = async (more: object) =>
      (await convertText({ servers: { s: { command: 'x', ...more } } })).entries.s;
    expect(await hidden({ disabledTools: ['a'], excludeTools: ['b'], includeTools: ['c'] })).toEqual({
      command: 'x',
      tools: { allow: ['c'], deny: ['b', 'a'] },
    });
    expect(await hidden({ disabledTools: [], enabledTools: [] })).toEqual({ command: 'x' });
  });

  test.each([
    ['Codex', 'enabled_tools', []],
    ['Copilot CLI', 'tools', []],
    ['Gemini CLI', 'includeTools', []],
    ['Cursor', 'tools', undefined],
    ['Roo Code', 'enabledTools', undefined],
  ])('%s: an empty "%s" allows %j', async (program, key, allow) => {
    const text = JSON.stringify({ mcpServers: { s: { command: 'x', [key]: [] } } });
    const file = (await readForeign(text, { program, file: '/x.json', workspace: undefined }))!;
    const { servers } = convert([file], {
      ...{ variables: new EnvVariables(() => undefined), taken: [], keepSecretsInline: false },
      ...{ folder: '/p', home: '/h', pathSeparator: '/' as const },
    });
    expect(servers[0]!.entry.tools?.allow).toEqual(allow);
  });

  test('what VS Code asks for is the variable that the loader reads for it, with a line to fill in', async () => {
    const inputs = [
      { id: 'perplexity-key', type: 'promptString', description: 'Perplexity key', password: true },
      { id: 'region', type: 'pickString', default: 'eu' },
      { id: 'path', type: 'promptString' },
    ];
    const env = { KEY: ref('input:perplexity-key'), R: ref('input:region'), P: ref('input:path') };
    const servers = { a: { command: 'x', env }, b: { command: 'y', args: [ref('input:perplexity-key')] } };
    const { entries, lines, notes } = await convertText({ inputs, servers }, {}, { PATH: '/bin' });
    expect(entries).toEqual({
      a: {
        command: 'x',
        env: { KEY: ref('INPUT_PERPLEXITY_KEY'), R: ref('INPUT_REGION'), P: ref('INPUT_PATH') },
      },
      b: { command: 'y', args: [ref('INPUT_PERPLEXITY_KEY')] },
    });
    expect(lines.map(({ name, value }) => [name, value])).toEqual([
      ['INPUT_PERPLEXITY_KEY', undefined],
      ['INPUT_REGION', 'eu'],
      ['INPUT_PATH', undefined],
    ]);
    expect(envText(lines)).toContain('# Perplexity key\n# INPUT_PERPLEXITY_KEY=\n');
    expect(notes.join(' ')).toContain('INPUT_PERPLEXITY_KEY');
  });

  test('secrets move to variables; equal ones share one, others of one name get their server’s', async () => {
    const env = (API_KEY: string) => ({ API_KEY, MODE: 'fast', OTHER_TOKEN: ref('SET_ELSEWHERE') });
    const servers = {
      one: { command: 'x', env: env('k1') },
      two: { command: 'x', args: ['2'], env: env('k1') },
      'third one': { command: 'x', args: ['3'], env: env('k2') },
    };
    const { entries, lines } = await convertText({ mcpServers: servers });
    expect(entries.one!.env).toEqual({
      API_KEY: ref('API_KEY'),
      MODE: 'fast',
      OTHER_TOKEN: ref('SET_ELSEWHERE'),
    });
    expect(entries.two!.env!.API_KEY).toBe(ref('API_KEY'));
    expect(entries['third one']!.env!.API_KEY).toBe(ref('THIRD_ONE_API_KEY'));
    expect(lines).toEqual([
      { name: 'API_KEY', value: 'k1' },
      { name: 'THIRD_ONE_API_KEY', value: 'k2' },
    ]);
    const inline = await convertText({ mcpServers: servers }, { keepSecretsInline: true });
    expect(inline.entries.one!.env!.API_KEY).toBe('k1');
    expect(inline.lines).toEqual([]);
  });

  test.each([
    ...['SEED_PHRASE', 'MNEMONIC', 'PASSPHRASE', 'PRIVATE_KEY', 'SESSION_COOKIE', 'PGPASSWORD', 'DB_PASS'],
    ...['WALLET_SEED', 'RECOVERY_PHRASE', 'OPENAI_API_KEYS', 'GH_PAT', 'accessToken', 'MYSQL_PWD'],
  ])('a variable called %s is a secret', async (name) => {
    const { entries, lines } = await convertText({
      servers: { s: { command: 'x', env: { [name]: 'v a l' } } },
    });
    expect(lines.map(({ value }) => value)).toEqual(['v a l']);
    expect(JSON.stringify(entries)).not.toContain('v a l');
  });

  test.each([
    ...['Bearer abcdef', 'Basic dXNlcjpwdw==', 'sk-proj-abcdefghijklmnop', 'ghp_abcdefghijklmnopqrstuvwx'],
    ...[
      'postgres://u:pw@h/d',
      '{"Authorization": "Bearer abcdef"}',
      'https://abcdefghijklmnop1234@github.com/x/y.git',
      'https://hooks.slack.com/services/T0/B0/abcdef',
      'mongodb+srv://u:pw@h',
      'Server=h;User=u;Password=pw;',
      'https://h/?api_key=k',
    ],
    ...['eyJhbGciOiJub25l.eyJhIjoxfQ.sig', 'xoxb-123456789012-abc'],
  ])('a value such as %s is a secret, whatever it is called', async (value) => {
    const more = { env: { SETTING: value }, headers: { 'X-Thing': value } };
    const { entries, lines } = await convertText({ servers: { s: { command: 'x', ...more } } });
    expect(JSON.stringify(entries)).not.toContain(value);
    expect(lines.map((line) => line.value)).toContain(value);
  });

  test.each([
    ...[
      ['RANDOM_SEED', '42'],
      ['MAX_TOKENS', '4096'],
      ['KEYBOARD', 'vi'],
      ['BYPASS', 'x'],
      ['PWD', '/x'],
    ],
    ...[
      ['URL', 'https://h/p?q=1'],
      ['MODE', 'basic'],
      ['PATH_TO', 'C:\\keys'],
      ['NOTE', 'bearer of news'],
    ],
  ])('%s=%s is none', async (name, value) => {
    const { lines } = await convertText({ servers: { s: { command: 'x', env: { [name!]: value } } } });
    expect(lines).toEqual([]);
  });

  test('a secret that .env cannot spell stays, and is said', async () => {
    const servers = { s: { command: 'x', env: { API_KEY: ` # '"\`` } } };
    const { entries, lines, notes } = await convertText({ servers });
    expect([entries.s!.env, lines]).toEqual([{ API_KEY: ` # '"\`` }, []]);
    expect(notes.join()).toMatch(/s: a secret stayed .* S_API_KEY_FILE=/);
  });

  test('a variable that means something else already is left alone', async () => {
    const servers = { one: { command: 'x', env: { API_KEY: 'mine' } } };
    const other = await convertText({ servers }, {}, { API_KEY: 'theirs' });
    expect(other.lines).toEqual([{ name: 'ONE_API_KEY', value: 'mine' }]);
    expect((await convertText({ servers }, {}, { API_KEY: 'mine' })).lines).toEqual([]);
  });

  test('an endpoint with a token is a variable, too', async () => {
    const endpoint = 'wss://h/mcp/?token=abc';
    const servers = { a: { command: 'x', endpoint }, b: { command: 'x', env: { MCP_ENDPOINT: endpoint } } };
    const { entries, lines } = await convertText({ mcpServers: servers });
    expect(JSON.stringify(entries)).not.toContain('abc');
    expect(lines.map(({ name }) => name)).toEqual(['MCP_ENDPOINT_A', 'MCP_ENDPOINT_B']);
  });

  test('a remote server is reached, and its headers hide', async () => {
    const remote = {
      type: 'http',
      url: 'https://h/mcp',
      headers: { Authorization: 'Bearer s3cret', 'X-A': 'b' },
    };
    const { entries, lines, notes } = await convertText({ servers: { r: remote } });
    expect(entries.r).toEqual({
      url: 'https://h/mcp',
      type: 'http',
      headers: { Authorization: ref('R_AUTHORIZATION'), 'X-A': 'b' },
    });
    expect(lines).toEqual([{ name: 'R_AUTHORIZATION', value: 'Bearer s3cret' }]);
    expect(notes.join()).not.toContain('s3cret');
  });

  test.each<[object, object]>([
    [
      {
        command: 'npx',
        args: ['-y', 'mcp-remote@latest', 'https://h/mcp', '--header', 'Authorization: Bearer s3cret'],
      },
      { url: 'https://h/mcp', headers: { Authorization: ref('R_AUTHORIZATION') } },
    ],
    [
      {
        command: 'npx',
        args: [
          'mcp-remote',
          'https://h/sse',
          '3334',
          '--transport',
          'sse-only',
          '--header',
          `X-Api-Key:${ref('KEY')}`,
        ],
        env: { KEY: 's3cret', MCP_ENDPOINT: ref('E') },
      },
      {
        type: 'sse',
        url: 'https://h/sse',
        headers: { 'X-Api-Key': ref('R_X_API_KEY') },
        env: { MCP_ENDPOINT: ref('E') },
      },
    ],
    // As the page of Home Assistant has it.
    [
      {
        command: 'mcp-proxy',
        args: ['--transport=streamablehttp', '--stateless', 'http://ha:8123/api/mcp'],
        env: { API_ACCESS_TOKEN: 's3cret' },
      },
      { type: 'http', url: 'http://ha:8123/api/mcp', headers: { Authorization: ref('R_AUTHORIZATION') } },
    ],
    [
      { command: 'npx', args: ['-y', 'supergateway', '--sse', 'https://h/sse', '--oauth2Bearer', 's3cret'] },
      { type: 'sse', url: 'https://h/sse', headers: { Authorization: ref('R_AUTHORIZATION') } },
    ],
  ])('%j, a bridge, becomes the server behind it', async (raw, entry) => {
    const { entries, lines, notes } = await convertText({ mcpServers: { r: { ...raw, disabled: true } } });
    expect(entries.r).toEqual({ ...entry, disabled: true });
    expect(notes.join()).toMatch(/without (mcp-remote|mcp-proxy|supergateway) in between/);
    expect(JSON.stringify([entries, notes])).not.toContain('s3cret');
    expect(JSON.stringify(lines)).toContain('s3cret');
  });

  test.each<object>([
    { command: 'npx', args: ['mcp-remote', 'https://h/mcp', '--static-oauth-client-info', '{}'] },
    { command: 'npx', args: ['mcp-remote', 'https://h/mcp'], env: { NODE_EXTRA_CA_CERTS: '/ca.pem' } },
    { command: 'npx', args: ['mcp-remote', 'https://h/mcp', 'https://other/'] },
    { command: 'npx', args: ['-y', '--registry', 'http://r', 'mcp-remote', 'https://h/mcp'] },
    { command: 'mcp-proxy', args: ['--no-verify-ssl', 'https://h/mcp'] },
    { command: 'npx', args: ['-y', 'supergateway', '--stdio', 'x'] },
    { command: 'node', args: ['mcp-remote', 'https://h/mcp'] },
  ])('%j stays as it is: not all of it is understood', async (raw) => {
    const { entries } = await convertText({ mcpServers: { r: raw } });
    expect(entries.r).toEqual(raw);
  });

  test('servers of one name are told apart, equal ones are one', async () => {
    const found = await Promise.all(
      ['a', 'a', 'b'].map((command) =>
        readForeign(JSON.stringify({ mcpServers: { s: { command } } }), location),
      ),
    );
    const options = {
      taken: ['s'],
      keepSecretsInline: false,
      folder: '/p',
      home: '/',
      pathSeparator: '/',
    } as const;
    const { servers } = convert(found as ForeignFile[], {
      ...options,
      variables: new EnvVariables(() => undefined),
    });
    expect(servers.map(({ name }) => name)).toEqual(['s-vs-code', 's-vs-code-2']);
  });

  describe('with several endpoints', () => {
    const at = (token: string) => `wss://api.xiaozhi.me/mcp/?token=made-up-${token}`;
    const server = { command: 'node' };
    const taken = async (...roots: object[]) => {
      const variables = new EnvVariables(() => undefined);
      const found = await Promise.all(
        roots.map((root, i) =>
          readForeign(JSON.stringify(root), { program: '', file: `/p/${i}.json`, workspace: undefined }),
        ),
      );
      const made = convert(found as ForeignFile[], {
        ...{
          variables,
          taken: [],
          keepSecretsInline: false,
          folder: '/p',
          home: '/home/me',
          pathSeparator: '/',
        },
      });
      const agents = Object.fromEntries(made.agents.map(({ name, agent }) => [name, agent]));
      const off = made.servers.filter(({ entry }) => entry.disabled === true).map(({ name }) => name);
      return { ...made, agents, off, variables: variables.lines, ids: made.notes.map(({ id }) => id) };
    };

    test('each is an agent, with its name there', async () => {
      const endpoints = [
        { name: 'kitchen', webSocketUrl: at('1') },
        { name: 'a/b', webSocketUrl: at('2') },
      ];
      const { agents, endpoint, variables } = await taken({
        xiaozhi: { endpoints },
        mcpServers: { a: server },
      });
      expect(agents).toEqual({
        kitchen: { endpoint: ref('MCP_ENDPOINT') },
        'agent-2': { endpoint: ref('ENDPOINT_2') },
      });
      expect([endpoint, variables]).toEqual([at('1'), [{ name: 'ENDPOINT_2', value: at('2') }]]);
    });

    test('servers with an address of their own stay on it, those of other files on the shared one', async () => {
      const { agents } = await taken(
        { mcpEndpoint: [at('1'), at('2')], mcpServers: { a: server, own: { ...server, endpoint: at('3') } } },
        { mcpServers: { b: server } },
      );
      expect(agents).toEqual({
        'agent-1': { endpoint: ref('MCP_ENDPOINT'), servers: ['a', 'b'] },
        'agent-2': { endpoint: ref('ENDPOINT_2'), servers: ['a'] },
      });
    });

    test('the group of an endpoint is its servers and tools, and what no endpoint had is off', async () => {
      const root = {
        mcpServers: { a: server, b: server, c: server },
        groups: [{ id: 'g', name: 'few', servers: ['a', { name: 'b', tools: ['add'] }] }],
        xiaozhi: { endpoints: [{ name: 'few', webSocketUrl: at('1'), groupId: 'g' }] },
      };
      const { agents, off, endpoint, ids } = await taken(root);
      expect(agents).toEqual({
        few: { endpoint: ref('ENDPOINT_1'), servers: ['a', 'b'], tools: { b: { allow: ['add'] } } },
      });
      expect([off, endpoint, ids]).toEqual([['c'], undefined, ['endpoints', 'in-no-agent']]);
      const more = { ...root.xiaozhi.endpoints, 1: { name: 'all', webSocketUrl: at('2') } };
      const both = await taken({ ...root, xiaozhi: { endpoints: Object.values(more) } });
      expect(both.agents.all).toEqual({ endpoint: ref('MCP_ENDPOINT') });
      expect([both.off, both.endpoint]).toEqual([[], at('2')]);
    });
  });

  test('arguments that look like secrets are said, not moved', async () => {
    expect(
      secretArguments(['--api-key', 'x', '--token=y', '-v', `--key=${ref('K')}`, 'pg://u:pw@h/d']),
    ).toEqual([1, 2, 5]);
    const wrapped = [
      '-e',
      'API_KEY=x',
      '--header',
      'Authorization: Bearer abcd',
      '--seedPhrase',
      'a b',
      '-e',
      'A=1',
    ];
    expect(secretArguments(wrapped)).toEqual([1, 3, 5]);
    expect(secretArguments(['C:\\x', 'https://h/', 'key:value'.slice(4), '--port=1', 'a=b'])).toEqual([]);
    const { notes, entries } = await convertText({
      servers: { s: { command: 'x', args: ['--token', 'hidden9'] } },
    });
    expect(notes.join()).toMatch(/s: what looks like a secret/);
    expect(notes.join()).not.toContain('hidden9');
    expect(entries.s!.args).toEqual(['--token', 'hidden9']);
  });

  test('of two servers of one name in one object the last is taken, and that is said', async () => {
    const text = '{ "mcpServers": { "s": { "command": "a" }, "s": { "command": "b" } } }';
    const { servers, notes } = (await readForeign(text, location))!;
    expect(servers.map(({ raw }) => raw.command)).toEqual(['b']);
    expect(notes).toEqual([{ id: 'twice', params: { keys: ['mcpServers.s'] } }]);
  });

  test('what is no configuration is none', async () => {
    for (const text of ['', '[]', '{', '{"mcpServers": 3}', 'null']) {
      expect(await readForeign(text, location)).toBeUndefined();
    }
  });
});

describe('.env', () => {
  test('every value reads back as it was, or has no spelling', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '`', '#', '$', '\\', 'n', '\n', '=') }),
        ),
        (value) => {
          const text = envAssignment('NAME', value);
          if (text === undefined) return;
          expect(parse(`A=1\n${text}\nB=2\n`)).toEqual({ A: '1', NAME: value, B: '2' });
        },
      ),
      { numRuns: runs(2_000) },
    );
    expect(envAssignment('N', ` # '"\``)).toBeUndefined();
    expect(envAssignment('N', 'wss://h/?token=a.b-c_d')).toBe('N=wss://h/?token=a.b-c_d');
  });

  test('lines are added at the end, in the manner of the file', () => {
    expect(withEnvLines('A=1', [{ name: 'B', value: '2' }])).toBe('A=1\nB=2\n');
    expect(withEnvLines('A=1\r\n', [{ name: 'B', value: '#', comment: 'why' }])).toBe(
      "A=1\r\n# why\r\nB='#'\r\n",
    );
  });
});

describe('.gitignore', () => {
  test.each([
    ['.env\n', true, true],
    ['/.env', true, true],
    ['/.env', false, false],
    ['.env*\r\n!.env.example\r\n', true, true],
    ['.env\n!.env\n', true, false],
    ['#.env\nnode_modules', true, false],
  ])('%j in the same folder: %s', (text, isSame, covers) => {
    expect(ignoresEnv(text, isSame)).toBe(covers);
  });

  test('.env is added on a line of its own', () => {
    expect(withEnvIgnored('a')).toBe('a\n.env\n');
    expect(withEnvIgnored('a\r\n')).toBe('a\r\n.env\r\n');
  });
});
