import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import type { AgentConfig } from './agent-section.js';
import {
  type AddressOrigin,
  addressesOf,
  chooseEndpoints,
  type EndpointChoice,
  endpointVariables,
} from './endpoint-choice.js';
import { errorAt, hasError, warningAt } from './finding.js';
import type { GatewayOptions } from './gateway-plan.js';
import { hasGateway } from './gateway-section.js';
import type { LoadedConfig } from './load.js';
import { meansConfigured, type ResolvedServer, type Target } from './target.js';

/** An address that a server is connected to: its own, or that of an agent that has it. */
export interface ServerAddress {
  /** Undefined when it is not set, or cannot be used. */
  endpoint: Endpoint | undefined;
  /** Where it stands. */
  origin: AddressOrigin | undefined;
  agent: AgentConfig | undefined;
}

/** A server that would be started, with all of its addresses; its environment depends on those of all servers. */
export interface ChosenServer {
  resolved: ResolvedServer;
  addresses: readonly ServerAddress[];
}

/** The part of `PlanOptions` about servers and their addresses. */
export interface AddressOptions {
  /** Undefined: every enabled server. */
  target?: Target | undefined;
  /** `--endpoint`. */
  endpointOverride?: string | undefined;
  /**
   * `--local`: gives every server this address instead of the one in the configuration (`own`). Called with the server's name,
   * and for an address of an agent with the name of that agent.
   */
  endpointFor?:
    | ((name: string, own: Endpoint | undefined, agent: string | undefined) => Endpoint)
    | undefined;
  /** `--agent`: this agent alone, with its servers. */
  agent?: string | undefined;
  /**
   * The gateway, without which servers need an endpoint: as the configuration says (`configured`), or with what the command
   * line says; undefined: there is none.
   */
  gateway?: 'configured' | GatewayOptions | undefined;
}

export interface ChosenServers {
  chosen: ChosenServer[];
  /** Servers without any address. */
  without: ResolvedServer[];
  findings: Finding[];
  secrets: string[];
}

/**
 * Decides which processes there are, and their addresses: one process per server, however many agents have it; with
 * `"share": "agent"` one for each agent, and one more for addresses of the server itself (D133).
 */
export function chooseServers(
  candidates: readonly ResolvedServer[],
  config: LoadedConfig,
  options: AddressOptions,
): ChosenServers {
  const { endpointOverride, endpointFor } = options;
  const variableOf = endpointVariables(config.servers.map(({ name }) => name));
  const agents = agentsOf(config, options).map((agent) => ({ agent, choices: choicesOf(agent) }));
  const findings: Finding[] = [];
  const secrets: string[] = config.agents.flatMap((agent) => agent.secrets);
  const without: ResolvedServer[] = [];
  const used = new Set<AgentConfig>();
  const isServed = hasGateway(config, options.gateway);
  const chosen = candidates.flatMap((resolved): ChosenServer[] => {
    const { name, entry } = resolved;
    const isTyped = entry === undefined && typeof options.gateway === 'object';
    const having = agents.filter(({ agent }) => entry !== undefined && has(agent, name));
    for (const { agent } of having) used.add(agent);
    // Addresses for servers without one are not meant for a server whose agents are disabled.
    const isOfAgents =
      having.some(({ agent }) => !isProfile(agent, config, options)) ||
      (entry !== undefined && isOfDisabled(name, config));
    const found =
      options.agent !== undefined
        ? []
        : chooseEndpoints(
            resolved.endpointFields,
            variableOf(name),
            endpointOverride,
            config.environment,
            // D192: a command that is typed for the gateway alone does not take the endpoint of others.
            isOfAgents || (isTyped && !endpointOverride?.trim()),
          );
    // A server of profiles alone may have no address.
    const own = having.length > 0 ? found.filter(isSet) : found;
    secrets.push(...own.flatMap((choice) => choice.secrets));
    const wrong = endpointFor ? [] : own.flatMap((choice) => choice.findings);
    if (isOfAgents && having.length === 0 && own.length === 0 && !isServed) return [];
    const servers = processesOf(resolved, own, having, endpointFor);
    const told = servers.flatMap((server) => server.resolved.findings);
    findings.push(...told, ...wrong, ...aboutSharing(servers, entry, having.length));
    // A server with another error reports that one first: it may need no endpoint at all.
    const isUnset =
      having.every(({ agent }) => isProfile(agent, config, options)) &&
      own.every(({ endpoint }) => endpoint === undefined);
    if (isUnset && options.agent === undefined && !hasError([...wrong, ...told])) without.push(resolved);
    return servers;
  });
  for (const { agent, choices } of agents) {
    // A target that the agent does not have runs without it.
    if (!used.has(agent) && !meansConfigured(options.target)) continue;
    findings.push(...agent.findings);
    if (agent.noEndpoint && !isProfile(agent, config, options)) findings.push(agent.noEndpoint);
    if (!endpointFor) findings.push(...choices.flatMap((choice) => choice.findings));
  }
  if (endpointOverride?.trim() && !endpointFor && used.size > 0 && !chosen.some(isOnOption)) {
    const place = { file: '', path: '--endpoint', line: undefined };
    findings.push(warningAt(place, 'endpoint-option-unused', { agents: [...used].map(({ name }) => name) }));
  }
  return { chosen, without, findings: [...findings, ...takenNames(chosen, config)], secrets };
}

/**
 * Whether an agent is a set of servers for clients of the gateway, and so needs no endpoint. Where a run opens no gateway, it
 * does not matter.
 */
function isProfile(
  { noEndpoint }: AgentConfig,
  config: LoadedConfig,
  { gateway, agent, endpointFor }: AddressOptions,
): boolean {
  if (noEndpoint === undefined) return false;
  const isElsewhere = config.gateway.isWritten && (agent === undefined || endpointFor !== undefined);
  return isElsewhere || hasGateway(config, gateway);
}

/** Whether there is an address, or an error about it. */
function isSet({ endpoint, origin, findings }: EndpointChoice): boolean {
  return endpoint !== undefined || origin !== undefined || findings.length > 0;
}

/** Whether the address of `--endpoint` is one of the server's. */
function isOnOption({ addresses }: ChosenServer): boolean {
  return addresses.some(({ origin }) => origin?.place.path === '--endpoint');
}

/** The agents that are connected: those that are not disabled, or the one that `--agent` names. */
function agentsOf({ agents }: LoadedConfig, { agent: only }: AddressOptions): readonly AgentConfig[] {
  return agents.filter(({ name, enabled }) => (only === undefined ? enabled : name === only));
}

/** Whether a disabled agent with an endpoint has the server. */
export function isOfDisabled(name: string, { agents }: LoadedConfig): boolean {
  return agents.some((agent) => !agent.enabled && agent.noEndpoint === undefined && has(agent, name));
}

/** Whether an agent has a server of this name. */
export function has({ servers }: AgentConfig, name: string): boolean {
  return servers === undefined || servers.includes(name);
}

/** The addresses of an agent; when none can be read, one that is not set. */
function choicesOf({ endpointFields }: AgentConfig): EndpointChoice[] {
  const choices = addressesOf(endpointFields);
  return choices.length > 0
    ? choices
    : [{ endpoint: undefined, origin: undefined, findings: [], secrets: [] }];
}

interface ChoicesOfAgent {
  agent: AgentConfig;
  choices: readonly EndpointChoice[];
}

/** The processes of a server, with their addresses. */
function processesOf(
  resolved: ResolvedServer,
  own: readonly EndpointChoice[],
  ofAgents: readonly ChoicesOfAgent[],
  endpointFor: AddressOptions['endpointFor'],
): ChosenServer[] {
  const { entry, name, options } = resolved;
  const to = (process: string, agent: AgentConfig | undefined, choices: readonly EndpointChoice[]) =>
    choices.map(({ endpoint, origin }) => ({
      endpoint: endpointFor ? endpointFor(process, endpoint, agent?.name) : endpoint,
      ...{ origin, agent },
    }));
  const ownAddresses = to(name, undefined, own);
  if (options.share !== 'agent' || entry === undefined || ofAgents.length === 0) {
    const others = ofAgents.flatMap(({ agent, choices }) => to(name, agent, choices));
    return [{ resolved, addresses: [...ownAddresses, ...others] }];
  }
  return [
    ...(own.length > 0 ? [{ resolved, addresses: ownAddresses }] : []),
    ...ofAgents.map(({ agent, choices }) => {
      const process = `${name}@${agent.name}`;
      const read = { ...resolved, ...entry.forAgent(agent.name), name: process };
      return { resolved: read, addresses: to(process, agent, choices) };
    }),
  ];
}

/** What is wrong with how the agents of one server share it, or do not share it. */
function aboutSharing(
  servers: readonly ChosenServer[],
  entry: ResolvedServer['entry'],
  agents: number,
): Finding[] {
  if (entry === undefined) return [];
  const { handshake, share } = entry.options;
  const { name } = entry;
  if (handshake !== 'passthrough') {
    const mayClash = share === 'agent' && agents > 1 && !entry.namesAgent;
    return mayClash ? [warningAt(entry.placeOf('share'), 'agent-not-named', { name, agents })] : [];
  }
  const shared = servers.find(({ addresses }) => identitiesOf(addresses).size > 1);
  if (shared === undefined) return [];
  const { addresses } = shared;
  const links = identitiesOf(addresses).size;
  const ofAgents = new Set(addresses.map(({ agent }) => agent?.name));
  // A process for each agent has one connection, if each agent has one address.
  const isHelped = share === 'server' && ofAgents.size === links;
  return [errorAt(entry.placeOf('handshake'), 'passthrough-shared', { name, links, isHelped })];
}

function identitiesOf(addresses: readonly ServerAddress[]): Set<string> {
  return new Set(addresses.flatMap(({ endpoint }) => endpoint?.identity ?? []));
}

/** Errors for entries that have the name which the process of an agent gets. */
function takenNames(chosen: readonly ChosenServer[], { servers }: LoadedConfig): Finding[] {
  return chosen.flatMap(({ resolved: { name, entry } }) => {
    if (entry === undefined || entry.name === name) return [];
    const other = servers.find((server) => server.name === name);
    return other ? [errorAt(other.place, 'agent-process-taken', { name, server: entry.name })] : [];
  });
}
