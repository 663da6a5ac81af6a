import { hostname } from 'node:os';
import { basename } from 'node:path';
import { kindOf } from '../config/kinds/kinds.js';
import type { LinkPlan, Plan, ServerPlan } from '../config/plan.js';
import type { FeedConfiguration, FeedPlan, FeedSources, PlannedFeedLink } from '../observe/feed/sources.js';
import type { LogRing } from '../observe/log-ring.js';
import type { Measures } from '../observe/measures/measures.js';
import type { App } from './app.js';
import { findingTexts, formatRefusedEdit } from './configuration-report.js';
import type { RunGateway } from './gateway/run-gateway.js';
import type { RunningConfig } from './running-config.js';

/** The parts of a run that its feed tells of. */
export interface FeedParts {
  app: App;
  /** Version of mcp-pipe. */
  version: string;
  /** Undefined: the run has no configuration that could be read again, or parts that could be paused. */
  config?: Pick<RunningConfig, 'plan' | 'paused' | 'state'> | undefined;
  /** The plan of a run without `config`. */
  plan?: Plan | undefined;
  gateway?: Pick<RunGateway, 'opened'> | undefined;
  log?: LogRing | undefined;
  measures?: Measures | undefined;
}

/** Whether files have changed is looked up this often: their contents are hashed. */
const LOOK_EVERY_MS = 5_000;

/** What the feed reads of a run. */
export function feedSources(parts: FeedParts): FeedSources {
  const { app, version, config, gateway, log } = parts;
  const { watch, daemon } = app;
  const none: Plan = { servers: [], links: [], warnings: [], secrets: [] };
  const plan = () => config?.plan ?? parts.plan ?? none;
  return {
    ...{ version, pid: process.pid, startedAt: watch.reports.startedAt, host: hostname(), log },
    // They may come with a reload.
    get measures() {
      return parts.measures;
    },
    links: () => watch.links,
    link: (name) => watch.snapshot.link(name),
    reasons: watch.reports.reasons,
    apart: watch.apart,
    plan: remembered(plan, feedPlan),
    paused: () => config?.paused ?? [],
    canPause: config !== undefined,
    instances: () => daemon.instances,
    running: () => daemon.calls.map(({ server }) => server),
    waits: () => daemon.policy.held.waits,
    configuration: configurationOf(plan, config),
    gateway: () => {
      const { origin, clients } = gateway?.opened ?? {};
      return origin === undefined ? undefined : { origin, clients: clients ?? 0 };
    },
  };
}

/** Makes a part of a plan once for each plan. */
function remembered<Made>(plan: () => Plan, make: (plan: Plan) => Made): () => Made {
  let of: Plan | undefined;
  let made: Made;
  return () => {
    const now = plan();
    if (now !== of) made = make(now);
    of = now;
    return made;
  };
}

function feedPlan({ servers, links, gateway, profiles }: Plan): FeedPlan {
  return {
    servers: servers.map((server) => ({
      name: server.name,
      kind: server.kind,
      shown: () => shownOf(server),
      isOnDemand: server.options.share === 'key' || server.options.share === 'session',
    })),
    links: links.map(feedLink),
    hasGateway: gateway !== undefined || profiles !== undefined,
  };
}

/** What may be secret is left out. */
function shownOf(server: ServerPlan): string {
  const reached = 'launch' in server ? server.launch : server;
  return kindOf(server)
    .shown(reached as never)
    .join(' ');
}

function feedLink({ name, kind, servers, agent, endpoint, settings, account }: LinkPlan): PlannedFeedLink {
  return {
    ...{ name, kind, servers, agent, endpoint: endpoint.host },
    fingerprint: endpoint.token === '' ? undefined : `#${endpoint.fingerprint}`,
    slots: account?.connections ?? settings.connectionsPerToken,
  };
}

function configurationOf(plan: () => Plan, config: FeedParts['config']): () => FeedConfiguration {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let readAt: number | undefined;
  let changedAt: number | undefined;
  let state = config?.state;
  let of: Plan | undefined;
  return () => {
    const now = Date.now();
    if (config && (now - lookedAt >= LOOK_EVERY_MS || lookedAt > now || plan() !== of)) {
      of = plan();
      state = config.state;
      lookedAt = now;
      if (state.readAt !== readAt) changedAt = undefined;
      readAt = state.readAt;
      changedAt = state.changedSince.length > 0 ? (changedAt ?? now) : undefined;
    }
    const refused = state?.refused;
    return {
      file: state?.file === undefined ? undefined : basename(state.file),
      ...{ readAt: state?.readAt, changedAt },
      refused:
        refused && ((lang) => refusedText(formatRefusedEdit(refused.error, lang, state?.watching ?? false))),
      warnings: (lang) => findingTexts(plan().warnings, lang).map(({ text }) => text),
    };
  };
}

function refusedText({ text, findings }: ReturnType<typeof formatRefusedEdit>): string {
  return [text, ...findings.map((finding) => finding.text)].join(' ');
}
