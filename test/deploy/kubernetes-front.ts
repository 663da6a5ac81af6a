import { chmodSync, chownSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { Cli } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { fixture } from '../helpers/link.js';
import { ClusterNames } from './cluster-names.js';
import { K8S, lacks, podsOf, TOOLS, written } from './kubernetes-files.js';
import { Program, run } from './programs.js';
import { ownFolder, type Rewrites } from './shipped.js';

const DOMAIN = 'mcp.svc.cluster.local';
const SERVICE = `mcp-pipe-gateway-replicas.${DOMAIN}`;
/** Only root can be another user, as the containers are. */
const isRoot = process.getuid?.() === 0;
export const KEY = 'the-key-of-the-client-that-is-tested';

/**
 * Replicas of the gateway and nginx, with the files of deploy/k8s/base: the configuration and the variables of the pod, the script that
 * starts nginx, and its configuration. In their copies only paths, ports and servers are other ones. Each pod has an address of its own
 * of 127.0.0.0/8, and the names that the cluster would give it.
 */
export class KubernetesFront {
  readonly folder: string;
  readonly port: number;
  /** Of the pods. */
  readonly gatewayPort: number;
  readonly names: ClusterNames;
  readonly #pods = new Map<number, Cli>();
  nginx!: Program;

  private constructor(folder: string, port: number, gatewayPort: number, names: ClusterNames) {
    this.folder = folder;
    this.port = port;
    this.gatewayPort = gatewayPort;
    this.names = names;
  }

  static async start(pods: number): Promise<KubernetesFront> {
    const [port, gatewayPort] = await Promise.all([freePort(), freePort()]);
    const one = new KubernetesFront(await ownFolder(), port!, gatewayPort!, await ClusterNames.start());
    await Promise.all(Array.from({ length: pods }, (_, at) => one.startPod(at)));
    await one.#startNginx();
    // It asks for the names of an upstream when it has begun to listen.
    await eventually(async () => (await fetch(`${one.origin}/live`)).status !== 503, { everyMs: 50 });
    return one;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  pod(at: number): Cli {
    return this.#pods.get(at)!;
  }

  /** Starts mcp-pipe as the container of the pod does, and gives it a name when it is ready. */
  async startPod(at: number): Promise<Cli> {
    const address = `127.0.0.${at + 2}`;
    const folder = join(this.folder, `pod-${at}`);
    await kubeletFolders(folder);
    const text = await readFile(join(K8S, 'base/mcp_config.gateway.json'), 'utf8');
    const servers = { one: { command: process.execPath, args: [fixture('basic.mjs')] } };
    const config = replaced(text, [
      ['"host": "0.0.0.0"', `"host": "${address}"`],
      ['"port": 8080', `"port": ${this.gatewayPort}`],
      ['"trustProxy": [', '"trustProxy": ["127.0.0.1", '],
      ['0.0.0.0:7420', `${address}:${await freePort()}`],
      [/"mcpServers": \{.*?\n {2}\}/gs, `"mcpServers": ${JSON.stringify(servers)}`],
      // The name under which this test reaches it.
      ['"publicUrl": "https:', '"publicUrl": "http:'],
    ]);
    await writeFile(join(folder, 'mcp_config.json'), config, { mode: 0o444 });
    const { spec } = podsOf(await written('base')).find(({ name }) => name === 'mcp-pipe-gateway')!;
    const env = Object.fromEntries(
      (spec.containers[0]!.env ?? []).map(({ name, value }) => [name, value ? join(folder, value) : '']),
    );
    const cli = new Cli(spec.containers[0]!.args!, {
      cwd: folder,
      ...(isRoot ? { as: { uid: 1001, gid: 1001 } } : {}),
      env: {
        ...env,
        ...{ MCP_PIPE_REPLICA: `mcp-pipe-gateway-${at}`, DOMAIN: `127.0.0.1:${this.port}` },
        ...{ HOME: join(folder, 'home/mcp'), MCP_PIPE_RECORDS: join(folder, 'home/mcp/.mcp-pipe') },
      },
    });
    this.#pods.set(at, cli);
    const ended = cli.exited.then(() => Promise.reject(new Error(cli.stderr.slice(-2_000))));
    ended.catch(() => {});
    await Promise.race([cli.event('gateway-address'), ended]);
    this.#ready(at, address);
    return cli;
  }

  /** The pod is gone, and the DNS knows it. */
  async killPod(at: number): Promise<void> {
    const cli = this.pod(at);
    cli.signal('SIGKILL');
    await cli.exited;
    this.names.addresses.delete(`mcp-pipe-gateway-${at}.${SERVICE}`);
    const left = (this.names.addresses.get(SERVICE) ?? []).filter((one) => one !== `127.0.0.${at + 2}`);
    this.names.addresses.set(SERVICE, left);
  }

  #ready(at: number, address: string): void {
    this.names.addresses.set(`mcp-pipe-gateway-${at}.${SERVICE}`, [address]);
    const all = new Set([...(this.names.addresses.get(SERVICE) ?? []), address]);
    this.names.addresses.set(SERVICE, [...all]);
  }

  async #startNginx(): Promise<void> {
    const { folder, port, gatewayPort, names } = this;
    const tmp = join(folder, 'tmp');
    await mkdir(tmp);
    await writeFile(
      join(folder, 'resolv.conf'),
      `search ${DOMAIN} svc.cluster.local\nnameserver 127.0.0.1\noptions ndots:5\n`,
    );
    const inTmp = ['/tmp/', `${tmp}/`] as const;
    const rewrites: Record<string, Rewrites> = {
      'front.conf': [
        inTmp,
        ['/etc/mcp-pipe/', `${folder}/`],
        ['resolver __RESOLVER__', `resolver __RESOLVER__:${names.port}`],
        ['listen 8080', `listen 127.0.0.1:${port}`],
        [':8080', `:${gatewayPort}`],
        // As the Ingress, which is this test.
        ['set_real_ip_from 10.0.0.0/8;', 'set_real_ip_from 10.0.0.0/8; set_real_ip_from 127.0.0.0/8;'],
        ['10.0.0.0/8 1;', '10.0.0.0/8 1; 127.0.0.0/8 1;'],
      ],
      'nginx/http.conf': [inTmp, ['/dev/stdout', join(folder, 'access.log')]],
    };
    for (const path of await mountedOfFront())
      await writeFile(
        join(folder, basename(path)),
        replaced(await readFile(join(K8S, 'base', path), 'utf8'), rewrites[path] ?? []),
      );
    const { spec } = podsOf(await written('base')).find(({ name }) => name === 'mcp-pipe-front')!;
    // Where there is Debian's nginx alone, that is 1.22: it does not ask again for the addresses of an upstream. They are written out, then;
    // names of pods are asked for as they are in a cluster.
    const bin = lacks('nginx') ? '/usr/sbin' : join(TOOLS, 'bin');
    const isOld = !isNewer(run(join(bin, 'nginx'), ['-v']).output);
    const script = replaced(spec.containers[0]!.args![0]!, [
      ...(isOld
        ? [
            [
              'mcp-pipe-gateway-$i.mcp-pipe-gateway-replicas.$domain:8080 resolve',
              '127.0.0.$((i + 2)):8080',
            ] as const,
          ]
        : []),
      [':8080', `:${gatewayPort}`],
      ['$((REPLICAS - 1))', isOld ? String(this.#pods.size - 1) : '5'],
      ['/tmp/', `${tmp}/`],
      ['/etc/resolv.conf', join(folder, 'resolv.conf')],
      ['/etc/mcp-pipe/', `${folder}/`],
      // Root may not run workers as another user here: they could not write into the folder of the test.
      ...(isRoot ? [["'daemon off;'", "'daemon off; user root;'"] as const] : []),
    ]);
    this.nginx = await Program.start('sh', ['-c', `PATH=${bin}:$PATH; ${script}`], port);
  }

  /** Lines of the access log. */
  async accessLog(): Promise<Record<string, unknown>[]> {
    const text = await readFile(join(this.folder, 'access.log'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** Files of the ConfigMap mcp-pipe-front, which nginx has as one folder. */
async function mountedOfFront(): Promise<string[]> {
  const { configMapGenerator } = parse(await readFile(join(K8S, 'base/kustomization.yaml'), 'utf8')) as {
    configMapGenerator: { name: string; files?: string[] }[];
  };
  return configMapGenerator.find(({ name }) => name === 'mcp-pipe-front')!.files!;
}

/** Folders as kubelet makes them: of root, open to the group of the pod; a Secret is links to files that others cannot read. */
async function kubeletFolders(folder: string): Promise<void> {
  chmodSync(dirname(folder), 0o711);
  for (const name of ['run/mcp-pipe', 'home/mcp', 'tmp', 'keys', 'run/secrets/mcp-pipe'])
    await mkdir(join(folder, name), { recursive: true });
  for (const name of ['run/mcp-pipe', 'home/mcp']) {
    if (isRoot) chownSync(join(folder, name), 0, 1001);
    chmodSync(join(folder, name), 0o2777);
  }
  await bringSecret(join(folder, 'run/secrets/mcp-pipe'), {
    mcp_pipe_key: KEY,
    session_key: 'the-key-of-all-replicas-0123456789',
    ui_key: 'the-key-of-the-page',
    metrics_key: 'the-key-of-metrics',
  });
}

/** Writes a Secret as kubelet does: a folder of files that others cannot read or write, and links to it. */
export async function bringSecret(folder: string, files: Record<string, string>): Promise<void> {
  const data = `..${process.hrtime.bigint()}`;
  await mkdir(join(folder, data));
  await symlink(data, join(folder, '..data'));
  for (const [name, value] of Object.entries(files)) {
    await writeFile(join(folder, data, name), value, { mode: 0o440 });
    if (isRoot) chownSync(join(folder, data, name), 0, 1001);
    await symlink(`..data/${name}`, join(folder, name));
  }
}

/** @throws Error when a text stands nowhere: then it would not be the shipped file that is tested */
function replaced(text: string, rewrites: Rewrites): string {
  return rewrites.reduce((before, [what, by]) => {
    const after = before.replaceAll(what, () => by);
    if (after === before) throw new Error(`it does not say ${what}`);
    return after;
  }, text);
}

/** Whether `nginx -v` says 1.27.3 or newer. */
function isNewer(said: string): boolean {
  const [major = 0, minor = 0, patch = 0] = (/nginx\/([\d.]+)/.exec(said)?.[1] ?? '').split('.').map(Number);
  return major > 1 || (major === 1 && (minor > 27 || (minor === 27 && patch >= 3)));
}
