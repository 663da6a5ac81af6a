import { isDeepStrictEqual } from 'node:util';
import type { ImportNote } from '../../messages/index.js';
import type { NamedEntry } from '../edit.js';
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
  /** What the reader should know; without secrets. */
  notes: readonly ImportNote[];
  /** The endpoint of all servers without an own one: the given one, or else the one that the files name. */
  endpoint: string | undefined;
}

/** Converts other programs' servers. Equal servers become one; different ones of one name get their program's name. */
export function convert(files: readonly ForeignFile[], options: ConvertOptions): Converted {
  const notes = new Notes();
  const asked = new Map<string, string>();
  const originals = new Map<string, ForeignServer>();
  const servers: NamedEntry[] = [];
  const used = new Set(options.taken);
  let endpoint = options.endpoint;
  for (const file of files) {
    const own = endpointsOf(file, endpoint, options.variables, notes);
    endpoint = own.shared;
    for (const server of file.servers) {
      if ([...originals.values()].some((other) => isSame(other, server))) continue;
      // JavaScript reserves that name.
      const name = freeName(server, (one) => used.has(one) || one === '__proto__');
      const converted = entryOf(name, server, { ...options, notes, asked });
      if (converted === undefined) continue;
      originals.set(name, server);
      for (const address of own.each) {
        const another = address === own.each[0] ? name : numbered(name, used);
        used.add(another);
        const { entry } = converted;
        const hasOwn = entry.endpoint !== undefined || entry.env?.MCP_ENDPOINT !== undefined;
        if (hasOwn && another !== name) continue;
        const more = address === undefined || hasOwn ? {} : { endpoint: address };
        servers.push({ ...converted, name: another, entry: { ...entry, ...more } });
      }
    }
    for (const { id, params } of file.notes) notes.add(id, params as never);
  }
  return { servers, notes: notes.list, endpoint };
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
