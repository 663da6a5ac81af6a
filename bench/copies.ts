import { load } from './load.js';
import { type Bench, down, up, type Values } from './rows.js';
import { mcpPipe, type Subject } from './subjects.js';

/** A pipe whose server has one process, the same run by the code for several, and three: none of them is ever busy for long. */
export function copiesSubjects(): Subject[] {
  const pipe = { ...mcpPipe, mode: 'pipe' as const };
  return [
    { ...pipe, name: 'without instances' },
    { ...pipe, name: 'instances: 1', entry: { instances: 1 } },
    { ...pipe, name: 'instances: 3', entry: { instances: 3 } },
  ];
}

/** Calls that are in flight at a time, over all links. */
const IN_FLIGHT = 192;

/** One server with three processes on one link, beside three servers on a link each: as many processes, and as many calls. */
export interface Threefold extends Subject {
  links: number;
}

export function threefoldSubjects(): Threefold[] {
  const pipe = { ...mcpPipe, mode: 'pipe' as const };
  return [
    { ...pipe, name: 'three servers', links: 3 },
    { ...pipe, name: 'instances: 3', entry: { instances: 3 }, links: 1 },
  ];
}

/** What the calls of three processes cost. */
export async function threefold(bench: Bench, subject: Threefold): Promise<Values> {
  const links = await up(bench, subject, subject.links);
  const { running, connections } = links;
  const { perSecond, cpuUs } = await load(bench, running, connections, IN_FLIGHT / subject.links, '', 1);
  const values = {
    'three processes, 192 in flight, msg/s': perSecond,
    'three processes, 192 in flight, CPU µs per message': cpuUs,
    'three processes, RSS of mcp-pipe, MiB': running.rssMiB(),
  };
  await down(links);
  return values;
}
