import type { ServerCommand } from '../process/launch.js';
import type { Endpoint } from '../protocol/endpoint.js';
import { ConfigError, type Finding } from '../protocol/errors.js';
import {
  childEnvironments,
  inheritedEnvironment,
  shortestSecret,
  withoutEndpoints,
} from './child-environment.js';
import type { Settings } from './defaults.js';
import { chooseEndpoint, ENDPOINT_VARIABLE, endpointVariables } from './endpoint-choice.js';
import { distinct, errorAt, inOrder, warningAt } from './finding.js';
import { SECTIONS } from './foreign-keys.js';
import { pathText } from './json-source.js';
import type { LoadedConfig } from './load.js';
import type { ScriptHost } from './script.js';
import { type Candidate, resolveTarget, type Target } from './target.js';

/** One server on one endpoint, everything resolved. */
export interface LinkPlan {
  kind: 'pipe';
  /** The server's name in the configuration, or the script's or command's name. Unique in a plan. */
  name: string;
  server: ServerCommand;
  endpoint: Endpoint;
  /** `passthrough` leaves `initialize` to the endpoint alone. */
  handshake: 'speculative' | 'passthrough';
  settings: Settings;
}

/** What will run. Pure data: printable, comparable, and nothing has been started. */
export interface Plan {
  links: readonly LinkPlan[];
  /** Doubts that do not keep anything from running; the log shows them. */
  warnings: readonly Finding[];
  /** Every secret value met on the way, for redaction. */
  secrets: readonly string[];
}

export interface PlanOptions {
  /** Undefined: every enabled server. */
  target?: Target | undefined;
  /** `--endpoint`. */
  endpointOverride?: string | undefined;
  /** Gives every server an address of its own, whatever the configuration says (`--local`). */
  endpointFor?: ((name: string) => Endpoint) | undefined;
  /** The current directory: scripts are looked for and started in it. */
  cwd: string;
  host?: ScriptHost;
}

/**
 * Decides what will run.
 *
 * @throws ConfigError with every mistake and doubt that concerns what would be started.
 * @throws UsageError when the target is neither a server nor a script.
 */
export function makePlan(config: LoadedConfig, options: PlanOptions): Plan {
  const { environment, settings } = config;
  const findings = config.findings.filter((finding) => concerns(finding, options.target, config));
  const candidates = resolveTarget(config, options.target, options.cwd, options.host);
  if (candidates.length === 0) findings.push(...nothingToStart(config));

  const variableOf = endpointVariables(config.servers.map(({ name }) => name));
  const secrets: string[] = config.servers.flatMap((server) => server.secrets);
  const chosen: { candidate: Candidate; endpoint: Endpoint }[] = [];
  const without: Candidate[] = [];
  for (const candidate of candidates) {
    findings.push(...candidate.findings);
    const { name, endpointFields } = candidate;
    if (options.endpointFor) {
      chosen.push({ candidate, endpoint: options.endpointFor(name) });
      continue;
    }
    const choice = chooseEndpoint(endpointFields, variableOf(name), options.endpointOverride, environment);
    findings.push(...choice.findings);
    secrets.push(...choice.secrets);
    if (choice.endpoint) chosen.push({ candidate, endpoint: choice.endpoint });
    // A server with another mistake hears of that first: it may be one that no endpoint mends.
    else if (!hasError([...choice.findings, ...findings.filter((finding) => isOf(finding, name))])) {
      without.push(candidate);
    }
  }
  if (without.length > 0) findings.push(noEndpoint(without, variableOf, config));

  const concerned = inOrder(distinct(findings));
  if (hasError(concerned)) throw refusal(concerned);

  const endpoints = chosen.map(({ endpoint }) => endpoint);
  const environmentOf = childEnvironments(inheritedEnvironment(environment, endpoints, config.servers));
  const links = chosen.map(({ candidate, endpoint }): LinkPlan => {
    const { name, command, args, cwd, handshake } = candidate;
    const fromFile = withoutEndpoints(candidate.fileEnv, endpoints, config.servers);
    const env = environmentOf({ ...fromFile, ...candidate.env }, candidate.fallbackEnv);
    return { kind: 'pipe', name, server: { command, args, cwd, env }, endpoint, handshake, settings };
  });
  return {
    links,
    warnings: inOrder(
      distinct([...findings, ...sharedTokens(chosen, config), ...config.findings.map(asWarning)]),
    ),
    secrets: worthHiding([...secrets, ...endpoints.flatMap((endpoint) => endpoint.secrets)], links),
  };
}

function worthHiding(values: readonly string[], links: readonly LinkPlan[]): string[] {
  // On the embedded endpoint a server's name may be its token: a name is no secret.
  const names = new Set(links.map(({ name }) => name));
  return [...new Set(values)].filter((value) => value.length >= shortestSecret && !names.has(value));
}

function hasError(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

function refusal(findings: readonly Finding[]): ConfigError {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const count = (n: number, what: string) => (n === 1 ? `one ${what}` : `${n} ${what}s`);
  const doubts = findings.length - errors;
  const and = doubts === 0 ? '' : ` and ${count(doubts, 'doubt')}`;
  return new ConfigError(`The configuration cannot be used: ${count(errors, 'mistake')}${and}`, findings);
}

/**
 * Whether a finding matters to what is asked for. A server does not care for the others, and a script or a command
 * needs only the settings: other mistakes are said, but keep nothing from running.
 */
function concerns(finding: Finding, target: Target | undefined, { servers }: LoadedConfig): boolean {
  if (target === undefined) return true;
  const { path, severity } = finding;
  const isInServers = SECTIONS.some((section) => isWithin(path, section));
  const isServer = 'name' in target && servers.some(({ name }) => name === target.name);
  if (!isServer) return path.startsWith('settings') || (severity === 'warning' && !isInServers);
  return isOf(finding, target.name) || !isInServers || SECTIONS.some((section) => section === path);
}

/** Whether a finding stands in the entry of this server. */
function isOf({ path }: Finding, name: string): boolean {
  return SECTIONS.some((section) => isWithin(path, pathText([section, name])));
}

function isWithin(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}.`) || path.startsWith(`${around}[`);
}

function asWarning(finding: Finding): Finding {
  return { ...finding, severity: 'warning' };
}

function nothingToStart({ file, servers, folder, findings }: LoadedConfig): Finding[] {
  // The reason has been found already, for instance servers that stand outside of "mcpServers".
  if (servers.length === 0 && hasError(findings)) return [];
  if (file === undefined) {
    const place = { file: `${folder}/mcp_config.json`, path: '', line: undefined };
    const next = 'Create it, name another one with --config, or run a script: mcp-pipe calculator.js';
    return [
      errorAt(place, {
        code: 'CONFIG_FILE_NOT_FOUND',
        expected: 'a configuration',
        got: 'no such file',
        next,
      }),
    ];
  }
  const got = servers.length === 0 ? 'none' : `${servers.length}, all of them disabled`;
  const next =
    servers.length === 0
      ? 'Write { "mcpServers": { "name": { "command": … } } }; mcp_config.minimal.json is an example.'
      : 'Enable one, or start one by its name: mcp-pipe NAME';
  const place = { file, path: 'mcpServers', line: undefined };
  return [errorAt(place, { code: 'CONFIG_NO_SERVERS', expected: 'at least one enabled server', got, next })];
}

function noEndpoint(
  without: readonly Candidate[],
  variableOf: (name: string) => string | undefined,
  { envFile }: LoadedConfig,
): Finding {
  const who = without.map(({ name }) => name).join(', ');
  const own = without.length === 1 ? variableOf(without[0]!.name) : `${ENDPOINT_VARIABLE}_<NAME>`;
  const forOne = own === undefined ? '' : ` (or ${own}=… for one server)`;
  const next =
    `Write ${ENDPOINT_VARIABLE}=wss://api.xiaozhi.me/mcp/?token=… into ${envFile}${forOne}, ` +
    'or try without a token: add --local.';
  const place = { file: '', path: ENDPOINT_VARIABLE, line: undefined };
  return errorAt(place, {
    code: 'CONFIG_NO_ENDPOINT',
    expected: `an endpoint for ${who}`,
    got: 'none',
    next,
  });
}

function sharedTokens(
  chosen: readonly { candidate: Candidate; endpoint: Endpoint }[],
  { file }: LoadedConfig,
): Finding[] {
  const groups = new Map<string, typeof chosen>();
  for (const link of chosen) {
    const { token, href, fingerprint } = link.endpoint;
    const key = token === '' ? href : fingerprint;
    groups.set(key, [...(groups.get(key) ?? []), link]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const who = group.map(({ candidate }) => candidate.name).join(', ');
      return warningAt(
        { file: file ?? '', path: 'mcpServers', line: undefined },
        {
          code: 'CONFIG_SHARED_TOKEN',
          expected: 'a token for each server',
          got: `one token (#${group[0]!.endpoint.fingerprint}) for ${who}`,
          next: 'All are started, but most endpoints serve only one connection per token: give each server its own "endpoint".',
        },
      );
    });
}
