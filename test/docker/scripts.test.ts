import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { SteadyCaller } from '../deploy/caller.js';
import { scripts, startProgram } from '../deploy/scripts-world.js';
import { freePort } from '../helpers/free-port.js';
import { docker, folder } from './engine.js';
import { execute, uniqueName } from './execute.js';

const compose = inject('compose');
const why = inject('noEngine') || (compose ? '' : 'neither docker compose nor docker-compose is there');
const NET = '172.31.81';

/** A small production: what deploy/compose has of mcp-pipe and nginx, with an endpoint instead of the internet. */
async function production() {
  const deploy = await folder();
  const name = uniqueName();
  const port = await freePort();
  const at = join(deploy, 'compose');
  await execute('mkdir', ['-p', join(at, 'nginx')]);
  await execute('chmod', ['-R', '755', deploy]);
  const image = inject('image');
  // The same program under two versions, and one that accepts the configuration and then ends.
  for (const version of ['1.0.0', '1.1.0']) await docker(['tag', image, `${name}:${version}`]);
  const broken = `FROM ${image}\nENTRYPOINT ["sh", "-c", "[ $1 = check ] && exec mcp-pipe check; exit 1", "sh"]\n`;
  const nginx = `FROM ${image}\nUSER root\nRUN apt-get update && apt-get install -y --no-install-recommends nginx\nUSER 1001\nENTRYPOINT ["nginx", "-g", "daemon off;"]\n`;
  for (const [tag, text] of [
    ['2.0.0', broken],
    ['nginx', nginx],
  ] as const) {
    await writeFile(join(deploy, tag), text);
    await docker(
      ['build', '--network', 'host', '--tag', `${name}:${tag}`, '--file', join(deploy, tag), deploy],
      300_000,
    );
  }
  const service = {
    image: `${name}:$\{VERSION:?}`,
    command: ['--log-format', 'json'],
    read_only: true,
    tmpfs: ['/tmp:mode=1777', '/run/mcp-pipe:uid=1001,gid=1001,mode=0700'],
    stop_grace_period: '30s',
    restart: 'unless-stopped',
  };
  const config = (file: string) => `./${file}:/app/mcp_config.json:ro`;
  const networks = (last: number) => ({ edge: { ipv4_address: `${NET}.${last}` } });
  const file = {
    services: {
      'gateway-a': {
        ...service,
        volumes: [config('gateway.json'), 'home-a:/home/mcp'],
        networks: networks(11),
      },
      'gateway-b': {
        ...service,
        volumes: [config('gateway.json'), 'home-b:/home/mcp'],
        networks: networks(12),
      },
      pipe: {
        ...service,
        environment: { MCP_ENDPOINT: 'ws://endpoint:8765/mcp/?token=a-made-up-token' },
        volumes: [config('pipe.json'), 'home-pipe:/home/mcp'],
        networks: networks(13),
      },
      'check-gateway': {
        ...service,
        ...{ profiles: ['check'], command: ['check'], restart: 'no', network_mode: 'none' },
        volumes: [config('gateway.json')],
      },
      endpoint: {
        image,
        command: ['endpoint', '--host', '0.0.0.0'],
        networks: networks(14),
        healthcheck: { disable: true },
      },
      nginx: {
        image: `${name}:nginx`,
        ports: [`127.0.0.1:${port}:8080`],
        volumes: ['./nginx/nginx.conf:/etc/nginx/nginx.conf:ro'],
        tmpfs: ['/tmp:mode=1777'],
        networks: networks(10),
        healthcheck: { disable: true },
      },
    },
    networks: { edge: { ipam: { config: [{ subnet: `${NET}.0/24` }] } } },
    volumes: { 'home-a': {}, 'home-b': {}, 'home-pipe': {} },
  };
  const calculator = { command: 'node', args: ['examples/calculator.js'] };
  const write = (path: string, text: string) => writeFile(join(at, path), text, { mode: 0o644 });
  // JSON is YAML.
  await write('docker-compose.prod.yml', JSON.stringify(file));
  const gateway = { host: '0.0.0.0', port: 8080, insecureNoAuth: true, allowedHosts: ['127.0.0.1'] };
  await write('gateway.json', JSON.stringify({ mcpServers: { calculator }, gateway, audit: true }));
  await write('pipe.json', JSON.stringify({ mcpServers: { calculator } }));
  await write('nginx/nginx.conf', NGINX);
  const passphrase = join(deploy, 'passphrase');
  await writeFile(passphrase, 'a passphrase of a test\n', { mode: 0o600 });
  const settings = {
    COMPOSE_PROJECT_NAME: name,
    BACKUP_PASSPHRASE_FILE: passphrase,
    BACKUP_STATE: '"gateway-a:/home/mcp gateway-b:/home/mcp pipe:/home/mcp"',
    HEALTH_URL: `http://127.0.0.1:${port}/health`,
    DEPLOY_STEADY: '1',
  };
  await write(
    '.env.production',
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const environment = {
    PATH: process.env.PATH!,
    LANG: 'C',
    ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
    MCP_PIPE_COMPOSE: compose,
  };
  const run = (script: string, args: readonly string[], more: Record<string, string> = {}) =>
    startProgram('sh', [join(scripts, script), ...args], { ...environment, MCP_PIPE_DEPLOY: deploy, ...more })
      .ended;
  const [program = '', ...words] = compose.split(' ');
  const inCompose = (...args: string[]) =>
    promisify(execFile)(
      program,
      [
        ...words,
        '--file',
        'docker-compose.prod.yml',
        '--env-file',
        '.env.production',
        '--project-name',
        name,
        ...args,
      ],
      {
        cwd: at,
        env: { ...environment, VERSION: '1.0.0' },
      },
    );
  onTestFinished(async () => {
    await inCompose('down', '--volumes', '--timeout', '5');
    for (const tag of ['1.0.0', '1.1.0', '2.0.0', 'nginx'])
      await execute('docker', ['rmi', '--force', `${name}:${tag}`]);
  });
  return { deploy, at, name, passphrase, run, inCompose, url: `http://127.0.0.1:${port}/mcp` };
}

const NGINX = `pid /tmp/nginx.pid; error_log /dev/stderr; events {}
http {
  access_log off; client_body_temp_path /tmp/c; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
  upstream any { server ${NET}.11:8080; server ${NET}.12:8080; }
  upstream a { server ${NET}.11:8080; }
  upstream b { server ${NET}.12:8080; }
  map $away $gateway { default any; a b; b a; }
  server {
    listen 8080;
    set $away "";
    if (-f /tmp/away-gateway-a) { set $away a; }
    if (-f /tmp/away-gateway-b) { set $away b; }
    location / { proxy_pass http://$gateway; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_connect_timeout 3s; proxy_buffering off; }
  }
}
`;

describe.skipIf(why)(`deploy/scripts with a real engine${why && ` (skipped: ${why})`}`, () => {
  it('deploys, rolls a broken version back without a failed call, and restores a backup into new volumes', {
    timeout: 600_000,
  }, async () => {
    const { deploy, at, name, passphrase, run, inCompose, url } = await production();
    const ok = async (script: string, args: readonly string[], code = 0) => {
      const ended = await run(script, ['production', ...args]);
      expect(ended.code, ended.stderr).toBe(code);
      return ended;
    };
    await ok('deploy.sh', ['1.0.0', '--no-pull', '--no-backup']);
    const caller = new SteadyCaller(url);
    await ok('deploy.sh', ['1.1.0', '--no-pull']);
    const tried = await run('deploy.sh', ['production', '2.0.0', '--no-pull'], { DEPLOY_TIMEOUT: '10' });
    expect(tried.code, tried.stderr).toBe(3);
    await ok('rollback.sh', []);
    await caller.stop();
    expect(caller.failures).toEqual([]);
    expect(caller.answered).toBeGreaterThan(50);
    for (const service of ['gateway-a', 'gateway-b', 'pipe']) {
      const id = (await inCompose('ps', '--quiet', service)).stdout.trim();
      expect(await docker(['inspect', '--format', '{{.Config.Image}}', id])).toBe(`${name}:1.0.0`);
    }
    const backup = (await ok('backup.sh', [])).stdout.trim();
    await inCompose('down', '--volumes');
    await execute('mv', [at, `${at}.lost`]);
    await ok('restore.sh', [backup, '--key', passphrase]);
    const { stdout } = await inCompose(
      'run',
      '--rm',
      '--no-deps',
      '-T',
      '--entrypoint',
      'sh',
      'gateway-a',
      '-c',
      'cat /home/mcp/.mcp-pipe/*/audit.jsonl | wc -l',
    );
    expect(Number(stdout)).toBeGreaterThan(20);
    await ok('deploy.sh', ['1.0.0', '--no-pull', '--no-backup']);
    expect(await readFile(join(deploy, 'state/production/history'), 'utf8')).toMatch(/deployed\t1\.0\.0\n$/);
  });
});
