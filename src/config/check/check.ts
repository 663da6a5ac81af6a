import type { AlertsPlan } from '../../protocol/alert.js';
import { Endpoint } from '../../protocol/endpoint.js';
import type { Finding } from '../../protocol/errors.js';
import type { Holding } from '../../protocol/launch-facts.js';
import type { OtlpPlan, SentryPlan } from '../../protocol/reporting.js';
import { PLACEHOLDER } from '../address.js';
import { shortestSecret } from '../child-environment.js';
import { type Draft, draftPlan, type PlanOptions } from '../draft.js';
import { type DraftLink, dwellMsOf } from '../draft-links.js';
import { isOfDisabled } from '../draft-servers.js';
import { ENDPOINT_VARIABLE } from '../endpoint-choice.js';
import { distinct, inOrder } from '../finding.js';
import type { GatewayPlan } from '../gateway-plan.js';
import { kindOf } from '../kinds/kinds.js';
import type { LoadedConfig } from '../load.js';
import type { ProfilePlan } from '../profiles.js';
import type { RedisPlan } from '../redis-section.js';
import { SECRET_NAME } from '../secret-shape.js';
import { unencryptedAddresses, unencryptedRedis } from './addresses.js';
import { readCompose } from './compose.js';
import { containerWarnings } from './container.js';
import { addressesOf, type CheckedServer, checkedServers, type Facts } from './facts.js';
import type { CheckHost } from './host.js';
import { filesInGit, hiddenEndpoint, openFiles } from './secret-files.js';
import { badTokens, placeholderSecrets, relatedTokens } from './tokens.js';

/** Rules for servers of all kinds, after the rules of each kind; findings are sorted by line afterwards. */
const RULES: readonly ((facts: Facts) => readonly Finding[])[] = [
  badTokens,
  relatedTokens,
  placeholderSecrets,
  unencryptedAddresses,
  unencryptedRedis,
  openFiles,
  filesInGit,
  hiddenEndpoint,
  containerWarnings,
];

/** One planned connection. */
export interface CheckedLink
  extends Pick<DraftLink, 'name' | 'kind' | 'endpoint' | 'why' | 'account' | 'agent' | 'tools'> {
  /** Names of its servers, in the order of the configuration. */
  servers: readonly string[];
  /** Length of each server's turn in milliseconds; empty when the link does not rotate. */
  dwellMs: readonly number[];
}

/** What a configuration would start, and every error and warning about it. */
export interface CheckResult {
  servers: readonly CheckedServer[];
  /** The planned connections and why; a server without an endpoint is on none. */
  links: readonly CheckedLink[];
  /** Where alerts would be sent; undefined: nowhere. */
  alerts?: AlertsPlan | undefined;
  /** Where errors and traces would be sent; undefined: nowhere. */
  sentry?: SentryPlan | undefined;
  /** The Redis that machines share; undefined: there is none. */
  redis?: RedisPlan | undefined;
  otlp?: OtlpPlan | undefined;
  /** The gateway that would listen; undefined: none. */
  gateway?: GatewayPlan | undefined;
  /** Keys of `mcp-pipe key`; undefined: there is no file of them. */
  storedKeys?: number | undefined;
  /** Agents without an endpoint, which clients of the gateway have. */
  profiles: readonly ProfilePlan[];
  /** Names of the configured servers that are disabled. */
  disabled: readonly string[];
  /** Names of the disabled agents. */
  disabledAgents: readonly string[];
  findings: readonly Finding[];
  /** Servers that would be started and have what they need; none when mcp-pipe would refuse the configuration. */
  startable: readonly string[];
  /** What holds servers, by their names, as far as their entries ask for it. */
  holdings?: ReadonlyMap<string, Holding> | undefined;
  /** Values that must not be shown. */
  secrets: readonly string[];
}

/**
 * Examines a configuration. Dials no endpoint and starts no server.
 *
 * @throws UsageError when the target is neither a server nor a script.
 */
export async function checkConfig(
  config: LoadedConfig,
  options: PlanOptions,
  host: CheckHost,
): Promise<CheckResult> {
  return checkDraft(config, draftPlan(config, options), host);
}

/** The same for what was drafted already. */
export async function checkDraft(config: LoadedConfig, draft: Draft, host: CheckHost): Promise<CheckResult> {
  const servers = checkedServers(draft);
  const compose = await readCompose(config.folder, config.env, host);
  const facts: Facts = { config, servers, compose, host };
  const ruled = [...(await ofKinds(facts)), ...RULES.flatMap((rule) => rule(facts))];
  const findings = inOrder(distinct([...draft.findings, ...ruled, ...draft.asides]));
  const isRefused = draft.findings.some(({ severity }) => severity === 'error');
  const links = draft.links.map(({ tokenOptions, servers: own, ...link }) => ({
    ...link,
    servers: own.map(({ resolved }) => resolved.name),
    dwellMs: link.kind === 'rotate' ? own.map((server) => dwellMsOf(server, tokenOptions)) : [],
  }));
  return {
    servers,
    links,
    alerts: draft.alerts,
    ...{ sentry: draft.sentry, otlp: draft.otlp, redis: draft.redis },
    gateway: draft.gateway,
    storedKeys: config.gateway.stored,
    profiles: draft.profiles,
    disabled: config.servers
      .filter(({ enabled, name }) => !enabled || isOfDisabled(name, config))
      .map(({ name }) => name)
      .filter((name) => !servers.some((server) => server.name === name || server.entryName === name)),
    disabledAgents: config.agents.filter(({ enabled }) => !enabled).map(({ name }) => name),
    findings,
    startable: isRefused ? [] : servers.filter((server) => !hasError(server, ruled)).map(({ name }) => name),
    secrets: secretsOf(config, compose?.environment ?? {}, [
      ...draft.secrets,
      ...addressesOf(servers).flatMap(({ origin }) => addressSecrets(origin.text)),
    ]),
  };
}

/** The findings of each kind's rules, which get only the servers of that kind. */
async function ofKinds({ servers: all, config, host }: Facts): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const kind of new Set(all.map((server) => server.kind))) {
    const servers = all.filter((server) => server.kind === kind);
    found.push(...(await kindOf({ kind }).check({ servers, config, host })));
  }
  return found;
}

function hasError(server: CheckedServer, findings: readonly Finding[]): boolean {
  const { file, path } = server.placeOf();
  return findings.some(
    (finding) =>
      finding.severity === 'error' &&
      finding.file === file &&
      (finding.path === path || finding.path.startsWith(`${path}.`)),
  );
}

/** Values to hide in the report. A run hides fewer: a checked file may have secrets in wrong places. */
function secretsOf(
  config: LoadedConfig,
  inContainer: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): string[] {
  const found = [...known];
  const variables = [
    ...config.environment.entries(),
    ...config.servers.flatMap(({ env, fileEnv }) => [...Object.entries(env), ...Object.entries(fileEnv)]),
    ...Object.entries(inContainer),
  ];
  for (const [name, value = ''] of variables) {
    if (name.toUpperCase().startsWith(ENDPOINT_VARIABLE)) found.push(...addressSecrets(value));
    else if (SECRET_NAME.test(name)) found.push(value);
    else if (/[?&]token=/.test(value)) found.push(...addressSecrets(value));
  }
  for (const { endpointFields } of [...config.servers, ...config.agents]) {
    for (const { text } of endpointFields) found.push(...addressSecrets(text));
  }
  const names = new Set(config.servers.map(({ name }) => name));
  return [...new Set(found)].filter(
    (value) => value.length >= shortestSecret && !names.has(value) && !PLACEHOLDER.test(value),
  );
}

/** The parts to hide of a text that stands where an address belongs. */
function addressSecrets(text: string): string[] {
  const address = text.trim();
  const written = [...address.matchAll(/[?&]token=([^&#\s]*)/g)].map(([, token]) => token!);
  try {
    return [...new Endpoint(address).secrets, ...written];
  } catch {
    // A path or a short name is not hidden; any other text may be a bare token.
    return /^[\w./\\:-]{0,20}$/.test(address) || /^(\.{0,2}[\\/]|[A-Za-z]:)/.test(address)
      ? written
      : [address, ...written];
  }
}
