import { Redactor } from '../observe/redact.js';
import { kindOf } from './kinds/kinds.js';
import type { Plan, ServerPlan } from './plan.js';

/** The next plan as it can run beside what runs. */
export interface KeptEnvironments {
  plan: Plan;
  /** Servers that go on with the variables of their start, though they would inherit others now. */
  behind: readonly string[];
  /** Names of these variables. */
  variables: readonly string[];
}

/**
 * Leaves out what would restart servers for variables that they merely inherit: those that came to the environment, and
 * those that went. A variable in `.env` that no entry names yet would otherwise restart every server, and restart them once
 * more when an entry names it, because it is a secret of that entry then (D11). A changed value does restart them.
 *
 * @param isWell Whether a server runs and works: others are started with what they would inherit now.
 */
// D163
export function keptEnvironments(
  running: Plan,
  next: Plan,
  isWell: (server: string) => boolean,
): KeptEnvironments {
  const was = new Map(running.servers.map((server) => [server.name, server]));
  const inherited = { before: running.inherited ?? {}, after: next.inherited ?? {} };
  const redactor = new Redactor(next.secrets);
  const behind: string[] = [];
  const variables = new Set<string>();
  const servers = next.servers.map((server): ServerPlan => {
    const before = was.get(server.name);
    const kind = kindOf(server);
    if (!before || before.kind !== server.kind || !isWell(server.name)) return server;
    const kept = kind.keepsInherited?.(server, before, inherited);
    if (!kept || kept.variables.length === 0) return server;
    behind.push(server.name);
    for (const name of kept.variables) variables.add(name);
    const one = { ...server, ...kept.opened };
    kind.hideSecrets(one, redactor);
    return one;
  });
  const plan = { ...next, servers, inherited: { ...inherited.before, ...inherited.after } };
  return { plan, behind, variables: [...variables].sort() };
}
