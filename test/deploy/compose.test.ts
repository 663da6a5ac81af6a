import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { defaults } from '../../src/config/defaults.js';
import { root } from '../helpers/cli.js';
import { goBuild } from '../helpers/go.js';
import { COMPOSE, copyShipped, needed, ownFolder } from './shipped.js';

const FILE = 'docker-compose.prod.yml';
/** The library of docker compose is one of Go. */
const PARSER = join(root, 'node_modules/.cache/mcp-pipe-compose-parser');

interface Service {
  image: string;
  build?: object;
  command?: string[];
  environment?: Record<string, string>;
  networks?: Record<string, { ipv4_address?: string } | null>;
  ports?: { target: number; published: string }[];
  secrets?: { source: string }[];
  volumes?: { type: string; source: string; target: string; read_only?: boolean }[];
  profiles?: string[];
  depends_on?: Record<string, { condition: string }>;
  [key: string]: unknown;
}

interface Project {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean; driver_opts?: Record<string, string> }>;
  secrets: Record<string, { file?: string }>;
}

function parsed(folder: string, env: Record<string, string> = {}) {
  const args = [join(folder, FILE), join(folder, '.env.production.example')];
  const { PATH = '', HOME = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(PARSER, args, {
    encoding: 'utf8',
    env: { PATH, HOME, ...env },
  });
  return { status, stderr, project: status === 0 ? (JSON.parse(stdout) as Project) : undefined };
}

const seconds = (text: unknown) =>
  Number(
    /^(?:(\d+)m)?(\d+)s$/
      .exec(String(text))
      ?.slice(1)
      .reduce((sum, part) => sum * 60 + Number(part ?? 0), 0),
  );

beforeAll(async () => {
  needed('go');
  await goBuild('compose-parser', PARSER);
}, 300_000);

describe(FILE, () => {
  let known: Project | undefined;
  const read = () => {
    if (known) return known;
    const { status, stderr, project } = parsed(COMPOSE);
    expect(status, stderr).toBe(0);
    known = project!;
    return known;
  };
  const lasting = () =>
    Object.entries(read().services).filter(
      ([, { profiles = [] }]) => !profiles.includes('check') && !profiles.includes('acme'),
    );

  test('has what docker compose knows, and all services', () => {
    expect(Object.keys(read().services).sort()).toEqual([
      ...[
        'alertmanager',
        'certbot',
        'check-gateway',
        'check-pipe',
        'gateway-a',
        'gateway-b',
        'grafana',
        'nginx',
      ],
      ...['node-exporter', 'pipe', 'prometheus', 'redis'],
    ]);
  });

  test('publishes 80 and 443 of nginx, and nothing else', () => {
    const published = Object.entries(read().services).flatMap(([name, { ports = [] }]) =>
      ports.map(({ published: port, target }) => [name, port, target]),
    );
    expect(published).toEqual([
      ['nginx', '80', 8080],
      ['nginx', '443', 8443],
    ]);
  });

  test('names every image by a version', async () => {
    const { services } = read();
    for (const [name, { image }] of Object.entries(services))
      expect(image, name).toMatch(/:v?\d+\.\d+\.\d+[a-z0-9.-]*$/);
    expect(services.pipe!.image).toBe('mcp-pipe:0.1.0');
    expect(
      parsed(COMPOSE, { IMAGE: 'ghcr.io/someone/mcp-pipe', VERSION: '9.8.7' }).project!.services['gateway-b']!
        .image,
    ).toBe('ghcr.io/someone/mcp-pipe:9.8.7');
    const folder = await ownFolder();
    await copyShipped(FILE, join(folder, FILE), []);
    await writeFile(join(folder, '.env.production.example'), 'DOMAIN=mcp.example.com\n');
    const without = parsed(folder);
    expect(without.status).not.toBe(0);
    expect(without.stderr).toContain('name a version in .env.production');
  });

  test('a key that compose does not know is refused, so that none is misspelt here', async () => {
    const folder = await ownFolder();
    await copyShipped(FILE, join(folder, FILE), [
      ['read_only: true\n  cap_drop', 'readonly: true\n  cap_drop'],
    ]);
    await copyShipped('.env.production.example', join(folder, '.env.production.example'), []);
    expect(parsed(folder).status).not.toBe(0);
  });

  test('gives no service more than it needs', () => {
    for (const [name, service] of Object.entries(read().services)) {
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(service, name).toMatchObject({
        logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
      });
      expect(Number(service.mem_limit), name).toBeGreaterThan(0);
      expect(service.privileged, name).toBeUndefined();
      expect(JSON.stringify(service.volumes ?? []), name).not.toContain('docker.sock');
      for (const { type, target, read_only: isReadOnly } of service.volumes ?? [])
        if (type === 'bind' && name !== 'certbot') expect(isReadOnly, `${name} ${target}`).toBe(true);
    }
    for (const [name, service] of lasting()) {
      expect(service.restart, name).toBe('unless-stopped');
      expect(Number(service.mem_reservation), name).toBeGreaterThan(0);
      expect(Number(service.mem_reservation), name).toBeLessThan(Number(service.mem_limit));
      expect(Number(service.cpus), name).toBeGreaterThan(0);
      expect(Number(service.pids_limit), name).toBeGreaterThan(0);
      expect(service.healthcheck, name).toMatchObject({ test: expect.any(Array), retries: 3 });
    }
    for (const name of ['gateway-a', 'gateway-b', 'pipe'])
      expect(read().services[name], name).toMatchObject({
        healthcheck: { test: ['CMD', 'mcp-pipe', 'health'] },
      });
    // More often costs, more seldom tells too late.
    for (const [name, { healthcheck }] of lasting()) {
      const every = seconds((healthcheck as { interval: string }).interval);
      expect([name, every >= 15 && every <= 30]).toEqual([name, true]);
    }
  });

  test('lets only nginx be reached, and only those out that call something', () => {
    const { services, networks } = read();
    const on = (network: string) =>
      Object.entries(services)
        .filter(([, service]) => network in (service.networks ?? {}))
        .map(([name]) => name)
        .sort();
    const isInternal = Object.fromEntries(
      Object.entries(networks).map(([name, { internal = false }]) => [name, internal]),
    );
    expect(isInternal).toMatchObject({
      edge: true,
      metrics: true,
      monitoring: true,
      state: true,
      public: false,
      outbound: false,
    });
    expect(on('public')).toEqual(['certbot', 'nginx']);
    expect(on('outbound')).toEqual(['alertmanager', 'gateway-a', 'gateway-b', 'pipe']);
    expect(networks.outbound!.driver_opts).toEqual({ 'com.docker.network.bridge.enable_icc': 'false' });
    expect(on('edge')).toEqual(['gateway-a', 'gateway-b', 'grafana', 'nginx', 'pipe']);
    expect(on('default')).toEqual([]);
    // MCP servers reach nothing that answers without a key.
    expect(on('metrics')).toEqual(['gateway-a', 'gateway-b', 'pipe', 'prometheus']);
    expect(on('monitoring')).toEqual(['alertmanager', 'grafana', 'node-exporter', 'prometheus']);
    const { command, networks: ofPrometheus } = services.prometheus!;
    const listens = command!.filter((flag) => flag.startsWith('--web.listen-address='));
    expect(listens).toEqual(['--web.listen-address=prometheus.monitoring:9090']);
    expect(ofPrometheus).toMatchObject({ monitoring: { aliases: ['prometheus.monitoring'] } });
    expect(JSON.stringify(ofPrometheus!.metrics)).not.toContain('aliases');
    // What nginx is told about addresses, and what replicas believe.
    const addressOf = (name: string) => services[name]!.networks!.edge!.ipv4_address!;
    const hosts = JSON.stringify(services.nginx!.extra_hosts);
    for (const name of ['gateway-a', 'gateway-b', 'pipe', 'grafana'])
      expect(hosts).toContain(addressOf(name));
    expect(services['gateway-a']!.environment!.NGINX_ADDRESS).toBe(addressOf('nginx'));
  });

  test('nginx has memory for all connections that it takes, whatever they send', async () => {
    const conf = await readFile(join(COMPOSE, 'nginx/nginx.conf'), 'utf8');
    const number = (name: string) => Number(new RegExp(`^\\s*${name} (\\d+);`, 'm').exec(conf)![1]);
    const { mem_limit: limit, tmpfs } = read().services.nginx!;
    const [, megabytes] = /size=(\d+)m/.exec(JSON.stringify(tmpfs))!;
    // Measured: 15 kB with TLS and nothing sent, 50 kB with headers that are as long as may be.
    const most = number('worker_processes') * number('worker_connections') * 50_000;
    expect(most + Number(megabytes) * 1024 * 1024).toBeLessThan(Number(limit));
  });

  test('a certificate that was renewed takes the place of the one before', async () => {
    const folder = await ownFolder();
    const [, , hook] = read().services.certbot!.entrypoint as string[];
    for (const name of ['tls', 'live']) await mkdir(join(folder, name));
    for (const name of ['fullchain.pem', 'privkey.pem']) {
      // As deploy/README.md makes the first one.
      await writeFile(join(folder, 'tls', name), 'before');
      await chmod(join(folder, 'tls', name), 0o444);
      await writeFile(join(folder, 'live', name), 'renewed');
    }
    // As in its container: root, if it is root, has no capability.
    const without = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];
    const command = ['sh', '-c', hook!.replaceAll('$$', '$').replaceAll('/tls/', `${folder}/tls/`)];
    const [program, ...args] = process.getuid?.() === 0 ? [...without, ...command] : command;
    const env = { ...process.env, RENEWED_LINEAGE: join(folder, 'live') };
    const { status, stderr } = spawnSync(program!, args, { env, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    for (const name of ['fullchain.pem', 'privkey.pem']) {
      expect(await readFile(join(folder, 'tls', name), 'utf8')).toBe('renewed');
      expect((await stat(join(folder, 'tls', name))).mode & 0o777).toBe(0o444);
    }
  });

  test('has secrets as files, and none in an environment', async () => {
    const { services, secrets } = read();
    const { sentry_dsn: optional, ...needed } = secrets;
    for (const [name, { file }] of Object.entries(needed))
      expect(file, name).toMatch(/deploy\/compose\/secrets\/[a-z_]+$/);
    // A file that is always there, and empty: as if nothing were said of it.
    expect(optional!.file).toBe('/dev/null');
    for (const [name, { environment = {} }] of Object.entries(services))
      for (const [variable, value] of Object.entries(environment))
        if (/KEY|PASSWORD|TOKEN|ENDPOINT|SECRET/.test(variable))
          expect(value, `${name} ${variable}`).toMatch(/^\/(run\/secrets|keys)\//);
    expect(await readFile(join(COMPOSE, '.env.production.example'), 'utf8')).not.toMatch(
      /^[A-Z_]*(KEY|PASSWORD|TOKEN|ENDPOINT)=/m,
    );
    expect(await readFile(join(root, '.gitignore'), 'utf8')).toContain('deploy/compose/secrets/');
  });

  test('finds the secrets that deploy/README.md makes', async () => {
    const page = await readFile(join(root, 'deploy/README.md'), 'utf8');
    const script = /<!-- run by test\/deploy\/compose.test.ts -->\n```sh\n(.*?)```/s.exec(page)![1]!;
    const folder = await ownFolder();
    const { status, stderr } = spawnSync('sh', ['-euc', script], { cwd: folder, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700);
    const { sentry_dsn: _optional, ...needed } = read().secrets;
    for (const [name, { file }] of Object.entries(needed)) {
      const made = join(folder, 'secrets', basename(file!));
      expect((await stat(made)).mode & 0o777, name).toBe(0o444);
      expect((await readFile(made, 'utf8')).trim().length, name).toBeGreaterThan(16);
    }
  });

  test('ends mcp-pipe no sooner than its calls and servers, and never runs two pipes', () => {
    const { services } = read();
    const { drainTimeoutMs, endTimeoutMs, termTimeoutMs, closeTimeoutMs } = defaults;
    for (const name of ['gateway-a', 'gateway-b', 'pipe'])
      expect(seconds(services[name]!.stop_grace_period) * 1_000, name).toBeGreaterThan(
        drainTimeoutMs + endTimeoutMs + termTimeoutMs + closeTimeoutMs,
      );
    expect(services.pipe!.scale ?? 1).toBe(1);
    expect(services.pipe!.deploy).toBeUndefined();
    expect(services.prometheus!.depends_on!.alertmanager!.condition).toBe('service_healthy');
  });
});
