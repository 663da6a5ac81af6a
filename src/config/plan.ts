import type { ServerCommand } from '../process/launch.js';
import type { Endpoint } from '../protocol/endpoint.js';
import { ConfigError, type Finding } from '../protocol/errors.js';
import { childEnvironment, inheritedEnvironment, shortestSecret } from './child-environment.js';
import type { Settings } from './defaults.js';
import { chooseEndpoint, ENDPOINT_VARIABLE, endpointVariable } from './endpoint-choice.js';
import { distinct, errorAt, warningAt } from './finding.js';
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
 * @throws ConfigError with every mistake that concerns what would be started.
 * @throws UsageError when the target is neither a server nor a script.
 */
export function makePlan(config: LoadedConfig, options: PlanOptions): Plan {
  const { environment, settings } = config;
  const findings = concerning(options.target, config);
  const candidates = resolveTarget(config, options.target, options.cwd, options.host);
  if (candidates.length === 0) findings.push(...nothingToStart(config));

  const names = config.servers.map(({ name }) => name);
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
    const variable = endpointVariable(name, names);
    const choice = chooseEndpoint(endpointFields, variable, options.endpointOverride, environment);
    findings.push(...choice.findings);
    secrets.push(...choice.secrets);
    if (choice.endpoint) chosen.push({ candidate, endpoint: choice.endpoint });
    else if (choice.findings.length === 0) without.push(candidate);
  }
  if (without.length > 0) findings.push(noEndpoint(without, names, config));
  findings.push(...sharedTokens(chosen, config));

  const all = distinct(findings);
  const errors = all.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const count = errors.length === 1 ? 'one mistake' : `${errors.length} mistakes`;
    throw new ConfigError(`The configuration cannot be used: ${count}`, errors);
  }

  const endpoints = chosen.map(({ endpoint }) => endpoint);
  const inherited = inheritedEnvironment(environment, endpoints, config.servers);
  const links = chosen.map(({ candidate, endpoint }): LinkPlan => {
    const { name, command, args, cwd, handshake } = candidate;
    const env = childEnvironment(inherited, candidate.env, candidate.fallbackEnv);
    return { kind: 'pipe', name, server: { command, args, cwd, env }, endpoint, handshake, settings };
  });
  return {
    links,
    warnings: all.filter(({ severity }) => severity === 'warning'),
    secrets: worthHiding([...secrets, ...endpoints.flatMap((endpoint) => endpoint.secrets)], links),
  };
}

function worthHiding(values: readonly string[], links: readonly LinkPlan[]): string[] {
  // On the embedded endpoint a server's name may be its token: a name is no secret.
  const names = new Set(links.map(({ name }) => name));
  return [...new Set(values)].filter((value) => value.length >= shortestSecret && !names.has(value));
}

/** A script or a command needs only the settings of a configuration: other mistakes must not keep it from running. */
function concerning(target: Target | undefined, { findings, servers }: LoadedConfig): Finding[] {
  const isServer =
    target === undefined || ('name' in target && servers.some(({ name }) => name === target.name));
  if (isServer) return [...findings];
  return findings.map((finding) =>
    finding.path.startsWith('settings') ? finding : { ...finding, severity: 'warning' },
  );
}

function nothingToStart({ file, servers, folder, findings }: LoadedConfig): Finding[] {
  // The reason has been found already, for instance servers that stand outside of "mcpServers".
  if (servers.length === 0 && findings.some(({ severity }) => severity === 'error')) return [];
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
  names: readonly string[],
  { envFile }: LoadedConfig,
): Finding {
  const who = without.map(({ name }) => name).join(', ');
  const own =
    without.length === 1 ? endpointVariable(without[0]!.name, names) : `${ENDPOINT_VARIABLE}_<NAME>`;
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
