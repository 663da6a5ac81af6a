import { BOUNDS } from '../../config/bounds.js';
import { endMs } from '../../config/check/container.js';
import { asksForCredential } from '../../config/gateway-plan.js';
import { isOfThisMachine } from '../../config/of-this-machine.js';
import type { FindingId } from '../../messages/codes.js';
import type { texts } from '../../messages/commands/production.js';
import type { Service } from './compose-services.js';
import type { Evidence } from './evidence.js';

type Words = typeof texts.en.points;
export type PointId = keyof Words;
export type Group = keyof typeof texts.en.groups;

/** `unseen`: it cannot be told from here; `notNeeded`: such a setup does not need it. */
export type Verdict = 'met' | 'missing' | 'unseen' | 'notNeeded';

/** A verdict, and the sentence that says why. */
type Judged<Id extends PointId> = readonly [Verdict, Exclude<keyof Words[Id], 'title'>];

interface Point<Id extends PointId> {
  group: Group;
  judge: (evidence: Evidence) => Judged<Id>;
}

const always = (group: Group) => ({ group, judge: () => ['met', 'always'] as const });

/** Services of the compose file in which mcp-pipe stays up; empty without one. */
const oursIn = ({ compose }: Evidence): readonly Service[] =>
  compose?.services.filter(({ isOurs, isTool }) => isOurs && !isTool) ?? [];

const runs = ({ compose }: Evidence, image: RegExp): boolean =>
  compose?.services.some((service) => image.test(service.image ?? service.name)) ?? false;

const PROXY = /nginx|caddy|traefik|haproxy|envoy/i;
/** What measures a proxy has its name, too. */
const EXPORTER = /exporter/i;
const proxyOf = ({ compose }: Evidence): Service | undefined =>
  compose?.services.find(({ image, name }) => PROXY.test(image ?? name) && !EXPORTER.test(image ?? name));

/** A backup is made every day (deploy/scripts); a week without one was not an accident. */
const WEEK_MS = 7 * 24 * 3_600_000;

/** A tag that does not move: it has a number (`stable` has none), or it is a variable that has to be given. */
const isFixed = (image = '') => /@sha256:|:\$\{[^}]*\}$|:[\w.-]*\d[\w.-]*$/.test(image);

/** Values in files that others may read. */
const OPEN_SECRETS: ReadonlySet<string> = new Set<FindingId>([
  'file-readable-by-others',
  'env-file-tracked',
  'env-file-not-ignored',
  'token-in-git',
]);

// D276
/** The 37 points that a setup for production is judged by, in the order in which they are shown. */
export const POINTS: { [Id in PointId]: Point<Id> } = {
  authentication: {
    group: 'security',
    judge: ({ draft: { gateway }, storedKeys }) => {
      if (gateway === undefined) return ['notNeeded', 'noGateway'];
      return asksForCredential(gateway) || storedKeys !== undefined ? ['met', 'asked'] : ['missing', 'open'];
    },
  },
  rateLimits: {
    group: 'security',
    judge: ({ draft: { gateway } }) => {
      if (gateway === undefined) return ['notNeeded', 'noGateway'];
      return gateway.rate || gateway.ratePerAddress ? ['met', 'limited'] : ['missing', 'unlimited'];
    },
  },
  inputValidation: {
    group: 'security',
    judge: ({ draft: { servers } }) =>
      servers.every(({ resolved }) => resolved.options.checkArguments)
        ? ['met', 'checked']
        : ['missing', 'messagesOnly'],
  },
  securityHeaders: {
    group: 'security',
    judge: ({ draft: { gateway, ui } }) => (gateway || ui ? ['met', 'sent'] : ['notNeeded', 'noGateway']),
  },
  nonRoot: {
    group: 'security',
    judge: (evidence) => {
      const ours = oursIn(evidence);
      if (ours.length === 0) return evidence.uid === 0 ? ['missing', 'root'] : ['met', 'user'];
      if (ours.some(({ isRoot }) => isRoot)) return ['missing', 'root'];
      return ours.every(({ isRoot }) => isRoot === false) ? ['met', 'user'] : ['unseen', 'otherImage'];
    },
  },
  secrets: {
    group: 'security',
    judge: ({ findings }) =>
      findings.some(({ id }) => OPEN_SECRETS.has(id)) ? ['missing', 'found'] : ['met', 'apart'],
  },
  encryption: {
    group: 'security',
    judge: ({ draft: { gateway } }) => {
      if (gateway === undefined) return ['notNeeded', 'noGateway'];
      if (gateway.tls || gateway.publicUrl?.startsWith('https://')) return ['met', 'tls'];
      return isOfThisMachine(gateway.host) ? ['met', 'local'] : ['missing', 'plain'];
    },
  },
  notExposed: {
    group: 'security',
    judge: (evidence) => {
      const { gateway, ui } = evidence.draft;
      const hosts = [gateway, ui].flatMap((listener) => listener?.host ?? []);
      if (hosts.every(isOfThisMachine)) return ['met', 'local'];
      const ours = oursIn(evidence);
      if (ours.length === 0) return ['unseen', 'noCompose'];
      return ours.some(({ published }) => published.length > 0)
        ? ['missing', 'published']
        : ['met', 'inside'];
    },
  },

  healthChecks: {
    group: 'monitoring',
    judge: (evidence) => {
      const ours = oursIn(evidence);
      if (ours.length > 0)
        return ours.every(({ hasHealthcheck }) => hasHealthcheck) ? ['met', 'on'] : ['missing', 'off'];
      return evidence.healthy === undefined ? ['unseen', 'noCompose'] : ['met', 'answered'];
    },
  },
  metrics: {
    group: 'monitoring',
    judge: ({ draft }) => (draft.metrics ? ['met', 'served'] : ['missing', 'off']),
  },
  dashboards: {
    group: 'monitoring',
    judge: (evidence) => {
      if (runs(evidence, /grafana/i)) return ['met', 'grafana'];
      return evidence.draft.ui ? ['met', 'page'] : ['missing', 'none'];
    },
  },
  structuredLog: {
    group: 'monitoring',
    judge: (evidence) => {
      const formats = [
        evidence.logFormat,
        ...oursIn(evidence).map(({ environment }) => environment.MCP_PIPE_LOG_FORMAT),
      ];
      return formats.includes('pretty') ? ['missing', 'pretty'] : ['met', 'json'];
    },
  },
  errorTracking: {
    group: 'monitoring',
    judge: (evidence) => {
      if (evidence.draft.alerts) return ['met', 'alerts'];
      if (evidence.draft.sentry) return ['met', 'sentry'];
      return runs(evidence, /alertmanager/i) ? ['met', 'alertmanager'] : ['missing', 'none'];
    },
  },
  requestLog: {
    group: 'monitoring',
    judge: ({ draft }) => (draft.audit ? ['met', 'audit'] : ['missing', 'off']),
  },

  resourceLimits: {
    group: 'performance',
    judge: (evidence) => {
      const ours = oursIn(evidence);
      if (ours.length > 0)
        return ours.every(({ hasLimits }) => hasLimits) ? ['met', 'limited'] : ['missing', 'unlimited'];
      return evidence.memoryLimit === undefined ? ['unseen', 'noCompose'] : ['met', 'cgroup'];
    },
  },
  caching: always('performance'),
  connectionReuse: always('performance'),
  autoScaling: {
    group: 'performance',
    judge: ({ draft }) => (draft.redis ? ['met', 'leases'] : ['notNeeded', 'oneMachine']),
  },
  loadBalancing: {
    group: 'performance',
    judge: (evidence) => {
      if (evidence.draft.gateway === undefined) return ['notNeeded', 'noGateway'];
      if (evidence.compose === undefined) return ['unseen', 'noCompose'];
      return gatewaysIn(evidence) > 1 && proxyOf(evidence) ? ['met', 'replicas'] : ['missing', 'one'];
    },
  },
  concurrency: always('performance'),

  gracefulShutdown: {
    group: 'reliability',
    judge: (evidence) =>
      oursIn(evidence).every(
        ({ stopGraceMs = BOUNDS.composeStopGraceMs }) => stopGraceMs >= endMs(evidence.settings),
      )
        ? ['met', 'time']
        : ['missing', 'short'],
  },
  retries: always('reliability'),
  breaker: {
    group: 'reliability',
    judge: ({ draft: { servers } }) =>
      servers.every(({ resolved }) => resolved.options.calls?.breaker)
        ? ['met', 'each']
        : ['missing', 'lacking'],
  },
  errorHandling: always('reliability'),
  backups: {
    group: 'reliability',
    judge: ({ compose, deployment: { backupAt }, now }) => {
      if (compose === undefined) return ['unseen', 'noCompose'];
      if (backupAt === undefined) return ['missing', 'none'];
      return now - backupAt <= WEEK_MS ? ['met', 'fresh'] : ['missing', 'old'];
    },
  },
  restarts: {
    group: 'reliability',
    judge: (evidence) => {
      const ours = oursIn(evidence);
      if (ours.length === 0) return evidence.isService ? ['met', 'service'] : ['unseen', 'noCompose'];
      return ours.every(({ restarts }) => restarts) ? ['met', 'policy'] : ['missing', 'none'];
    },
  },

  stagedImage: {
    group: 'deployment',
    judge: (evidence) => {
      const ours = oursIn(evidence);
      if (ours.length === 0) return ['unseen', 'noCompose'];
      const built = ours.flatMap(({ isBuilt, dockerfile }) => (isBuilt ? (dockerfile ?? []) : []));
      if (built.length === 0) return ['met', 'own'];
      return built.every((text) => (text.match(/^\s*FROM\s/gim)?.length ?? 0) > 1)
        ? ['met', 'stages']
        : ['missing', 'single'];
    },
  },
  reverseProxy: {
    group: 'deployment',
    judge: (evidence) => {
      const { gateway } = evidence.draft;
      if (gateway === undefined) return ['notNeeded', 'noGateway'];
      return proxyOf(evidence) || gateway.trustProxy.length > 0 ? ['met', 'proxy'] : ['missing', 'none'];
    },
  },
  certificates: {
    group: 'deployment',
    judge: (evidence) => {
      const { gateway } = evidence.draft;
      if (gateway === undefined) return ['notNeeded', 'noGateway'];
      if (gateway.tls) return ['met', 'own'];
      return proxyOf(evidence)?.published.some((port) => /\b443\b|^host$/.test(port))
        ? ['met', 'published']
        : ['missing', 'none'];
    },
  },
  pipeline: {
    group: 'deployment',
    judge: (evidence) => {
      const ours = oursIn(evidence);
      if (ours.length > 0 && ours.every(({ image }) => image?.includes('/') && isFixed(image)))
        return ['met', 'released'];
      if (evidence.hasPipeline) return ['met', 'own'];
      return ours.length > 0 ? ['missing', 'none'] : ['unseen', 'noCompose'];
    },
  },
  versions: {
    group: 'deployment',
    judge: ({ compose }) => {
      if (compose === undefined) return ['unseen', 'noCompose'];
      return compose.services.every(({ image }) => isFixed(image))
        ? ['met', 'fixed']
        : ['missing', 'floating'];
    },
  },
  rollback: {
    group: 'deployment',
    judge: ({ deployment: { hasRollback, history } }) => {
      if (!hasRollback) return ['missing', 'none'];
      return ['met', history.filter((event) => event === 'deployed').length > 1 ? 'known' : 'first'];
    },
  },
  zeroDowntime: {
    group: 'deployment',
    judge: (evidence) => {
      if (evidence.draft.gateway === undefined) return ['notNeeded', 'breakBeforeMake'];
      return gatewaysIn(evidence) > 1 ? ['met', 'oneByOne'] : ['missing', 'one'];
    },
  },
  compose: {
    group: 'deployment',
    judge: (evidence) => (oursIn(evidence).length > 0 ? ['met', 'file'] : ['unseen', 'none']),
  },

  integrationTest: {
    group: 'testing',
    judge: ({ healthy, deployment }) => {
      if (healthy !== undefined) return healthy ? ['met', 'answered'] : ['missing', 'failed'];
      return isTried(deployment) ? ['met', 'deployed'] : ['missing', 'none'];
    },
  },
  loadTest: {
    group: 'testing',
    judge: ({ compose, deployment: { loadTestAt } }) => {
      if (compose === undefined) return ['unseen', 'noCompose'];
      return loadTestAt === undefined ? ['missing', 'none'] : ['met', 'recent'];
    },
  },
  healthTest: {
    group: 'testing',
    judge: ({ healthy, deployment }) => {
      if (healthy !== undefined) return ['met', 'answered'];
      return isTried(deployment) ? ['met', 'deployed'] : ['missing', 'none'];
    },
  },
};

/** What runs was tried when it was deployed: `deploy.sh` waits for the health checks before it says so. */
function isTried({ last }: Evidence['deployment']): boolean {
  return last.length > 0 && last.every((event) => event === 'deployed' || event === 'rolled-back');
}

/** Containers that serve clients: those of the gateway's name, else all of mcp-pipe. */
function gatewaysIn(evidence: Evidence): number {
  const ours = oursIn(evidence);
  const named = ours.filter(({ name }) => /gateway/i.test(name));
  return (named.length > 0 ? named : ours).reduce((sum, { replicas }) => sum + replicas, 0);
}
