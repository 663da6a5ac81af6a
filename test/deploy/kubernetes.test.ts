import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { defaults } from '../../src/config/defaults.js';
import { root } from '../helpers/cli.js';
import {
  helmed,
  K8S,
  kustomized,
  lacks,
  type Manifest,
  manifestsOf,
  podsOf,
  runTool,
  written,
} from './kubernetes-files.js';
import { ownFolder } from './shipped.js';

const BASE = await written('base');
const REDIS = await written('components/redis');
const MONITORING = await written('components/monitoring');
const PODS = podsOf([...BASE, ...REDIS]);
const named = (kind: string, name: string) =>
  BASE.find((one) => one.kind === kind && one.metadata.name === name)!;
const env = ({ spec }: (typeof PODS)[number], name: string) =>
  spec.containers[0]!.env?.find((one) => one.name === name)?.value;
/** Which Redis a pod is told of, and whether it has the password. */
const redisOf = (pod: (typeof PODS)[number]) => {
  const volumes = pod.spec.volumes as { secret?: { items?: { key: string }[] } }[];
  const keys = volumes.flatMap(({ secret }) => secret?.items?.map(({ key }) => key) ?? []);
  expect(env(pod, 'MCP_PIPE_REDIS_PASSWORD_FILE') !== undefined).toBe(keys.includes('redis_password'));
  return [env(pod, 'MCP_PIPE_REDIS'), keys.includes('redis_password')];
};
const json5 = (text: string) => parse(text.replace(/^\s*\/\/.*$/gm, '')) as Record<string, unknown>;

/** Custom kinds have no schema here. */
const known = (text: string) => text.split(/^---$/m).filter((one) => !one.includes('monitoring.coreos.com'));

async function validated(text: string): Promise<string[]> {
  const file = join(await ownFolder(), 'all.yaml');
  await writeFile(file, known(text).join('---\n'));
  const { output } = runTool('kubernetes-validate', ['--strict', '-k', '1.37', file]);
  return output.split('\n').filter((line) => line !== '' && !/^INFO .* passed for resource/.test(line));
}

describe('the files', () => {
  test('give no pod more than it needs', () => {
    expect(PODS.map(({ name }) => name).sort()).toEqual([
      ...['mcp-pipe-front', 'mcp-pipe-gateway', 'mcp-pipe-pipe', 'mcp-pipe-redis'],
    ]);
    for (const { name, spec } of PODS) {
      expect(spec, name).toMatchObject({
        // Without the last one, variables of services such as MCP_PIPE_FRONT_PORT would come in beside those of mcp-pipe.
        ...{ serviceAccountName: 'mcp-pipe', automountServiceAccountToken: false, enableServiceLinks: false },
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext, resources, image, volumeMounts } of spec.containers) {
        expect(securityContext, name).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        for (const what of ['cpu', 'memory', 'ephemeral-storage'])
          expect([resources.requests[what], resources.limits[what]], `${name} ${what}`).not.toContain(
            undefined,
          );
        expect(image, name).toMatch(/:v?\d+\.\d+\.\d+[a-z0-9.-]*$/);
        for (const { name: volume, readOnly } of volumeMounts)
          if (/config|secrets|keys/.test(volume)) expect(readOnly, `${name} ${volume}`).toBe(true);
      }
      expect(JSON.stringify(spec), name).not.toContain('hostPath');
    }
  });

  test('probe /live and /ready, and leave a container to itself until its calls are done', () => {
    const { drainTimeoutMs, endTimeoutMs, termTimeoutMs, closeTimeoutMs } = defaults;
    const needed = drainTimeoutMs + endTimeoutMs + termTimeoutMs + closeTimeoutMs;
    for (const role of ['gateway', 'pipe']) {
      const { spec } = PODS.find(({ name }) => name === `mcp-pipe-${role}`)!;
      const [container] = spec.containers;
      expect(container).toMatchObject({
        startupProbe: { httpGet: { path: '/live' } },
        livenessProbe: { httpGet: { path: '/live' } },
        readinessProbe: { httpGet: { path: '/ready' } },
      });
      const before = role === 'gateway' ? 5 : 0;
      expect(Number(spec.terminationGracePeriodSeconds)).toBeGreaterThan(before + needed / 1_000);
    }
  });

  test('have secrets as files of one Secret, of which each role sees its own', () => {
    for (const { name, spec } of PODS)
      for (const { env = [] } of spec.containers)
        for (const { name: variable, value } of env)
          if (/KEY|PASSWORD|TOKEN|ENDPOINT|SECRET/.test(variable))
            expect(value, `${name} ${variable}`).toMatch(/^\/(run\/secrets\/mcp-pipe|keys)\//);
    const keysOf = (name: string) => {
      const { spec } = PODS.find((one) => one.name === name)!;
      const volumes = spec.volumes as { name: string; secret?: { items: { key: string }[] } }[];
      return volumes.find((one) => one.name === 'secrets')?.secret?.items.map(({ key }) => key);
    };
    expect(keysOf('mcp-pipe-gateway')).toEqual(['mcp_pipe_key', 'session_key', 'ui_key', 'metrics_key']);
    expect(keysOf('mcp-pipe-pipe')).toEqual(['mcp_endpoint', 'ui_key', 'metrics_key']);
    expect(keysOf('mcp-pipe-redis')).toEqual(['redis_password']);
    expect(keysOf('mcp-pipe-front')).toBeUndefined();
    expect([...BASE, ...REDIS, ...MONITORING].map(({ kind }) => kind)).not.toContain('Secret');
  });

  test('never let two pipes run, and replace replicas of the gateway one by one', () => {
    expect(named('StatefulSet', 'mcp-pipe-pipe').spec).toMatchObject({ replicas: 1 });
    const gateway = named('StatefulSet', 'mcp-pipe-gateway').spec;
    // The autoscaler says how many: a number here would be put back with each change.
    expect(gateway).not.toHaveProperty('replicas');
    expect(gateway).toMatchObject({
      updateStrategy: { type: 'RollingUpdate' },
      podManagementPolicy: 'Parallel',
    });
    expect(named('HorizontalPodAutoscaler', 'mcp-pipe-gateway').spec).toMatchObject({
      scaleTargetRef: { kind: 'StatefulSet', name: 'mcp-pipe-gateway' },
      minReplicas: 2,
      maxReplicas: Number(env(PODS.find(({ name }) => name === 'mcp-pipe-front')!, 'REPLICAS')),
    });
    for (const name of ['mcp-pipe-gateway', 'mcp-pipe-front'])
      expect(named('PodDisruptionBudget', name).spec).toMatchObject({ maxUnavailable: 1 });
  });

  test('name a replica by its pod, with a name that mcp-pipe takes and nginx finds', async () => {
    const { spec } = PODS.find(({ name }) => name === 'mcp-pipe-gateway')!;
    expect(spec.containers[0]!.env).toContainEqual({
      name: 'MCP_PIPE_REPLICA',
      valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
    });
    expect('mcp-pipe-gateway-9999').toMatch(/^[A-Za-z0-9_-]{1,32}$/);
    const { serviceName } = named('StatefulSet', 'mcp-pipe-gateway').spec;
    const conf = await readFile(join(K8S, 'base/front.conf'), 'utf8');
    expect(conf).toContain(`~^(?<pod>mcp-pipe-gateway-[0-9]+)\\. $pod.${serviceName}.__DOMAIN__:8080`);
    expect(named('Service', serviceName).spec.clusterIP).toBe('None');
  });

  test('let nothing out to the cluster and to credentials of clouds', () => {
    const out = named('NetworkPolicy', 'mcp-pipe-out').spec.egress[0];
    for (const net of ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'])
      expect(out.to[0].ipBlock.except).toContain(net);
    expect(named('NetworkPolicy', 'mcp-pipe-nothing').spec).toMatchObject({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'mcp-pipe' } },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  test('have the one set of rules, for the job that it asks for', async () => {
    const rules = parse(await readFile(join(root, 'examples/prometheus/mcp-pipe.rules.yml'), 'utf8'));
    expect(MONITORING.find(({ kind }) => kind === 'PrometheusRule')!.spec).toEqual(rules);
    // The rules ask for job="mcp-pipe".
    const monitor = MONITORING.find(({ kind }) => kind === 'ServiceMonitor')!.spec;
    const label = monitor.jobLabel as string;
    for (const role of ['gateway-replicas', 'pipe'])
      expect(named('Service', `mcp-pipe-${role}`).metadata.labels![label]).toBe('mcp-pipe');
  });

  test('the chart is configured as the base is', async () => {
    const values = parse(await readFile(join(K8S, 'chart/values.yaml'), 'utf8'));
    for (const role of ['gateway', 'pipe']) {
      const { $schema: _, ...config } = json5(
        await readFile(join(K8S, `base/mcp_config.${role}.json`), 'utf8'),
      );
      expect(values[role].config, role).toEqual(config);
    }
  });
});

describe.skipIf(lacks('kubectl', 'kubernetes-validate'))('with kubectl and the schemas of Kubernetes', () => {
  test('kustomize makes the example, with components and secrets', async () => {
    const made = manifestsOf(await kustomized());
    const secret = made.find(({ kind }) => kind === 'Secret')!;
    // What changes has another name, and is rolled out.
    expect(secret.metadata.name).toMatch(/^mcp-pipe-[a-z0-9]{10}$/);
    expect(secret.metadata.namespace).toBe('mcp-pipe');
    const names = JSON.stringify(podsOf(made).map(({ spec }) => spec.volumes));
    for (const { kind, metadata } of made)
      if (kind === 'ConfigMap' && !/^mcp-pipe-[a-z0-9]{10}$/.test(metadata.name))
        expect(names).toContain(metadata.name);
    expect(names).toContain(secret.metadata.name);
    expect(made.filter(({ kind }) => kind === 'ServiceMonitor')[0]!.spec.endpoints[0].authorization).toEqual({
      type: 'Bearer',
      credentials: { name: secret.metadata.name, key: 'metrics_key' },
    });
    // Redis is named where it is, with the password of the Secret.
    for (const role of ['gateway', 'pipe']) {
      const pod = podsOf(made).find(({ name }) => name === `mcp-pipe-${role}`)!;
      expect(redisOf(pod), role).toEqual(['redis://mcp-pipe-redis:6379/0', true]);
      expect(redisOf(PODS.find(({ name }) => name === `mcp-pipe-${role}`)!), role).toEqual([
        undefined,
        false,
      ]);
    }
    const image = podsOf(made).find(({ name }) => name === 'mcp-pipe-pipe')!.spec.containers[0]!.image;
    expect(image).toBe('registry.example.com/mcp-pipe:0.1.0');
  });

  test('every object is one that Kubernetes 1.37 knows, key by key', async () => {
    const text = await kustomized();
    expect(known(text).length).toBeGreaterThan(25);
    expect(await validated(text)).toEqual([]);
    expect(await validated(text.replace('readOnlyRootFilesystem', 'readOnlyRoot'))).not.toEqual([]);
  });
});

describe.skipIf(lacks('kubectl', 'kubernetes-validate', 'helm'))('with helm too', () => {
  test('lint finds nothing, and the schemas know what the chart makes', async () => {
    const { code, output } = runTool('helm', ['lint', '--strict', join(K8S, 'chart')]);
    expect(output).not.toMatch(/WARNING|ERROR/);
    expect(code).toBe(0);
    expect(await validated(helmed())).toEqual([]);
    expect(
      await validated(
        helmed(
          'gateway.enabled=false',
          'gateway.storageClass=fast',
          'pipe.storageClass=fast',
          'image.tag=9.8.7',
        ),
      ),
    ).toEqual([]);
  });

  test('the chart has more than one pipe with Redis only, of its own or of yours', async () => {
    const pipeOf = (...set: string[]) => {
      const made = manifestsOf(helmed('redis.enabled=false', ...set));
      const { spec } = made.find(
        ({ metadata, kind }) => kind === 'StatefulSet' && /pipe$/.test(metadata.name),
      )!;
      return [spec.replicas, ...redisOf(podsOf(made).find(({ name }) => name === 'mcp-pipe-pipe')!)];
    };
    expect(pipeOf()).toEqual([1, undefined, false]);
    expect(() => pipeOf('pipe.replicas=2')).toThrow('two pods take the token from each other');
    const yours = ['pipe.replicas=2', 'redis.url=rediss://redis.example.com:6380/1'] as const;
    expect(pipeOf(...yours)).toEqual([2, 'rediss://redis.example.com:6380/1', true]);
    expect(await validated(helmed('redis.enabled=false', ...yours))).toEqual([]);
  });

  test('the chart makes what kustomize makes', async () => {
    const sum = /^(mcp-pipe(?:-[a-z]+)*)-[a-z0-9]{10}$/;
    const byName = (manifests: Manifest[]) =>
      new Map(
        manifests
          .filter(({ kind }) => !['Namespace', 'Secret'].includes(kind))
          .map((one) => [`${one.kind} ${one.metadata.name.replace(sum, '$1')}`, plain(one)]),
      );
    /** Without what each adds of its own: sums, labels of the release, the image and the way in of the example. */
    const plain = ({ metadata: _, ...one }: Manifest) =>
      JSON.parse(
        JSON.stringify(one, (key, value) => {
          if (key === 'annotations' || key === 'imagePullPolicy' || key === 'creationTimestamp')
            return undefined;
          if (key === 'mcp_config.json') return withoutSchema(value as string);
          if (typeof value !== 'string') return value;
          return value.replace(sum, '$1').replace('registry.example.com/', '');
        }),
      );
    const withoutSchema = (text: string) => {
      const { $schema: ___, ...rest } = json5(text);
      return rest;
    };
    const from =
      'networkPolicy.ingressFrom[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name=traefik';
    const [kustomize, helm] = [byName(manifestsOf(await kustomized())), byName(manifestsOf(helmed(from)))];
    expect([...helm.keys()].sort()).toEqual([...kustomize.keys()].sort());
    for (const [name, one] of kustomize) expect(helm.get(name), name).toEqual(one);
  });
});
