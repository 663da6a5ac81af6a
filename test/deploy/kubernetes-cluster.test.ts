import { expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { ControlPlane } from './control-plane.js';
import { helmed, kustomized, lacks } from './kubernetes-files.js';

/** The kinds of the Prometheus Operator, which bring their own schemas: here each takes what it is given. */
const kindsOfOperator = [
  ['ServiceMonitor', 'servicemonitors'],
  ['PrometheusRule', 'prometheusrules'],
]
  .map(([kind, plural]) =>
    JSON.stringify({
      ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
      metadata: {
        name: `${plural}.monitoring.coreos.com`,
        annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
      },
      spec: {
        ...{ group: 'monitoring.coreos.com', scope: 'Namespaced', names: { kind, plural } },
        versions: [
          {
            ...{ name: 'v1', served: true, storage: true },
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    }),
  )
  .join('\n---\n');

const APP = 'app.kubernetes.io/component';

test.skipIf(lacks('kubectl', 'helm', 'kwok', 'kube-apiserver', 'kube-scheduler'))(
  'a control plane of Kubernetes takes everything, in a namespace with the strictest rules, and rolls it out',
  { timeout: 300_000 },
  async () => {
    const plane = await ControlPlane.start();
    plane.apply(kindsOfOperator);
    plane.must('wait', '--for=condition=established', 'crd', '--all', '--timeout=60s');
    plane.apply(await kustomized());
    for (const name of [
      'statefulset/mcp-pipe-gateway',
      'statefulset/mcp-pipe-pipe',
      'deployment/mcp-pipe-front',
    ])
      plane.must('rollout', 'status', name, '-n', 'mcp-pipe', '--timeout=120s');
    // The autoscaler, though it has nothing to measure, keeps two.
    await eventually(
      () => plane.pods('mcp-pipe', `${APP}=gateway`).filter((pod) => pod.endsWith('Running')).length === 2,
      { timeoutMs: 90_000, everyMs: 500 },
    );
    // A pod that wants more is refused there: the rules are in force.
    const bold = { spec: { template: { spec: { containers: [{ name: 'nginx', securityContext: null }] } } } };
    expect(
      plane.must(
        'patch',
        'deployment/mcp-pipe-front',
        '-n',
        'mcp-pipe',
        '--dry-run=server',
        '-p',
        JSON.stringify(bold),
      ),
    ).toContain('would violate PodSecurity');

    // One replica at a time may be taken away.
    const budget = () =>
      plane.must(
        ...['get', 'pdb', 'mcp-pipe-gateway', '-n', 'mcp-pipe'],
        ...['-o', 'jsonpath={.status.currentHealthy} {.status.disruptionsAllowed}'],
      );
    await eventually(() => budget() === '2 1', { timeoutMs: 90_000, everyMs: 500 });

    // What the chart makes is taken as well.
    plane.must('create', 'namespace', 'chart');
    plane.must('label', 'namespace', 'chart', 'pod-security.kubernetes.io/enforce=restricted');
    const refused = /forbidden|violate|invalid/i;
    expect(
      plane.apply(helmed().replaceAll('namespace: mcp-pipe', 'namespace: chart'), '-n', 'chart'),
    ).not.toMatch(refused);

    // A pipe that is deleted, or drained, has no successor while it ends; a Deployment would have one.
    const front = plane.pods('mcp-pipe', `${APP}=front`)[0]!.split(' ')[0]!;
    plane.must('delete', 'pod', 'mcp-pipe-pipe-0', front, '-n', 'mcp-pipe', '--wait=false');
    await eventually(() => plane.pods('mcp-pipe', `${APP}=front`).length === 3, { everyMs: 200 });
    expect(plane.pods('mcp-pipe', `${APP}=pipe`)).toEqual(['mcp-pipe-pipe-0 Terminating']);
    // As kubelet says that the container is gone.
    plane.must('delete', 'pod', 'mcp-pipe-pipe-0', '-n', 'mcp-pipe', '--grace-period=0', '--force');
    await eventually(
      () => /^mcp-pipe-pipe-0 (Pending|Running)$/.test(plane.pods('mcp-pipe', `${APP}=pipe`).join()),
      {
        everyMs: 200,
      },
    );
  },
);
