import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
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

describe('mcp-pipe check --production', () => {
  it('judges the configuration, the compose file and what a deployment has left', async () => {
    const { code, stdout } = await production('--json', '--compose', 'compose/docker-compose.prod.yml');
    expect(code).toBe(0);
    const { score, points } = JSON.parse(stdout) as {
      score: { met: number; of: number };
      points: { id: string; verdict: string; reason: string }[];
    };
    const found = Object.fromEntries(points.map(({ id, verdict, reason }) => [id, `${verdict} ${reason}`]));
    expect(points).toHaveLength(37);
    expect(found).toMatchObject({
      authentication: 'met asked',
      encryption: 'met tls',
      notExposed: 'met inside',
      loadBalancing: 'met replicas',
      backups: 'met fresh',
      integrationTest: 'met deployed',
      certificates: 'met published',
      loadTest: 'missing none',
      errorTracking: 'missing none',
      rollback: 'missing none',
    });
    expect(score.met).toBe(points.filter(({ verdict }) => verdict === 'met').length);
  });

  it('finds nothing missing in the files of deploy/, once their version is deployed, saved and tried', async () => {
    const { at, env } = await shipped();
    const { stdout, stderr } = await productionIn(at, env, '--json');
    expect(stderr).toBe('');
    const { points, score } = JSON.parse(stdout) as { points: { verdict: string }[]; score: object };
    expect(points.filter(({ verdict }) => verdict === 'missing' || verdict === 'unseen')).toEqual([]);
    expect(score).toMatchObject({ met: 36, of: 36 });
  });

  it('says in both languages what is missing, and shows no secret', async () => {
    const english = await production();
    expect(english.stdout).toContain('not to be seen from here');
    expect(english.stdout).toContain('--compose FILE');
    const vietnamese = await production('--lang', 'vi', '--compose', 'compose/docker-compose.prod.yml');
    expect(vietnamese.stdout).toMatch(/Đạt \d+\/36 điểm/);
    expect(english.stdout + vietnamese.stdout).not.toMatch(/made-up/);
  });

  it('fails with --strict while something is missing', async () => {
    expect((await production('--strict')).code).toBe(1);
  });

  it('finds the compose file for production beside the configuration', async () => {
    writeFileSync(join(cwd, 'docker-compose.prod.yml'), COMPOSE);
    try {
      expect((await production()).stdout).toContain('Looked at mcp_config.json and docker-compose.prod.yml.');
    } finally {
      rmSync(join(cwd, 'docker-compose.prod.yml'));
    }
  });
});
