import type { Plan } from '../config/plan.js';
import { serverOfProcess } from '../observe/process-name.js';
import type { CopyFacts } from '../protocol/stats.js';
import type { SupervisedServer } from '../servers/supervised-server.js';

type Processes = readonly Pick<SupervisedServer, 'name' | 'hub'>[];

/** The processes of servers that have several, by the server's name. */
export type CopiesByName = Readonly<Record<string, readonly CopyFacts[]>>;

/** Undefined when none has several. */
export function allCopies(servers: Processes): CopiesByName | undefined {
  const found = servers.flatMap(({ name, hub: { copyFacts } }) =>
    copyFacts ? [[name, copyFacts] as const] : [],
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Those of one server, or of one for some clients only (`slow@alice`); undefined when it has one process, or none. */
export function copiesIn(
  { processes }: { readonly processes: Processes },
  { servers }: Pick<Plan, 'servers'>,
  name: string,
): readonly CopyFacts[] | undefined {
  const planned = (one: string) => servers.find((server) => server.name === one);
  const server = planned(serverOfProcess(name, (one) => planned(one) !== undefined) ?? name);
  // There may be hundreds of processes, and this is asked of each.
  if (!server?.options.instances) return undefined;
  return processes.find((one) => one.name === name)?.hub.copyFacts;
}
