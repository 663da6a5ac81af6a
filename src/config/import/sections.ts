import type { ForeignForm } from '../../messages/parts.js';
import { ADDRESS_KEYS, SECTIONS } from '../foreign-keys.js';
import { isRecord } from '../foreign-root.js';

/** A place in a file where servers stand. */
export interface Section {
  /** Its path from the top; empty when the whole file is servers. */
  path: readonly string[];
  entries: readonly (readonly [name: string, entry: unknown])[];
  /** Undefined for the form of `mcpServers`. */
  form: ForeignForm | undefined;
}

/** Every place where servers stand, in order. */
export function sectionsOf(root: unknown, file: string): Section[] {
  if (Array.isArray(root)) return listSection([], root);
  if (!isRecord(root)) return [];
  const found: Section[] = [];
  for (const [key, value] of Object.entries(root)) {
    if ((SECTIONS as readonly string[]).includes(key)) found.push(...sectionAt([key], value, undefined));
    else if (key === 'mcp_servers') found.push(...sectionAt([key], value, 'codex'));
    else if (key === 'extensions') found.push(...goose(value));
    else if (key === 'mcp' && isRecord(value)) found.push(...inMcp(value));
    // Keys may contain dots: "mcp.servers" (VS Code), "amp.mcpServers".
    else if (key === 'mcp.servers') found.push(...sectionAt([key], value, 'vscode-settings'));
    else if (key.endsWith('.mcpServers')) found.push(...sectionAt([key], value, 'other'));
  }
  if (found.length > 0) return found;
  if (looksLikeServer(root)) {
    const name = typeof root.name === 'string' && root.name.trim() !== '' ? root.name : stem(file);
    return [{ path: [], entries: [[name, root]], form: 'alone' }];
  }
  const top = Object.entries(root).filter(([, value]) => looksLikeServer(value));
  return top.length === 0 ? [] : [{ path: [], entries: top, form: 'top' }];
}

function sectionAt(path: readonly string[], value: unknown, form: ForeignForm | undefined): Section[] {
  if (Array.isArray(value)) return listSection(path, value);
  return isRecord(value) ? [{ path, entries: Object.entries(value), form }] : [];
}

/** A list of servers without keys; an entry may have a name. */
function listSection(path: readonly string[], list: readonly unknown[]): Section[] {
  const entries = list.map((entry, i): [string, unknown] => {
    const own = isRecord(entry) ? [entry.name, entry.id].find((one) => typeof one === 'string') : undefined;
    return [own === undefined || own === '' ? `server-${i + 1}` : String(own), entry];
  });
  return entries.some(([, entry]) => looksLikeServer(entry)) ? [{ path, entries, form: 'list' }] : [];
}

/** Sections in `mcp`: it has servers (opencode) or `servers` (VS Code, opencode 2); Gemini CLI has other things there. */
function inMcp(mcp: Record<string, unknown>): Section[] {
  for (const key of ['servers', 'mcpServers']) {
    const isListed = Object.values(isRecord(mcp[key]) ? mcp[key] : {}).some(
      (one) => isRecord(one) && Array.isArray(one.command),
    );
    const inner = sectionAt(['mcp', key], mcp[key], isListed ? 'opencode' : 'vscode-settings');
    if (inner.length > 0) return inner;
  }
  const entries = Object.entries(mcp).filter(([, value]) => looksLikeServer(value) || isSwitch(value));
  return entries.length === 0 ? [] : [{ path: ['mcp'], entries, form: 'opencode' }];
}

/** `{ "enabled": false }`: opencode switches a server of an organisation on or off. */
function isSwitch(value: unknown): boolean {
  return isRecord(value) && typeof value.enabled === 'boolean';
}

/** goose calls its servers extensions; other programs use that key for something else. */
function goose(value: unknown): Section[] {
  if (!isRecord(value)) return [];
  // Some releases wrap an entry: { enabled, config: { … } }.
  const entries = Object.entries(value).map(([name, entry]): [string, unknown] => {
    if (!isRecord(entry) || !isRecord(entry.config)) return [name, entry];
    const { config, ...around } = entry;
    return [name, { ...around, ...(config as object) }];
  });
  const isGoose = ([, entry]: [string, unknown]) =>
    isRecord(entry) && typeof entry.type === 'string' && typeof entry.enabled === 'boolean';
  return entries.some(isGoose) ? [{ path: ['extensions'], entries, form: 'goose' }] : [];
}

export function looksLikeServer(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { command, cmd } = value;
  if (typeof command === 'string' || Array.isArray(command) || typeof cmd === 'string') return true;
  if (isRecord(command)) return typeof command.path === 'string';
  return [...ADDRESS_KEYS, 'uri'].some((key) => typeof value[key] === 'string');
}

/** `/x/my-server.json` -> `my-server`. */
function stem(file: string): string {
  return /([^\\/]+?)(\.[^.\\/]*)?$/.exec(file)?.[1] ?? 'server';
}
