import type { ServerPlan } from '../../src/config/plan.js';
import type { ServerCommand } from '../../src/process/launch.js';

/** The command of a planned server. Throws when the server is no process. */
export function launchOf(server: ServerPlan | undefined): ServerCommand {
  if (server?.kind !== 'stdio') throw new Error(`${server?.name} is no process`);
  return server.launch;
}
