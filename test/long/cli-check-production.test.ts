import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { Cli, folder, root } from '../helpers/cli.js';

const COMPOSE = `
services:
  gateway-a: &gateway
    image: registry.example.com/mcp-pipe:1.2.3
    mem_limit: 512m
    cpus: 0.5
    restart: unless-stopped
    stop_grace_period: 30s
    environment: { KEY: made-up-secret-of-compose }
  gateway-b: *gateway
  nginx:
    image: nginx:1.28.0
    ports: ["80:80", "443:443"]
`;

let cwd: string;
beforeAll(async () => {
  cwd = await folder();
  writeFileSync(
    join(cwd, 'mcp_config.json'),
    JSON.stringify({
      mcpServers: {
        echo: { command: 'node', args: ['echo.js'], checkArguments: true, calls: { breaker: true } },
      },
      gateway: {
        host: '0.0.0.0',
        keys: { an: 'made-up-key-of-an-0123456789abcdef' },
        publicUrl: 'https://mcp.example.com',
        rate: true,
      },
      ui: true,
      audit: true,
    }),
    { mode: 0o600 },
  );
  writeFileSync(join(cwd, 'echo.js'), '');
  mkdirSync(join(cwd, 'compose'));
  writeFileSync(join(cwd, 'compose/docker-compose.prod.yml'), COMPOSE);
  mkdirSync(join(cwd, 'state/production/backups'), { recursive: true });
  writeFileSync(join(cwd, 'state/production/backups/mcp-pipe_production_1.0.0_x.backup'), 'data');
  writeFileSync(join(cwd, 'state/production/history'), '2026-01-01T00:00:00Z\tdeployed\t1.2.3\n');
});

async function production(...args: string[]) {
  return productionIn(cwd, {}, ...args);
}

async function productionIn(at: string, env: Record<string, string>, ...args: string[]) {
  const cli = new Cli(['check', '--production', ...args], {
    cwd: at,
    env: { LANG: 'C', LC_ALL: '', ...env },
  });
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
}

/** What is shipped, as it lies on a server that has deployed, saved and tried a released version; and what its container is given. */
async function shipped() {
  const at = await folder();
  const compose = join(at, 'deploy/compose');
  for (const one of ['compose', 'scripts'])
    cpSync(join(root, 'deploy', one), join(at, 'deploy', one), { recursive: true });
  const settings = readFileSync(join(compose, '.env.production.example'), 'utf8');
  writeFileSync(join(compose, '.env.production'), settings.replace('# IMAGE=', 'IMAGE='));
  const state = join(at, 'deploy/state/production');
  mkdirSync(state, { recursive: true });
  // What backup.sh leaves where BACKUP_DIR is another folder.
  writeFileSync(join(state, 'last-backup'), '/var/backups/mcp-pipe/one.backup\n');
  writeFileSync(join(state, 'history'), '2026-01-01T00:00:00Z\tdeployed\t0.1.0\n');
  writeFileSync(join(state, 'load-test.json'), '{"passed":true}');
  const file = join(at, 'mcp_config.json');
  cpSync(join(compose, 'mcp_config.gateway.json'), file);
  const env = { DOMAIN: 'mcp.example.com', NGINX_ADDRESS: '172.30.80.10' };
  const keys = {
    MCP_PIPE_KEY: 'k'.repeat(48),
    MCP_PIPE_UI_KEY: 'u'.repeat(48),
    MCP_PIPE_METRICS_KEY: 'm'.repeat(48),
  };
  return { at, file, env: { ...env, ...keys } };
}

it('mcp-pipe check --production takes backups and tests of another environment for none of production', async () => {
  const { at, env } = await shipped();
  const state = join(at, 'deploy/state');
  renameSync(join(state, 'production'), join(state, 'staging'));
  mkdirSync(join(state, 'production'));
  const { stdout } = await productionIn(at, env, '--json');
  const { points } = JSON.parse(stdout) as { points: { id: string; verdict: string }[] };
  expect(points.filter(({ verdict }) => verdict === 'missing').map(({ id }) => id)).toEqual([
    ...['backups', 'integrationTest', 'loadTest', 'healthTest'],
  ]);
});

it('mcp-pipe check --production judges no configuration that would not start', async () => {
  const { at, file, env } = await shipped();
  writeFileSync(file, readFileSync(file, 'utf8').replace('"600/m"', '"many"'));
  const { code, stdout, stderr } = await productionIn(at, env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('gateway.rate');
  const none = await productionIn(await folder(), {});
  expect(none.code).toBe(2);
  expect(none.stderr).toContain('mcp-pipe init');
});

it('mcp-pipe check --production takes a load test for one when its thresholds have held', async () => {
  const file = join(cwd, 'state/production/load-test.json');
  const verdictWith = async (text: string) => {
    writeFileSync(file, text);
    const { stdout } = await production('--json', '--compose', 'compose/docker-compose.prod.yml');
    const { points } = JSON.parse(stdout) as { points: { id: string; verdict: string }[] };
    return points.find(({ id }) => id === 'loadTest')!.verdict;
  };
  try {
    expect(await verdictWith('{"passed":true}')).toBe('met');
    expect(await verdictWith('{"passed":false}')).toBe('missing');
    expect(await verdictWith('')).toBe('missing');
  } finally {
    rmSync(file);
  }
});

it('mcp-pipe check --production names a compose file that is none, and a target that it does not take', async () => {
  const missing = await production('--compose', 'gone.yml');
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain('gone.yml');
  const alone = new Cli(['check', '--compose', 'gone.yml'], { cwd });
  expect(await alone.exited).toBe(2);
  expect(alone.stderr).toContain('mcp-pipe check --production --compose FILE');
  const target = await production('echo');
  expect(target.code).toBe(2);
  expect(target.stderr).toContain('mcp-pipe check --production');
});
