import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from '../helpers/cli.js';
import type { Said } from './programs.js';
import { ownFolder } from './shipped.js';

export const K8S = join(root, 'deploy/k8s');
/** What scripts/install-kubernetes.sh installs. */
export const TOOLS =
  process.env.MCP_PIPE_KUBERNETES_TOOLS ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mcp-pipe-kubernetes');

/** An object of Kubernetes, as far as tests look into it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  data?: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own
  spec?: any;
  [key: string]: unknown;
}

export interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string }[];
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  securityContext: object;
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
  [key: string]: unknown;
}

export const tool = (name: string) => join(TOOLS, 'bin', name);
/** Tests that need a tool which is not there are skipped: their names say which. */
export const lacks = (...names: string[]) => names.some((name) => !existsSync(tool(name)));

export function runTool(name: string, args: readonly string[], input = ''): Said {
  const { status, stdout, stderr } = spawnSync(tool(name), args, { encoding: 'utf8', input, maxBuffer: 1e8 });
  return { code: status, output: `${stdout}${stderr}` };
}

export const manifestsOf = (text: string): Manifest[] =>
  parseAllDocuments(text, { version: '1.1' })
    .map((document) => document.toJS() as Manifest | null)
    .filter((one) => one !== null);

/** The objects in the files of a folder of deploy/k8s, as they are written. */
export async function written(folder: string): Promise<Manifest[]> {
  const names = (await readdir(join(K8S, folder))).filter(
    (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml',
  );
  const texts = await Promise.all(names.map((name) => readFile(join(K8S, folder, name), 'utf8')));
  return texts.flatMap(manifestsOf);
}

/** Pods that objects make, by the name of the object. */
export const podsOf = (manifests: readonly Manifest[]) =>
  manifests
    .filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment')
    .map(({ metadata, kind, spec }) => ({
      name: metadata.name,
      kind,
      spec: spec.template.spec as { containers: Container[]; [key: string]: unknown },
    }));

/** The example, with both components and with secrets, as kustomize makes it. */
export async function kustomized(): Promise<string> {
  const folder = await ownFolder();
  await cp(K8S, folder, { recursive: true });
  const overlay = join(folder, 'overlays/example');
  const file = join(overlay, 'kustomization.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text
      .replaceAll('  # - ../../components/', '  - ../../components/')
      .replace('      # - secrets/redis_password', '      - secrets/redis_password'),
  );
  await mkdir(join(overlay, 'secrets'));
  for (const name of [
    'mcp_pipe_key',
    'session_key',
    'mcp_endpoint',
    'ui_key',
    'metrics_key',
    'redis_password',
  ])
    await writeFile(join(overlay, 'secrets', name), `secret ${name}`);
  const { code, output } = runTool('kubectl', ['kustomize', overlay]);
  if (code !== 0) throw new Error(output);
  return output;
}

/** The chart with everything that can be on, as Helm makes it. */
export function helmed(...set: string[]): string {
  const all = ['redis.enabled=true', 'monitoring.enabled=true', 'ingress.enabled=true', ...set];
  const { code, output } = runTool('helm', [
    ...['template', 'mcp-pipe', join(K8S, 'chart'), '--namespace', 'mcp-pipe', '--kube-version', '1.36.0'],
    ...all.flatMap((one) => ['--set', one]),
  ]);
  if (code !== 0) throw new Error(output);
  return output;
}
