import type { ImportNote } from '../../messages/index.js';
import type { ForeignForm } from '../../messages/parts.js';
import { isBlank, normalEntry } from '../entry-forms.js';
import { ADDRESS_KEYS } from '../foreign-keys.js';
import { isRecord, type RootTarget, readForeignRoot } from '../foreign-root.js';
import type { ImportLocation } from './locations.js';
import { openCodeTools, type ToolSwitches } from './opencode-tools.js';
import { type Parsed, parseForeign } from './parse.js';
import { programOf } from './program.js';
import { restOfRoot } from './rest-of-root.js';
import { type Section, sectionsOf } from './sections.js';

/** A server of another program, its entry converted to the form of `mcpServers` as far as possible. */
export interface ForeignServer {
  name: string;
  location: ImportLocation;
  raw: Readonly<Record<string, unknown>>;
  /** Parts that have no place there, by their path in the entry. */
  rest: readonly [key: string, value: unknown][];
  inputs: readonly ForeignInput[];
  /** True when it is switched off outside of its entry. */
  isOff: boolean;
}

/** A value that VS Code asks its user for (`inputs`). */
export interface ForeignInput {
  id: string;
  description: string | undefined;
  default: string | undefined;
}

/** An endpoint that a file has for all of its servers. */
export interface ForeignEndpoint {
  /** Path of its key: `mcpEndpoint`, `xiaozhi.webSocketUrl`. */
  key: string;
  addresses: readonly string[];
  /** What the program keeps beside each address. */
  targets: readonly RootTarget[];
}

/** One configuration of another program. */
export interface ForeignFile {
  location: ImportLocation;
  servers: readonly ForeignServer[];
  endpoints: readonly ForeignEndpoint[];
  /** Parts of the file beside the servers that were not taken. */
  notes: readonly ImportNote[];
  /** How the servers are written; undefined for the form of `mcpServers`. */
  form: ForeignForm | undefined;
}

/**
 * The servers of a file, in order; undefined when it is no JSON, or has neither servers nor an endpoint.
 *
 * @throws ForeignSyntaxError when it is no YAML or TOML, although its name says so.
 */
export async function readForeign(text: string, location: ImportLocation): Promise<ForeignFile | undefined> {
  const parsed = await parseForeign(location.file, text);
  if (parsed === undefined) return undefined;
  const { value: root } = parsed;
  const sections = sectionsOf(root, location.file);
  const { endpoints, hidden, isOff } = readForeignRoot(root);
  const ownEndpoints = sections.some(({ form }) => form === 'alone' || form === 'top') ? [] : endpoints;
  if (sections.length === 0 && ownEndpoints.length === 0) return undefined;
  const at: ImportLocation = {
    ...location,
    program: location.program === '' ? (programOf(location.file, root) ?? '') : location.program,
  };
  const notes: ImportNote[] =
    parsed.twice.length > 0 ? [{ id: 'twice', params: { keys: parsed.twice } }] : [];
  const inputs = inputsOf(root);
  const names = sections.flatMap(({ entries }) => entries.map(([name]) => name));
  const switches = at.program === 'opencode' ? openCodeTools(root, names) : undefined;
  const servers = sections.flatMap(({ entries }) =>
    entries.flatMap(([name, written]): ForeignServer[] => {
      if (!isRecord(written)) {
        if (!isBlank(written)) notes.push({ id: 'not-a-server', params: { name } });
        return [];
      }
      const { entry, rest } = normalEntry(name, written, hidden.get(name));
      const { raw, off } = withSwitches(entry, switches?.of(name));
      return [{ name, location: at, raw, rest, inputs, isOff: off || isOff(name) }];
    }),
  );
  notes.push(...restOfRoot(root, sections, new Set(servers.map(({ name }) => name)), at.program, switches));
  return {
    location: at,
    servers,
    endpoints: ownEndpoints.map(({ path, ...rest }) => ({ ...rest, key: path.join('.') })),
    notes,
    form: formOf(parsed, sections),
  };
}

function withSwitches(entry: Record<string, unknown>, switches: ToolSwitches | undefined) {
  const { deny = [], allow = [], isOff: off = false } = switches ?? {};
  const raw = { ...entry };
  if (deny.length > 0)
    raw.disabledTools = [...(Array.isArray(raw.disabledTools) ? raw.disabledTools : []), ...deny];
  if (allow.length > 0) raw.enabledTools = allow;
  return { raw, off };
}

function formOf({ syntax, value }: Parsed, sections: readonly Section[]): ForeignForm | undefined {
  const form = sections[0]?.form;
  if (form !== undefined) return form;
  if (syntax !== 'json') return syntax;
  return Array.isArray(value) ? 'list' : undefined;
}

function inputsOf(root: unknown): ForeignInput[] {
  if (!isRecord(root)) return [];
  const given = [root.inputs, isRecord(root.mcp) ? root.mcp.inputs : undefined].find(Array.isArray) ?? [];
  return (given as unknown[]).filter(isRecord).flatMap((input) => {
    const { id, description, default: value } = input;
    return typeof id === 'string' ? [{ id, description: textOf(description), default: textOf(value) }] : [];
  });
}

const REMOTE = new Set(['http', 'streamablehttp', 'sse', 'remote', 'websocket', 'ws']);

export function isRemote({ raw }: ForeignServer): boolean {
  const kind = [raw.type, raw.transportType, raw.transport].find((one) => typeof one === 'string');
  if (kind !== undefined && REMOTE.has(kind.toLowerCase().replace(/[-_ ]/g, ''))) return true;
  return typeof raw.command !== 'string' && addressOf(raw) !== undefined;
}

/** The address of a remote server; goose calls it `uri`. */
export function addressOf(raw: Readonly<Record<string, unknown>>): string | undefined {
  return [...ADDRESS_KEYS, 'uri'].map((key) => textOf(raw[key])).find((one) => one !== undefined);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
