import { isDeepStrictEqual } from 'node:util';
import type { ImportNote } from '../../messages/index.js';
import { isAgentName } from '../agent-section.js';
import type { NamedAgent, NamedEntry } from '../edit.js';
import { endpointsOf, type ImportedAgent } from './endpoints.js';
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

/** An agent, and the names that the servers of its file have now, by their names there. */
interface AgentOfFile extends ImportedAgent {
  servers: ReadonlyMap<string, string>;
}

/** Converts other programs' servers. Equal servers become one; different ones of one name get their program's name. */
export function convert(files: readonly ForeignFile[], options: ConvertOptions): Converted {
  const notes = new Notes();
  const asked = new Map<string, string>();
  const originals = new Map<string, ForeignServer>();
  const servers: NamedEntry[] = [];
  const used = new Set(options.taken);
  const agents: AgentOfFile[] = [];
  /** Servers with an address of their own: they are connected there alone, as before. */
  const apart = new Set<string>();
  let endpoint = options.endpoint;
  for (const file of files) {
    const own = endpointsOf(file, endpoint, options.variables, notes);
    endpoint = own.shared;
    const ofFile = new Map<string, string>();
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
      if (entry.endpoint !== undefined || entry.env?.MCP_ENDPOINT !== undefined) apart.add(name);
      else ofFile.set(server.name, name);
    }
    agents.push(...own.agents.map((agent) => ({ ...agent, servers: ofFile })));
    for (const { id, params } of file.notes) notes.add(id, params as never);
  }
  const all = [...options.taken, ...servers.map(({ name }) => name)];
  const written = agents.map((agent) => agentOf(agent, all, apart));
  if (agents.length > 0 && endpoint === undefined) {
    const connected = new Set(written.flatMap(({ servers: own = all }) => own));
    const none = servers.filter(({ name }) => !connected.has(name) && !apart.has(name));
    for (const server of none) server.entry = { ...server.entry, disabled: true };
    if (none.length > 0) notes.add('in-no-agent', { names: none.map(({ name }) => name) });
  }
  return { servers, agents: named(agents, written, all), notes: notes.list, endpoint };
}

/** The entry of an agent; one that has every server does not list them. */
function agentOf(
  { endpoint, isShared, target, servers }: AgentOfFile,
  all: readonly string[],
  apart: ReadonlySet<string>,
): NamedAgent['agent'] {
  const wanted = target.servers ?? [...servers.keys()];
  const ofFile = wanted.flatMap((name) => servers.get(name) ?? []);
  // The shared address is that of all servers without one, whichever file they come from.
  const own = isShared ? all.filter((name) => !apart.has(name)) : ofFile;
  const tools = Object.entries(target.tools).flatMap(([name, allow]) => {
    const server = servers.get(name);
    return server === undefined ? [] : [[server, { allow }]];
  });
  return {
    endpoint,
    ...(own.length === all.length ? {} : { servers: own }),
    ...(tools.length > 0 ? { tools: Object.fromEntries(tools) } : {}),
  };
}

/** Gives each agent a name of its own: as it is called in the other program, or a number. */
function named(
  agents: readonly AgentOfFile[],
  written: readonly NamedAgent['agent'][],
  servers: readonly string[],
): NamedAgent[] {
  const taken = new Set(servers);
  return agents.map(({ target: { name: given } }, i): NamedAgent => {
    const wanted = given !== undefined && isAgentName(given) ? given : `agent-${i + 1}`;
    const name = taken.has(wanted) ? numbered(wanted, taken) : wanted;
    taken.add(name);
    return { name, agent: written[i]! };
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
