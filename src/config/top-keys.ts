import type { Finding } from '../protocol/errors.js';
import type { Environment } from './environment.js';
import { errorAt, isComment, unknownKey, warningAt } from './finding.js';
import { FOREIGN_TOP_KEYS, PROGRAM_SETTINGS, SECTIONS } from './foreign-keys.js';
import { isRecord, ROOT_KEYS, type RootEndpoint } from './foreign-root.js';
import type { JsonSource } from './json-source.js';
import { nearest } from './nearest.js';
import { isOwnSection } from './own-section.js';

const TOP_KEYS: readonly string[] = [
  ...SECTIONS,
  'mode',
  'prefix',
  'separator',
  'toolNames',
  'onListChange',
  'tokens',
  'agents',
  'alerts',
  'sentry',
  'otlp',
  'gateway',
  'ui',
  'metrics',
  'audit',
  'redis',
  'updateNotice',
  'settings',
  '$schema',
];

/** Warnings for keys beside the servers that mcp-pipe does not read: one for each misspelt key, one for all others. */
export function unknownTopKeys(source: JsonSource, root: object, serverCount: number): Finding[] {
  const found: Finding[] = [];
  const others: string[] = [];
  for (const [key, value] of Object.entries(root)) {
    const isOwn = TOP_KEYS.includes(key) && isOwnSection(key, value);
    if (isOwn || ROOT_KEYS.has(key) || isComment(key)) continue;
    if (Object.hasOwn(FOREIGN_TOP_KEYS, key)) continue;
    const isServer = isRecord(value) && ('command' in value || 'url' in value);
    if (isServer && serverCount === 0) {
      found.push(errorAt(source.place([key]), 'servers-at-top', { key }));
    } else if (!TOP_KEYS.includes(key) && (!PROGRAM_SETTINGS.has(key) || holdsAgents(value)) && isSlip(key)) {
      found.push(unknownKey(source.place([key]), key, TOP_KEYS));
    } else others.push(key);
  }
  const [first] = others;
  if (first === undefined) return found;
  return [...found, warningAt(source.place([first]), 'other-keys', { keys: others })];
}

/** Zed and opencode have a key `agent` as well; what they hold there has no endpoints. */
function holdsAgents(value: unknown): boolean {
  return isRecord(value) && Object.values(value).some((entry) => isRecord(entry) && 'endpoint' in entry);
}

/** `vim_mode` contains a word of mcp-pipe and means something else. */
function isSlip(key: string): boolean {
  return nearest(key, TOP_KEYS).some((meant) => Math.abs(meant.length - key.length) <= 2);
}

/** Warnings for endpoints beside the servers: they are not dialled. The warning says where they belong. */
export function strayEndpoints(
  source: JsonSource,
  endpoints: readonly RootEndpoint[],
  environment: Environment,
  importing: string,
): Finding[] {
  return endpoints.flatMap(({ path, addresses }) => {
    const [first] = addresses;
    if (addresses.length === 1 && environment.get('MCP_ENDPOINT')?.trim() === first) return [];
    const { envFile } = environment;
    const params = { key: path.join('.'), count: addresses.length, envFile, importing };
    return [warningAt(source.place(path), 'endpoint-elsewhere', params)];
  });
}
