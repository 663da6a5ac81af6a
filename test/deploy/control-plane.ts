import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { runTool, TOOLS, tool } from './kubernetes-files.js';
import { Program } from './programs.js';
import { ownFolder } from './shipped.js';

const TOKEN = 'the-token-of-the-test';
const NODES = ['one', 'two'];

/**
 * The control plane of Kubernetes on this machine: etcd, kube-apiserver, kube-controller-manager, kube-scheduler; and kwok, which says
 * for two nodes that do not exist that their pods run. Everything but the containers is real. It ends with the test.
 */
export class ControlPlane {
  readonly #kubeconfig: string;

  private constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  static async start(): Promise<ControlPlane> {
    const folder = await ownFolder();
    const ports = await Promise.all(Array.from({ length: 6 }, freePort));
    const [etcd, peers, api, controllers, scheduler, kwok] = ports as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const at = (name: string) => join(folder, name);
    const [url, peer] = [etcd, peers].map((port) => `http://127.0.0.1:${port}`);
    await Program.start(
      'etcd',
      [
        '--data-dir',
        at('etcd'),
        '--listen-client-urls',
        url!,
        '--advertise-client-urls',
        url!,
        '--listen-peer-urls',
        peer!,
      ],
      etcd,
    );
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(at('key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
    await writeFile(at('public'), publicKey.export({ type: 'spki', format: 'pem' }));
    await writeFile(at('tokens'), `${TOKEN},admin,admin,system:masters\n`);
    const local = (port: number, name: string) => [
      ...['--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${at(name)}`],
    ];
    await Program.start(
      tool('kube-apiserver'),
      [
        ...local(api, 'api'),
        ...[`--etcd-servers=${url}`, '--service-cluster-ip-range=10.96.0.0/24', '--authorization-mode=RBAC'],
        ...[
          '--service-account-issuer=https://kubernetes.default.svc',
          `--service-account-key-file=${at('public')}`,
        ],
        ...[`--service-account-signing-key-file=${at('key')}`, `--token-auth-file=${at('tokens')}`],
        '--endpoint-reconciler-type=none',
      ],
      api,
    );
    const kubeconfig = at('kubeconfig');
    await writeFile(
      kubeconfig,
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
        clusters: [
          { name: 'test', cluster: { server: `https://127.0.0.1:${api}`, 'insecure-skip-tls-verify': true } },
        ],
        users: [{ name: 'test', user: { token: TOKEN } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      }),
    );
    const one = new ControlPlane(kubeconfig);
    await eventually(() => one.ask('get', '--raw', '/readyz').output.trim() === 'ok', { everyMs: 200 });
    const of = `--kubeconfig=${kubeconfig}`;
    await Promise.all([
      Program.start(
        tool('kube-controller-manager'),
        [
          of,
          ...local(controllers, 'controllers'),
          ...[`--service-account-private-key-file=${at('key')}`, '--leader-elect=false'],
        ],
        controllers,
      ),
      Program.start(
        tool('kube-scheduler'),
        [of, ...local(scheduler, 'scheduler'), '--leader-elect=false'],
        scheduler,
      ),
      Program.start(
        tool('kwok'),
        [
          of,
          '--manage-all-nodes=true',
          `--config=${join(TOOLS, 'stages.yaml')}`,
          `--server-address=127.0.0.1:${kwok}`,
        ],
        kwok,
      ),
    ]);
    const has = { cpu: '8', memory: '16Gi', pods: '110', 'ephemeral-storage': '100Gi' };
    const nodes = NODES.map((name) => ({
      ...{ apiVersion: 'v1', kind: 'Node', status: { allocatable: has, capacity: has } },
      metadata: {
        ...{
          name,
          labels: { 'kubernetes.io/hostname': name },
          annotations: { 'kwok.x-k8s.io/node': 'fake' },
        },
      },
    }));
    one.apply(await readFile(join(TOOLS, 'storage-class.yaml'), 'utf8'));
    for (const node of nodes) one.apply(JSON.stringify(node));
    return one;
  }

  /** kubectl, with what it says. */
  ask(...args: string[]) {
    return runTool('kubectl', [`--kubeconfig=${this.#kubeconfig}`, ...args]);
  }

  /** @throws Error with what kubectl says */
  must(...args: string[]): string {
    const { code, output } = this.ask(...args);
    if (code !== 0) throw new Error(output);
    return output;
  }

  apply(text: string, ...args: string[]): string {
    const { code, output } = runTool(
      'kubectl',
      [`--kubeconfig=${this.#kubeconfig}`, 'apply', ...args, '-f', '-'],
      text,
    );
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** Names of pods with their phase, `Terminating` for those that are being deleted. */
  pods(namespace: string, selector: string): string[] {
    const { items } = JSON.parse(this.must('get', 'pods', '-n', namespace, '-l', selector, '-o', 'json')) as {
      items: { metadata: { name: string; deletionTimestamp?: string }; status: { phase: string } }[];
    };
    return items.map(
      ({ metadata, status }) =>
        `${metadata.name} ${metadata.deletionTimestamp ? 'Terminating' : status.phase}`,
    );
  }
}
