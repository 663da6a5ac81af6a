import type { ImportNote } from '../../messages/index.js';
import type { LeftOutReason } from '../../messages/parts.js';
import { isBlank } from '../entry-forms.js';
import { isComment } from '../finding.js';
import { isFalse, isRecord, isTrue, readForeignRoot } from '../foreign-root.js';
import type { Section } from './sections.js';

const isTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isFlag = (value: unknown) => isTrue(value) || isFalse(value);

interface Parts {
  /** Keys that are read, and the test that their value has to pass. */
  read: Readonly<Record<string, (value: unknown) => boolean>>;
  /** Why other keys are not taken. */
  reasons: Readonly<Record<string, LeftOutReason>>;
}

/** Keys whose value is read in part. */
const PARTS: ReadonlyMap<string, Parts> = new Map<string, Parts>([
  [
    'mcp',
    { read: { inputs: Array.isArray, allowed: isTexts, excluded: isTexts }, reasons: { timeout: 'timeout' } },
  ],
  ['xiaozhi', { read: { enabled: isFlag }, reasons: { reconnect: 'reconnect' } }],
  [
    'connection',
    {
      read: {},
      reasons: {
        heartbeatInterval: 'keepalive',
        heartbeatTimeout: 'keepalive',
        reconnectInterval: 'reconnect',
      },
    },
  ],
]);
/** Keys that xiaozhi-client copies from the server. */
const NOTED = new Set(['enable', 'description', 'usageCount', 'lastUsedTime']);

const isNoted = (fact: string, value: unknown) =>
  NOTED.has(fact) && (fact !== 'enable' || typeof value === 'boolean');

/** Notes for keys beside the servers that were not taken. The servers are given by their names. */
export function restOfRoot(
  root: unknown,
  sections: readonly Section[],
  servers: ReadonlySet<string>,
  program: string,
  switches?: { others: readonly string[]; asking: readonly string[] },
): ImportNote[] {
  if (!isRecord(root) || sections.some(({ form }) => form === 'alone')) return [];
  const whole = new Set(sections.filter(({ path }) => path.length <= 1).map(({ path }) => path[0]));
  const onTop = new Set(sections.filter(({ path }) => path.length === 0).flatMap(namesIn));
  const inMcp = new Set(
    sections.filter(({ path }) => path[0] === 'mcp' && path.length === 1).flatMap(namesIn),
  );
  const nested = new Set(sections.filter(({ path }) => path[0] === 'mcp').map(({ path }) => path[1]));
  const { endpoints } = readForeignRoot(root);
  const read = new Set(endpoints.map(({ path }) => path.join('.')));
  const hasGroups = endpoints.some(({ targets }) => targets.some((target) => target.servers !== undefined));
  const notes: ImportNote[] = [];
  const others: string[] = [];
  const say = (reason: LeftOutReason, ...keys: string[]) =>
    notes.push({ id: 'left-out', params: { names: [], keys, reason } });
  for (const [key, value] of Object.entries(root)) {
    if (
      key === '$schema' ||
      (key === 'inputs' && Array.isArray(value)) ||
      isComment(key) ||
      isBlank(value) ||
      onTop.has(key)
    )
      continue;
    const parts = PARTS.get(key);
    if (key === 'mcpServerConfig' && isRecord(value)) notes.push(...ofTools(value, servers));
    // The groups of endpoints became agents.
    else if (key === 'groups' && hasGroups) continue;
    else if (key === 'sandbox') say('sandbox', key);
    else if (switches !== undefined && (key === 'tools' || key === 'permission')) continue;
    else if (parts && isRecord(value)) {
      for (const [part, inner] of Object.entries(value)) {
        const isTaken = Object.hasOwn(parts.read, part) && parts.read[part]!(inner);
        const isServers = key === 'mcp' && (inMcp.has(part) || nested.has(part));
        if (isTaken || isServers || isBlank(inner) || read.has(`${key}.${part}`)) continue;
        say(Object.hasOwn(parts.reasons, part) ? parts.reasons[part]! : 'unknown', `${key}.${part}`);
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

/** Whether the key decides which servers are started; it is read for each server. */
function isChoice(key: string, value: unknown): boolean {
  return (key === 'excludeMCPServers' || key === 'allowMCPServers') && isTexts(value);
}

function namesIn({ entries }: Section): string[] {
  return entries.map(([name]) => name);
}

/** Notes for the tools that xiaozhi-client keeps outside of the servers' entries. */
function ofTools(config: unknown, servers: ReadonlySet<string>): ImportNote[] {
  const notes: ImportNote[] = [];
  for (const [name, said] of Object.entries(isRecord(config) ? config : {})) {
    if (isBlank(said)) continue;
    if (!servers.has(name)) {
      const keys = [`mcpServerConfig.${name}`];
      notes.push({ id: 'left-out', params: { names: [], keys, reason: 'no-such-server' } });
      continue;
    }
    const keys = Object.entries(isRecord(said) ? said : {}).flatMap(([key, inner]) => {
      if (key !== 'tools') return isBlank(inner) ? [] : [`mcpServerConfig.${name}.${key}`];
      return Object.entries(isRecord(inner) ? inner : {}).flatMap(([tool, facts]) =>
        Object.entries(isRecord(facts) ? facts : {})
          .filter(([fact, value]) => !isNoted(fact, value) && !isBlank(value))
          .map(([fact]) => `mcpServerConfig.${name}.tools.${tool}.${fact}`),
      );
    });
    if (keys.length > 0) notes.push({ id: 'left-out', params: { names: [name], keys, reason: 'unknown' } });
  }
  return notes;
}
