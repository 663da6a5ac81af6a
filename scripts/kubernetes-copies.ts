import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const textOf = (path: string) => readFileSync(at(path), 'utf8');

const RULES = 'examples/prometheus/mcp-pipe.rules.yml';
const BASE = 'deploy/k8s/base';
const CHART = 'deploy/k8s/chart/files';
const NGINX = 'deploy/compose/nginx';

/** Files of nginx that hold on one machine and in a cluster, and what is written otherwise there. */
// D314
const OF_NGINX: Record<string, readonly (readonly [string, string])[]> = {
  'http.conf': [],
  // Behind an Ingress an address may be that of many clients: front.conf.
  'limits.conf': [['$binary_remote_addr', '$limited_address']],
  // The Ingress has TLS.
  'proxy.conf': [['X-Forwarded-Proto $scheme', 'X-Forwarded-Proto $proto']],
  'requests.conf': [],
};

/** @throws Error when a text to be written otherwise stands nowhere */
function ofNginx(name: string): string {
  const text = OF_NGINX[name]!.reduce(
    (before, [what, by]) => {
      if (!before.includes(what)) throw new Error(`${NGINX}/${name} does not say ${what}`);
      return before.replaceAll(what, () => by);
    },
    textOf(`${NGINX}/${name}`),
  );
  return `# Written by \`npm run schema\` from ${NGINX}/${name}.\n${text}`;
}

/**
 * Files of deploy/k8s that are written once elsewhere, by path: kustomize and Helm read none outside of their folders. Kubernetes wants
 * the rules inside of an object.
 */
export function kubernetesCopies(): Map<string, string> {
  const rules = textOf(RULES);
  if (!Array.isArray((parse(rules) as { groups?: unknown }).groups))
    throw new Error(`${RULES} has no groups`);
  const indented = rules.replace(/^(?=.)/gm, '  ');
  return new Map([
    [
      'deploy/k8s/components/monitoring/prometheus-rule.yaml',
      `# Written by \`npm run schema\` from ${RULES}.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: mcp-pipe
  labels: { app.kubernetes.io/name: mcp-pipe }
spec:
${indented}`,
    ],
    [`${CHART}/mcp-pipe.rules.yml`, rules],
    ...Object.keys(OF_NGINX).flatMap((name) => {
      const text = ofNginx(name);
      return [`${BASE}/nginx/${name}`, `${CHART}/nginx/${name}`].map((path) => [path, text] as const);
    }),
    [`${CHART}/front.conf`, textOf(`${BASE}/front.conf`)],
    [`${CHART}/redis.conf`, textOf('deploy/compose/redis/redis.conf')],
    ['deploy/k8s/components/redis/redis.conf', textOf('deploy/compose/redis/redis.conf')],
  ]);
}

/** Part of `npm run schema`. */
export function writeKubernetesCopies(): void {
  for (const [path, text] of kubernetesCopies()) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
}
