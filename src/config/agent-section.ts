import type { Finding } from '../protocol/errors.js';
import type { Rate } from '../protocol/grant.js';
import type { ToolFilter } from '../protocol/tool-filter.js';
import { checkPart, keysOf } from './check-part.js';
import type { Settings } from './defaults.js';
import { type EndpointField, readAddresses, variableSuffixes } from './endpoint-choice.js';
import type { Environment } from './environment.js';
import { errorAt, isComment, warningAt } from './finding.js';
import type { TokenOptions } from './grouping.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';
import { readRate } from './rate.js';
import { readFilter } from './server-options.js';
import type { ServerConfig } from './servers.js';
import { defined, shapeFindings, swappedDelays } from './token-section.js';

/** How much an agent may do. What is lacking limits nothing. */
export interface AgentLimits {
  rate?: Rate | undefined;
  /** Calls that run at a time. */
  concurrent?: number | undefined;
}

/**
 * An agent under `agents`: its addresses, and the servers that it has (D133). Missing options are as for its tokens, or for
 * all.
 */
export interface AgentConfig extends Partial<Omit<TokenOptions, 'settings'>> {
  /** Unique among the agents and servers. */
  name: string;
  place: Place;
  /** False: it is not connected, unless `--agent` names it. */
  enabled: boolean;
  /** The place of a part of the entry, for instance of `tools.music`. */
  placeOf: (...inside: JsonPath) => Place;
  /** At least one, unless `findings` or `noEndpoint` says why there is none. */
  endpointFields: readonly EndpointField[];
  /** The error of an agent without an endpoint, which is none where it is a profile (see `isProfile`). */
  noEndpoint: Finding | undefined;
  /** Names of its servers that exist; undefined: every enabled server. */
  servers: readonly string[] | undefined;
  /** Only tools that their servers mark as read-only. */
  readOnly: boolean;
  /** The filter of a server, by its name. */
  tools: Readonly<Record<string, ToolFilter>>;
  settings: Partial<Settings>;
  limits: AgentLimits;
  /** Variables that its addresses come from: no server gets them. */
  endpointVariables: readonly string[];
  /** Values that were read from files named by variables. */
  secrets: readonly string[];
  /** Errors and warnings that count when this agent is connected. */
  findings: readonly Finding[];
}

/**
 * The name of an agent: it becomes the name of links, and `${AGENT}` makes it a part of the names of files. Neither `.` nor
 * a space stands at its ends, because Windows removes them.
 */
const NAME = /^(?![ .])[^\p{Cc}/\\:*?"<>|@]{1,60}(?<![ .])$/u;

/** Names that some file systems take for one: a file that is named after an agent would be another agent's as well. */
function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** Whether a name may be that of an agent. */
export function isAgentName(name: string): boolean {
  return NAME.test(name);
}

function isYes(written: boolean | string): boolean {
  return String(written).toLowerCase() === 'true';
}

/** Reads `agents`; errors that count whichever agent is connected are added to `always`. */
export async function readAgents(
  source: JsonSource,
  raw: Readonly<Record<string, unknown>> | undefined,
  servers: readonly ServerConfig[],
  environment: Environment,
  common: Settings,
  always: Finding[],
): Promise<AgentConfig[]> {
  if (raw === undefined) return [];
  const known = keysOf('agent');
  const names = servers.map(({ name }) => name);
  const agents: AgentConfig[] = [];
  for (const [name, entry] of Object.entries(raw)) {
    if (isComment(name) && typeof entry !== 'object') continue;
    const placeOf = (...inside: JsonPath) => source.place(['agents', name, ...inside]);
    const place = placeOf();
    if (!isAgentName(name)) {
      always.push(errorAt({ ...place, path: 'agents' }, 'agent-name', { length: [...name].length }));
      continue;
    }
    const findings: Finding[] = [];
    const { issues, value } = await checkPart('agent', entry);
    findings.push(...shapeFindings(source, ['agents', name], entry, issues, known));
    if (names.includes(name)) always.push(errorAt(place, 'agent-is-server', { name }));
    const alike = Object.keys(raw).find((other) => other !== name && fold(other) === fold(name));
    if (alike !== undefined) always.push(errorAt(place, 'agents-alike', { name, other: alike }));
    const {
      endpoint,
      servers: given,
      tools = {},
      readOnly = false,
      disabled,
      enabled,
      rate,
      concurrent,
      ...options
    } = value;
    const { mode, prefix, separator, toolNames, onListChange, accountGroup, ...rest } = options;
    const settings = rest as Partial<Settings>;
    findings.push(...swappedDelays(place, settings, common));
    const addresses = readAddresses(endpoint, (...inside) => placeOf('endpoint', ...inside), environment);
    const isWrong = issues.some(({ path }) => path[0] === 'endpoint' || path.length === 0);
    const isMissing = addresses.length === 0 && !isWrong;
    const own = given === undefined ? undefined : [...new Set(given)].filter((one) => names.includes(one));
    findings.push(...ofServers(name, given, servers, placeOf));
    findings.push(...ofTools(name, Object.keys(tools), own, names, placeOf));
    agents.push({
      ...defined({ mode, prefix, separator, toolNames, onListChange, accountGroup }),
      ...{
        name,
        place,
        placeOf,
        settings,
        findings,
        limits: defined({ rate: readRate(rate), concurrent }),
      },
      enabled: !isYes(disabled ?? false) && isYes(enabled ?? true),
      endpointFields: addresses.map(({ secrets: _, ...field }) => field),
      noEndpoint: isMissing ? noEndpoint(name, placeOf('endpoint'), environment) : undefined,
      servers: own,
      readOnly: isYes(readOnly),
      tools: Object.fromEntries(Object.entries(tools).map(([server, one]) => [server, readFilter(one)])),
      endpointVariables: addresses.flatMap(({ variables }) => variables),
      secrets: addresses.flatMap(({ secrets }) => secrets),
    });
  }
  return agents;
}

function noEndpoint(name: string, place: Place, { envFile }: Environment): Finding {
  const [variable = 'TOKEN_1'] = variableSuffixes(name)
    .filter((suffix) => /[A-Z0-9]/.test(suffix))
    .map((suffix) => `TOKEN_${suffix}`);
  return errorAt(place, 'agent-no-endpoint', { name, envFile, variable });
}

/** Errors and warnings about the servers that an agent names. */
function ofServers(
  agent: string,
  given: readonly string[] | undefined,
  servers: readonly ServerConfig[],
  placeOf: AgentConfig['placeOf'],
): Finding[] {
  if (given === undefined) return [];
  if (given.length === 0) return [warningAt(placeOf('servers'), 'agent-no-servers', { agent })];
  const names = servers.map(({ name }) => name);
  const known = servers.filter(({ name }) => given.includes(name));
  const isOff = known.length > 0 && known.every(({ enabled }) => !enabled);
  const findings = isOff ? [warningAt(placeOf('servers'), 'agent-has-none', { agent })] : [];
  const named = given.flatMap((name, i): Finding[] => {
    const place = placeOf('servers', i);
    const server = servers.find((one) => one.name === name);
    if (server === undefined) {
      const [meant] = nearest(name, names);
      return [errorAt(place, 'agent-unknown-server', { agent, name, meant, known: names })];
    }
    return given.indexOf(name) < i ? [warningAt(place, 'agent-server-twice', { agent, name })] : [];
  });
  return [...findings, ...named];
}

/** Errors for filters of servers that the agent does not have: each may be a slip of a filter that should hide tools. */
function ofTools(
  agent: string,
  filtered: readonly string[],
  own: readonly string[] | undefined,
  names: readonly string[],
  placeOf: AgentConfig['placeOf'],
): Finding[] {
  const has = own ?? names;
  return filtered
    .filter((name) => !has.includes(name))
    .map((name) => {
      const [meant] = nearest(name, has);
      return errorAt(placeOf('tools', name), 'agent-tools-elsewhere', { agent, name, meant, known: has });
    });
}
