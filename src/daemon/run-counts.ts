import type { Plan } from '../config/plan.js';
import type { Measures } from '../observe/measures/measures.js';
import type { PersonAct } from '../observe/measures/moves.js';
import type { OpenMetrics } from '../observe/metrics/metrics.js';
import type { Observer } from '../observe/observer.js';
import type { App } from './app.js';
import type { RunHttp } from './http/run-http.js';
import type { PageAct } from './page/page-actions.js';
import { openMeasures } from './run-measures.js';
import { type MetricsOfRun, openMetrics } from './run-metrics.js';
import type { RunningConfig } from './running-config.js';

/** What a run counts and keeps for its page and its metrics. */
export interface RunCounts {
  measures: Measures;
  metrics: OpenMetrics;
  /** Have to be there when the app is made: else calls are not counted. */
  observers: readonly Observer[];
  /** A person has asked for something on the page, or by a command. */
  acted(act: Omit<PageAct, 'key'> & { key?: string | undefined }, from: 'page' | 'socket'): void;
}

/** The parts of a run that are made later. */
export interface CountedRun {
  app: () => App | undefined;
  config: () => RunningConfig | undefined;
  /** See `MetricsOfRun`. */
  auditLost?: () => number | undefined;
  redis?: MetricsOfRun['redis'];
  http?: () => Pick<RunHttp, 'gateway'>;
}

const ACTIONS: readonly string[] = ['restart', 'pause', 'resume', 'reconnect', 'reload', 'wake', 'sleep'];

/** Begins to count. Nothing of it is loaded for a run that has neither page nor metrics. */
export async function openCounts(
  plan: Plan,
  version: string,
  { app, config, auditLost, redis, http }: CountedRun,
): Promise<RunCounts> {
  const measures = await openMeasures(plan, app);
  const metrics = await openMetrics({
    ...{ version, plan, measures, app, config, redis },
    ...(auditLost ? { auditLost } : {}),
    missedSessions: () => http?.().gateway.missedSessions,
  });
  return {
    ...{ measures, metrics, observers: [measures, metrics.observer] },
    acted: ({ at, action, name, key }, from) => {
      if (!ACTIONS.includes(action)) return;
      const names = name === '' ? [] : namesOf(name, config()?.plan);
      measures.acted({ at, action: action as PersonAct['action'], names, from, key });
    },
  };
}

/** The links of an agent have other names than the agent. */
function namesOf(name: string, plan: Plan | undefined): string[] {
  const links = plan?.links.filter(({ agent }) => agent === name).map((link) => link.name) ?? [];
  return [...new Set([name, ...links])];
}
