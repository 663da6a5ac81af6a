import type { ServerPlan } from '../../src/config/plan.js';
import type { ServerCommand } from '../../src/process/launch.js';

/** What is started for a server of a plan. Fails when that is no process. */
export function launchOf(server: ServerPlan | undefined): ServerCommand {
  if (server?.kind !== 'stdio') throw new Error(`${server?.name} is no process`);
  return server.launch;
}
