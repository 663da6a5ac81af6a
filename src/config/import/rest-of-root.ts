import type { ImportNote } from '../../observe/messages/index.js';
import type { LeftOutReason } from '../../observe/messages/parts.js';
import { isBlank } from '../entry-forms.js';
import { isComment } from '../finding.js';
import { isFalse, isRecord, readForeignRoot } from '../foreign-root.js';
import type { ForeignServer } from './read.js';
import type { Section } from './sections.js';

/** Members of keys that are read in part, and why the others are not taken. */
const PARTS: Readonly<Record<string, { taken: readonly string[]; reasons: Record<string, LeftOutReason> }>> =
  {
    mcp: {
      taken: ['servers', 'mcpServers', 'inputs', 'allowed', 'excluded'],
      reasons: { timeout: 'timeout' },
    },
    xiaozhi: { taken: ['webSocketUrl', 'endpoints', 'enabled'], reasons: { reconnect: 'reconnect' } },
    connection: {
      taken: [],
      reasons: {
        heartbeatInterval: 'keepalive',
        heartbeatTimeout: 'keepalive',
        reconnectInterval: 'reconnect',
      },
    },
    sandbox: { taken: [], reasons: {} },
  };
/** xiaozhi-client writes these down for itself, as the server says them. */
const NOTED = new Set(['enable', 'description', 'usageCount', 'lastUsedTime']);

/** What stands beside the servers and was not taken. */
export function restOfRoot(
  root: unknown,
  sections: readonly Section[],
  servers: readonly ForeignServer[],
  program: string,
  switches?: { others: readonly string[]; asking: readonly string[] },
): ImportNote[] {
  if (!isRecord(root) || sections.some(({ form }) => form === 'alone')) return [];
  const whole = new Set(sections.filter(({ path }) => path.length <= 1).map(({ path }) => path[0]));
  const onTop = new Set(sections.filter(({ path }) => path.length === 0).flatMap(namesIn));
  const inMcp = new Set(
    sections.filter(({ path }) => path[0] === 'mcp' && path.length === 1).flatMap(namesIn),
  );
  const read = new Set(readForeignRoot(root).endpoints.map(({ path }) => path[0]));
  const notes: ImportNote[] = [];
  const others: string[] = [];
  const say = (reason: LeftOutReason, ...keys: string[]) =>
    notes.push({ id: 'left-out', params: { names: [], keys, reason } });
  for (const [key, value] of Object.entries(root)) {
    if (key === '$schema' || key === 'inputs' || isComment(key) || isBlank(value) || onTop.has(key)) continue;
    const parts = PARTS[key];
    if (key === 'mcpServerConfig') notes.push(...ofTools(value, servers));
    else if (key === 'sandbox') say('sandbox', key);
    else if (switches !== undefined && (key === 'tools' || key === 'permission')) continue;
    else if (parts && isRecord(value)) {
      for (const [part, inner] of Object.entries(value)) {
        if (parts.taken.includes(part) || isBlank(inner) || (key === 'mcp' && inMcp.has(part))) continue;
        say(parts.reasons[part] ?? 'unknown', `${key}.${part}`);
      }
      if (key === 'xiaozhi' && isFalse(value.enabled)) notes.push({ id: 'endpoint-off', params: { key } });
    } else if (!read.has(key) && !whole.has(key) && !isChoice(key, value)) others.push(key);
  }
  others.push(...(switches?.others ?? []));
  if (switches !== undefined && switches.asking.length > 0) say('approval', ...switches.asking);
  if (others.length > 0) {
    const params = { program: program === '' ? undefined : program, keys: others };
    notes.push({ id: 'other-settings', params });
  }
  return notes;
}

/** Which servers are started: read for each of them. */
function isChoice(key: string, value: unknown): boolean {
  return (key === 'excludeMCPServers' || key === 'allowMCPServers') && Array.isArray(value);
}

function namesIn({ entries }: Section): string[] {
  return entries.map(([name]) => name);
}

/** xiaozhi-client keeps what is said of tools apart from the servers. */
function ofTools(config: unknown, servers: readonly ForeignServer[]): ImportNote[] {
  const notes: ImportNote[] = [];
  for (const [name, said] of Object.entries(isRecord(config) ? config : {})) {
    if (isBlank(said)) continue;
    if (!servers.some((server) => server.name === name)) {
      const keys = [`mcpServerConfig.${name}`];
      notes.push({ id: 'left-out', params: { names: [], keys, reason: 'no-such-server' } });
      continue;
    }
    const keys = Object.entries(isRecord(said) ? said : {}).flatMap(([key, inner]) => {
      if (key !== 'tools') return isBlank(inner) ? [] : [`mcpServerConfig.${name}.${key}`];
      return Object.entries(isRecord(inner) ? inner : {}).flatMap(([tool, facts]) =>
        Object.entries(isRecord(facts) ? facts : {})
          .filter(([fact, value]) => !NOTED.has(fact) && !isBlank(value))
          .map(([fact]) => `mcpServerConfig.${name}.tools.${tool}.${fact}`),
      );
    });
    if (keys.length > 0) notes.push({ id: 'left-out', params: { names: [name], keys, reason: 'unknown' } });
  }
  return notes;
}
