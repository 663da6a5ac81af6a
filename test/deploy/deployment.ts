import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cli, root } from '../helpers/cli.js';
import { freePort } from '../helpers/free-port.js';
import { fixture } from '../helpers/link.js';
import { Program, run, type Said } from './programs.js';
import { copyShipped, ownFolder, type Rewrites } from './shipped.js';

const TLS = join(root, 'test/fixtures/tls');
const SERVERS = {
  one: { command: process.execPath, args: [fixture('basic.mjs')] },
  talk: { command: process.execPath, args: [fixture('shared.mjs')] },
};

export type Replica = 'a' | 'b';

export const KEY = 'the-key-of-the-client-that-is-tested';
export const UI_KEY = 'the-key-of-the-status-page';
export const METRICS_KEY = 'the-key-that-prometheus-has';

export interface DeploymentOptions {
  /** Further texts of the nginx files that are written otherwise. */
  nginx?: Rewrites;
  /** What else stands in "gateway" of the replicas. */
  gateway?: object;
  /** By name: an entry of "mcpServers". */
  servers?: Record<string, object>;
}

interface Ports {
  http: number;
  https: number;
  gateway: Record<Replica, number>;
  page: Record<Replica | 'pipe', number>;
}

/**
 * Two replicas of mcp-pipe, and nginx in front of them, with the files of deploy/compose. In their copies only these are other ones:
 * paths (`/etc/nginx`, `/tmp`, `/dev/stdout`), ports, names of hosts, and the servers, which are those of tests.
 */
export class Deployment {
  readonly ports: Ports;
  readonly folder: string;
  /** The certificate that clients believe. */
  readonly ca: string;
  readonly #options: DeploymentOptions;
  readonly #replicas = new Map<Replica, Cli>();
  nginx!: Program;

  private constructor(folder: string, ports: Ports, ca: string, options: DeploymentOptions) {
    this.folder = folder;
    this.ports = ports;
    this.ca = ca;
    this.#options = options;
  }

  /** Everything is there, and takes requests. */
  static async start(options: DeploymentOptions = {}): Promise<Deployment> {
    const one = await Deployment.prepare(options);
    await Promise.all([one.startReplica('a'), one.startReplica('b'), one.startNginx()]);
    return one;
  }

  /** The files alone. */
  static async prepare(options: DeploymentOptions = {}): Promise<Deployment> {
    const [http, https, gatewayA, gatewayB, pageA, pageB, pipe] = await Promise.all(
      Array.from({ length: 7 }, freePort),
    );
    const ports = {
      ...{ http: http!, https: https! },
      gateway: { a: gatewayA!, b: gatewayB! },
      page: { a: pageA!, b: pageB!, pipe: pipe! },
    };
    const folder = await ownFolder();
    const ca = await readFile(join(TLS, 'localhost-cert.pem'), 'utf8');
    const one = new Deployment(folder, ports, ca, options);
    await one.#copyNginx();
    return one;
  }

  /** Where clients have it. */
  get origin(): string {
    return `https://localhost:${this.ports.https}`;
  }

  url(server?: string): string {
    return server === undefined ? `${this.origin}/mcp` : `${this.origin}/servers/${server}/mcp`;
  }

  /** `nginx -t`. */
  checkNginx(): Said {
    return run('nginx', ['-t', '-c', join(this.folder, 'nginx/nginx.conf')]);
  }

  async startNginx(): Promise<void> {
    const args = ['-c', join(this.folder, 'nginx/nginx.conf'), '-g', 'daemon off;'];
    // Root may not run workers as another user here: they could not write into the folder of the test.
    if (process.getuid?.() === 0) args[3] += ' user root;';
    this.nginx = await Program.start('nginx', args, this.ports.https);
  }

  async startReplica(name: Replica): Promise<Cli> {
    const cwd = join(this.folder, name);
    await mkdir(cwd, { recursive: true });
    const file = join(cwd, 'mcp_config.json');
    const { gateway, servers = SERVERS } = this.#options;
    await copyShipped('mcp_config.gateway.json', file, [
      ['"host": "0.0.0.0"', '"host": "127.0.0.1"'],
      ['"port": 8080', `"port": ${this.ports.gateway[name]}`],
      ['0.0.0.0:7420', `127.0.0.1:${this.ports.page[name]}`],
      [/"mcpServers": \{.*?\n {2}\}/gs, `"mcpServers": ${JSON.stringify(servers)}`],
      ...(gateway ? [['"rate": "600/m"', JSON.stringify(gateway).slice(1, -1)] as const] : []),
    ]);
    const env = {
      ...{ MCP_PIPE_REPLICA: name, DOMAIN: `localhost:${this.ports.https}`, NGINX_ADDRESS: '127.0.0.1' },
      MCP_PIPE_SESSION_KEY: 'the-key-of-both-replicas-0123456789',
      ...{ MCP_PIPE_KEY: KEY, MCP_PIPE_UI_KEY: UI_KEY, MCP_PIPE_METRICS_KEY: METRICS_KEY },
    };
    const cli = new Cli(['--log-format', 'json'], { cwd, env });
    const ended = cli.exited.then(() => Promise.reject(new Error(cli.stderr.slice(-2_000))));
    ended.catch(() => {});
    await Promise.race([cli.event('gateway-address'), ended]);
    this.#replicas.set(name, cli);
    return cli;
  }

  replica(name: Replica): Cli {
    return this.#replicas.get(name)!;
  }

  /** Kills a replica as the kernel does when memory is short. Resolves when it is gone. */
  async killReplica(name: Replica): Promise<void> {
    const cli = this.replica(name);
    cli.signal('SIGKILL');
    await cli.exited;
  }

  /** Lines of the access log. */
  async accessLog(): Promise<Record<string, unknown>[]> {
    const text = await readFile(join(this.folder, 'access.log'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async #copyNginx(): Promise<void> {
    const { ports, folder } = this;
    const nginx = join(folder, 'nginx');
    const here = (port: number) => `127.0.0.1:${port}`;
    await copyShipped('nginx', nginx, [
      ['/tmp/', `${folder}/tmp/`],
      ['/etc/nginx/', `${nginx}/`],
      ['/etc/nginx-tls/', `${folder}/tls/`],
      ['/dev/stdout', join(folder, 'access.log')],
      ['/dev/stderr', join(folder, 'error.log')],
      ['/var/www/acme', join(folder, 'acme')],
      ['listen 8080 ', `listen ${here(ports.http)} `],
      ['listen 8443 ', `listen ${here(ports.https)} `],
      ...(['a', 'b'] as const).flatMap(
        (name) =>
          [
            [`gateway-${name}:8080`, here(ports.gateway[name])],
            [`gateway-${name}:7420`, here(ports.page[name])],
          ] as const,
      ),
      ['pipe:7420', here(ports.page.pipe)],
      // Grafana cannot be had here: nothing listens there.
      ['grafana:3000', here(9)],
      ...(this.#options.nginx ?? []),
    ]);
    await mkdir(join(folder, 'tls'));
    await mkdir(join(folder, 'tmp'));
    await mkdir(join(folder, 'acme/.well-known/acme-challenge'), { recursive: true });
    await writeFile(join(folder, 'acme/.well-known/acme-challenge/token'), 'proof');
    await copyFile(join(TLS, 'localhost-cert.pem'), join(folder, 'tls/fullchain.pem'));
    await copyFile(join(TLS, 'localhost-key.pem'), join(folder, 'tls/privkey.pem'));
  }
}
