import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const textOf = (path: string) => readFileSync(at(path), 'utf8');

const RULES = 'examples/prometheus/mcp-pipe.rules.yml';
const BASE = 'deploy/k8s/base';
const CHART = 'deploy/k8s/chart/files';

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
    [`${CHART}/front.conf`, textOf(`${BASE}/front.conf`)],
    [`${CHART}/redis.conf`, textOf('deploy/compose/redis/redis.conf')],
    ['deploy/k8s/components/redis/redis.conf', textOf('deploy/compose/redis/redis.conf')],
  ]);
}

/** Part of `npm run schema`. */
export function writeKubernetesCopies(): void {
  for (const [path, text] of kubernetesCopies()) writeFileSync(at(path), text);
}
