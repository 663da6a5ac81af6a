import { afterEach, describe, expect, test } from 'vitest';
import { removeFolders } from '../workspace.js';
import { address, checked, SCRIPT } from './checked.js';

afterEach(removeFolders);

const config = { mcpServers: { calc: { command: 'node', args: ['calc.js'] } } };
const ENV = `MCP_ENDPOINT=${address('made-up-token-one')}\n`;
const GOOD = {
  env_file: '.env',
  volumes: ['./mcp_config.json:/app/mcp_config.json:ro'],
  stop_grace_period: '30s',
};
const without = (key: keyof typeof GOOD) => {
  const { [key]: _, ...rest } = GOOD;
  return rest;
};

/** JSON is YAML, too. */
async function found(service: object, files: object = {}, env: Record<string, string> = {}) {
  const compose = JSON.stringify(
    { services: { 'mcp-pipe': { image: 'mcp-pipe', ...service } } },
    undefined,
    2,
  );
  const { findings } = await checked({
    files: { ...SCRIPT, 'mcp_config.json': config, '.env': ENV, 'docker-compose.yml': compose, ...files },
    env,
  });
  return findings;
}
const ids = async (...given: Parameters<typeof found>) => (await found(...given)).map(({ id }) => id);

test('a good compose file has no finding', async () => {
  expect(await ids(GOOD)).toEqual([]);
});

test.each<[id: string, service: object, files?: object]>([
  ['compose-env-file-missing', { ...GOOD, env_file: ['.env', 'gone.env'] }],
  ['compose-no-endpoint', without('env_file')],
  ['compose-not-mounted', without('volumes')],
  ['compose-not-mounted', { ...without('volumes'), build: '.' }, { Dockerfile: 'COPY package.json ./\n' }],
  ['compose-mount-missing', { ...GOOD, volumes: ['./gone.json:/app/mcp_config.json'] }],
  ['compose-short-grace', without('stop_grace_period')],
  ['compose-short-grace', { ...GOOD, stop_grace_period: '12s' }],
  ['compose-other-endpoint', { ...GOOD, environment: [`MCP_ENDPOINT=${address('made-up-token-two')}`] }],
  ['compose-other-endpoint', { ...GOOD, env_file: 'c.env' }, { 'c.env': ENV.replace('one', 'two') }],
  ['endpoint-placeholder', { ...GOOD, environment: { MCP_ENDPOINT: address('YOUR_TOKEN_HERE') } }],
])('%s is found in %j', async (id, service, files) => {
  const findings = await found(service, files);
  expect(findings.map((finding) => finding.id)).toEqual([id]);
  expect(findings[0]).toMatchObject({ severity: 'warning', line: expect.any(Number) });
});

test.each<[what: string, service: object, files?: object, env?: Record<string, string>]>([
  ['an env_file that may be missing', { ...GOOD, env_file: ['.env', { path: 'x.env', required: false }] }],
  [
    'the endpoint under environment',
    { ...without('env_file'), environment: { MCP_ENDPOINT: address('made-up-token-one') } },
  ],
  [
    'the endpoint from the project',
    { ...without('env_file'), environment: ['MCP_ENDPOINT=$' + '{MCP_ENDPOINT}'] },
  ],
  ['the endpoint from the shell', { ...without('env_file'), environment: ['MCP_ENDPOINT'] }],
  ['a folder that is mounted', { ...GOOD, volumes: ['.:/app:ro'] }],
  [
    'a bind mount in long form',
    { ...GOOD, volumes: [{ type: 'bind', source: './mcp_config.json', target: '/app/mcp_config.json' }] },
  ],
  [
    'an image that brings the configuration',
    { ...without('volumes'), build: '.' },
    { Dockerfile: 'COPY . .\n' },
  ],
  ['a grace period in minutes', { ...GOOD, stop_grace_period: '1m30s' }],
  [
    'a service that is somebody else',
    { image: 'postgres' },
    { 'docker-compose.yml': 'services: { db: { image: postgres } }' },
  ],
  ['a compose file that cannot be read', {}, { 'docker-compose.yml': 'services: [\n' }],
])('%s is fine', async (_, service, files, env) => {
  expect(await ids(service, files, env)).toEqual([]);
});

describe('the place of a finding', () => {
  test('is the line of the key it is about, or of the service when the key is missing', async () => {
    const text = 'services:\n  mcp-pipe:\n    env_file: .env\n    stop_grace_period: 1s\n';
    const findings = await found({}, { 'docker-compose.yml': text });
    expect(findings.map(({ id, line, path }) => [id, line, path])).toEqual([
      ['compose-not-mounted', 2, 'services.mcp-pipe.volumes'],
      ['compose-short-grace', 4, 'services.mcp-pipe.stop_grace_period'],
    ]);
  });
});
