import { describe, expect, it } from 'vitest';
import { productionPages } from '../../../../scripts/production-page.js';
import { assess, scoreOf } from '../../../../src/cli/production/assess.js';
import type { Service } from '../../../../src/cli/production/compose-services.js';
import type { Deployment, Evidence } from '../../../../src/cli/production/evidence.js';
import { POINTS, type PointId } from '../../../../src/cli/production/points.js';
import { defaults } from '../../../../src/config/defaults.js';
import { texts } from '../../../../src/messages/commands/production.js';

const DAY = 24 * 3_600_000;

type Parts = Partial<Omit<Evidence, 'draft' | 'compose'>> & {
  draft?: object;
  services?: readonly Partial<Service>[];
};

const OURS: Service = {
  name: 'gateway-a',
  image: ['ghcr.io/x/mcp-pipe:$', '{VERSION:?}'].join(''),
  dockerfile: undefined,
  isBuilt: false,
  isOurs: true,
  isTool: false,
  published: [],
  isRoot: false,
  environment: {},
  hasLimits: true,
  hasHealthcheck: true,
  restarts: true,
  stopGraceMs: 30_000,
  replicas: 1,
};
const NGINX = { ...OURS, name: 'nginx', image: 'nginx:1.28.0', isOurs: false, published: ['80', '443'] };
const NOTHING_LEFT: Deployment = {
  hasRollback: false,
  history: [],
  last: [],
  backupAt: undefined,
  loadTestAt: undefined,
};

function evidence({ draft = {}, services, ...parts }: Parts): Evidence {
  return {
    draft: {
      servers: [],
      gateway: undefined,
      ui: undefined,
      metrics: undefined,
      audit: undefined,
      alerts: undefined,
      ...draft,
    },
    storedKeys: undefined,
    findings: [],
    settings: defaults,
    compose: services && {
      file: '/srv/deploy/compose/docker-compose.prod.yml',
      services: services.map((service) => ({ ...OURS, ...service })),
    },
    uid: 1001,
    memoryLimit: undefined,
    logFormat: undefined,
    healthy: undefined,
    deployment: NOTHING_LEFT,
    isService: false,
    hasPipeline: false,
    now: 100 * DAY,
    ...parts,
  } as unknown as Evidence;
}

const gateway = (parts: object = {}) => ({ host: '0.0.0.0', keys: {}, trustProxy: [], ...parts });
const server = (options: object) => ({ resolved: { options } });

/** One that has all of it, and others that each lack something. */
const SETUPS: Record<string, Evidence> = {
  whole: evidence({
    draft: {
      servers: [server({ checkArguments: true, calls: { breaker: {} } })],
      gateway: gateway({
        keys: { an: 'k' },
        rate: {},
        publicUrl: 'https://mcp.example.com',
        trustProxy: ['10.0.0.0/8'],
      }),
      ui: { host: '0.0.0.0' },
      metrics: {},
      audit: {},
      redis: {},
      alerts: {},
    },
    services: [
      OURS,
      { ...OURS, name: 'gateway-b' },
      NGINX,
      { name: 'grafana', image: 'grafana/grafana:12.0.0', isOurs: false },
      { name: 'alertmanager', image: 'prom/alertmanager:v0.28.0', isOurs: false },
    ],
    deployment: {
      hasRollback: true,
      history: ['deployed', 'deployed'],
      last: ['deployed'],
      backupAt: 99 * DAY,
      loadTestAt: 1,
    },
  }),
  bare: evidence({
    draft: { servers: [server({ checkArguments: false })], gateway: gateway() },
    uid: 0,
    findings: [{ id: 'token-in-git' }] as unknown as Evidence['findings'],
    logFormat: 'pretty',
  }),
  running: evidence({
    draft: { sentry: {} },
    healthy: true,
    memoryLimit: 1e9,
    hasPipeline: true,
    isService: true,
  }),
  failing: evidence({ healthy: false, services: [] }),
  loopback: evidence({
    draft: { gateway: gateway({ host: '127.0.0.1', tls: {}, keys: {} }), ui: { host: '127.0.0.1' } },
    storedKeys: 0,
    services: [{ ...OURS, image: undefined, isBuilt: true, isRoot: undefined, dockerfile: 'FROM a\nFROM b' }],
    deployment: {
      ...NOTHING_LEFT,
      hasRollback: true,
      history: ['deployed'],
      last: ['deployed'],
      backupAt: 1,
    },
  }),
  local: evidence({ draft: { gateway: gateway({ host: '127.0.0.1' }) } }),
  careless: evidence({
    draft: { gateway: gateway() },
    services: [
      {
        name: 'mcp-pipe',
        image: undefined,
        isBuilt: true,
        dockerfile: 'FROM node',
        isRoot: true,
        published: ['8080'],
        hasLimits: false,
        hasHealthcheck: false,
        restarts: false,
        stopGraceMs: undefined,
      },
      { name: 'prometheus', image: 'prom/prometheus:latest', isOurs: false },
      { name: 'alertmanager', image: 'prom/alertmanager', isOurs: false },
    ],
  }),
};

const found = (setup: string, id: PointId) => assess(SETUPS[setup]!).find((point) => point.id === id)!;

describe('the points of check --production', () => {
  it.each<[PointId, string, readonly Partial<Service>[]]>([
    ['notExposed', 'missing', [{ published: ['host'] }]],
    ['certificates', 'met', [NGINX]],
    ['certificates', 'missing', [{ ...NGINX, published: ['8443'] }]],
    ['reverseProxy', 'missing', [{ ...NGINX, image: 'nginx/nginx-prometheus-exporter:1.1' }]],
  ])('%s is %s for what only looks like it, or does not', (id, verdict, services) => {
    const judged = assess(evidence({ draft: { gateway: gateway() }, services: [OURS, ...services] }));
    expect(judged.find((point) => point.id === id)).toMatchObject({ verdict });
  });

  it('an environment whose last deployment failed is not outweighed by another one', () => {
    const last = (...events: string[]) =>
      assess(evidence({ services: [], deployment: { ...NOTHING_LEFT, last: events } })).find(
        ({ id }) => id === 'integrationTest',
      );
    expect(last('deployed', 'rolled-back')).toMatchObject({ verdict: 'met' });
    expect(last('failed', 'deployed')).toMatchObject({ verdict: 'missing' });
  });

  it('stand in docs/production.md, in both languages', () => {
    for (const { file, is, should } of productionPages()) expect(is, file).toBe(should);
  });

  it('are the 37 of the table that they come from', () => {
    const groups = Object.values(POINTS).map(({ group }) => group);
    const sizes = Object.keys(texts.en.groups).map((group) => groups.filter((one) => one === group).length);
    expect(sizes).toEqual([8, 6, 6, 6, 8, 3]);
  });

  it('are all met, or not needed, by a setup that has everything', () => {
    const wrong = assess(SETUPS.whole!).filter(
      ({ verdict }) => verdict === 'missing' || verdict === 'unseen',
    );
    expect(wrong).toEqual([]);
    expect(scoreOf(assess(SETUPS.whole!))).toEqual({ met: 37, of: 37, missing: 0, unseen: 0, notNeeded: 0 });
  });

  it('each have a sentence for what is found, and no sentence that is never said', () => {
    const said = Object.values(SETUPS).flatMap((setup) => assess(setup).map(({ id, why }) => `${id}.${why}`));
    const written = Object.entries(texts.en.points).flatMap(([id, words]) =>
      Object.keys(words)
        .filter((key) => key !== 'title')
        .map((key) => `${id}.${key}`),
    );
    expect([...new Set(said)].sort()).toEqual(written.sort());
  });

  it.each([
    ['ghcr.io/x/mcp-pipe:1.2.3', 'met'],
    ['nginx:1.28.2-alpine3.23', 'met'],
    ['mcp-pipe@sha256:0123', 'met'],
    [['mcp-pipe:$', '{VERSION:?name one}'].join(''), 'met'],
    ['localhost:5000/mcp-pipe', 'missing'],
    ['nginx:stable', 'missing'],
    ['nginx:latest', 'missing'],
    ['nginx', 'missing'],
    [undefined, 'missing'],
  ])('a version of %s is %s', (image, verdict) => {
    const points = assess(evidence({ services: [{ image }] }));
    expect(points.find(({ id }) => id === 'versions')).toMatchObject({ verdict });
  });

  it('ask nothing of a container that is run by hand for once', () => {
    const tool = { isTool: true, hasHealthcheck: false, restarts: false, hasLimits: false, stopGraceMs: 1 };
    const verdicts = (services: readonly Partial<Service>[]) =>
      assess(evidence({ services })).map(({ id, verdict }) => `${id} ${verdict}`);
    expect(verdicts([OURS, tool])).toEqual(verdicts([OURS]));
  });

  it.each([
    ['authentication', 'bare', 'missing', 'open'],
    ['encryption', 'bare', 'missing', 'plain'],
    ['encryption', 'local', 'met', 'local'],
    ['notExposed', 'careless', 'missing', 'published'],
    ['notExposed', 'bare', 'unseen', 'noCompose'],
    ['nonRoot', 'careless', 'missing', 'root'],
    ['versions', 'careless', 'missing', 'floating'],
    ['gracefulShutdown', 'careless', 'missing', 'short'],
    ['loadBalancing', 'careless', 'missing', 'one'],
    ['backups', 'loopback', 'missing', 'old'],
    ['integrationTest', 'failing', 'missing', 'failed'],
    ['nonRoot', 'loopback', 'unseen', 'otherImage'],
    ['restarts', 'running', 'met', 'service'],
    ['pipeline', 'bare', 'unseen', 'noCompose'],
    ['loadTest', 'bare', 'unseen', 'noCompose'],
    ['zeroDowntime', 'running', 'notNeeded', 'breakBeforeMake'],
  ] as const)('%s of a setup that is %s', (id, setup, verdict, why) => {
    expect(found(setup, id)).toMatchObject({ verdict, why });
  });
});
