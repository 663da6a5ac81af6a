import { isDeepStrictEqual } from 'node:util';
import type { ImportNote } from '../../messages/index.js';
import { isAgentName } from '../agent-section.js';
import type { NamedAgent, NamedEntry } from '../edit.js';
import { endpointsOf } from './endpoints.js';
import { entryOf } from './entry.js';
import { Notes } from './notes.js';
import type { ForeignFile, ForeignServer } from './read.js';
import type { VariableOptions } from './variables.js';

export interface ConvertOptions extends Omit<VariableOptions, 'notes' | 'asked'> {
  /** Names of existing servers. */
  taken: readonly string[];
  /** True: secrets stay in the entries and are not moved to `.env`. */
  keepSecretsInline: boolean;
  /** The endpoint of all servers, if it was given on the command line. */
  endpoint?: string | undefined;
}

export interface Converted {
  servers: NamedEntry[];
  /** One for each address of a file that has several. */
  agents: NamedAgent[];
  /** What the reader should know; without secrets. */
  notes: readonly ImportNote[];
  /** The endpoint of all servers without an own one: the given one, or else the one that the files name. */
  endpoint: string | undefined;
}

interface ImportedAgent {
  name: string | undefined;
  endpoint: string;
  /** True when its address is that of all servers without one. */
  isFirst: boolean;
  /** Names of the servers of its file. */
  servers: readonly string[];
}

/** Converts other programs' servers. Equal servers become one; different ones of one name get their program's name. */
export function convert(files: readonly ForeignFile[], options: ConvertOptions): Converted {
  const notes = new Notes();
  const asked = new Map<string, string>();
  const originals = new Map<string, ForeignServer>();
  const servers: NamedEntry[] = [];
  const used = new Set(options.taken);
  const agents: ImportedAgent[] = [];
  let endpoint = options.endpoint;
  for (const file of files) {
    const own = endpointsOf(file, endpoint, options.variables, notes);
    endpoint = own.shared;
    const ofFile: string[] = [];
    for (const server of file.servers) {
      if ([...originals.values()].some((other) => isSame(other, server))) continue;
      // JavaScript reserves that name.
      const name = freeName(server, (one) => used.has(one) || one === '__proto__');
      const converted = entryOf(name, server, { ...options, notes, asked });
      if (converted === undefined) continue;
      originals.set(name, server);
      used.add(name);
      const { entry } = converted;
      servers.push({ ...converted, name });
      // A server with an address of its own is connected there alone, as before.
      if (entry.endpoint === undefined && entry.env?.MCP_ENDPOINT === undefined) ofFile.push(name);
    }
    agents.push(...own.agents.map((agent, i) => ({ ...agent, isFirst: i === 0, servers: ofFile })));
    for (const { id, params } of file.notes) notes.add(id, params as never);
  }
  return { servers, agents: named(agents, servers, options.taken), notes: notes.list, endpoint };
}

/** The agents with names of their own; one that has every server does not list them. */
function named(
  agents: readonly ImportedAgent[],
  entries: readonly NamedEntry[],
  others: readonly string[],
): NamedAgent[] {
  const all = [...others, ...entries.map(({ name }) => name)];
  const taken = new Set(all);
  return agents.map(({ name: given, endpoint, isFirst, servers }, i): NamedAgent => {
    const wanted = given !== undefined && isAgentName(given) && !taken.has(given) ? given : `agent-${i + 1}`;
    const name = taken.has(wanted) ? numbered(wanted, taken) : wanted;
    taken.add(name);
    // The first address is the one of all servers without one, whichever file they come from.
    const own = isFirst ? [...others, ...servers] : servers;
    return {
      name,
      agent: { endpoint, ...(own.length === all.length || own.length === 0 ? {} : { servers: own }) },
    };
  });
}

function isSame(one: ForeignServer, other: ForeignServer): boolean {
  const isHere = one.name === other.name && one.location.workspace === other.location.workspace;
  return isHere && isDeepStrictEqual([one.raw, one.rest, one.isOff], [other.raw, other.rest, other.isOff]);
}

function freeName(server: ForeignServer, isTaken: (name: string) => boolean): string {
  const program = server.location.program || 'import';
  const other = `${server.name}-${program.toLowerCase().replaceAll(' ', '-')}`;
  let name = isTaken(server.name) ? other : server.name;
  for (let i = 2; isTaken(name); i++) name = `${other}-${i}`;
  return name;
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  for (let i = 2; ; i++) if (!taken.has(`${name}-${i}`)) return `${name}-${i}`;
}
