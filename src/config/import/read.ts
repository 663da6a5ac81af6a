import { ADDRESS_KEYS, SECTIONS } from '../foreign-keys.js';
import { JsonSource } from '../json-source.js';
import type { ImportLocation } from './locations.js';

/** A server as another program wrote it down. */
export interface ForeignServer {
  name: string;
  location: ImportLocation;
  raw: Readonly<Record<string, unknown>>;
  inputs: readonly ForeignInput[];
}

/** What VS Code asks its user for (`inputs`). */
export interface ForeignInput {
  id: string;
  description: string | undefined;
  default: string | undefined;
}

/** The servers of such a file, in order; undefined when it is no JSON, or holds no object of servers. */
export function readForeign(text: string, location: ImportLocation): ForeignServer[] | undefined {
  const { value } = new JsonSource(location.file, text);
  if (!isRecord(value)) return undefined;
  // VS Code also knows "mcp": { "servers": … } in its settings.
  const root = isRecord(value.mcp) ? value.mcp : value;
  const section = SECTIONS.map((key) => root[key]).find(isRecord);
  if (section === undefined) return undefined;
  const inputs = (Array.isArray(root.inputs) ? root.inputs : []).filter(isRecord).flatMap((input) => {
    const { id, description, default: given } = input;
    return typeof id === 'string' ? [{ id, description: textOf(description), default: textOf(given) }] : [];
  });
  return Object.entries(section).flatMap(([name, raw]) =>
    isRecord(raw) ? [{ name, location, raw, inputs }] : [],
  );
}

export function isRemote({ raw }: ForeignServer): boolean {
  return typeof raw.command !== 'string' && addressOf(raw) !== undefined;
}

export function addressOf(raw: Readonly<Record<string, unknown>>): string | undefined {
  return ADDRESS_KEYS.map((key) => textOf(raw[key])).find((one) => one !== undefined);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
