import { resolve } from 'node:path';
import type { Finding } from '../protocol/errors.js';
import { matchesGlob } from '../protocol/glob.js';
import type { Grant } from '../protocol/grant.js';
import { isAgentName } from './agent-section.js';
import { checkPart } from './check-part.js';
import type { Environment } from './environment.js';
import { errorAt, hasError, isComment, warningAt } from './finding.js';
import { isRecord } from './foreign-root.js';
import { GATEWAY } from './gateway-defaults.js';
import type { GatewayPlan, KeyTerms } from './gateway-plan.js';
import type { RawKey } from './gateway-schema.js';
import { isKeyHash, readKeyHash } from './key-hash.js';
import type { Place } from './place.js';
import { grantOf, readGrant } from './read-grant.js';
import { isPlaceholder } from './secret-shape.js';
import type { SectionReader } from './section-reader.js';
import type { ShapeIssue } from './shape-check.js';
import { dayOf } from './until.js';

// D194
/** The key of a gateway whose configuration has none. */
export const KEY_VARIABLE = 'MCP_PIPE_KEY';
/** Its name. */
const KEY_NAME = 'key';
/** The file of keys, where the configuration does not name it. */
const KEY_FILE_VARIABLE = 'MCP_PIPE_KEYS_FILE';

/** The keys of a section: see `GatewayPlan`. */
export interface ReadKeys {
  keys: Record<string, string>;
  terms: Record<string, KeyTerms>;
}

type Entry = Extract<RawKey, object>;

/** Whether a key cannot be read: then names of keys are missing in the plan. */
export function hasWrongKey(findings: readonly Finding[]): boolean {
  return hasError(findings.filter(({ path }) => path === 'gateway.keys' || path.startsWith('gateway.keys.')));
}

/** The section with its keys checked one by one: what is wrong in one of them is reported where it stands. */
export async function checkKeys(section: unknown): Promise<{ section: unknown; issues: ShapeIssue[] }> {
  const { keys } = isRecord(section) ? section : {};
  if (!isRecord(section) || !isRecord(keys)) return { section, issues: [] };
  const issues: ShapeIssue[] = [];
  const checked: [string, unknown][] = [];
  for (const [name, entry] of Object.entries(keys)) {
    if (!isRecord(entry) || isComment(name)) {
      checked.push([name, entry]);
      continue;
    }
    const { issues: found, value } = await checkPart('gatewayKey', entry);
    issues.push(...found.map((issue) => ({ ...issue, path: ['keys', name, ...issue.path] })));
    checked.push([name, value]);
  }
  return { section: { ...section, keys: Object.fromEntries(checked) }, issues };
}

/** Reads `keys`; without it, the key of the environment. */
export function readKeys(
  reader: SectionReader,
  given: Readonly<Record<string, RawKey>> | undefined,
  now = Date.now(),
): ReadKeys {
  if (given === undefined) {
    const { keys, findings } = keyOfEnvironment(reader.environment);
    reader.findings.push(...findings);
    reader.secrets.push(...Object.values(keys));
    return { keys, terms: {} };
  }
  const read = new Map<string, string>();
  const terms = new Map<string, KeyTerms>();
  for (const [name, written] of Object.entries(given)) {
    if (isComment(name)) continue;
    const place = reader.place(['keys', name]);
    if (!isAgentName(name)) {
      reader.add(
        errorAt({ ...place, path: 'gateway.keys' }, 'gateway-key-name', { length: [...name].length }),
      );
      continue;
    }
    const entry = typeof written === 'object' ? written : { key: written };
    const value = entry.hash === undefined ? readKey(reader, name, written) : readHash(reader, name, entry);
    if (value !== undefined) {
      const same = [...read].find(([, other]) => other === value);
      if (same) reader.add(errorAt(place, 'gateway-keys-equal', { name, other: same[0] }));
      read.set(name, value);
    }
    const own = readTerms(reader, name, entry, now);
    if (own) terms.set(name, own);
  }
  return { keys: Object.fromEntries(read), terms: Object.fromEntries(terms) };
}

function readKey(reader: SectionReader, name: string, written: RawKey): string | undefined {
  const path = typeof written === 'object' ? ['keys', name, 'key'] : ['keys', name];
  const place = reader.place(path);
  const given = typeof written === 'object' ? written.key : written;
  if (given === undefined)
    return reader.add(errorAt(reader.place(['keys', name]), 'gateway-key-none', { name }));
  const value = reader.text(path, given, keyVariable(name));
  if (value === undefined) return undefined;
  const findings = wrongKey(value, place, name, reader.environment);
  reader.findings.push(...findings);
  return hasError(findings) ? undefined : value;
}

function readHash(reader: SectionReader, name: string, { key, hash }: Entry): string | undefined {
  const place = reader.place(['keys', name, 'hash']);
  if (key !== undefined) return reader.add(errorAt(place, 'gateway-key-both', { name }));
  const value = reader.text(['keys', name, 'hash'], hash);
  if (value === undefined) return undefined;
  // It opens nothing; but how weak a key is can be tried with it.
  reader.secrets.push(value);
  return readKeyHash(value) ? value : reader.add(errorAt(place, 'gateway-key-hash', { name }));
}

/** What a key allows, and until when; undefined: everything, always. A part that cannot be read is an error, never left out. */
function readTerms(reader: SectionReader, name: string, entry: Entry, now: number): KeyTerms | undefined {
  const grant = grantOf(readGrant(reader, ['keys', name], entry));
  const text = reader.text(['keys', name, 'expires'], entry.expires);
  const until = text === undefined ? undefined : dayOf(text);
  const place = reader.place(['keys', name, 'expires']);
  if (text !== undefined && until === undefined) reader.add(errorAt(place, 'gateway-key-expires', { name }));
  if (until !== undefined && until <= now)
    reader.add(warningAt(place, 'gateway-key-expired', { name, until }));
  if (grant === undefined && until === undefined) return undefined;
  return { ...(grant ? { grant } : {}), ...(until === undefined ? {} : { until }) };
}

/** Warnings for keys that open none of the configured servers and agents. */
export function keysThatOpenNothing(
  plan: GatewayPlan | undefined,
  {
    servers,
    agents,
    gateway,
  }: {
    servers: readonly { name: string }[];
    agents: readonly { name: string }[];
    gateway: { place: Place };
  },
): Finding[] {
  return Object.entries(plan?.terms ?? {}).flatMap(([name, { grant }]) => {
    const { unknown, known } = opensNothing(grant, { servers, agents });
    if (unknown.length === 0) return [];
    const { place } = gateway;
    return [
      warningAt({ ...place, path: `gateway.keys.${name}` }, 'gateway-key-opens-nothing', {
        ...{ name, globs: unknown, known },
      }),
    ];
  });
}

/** The globs of a grant that are no name of a server or an agent, and the names that there are. Pure. */
export function opensNothing(
  grant: Grant | undefined,
  { servers, agents }: { servers: readonly { name: string }[]; agents: readonly { name: string }[] },
): { unknown: readonly string[]; known: readonly string[] } {
  const none = (globs: readonly string[] = [], all: readonly { name: string }[]) =>
    globs.filter((glob) => !all.some(({ name }) => matchesGlob(glob, name)));
  const unknown = [...none(grant?.servers, servers), ...none(grant?.agents, agents)];
  const known = [...(grant?.servers ? servers : []), ...(grant?.agents ? agents : [])];
  return { unknown, known: known.map(({ name }) => name) };
}

function keyVariable(name: string): string {
  const suffix = name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  return suffix === '' ? KEY_VARIABLE : `${KEY_VARIABLE}_${suffix}`;
}

/** MCP_PIPE_KEY, or what the file of MCP_PIPE_KEY_FILE holds. */
export function keyOfEnvironment(environment: Environment): {
  keys: Record<string, string>;
  findings: Finding[];
} {
  const { value, place, unreadable } = environment.read(KEY_VARIABLE);
  if (unreadable)
    return { keys: {}, findings: [errorAt(place, 'secret-file', { name: KEY_VARIABLE, ...unreadable })] };
  const key = value?.trim();
  // Empty: a file of docker compose passes variables on that are not set.
  if (!key) return { keys: {}, findings: [] };
  return { keys: { [KEY_NAME]: key }, findings: wrongKey(key, place, KEY_NAME, environment) };
}

/** Where `mcp-pipe key` keeps keys: `keyFile`, or MCP_PIPE_KEYS_FILE; absolute. Undefined: in the state folder. */
export function keyFileOf(written: string | undefined, environment: Environment): string | undefined {
  const file = written || environment.get(KEY_FILE_VARIABLE)?.trim();
  return file ? resolve(environment.folder, file) : undefined;
}

function wrongKey(value: string, place: Place, name: string, { envFile }: Environment): Finding[] {
  if (value === '')
    return [errorAt(place, 'gateway-key-empty', { name, variable: keyVariable(name), envFile })];
  // What a header carries unchanged.
  if (!/^[\x21-\x7e]+$/.test(value)) return [errorAt(place, 'gateway-key-characters', { name })];
  if (isKeyHash(value)) return [errorAt(place, 'gateway-key-is-hash', { name })];
  const isWeak = value.length < GATEWAY.shortKey || isPlaceholder(value);
  return isWeak ? [warningAt(place, 'gateway-key-weak', { name, least: GATEWAY.shortKey })] : [];
}
