import { kindOf } from '../config/kinds/kinds.js';
import type { ServerPlan } from '../config/plan.js';

/** What is started or reached, without secrets, which may be renewed: `stdio npx -y …`. What is kept of a server is kept of this. */
export function identityOf(server: ServerPlan): string {
  const reached = 'launch' in server ? server.launch : server;
  return [server.kind, ...kindOf(server).shown(reached as never)].join(' ');
}
