import { type PlanDiff, settingsOfServers } from '../config/diff-plan.js';
import type { Plan } from '../config/plan.js';
import { type LinkOptions, type MayStart, type PlannedServer, serverOf } from './links.js';
import { drainTimeOf } from './restart-server.js';
import { runsOn } from './running-links.js';

/** The servers of the plan's links: those of `before` whose process goes on, and new ones. */
export function plannedServers(
  plan: Plan,
  diff: PlanDiff,
  before: ReadonlyMap<string, PlannedServer>,
  mayStart: MayStart,
  options: LinkOptions,
): Map<string, PlannedServer> {
  const settings = settingsOfServers(plan);
  const goOn = new Set(diff.servers.filter(runsOn).map(({ name }) => name));
  return new Map(
    plan.servers
      .filter(({ name }) => settings.has(name))
      .map((one, order) => {
        const { name } = one;
        const kept = goOn.has(name) ? before.get(name)?.server : undefined;
        const change = diff.servers.find((of) => of.name === name);
        if (change?.keys.includes('options.instances'))
          kept?.setInstances(one.options.instances, drainTimeOf(settings.get(name)!));
        const server = kept ?? serverOf(one, settings.get(name)!, mayStart, options);
        return [name, { server, order, options: one.options }];
      }),
  );
}
