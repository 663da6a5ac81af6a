import { afterEach, describe, expect, test } from 'vitest';
import type { CheckHost } from '../../../../src/config/check/host.js';
import { Endpoint } from '../../../../src/protocol/endpoint.js';
import { removeFolders } from '../workspace.js';
import { address, checked, config, jwt, NOW, SCRIPT, type Scene } from './checked.js';

afterEach(removeFolders);

const day = 86_400;
const today = NOW / 1_000;
const one = (members: object, more?: object): Scene => ({
  files: { ...SCRIPT, 'mcp_config.json': config(members, more) },
});
/** The same with more keys beside the servers. */
const beside = (more: object, { files = {}, ...scene }: Scene): Scene => ({
  ...scene,
  files: { ...files, 'mcp_config.json': { ...(files['mcp_config.json'] as object), ...more } },
});
const tokens = (...claims: object[]): Scene => ({
  files: {
    ...SCRIPT,
    'mcp_config.json': {
      mcpServers: Object.fromEntries(
        claims.map((claim, i) => [
          `s${i}`,
          { command: 'node', args: ['calc.js'], endpoint: address(jwt({ ...claim, iat: i })) },
        ]),
      ),
    },
  },
});
const withEnvFile = (text: string, scene: Scene = {}): Scene => ({
  ...scene,
  files: {
    ...SCRIPT,
    'mcp_config.json': { mcpServers: { calc: { command: 'node', args: ['calc.js'] } } },
    '.env': text,
    ...scene.files,
  },
});
const other = { command: 'node', args: ['calc.js'] };
const ENV = `MCP_ENDPOINT=${address('made-up-token-one')}\n`;
const HOOK = 'https://hooks.slack.com/services/T0/B0/cccccccccccccccccccccccc';
/** Alerts by Slack, whose address stands in `.env` as HOOK, too. */
const alerting = (url: string) =>
  withEnvFile(`HOOK=${HOOK}\n`, {
    env: { MCP_ENDPOINT: address('made-up-token-one') },
    files: {
      'mcp_config.json': {
        mcpServers: { calc: { command: 'node', args: ['calc.js'] } },
        alerts: { slack: { url } },
      },
    },
  });
const git = (state: 'tracked' | 'loose' | 'ignored'): Partial<CheckHost> => ({ gitStateOf: () => state });
const windows = (...files: string[]): Partial<CheckHost> => ({
  platform: 'win32',
  modeOf: () => undefined,
  isExecutable: () => true,
  kindOf: (path) =>
    files.includes(path) ? 'file' : path.endsWith('.js') || path.endsWith('calc') ? 'file' : undefined,
});

/** What triggers the rule, and the nearest thing that does not. */
const RULES: [id: string, triggers: Scene, doesNot: Scene][] = [
  ['program-missing', one({ command: 'no-such-program' }), one({ command: 'node' })],
  [
    'program-missing',
    one({ command: 'node', env: { PATH: '/nowhere' } }),
    one({ command: 'node', env: { OTHER: '/nowhere' } }),
  ],
  [
    'program-missing',
    { ...one({ command: 'uvx', args: ['x'], env: { PATH: 'C:\\bin' } }), host: windows('C:\\bin\\uvx') },
    { ...one({ command: 'uvx', args: ['x'], env: { PATH: 'C:\\bin' } }), host: windows('C:\\bin\\uvx.cmd') },
  ],
  [
    'program-missing',
    {
      ...one({ command: 'tool', args: [], env: { PATH: 'C:\\bin', PATHEXT: '.EXE' } }),
      host: windows('C:\\bin\\tool.cmd'),
    },
    {
      ...one({ command: 'tool', args: [], env: { PATH: 'C:\\bin', PATHEXT: '.EXE;.CMD' } }),
      host: windows('C:\\bin\\tool.cmd'),
    },
  ],
  ['program-file-missing', one({ command: '/no/such/program' }), one({ command: process.execPath })],
  ['program-file-missing', one({ command: './bin/tool' }), one({ command: './calc.js' })],
  ['program-is-folder', one({ command: '/tmp' }), one({ command: process.execPath })],
  [
    'program-not-executable',
    one({ command: './calc.js' }),
    { ...one({ command: './calc.js' }), modes: { 'calc.js': 0o700 } },
  ],
  ['script-missing', one({ args: ['gone.js'] }), one({ args: ['calc.js'] })],
  ['script-missing', one({ args: ['./gone'] }), one({ args: ['./calc'] })],
  ['script-missing', one({ args: ['-r', 'calc.js', 'gone.js'] }), one({ args: ['-e', 'gone.js'] })],
  [
    'script-missing',
    one({ command: 'npx', args: ['-y', 'tsx', 'gone.ts'] }),
    one({ command: 'npx', args: ['-y', 'server-memory', 'gone.ts'] }),
  ],
  ['token-odd-character', one({ endpoint: address('made up-token') }), one({})],
  [
    'token-odd-character',
    one({ endpoint: address('made-up\n-token') }),
    one({ endpoint: `${address('made')}\n` }),
  ],
  ['token-odd-character', one({ endpoint: address('"made-up-token"') }), one({})],
  ['token-is-address', one({ endpoint: address(address('made-up')) }), one({ endpoint: address('made-up') })],
  [
    'token-damaged',
    one({ endpoint: address(jwt({ agentId: 1 }).slice(0, -1)) }),
    one({ endpoint: address(jwt({ agentId: 1 })) }),
  ],
  [
    'token-damaged',
    one({ endpoint: address('eyJhbGciOiJub25lIn0.bm8ganNvbg.c2ln') }),
    one({ endpoint: address('plain') }),
  ],
  ['token-expired', tokens({ exp: today - day }), tokens({ exp: today + 300 * day })],
  ['token-expires-soon', tokens({ exp: today + 6 * day }), tokens({ exp: today + 8 * day })],
  ['same-agent', tokens({ agentId: 7 }, { agentId: 7 }), tokens({ agentId: 7 }, { agentId: 8 })],
  [
    'same-agent',
    tokens({ endpointId: 'agent_7' }, { endpointId: 'agent_7' }),
    tokens({ userId: 7 }, { userId: 7 }),
  ],
  [
    'same-account',
    tokens({ userId: 1, agentId: 1 }, { userId: 1, agentId: 2 }, { userId: 1, agentId: 3 }),
    tokens({ userId: 1, agentId: 1 }, { userId: 1, agentId: 2 }, { userId: 2, agentId: 3 }),
  ],
  ['secret-placeholder', one({ env: { API_KEY: 'YOUR_API_KEY' } }), one({ env: { API_KEY: 'k-81kd02' } })],
  ['secret-placeholder', one({ env: { API_KEY: '' } }), one({ env: { COLOUR: '' } })],
  [
    'endpoint-unencrypted',
    one({ endpoint: 'ws://endpoint.example.com/mcp/?token=made-up' }),
    one({ endpoint: 'ws://192.168.1.10:8004/mcp/?token=made-up' }),
  ],
  [
    'file-readable-by-others',
    withEnvFile(ENV, { modes: { '.env': 0o644 } }),
    withEnvFile(ENV, { modes: { '.env': 0o600 } }),
  ],
  [
    'file-readable-by-others',
    withEnvFile(ENV, { modes: { '.env': 0o640 } }),
    withEnvFile(`${ENV.replace('MCP_ENDPOINT', 'COLOUR')}`, { modes: { '.env': 0o644 } }),
  ],
  [
    'file-readable-by-others',
    withEnvFile(ENV, { modes: { '.env': 0o644 } }),
    withEnvFile(ENV, { host: windows() }),
  ],
  [
    'file-readable-by-others',
    withEnvFile('MCP_ENDPOINT_FILE=secret\n', {
      files: { secret: address('made-up-token-one') },
      modes: { secret: 0o644 },
    }),
    withEnvFile('MCP_ENDPOINT_FILE=secret\n', { files: { secret: address('made-up-token-one') } }),
  ],
  [
    'env-file-tracked',
    withEnvFile(ENV, { host: git('tracked') }),
    withEnvFile(ENV, { host: git('ignored') }),
  ],
  [
    'env-file-not-ignored',
    withEnvFile(ENV, { host: git('loose') }),
    withEnvFile(ENV, { host: git('ignored') }),
  ],
  ['token-in-git', { ...one({}), host: git('tracked') }, { ...one({}), host: git('ignored') }],
  ['token-in-git', { ...one({}), host: git('tracked') }, withEnvFile(ENV, { host: git('tracked') })],
  [
    'token-in-git',
    { ...alerting(HOOK), host: git('tracked') },
    { ...alerting(`\${HOOK}`), host: git('tracked') },
  ],
  [
    'file-readable-by-others',
    { ...alerting(`\${HOOK}`), modes: { '.env': 0o644 } },
    { ...alerting(HOOK), modes: { '.env': 0o644 } },
  ],
  [
    'endpoint-hidden',
    withEnvFile(ENV, { env: { MCP_ENDPOINT: address('made-up-token-two') } }),
    withEnvFile(ENV, { env: { MCP_ENDPOINT: address('made-up-token-one') } }),
  ],
  // What loading and planning find stands in the report as well.
  ['endpoint-placeholder', one({ endpoint: address('TOKEN_1') }), one({})],
  ['endpoint-placeholder', one({ endpoint: address('YOUR_TOKEN_HERE') }), one({})],
  ['missing-variable', one({ endpoint: address('$' + '{NO_SUCH}') }), one({})],
  ['missing-address', one({ endpoint: '$' + '{NO_SUCH}' }), one({})],
  ['text-for-flag', one({ disabled: 'false' }), one({ disabled: false })],
  ['no-folder', one({ cwd: 'gone' }), one({ cwd: '.' })],
  [
    'shared-token',
    beside({ mode: 'pipe' }, one({}, { other: { ...other, endpoint: address('made-up-token-one') } })),
    one({}, { other: { ...other, endpoint: address('made-up-token-one') } }),
  ],
  [
    'renamed-alike',
    one({ tools: { rename: { get_a: 'xem', get_b: 'xem' } } }),
    one({ tools: { rename: { get_a: 'xem', get_b: 'xem_b' } } }),
  ],
  [
    'not-kept-by-pipe',
    beside({ settings: { maxTools: 3 }, mode: 'pipe' }, one({})),
    beside({ settings: { maxTools: 3 } }, one({})),
  ],
  [
    'accounts-differ',
    one(
      { accountGroup: 'an' },
      { other: { ...other, endpoint: address('made-up-token-one'), accountGroup: 'binh' } },
    ),
    one({ accountGroup: 'an' }, { other: { ...other, accountGroup: 'binh' } }),
  ],
  [
    'accounts-differ',
    beside(
      { tokens: { [new Endpoint(address('made-up-token-one')).fingerprint]: { accountGroup: 'binh' } } },
      one({ accountGroup: 'an' }),
    ),
    one({ accountGroup: 'an' }, { other: { ...other, endpoint: address('made-up-token-one') } }),
  ],
  [
    'unknown-token',
    beside({ tokens: { TOKEN_9: {} } }, one({})),
    beside({ tokens: { [new Endpoint(address('made-up-token-one')).fingerprint]: {} } }, one({})),
  ],
  ['token-key', beside({ tokens: { 'made-up.token': {} } }, one({})), one({})],
];

describe.each(RULES)('%s', (id, triggers, doesNot) => {
  test('is found once where it is', async () => {
    const found = (await checked(triggers)).findings.map((finding) => finding.id);
    expect(found.filter((other) => other === id)).toEqual([id]);
  });

  test('is not found where it is not', async () => {
    expect((await checked(doesNot)).findings.map((finding) => finding.id)).not.toContain(id);
  });
});

test('a folder with everything right has no finding at all', async () => {
  const { findings, startable } = await checked(one({}));
  expect(findings).toEqual([]);
  expect(startable).toEqual(['calc']);
});

test('a server without its program is not counted among those that start, the others are', async () => {
  const { startable, findings } = await checked(
    one({}, { broken: { command: 'no-such-program', endpoint: address('made-up-token-two') } }),
  );
  expect(startable).toEqual(['calc']);
  expect(findings.map(({ id, line }) => ({ id, line }))).toEqual([{ id: 'program-missing', line: 11 }]);
});

test('a configuration that would be refused starts nothing, and every finding is still there', async () => {
  const { startable, findings } = await checked(
    one({ command: '' }, { broken: { command: 'no-such-program', endpoint: address('made-up-token-two') } }),
  );
  expect(startable).toEqual([]);
  expect(findings.map(({ id }) => id).sort()).toEqual(['no-command', 'program-missing']);
});

test('a missing python is mended by the python3 that is there', async () => {
  const host: Partial<CheckHost> = {
    kindOf: (path) => (path === '/bin/python3' || path.endsWith('.py') ? 'file' : undefined),
    isExecutable: () => true,
  };
  const scene = one({ command: 'python', args: ['x.py'], env: { PATH: '/bin' } });
  const { findings } = await checked({ ...scene, host });
  expect(findings[0]?.params).toMatchObject({ program: 'python', instead: 'python3' });
});
