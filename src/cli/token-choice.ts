import { draftPlan } from '../config/draft.js';
import { type AddressOrigin, chooseEndpoint } from '../config/endpoint-choice.js';
import { Environment } from '../config/environment.js';
import { configError, hasError } from '../config/finding.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import { type ProxyChoice, proxyChooser } from '../config/proxy-choice.js';
import { NO_REDIS, type RedisConfig, type RedisPlan } from '../config/redis-section.js';
import { shellWord } from '../config/shell-word.js';
import { usageError } from '../messages/worded.js';
import { Endpoint } from '../protocol/endpoint.js';
import type { HttpProxy } from '../protocol/http-proxy.js';
import { checkedEndpoint } from './endpoint-option.js';

export interface TokenChoiceOptions {
  config?: string;
  envFile?: string;
  tokenOf?: string;
  endpoint?: string;
  /** False with `--no-proxy`. */
  proxy?: boolean;
}

/** An endpoint, with its key in `tokens` of the configuration. */
export interface ChosenToken {
  endpoint: Endpoint;
  key: string;
  /** The proxy that it is dialled through, if any. */
  proxy: HttpProxy | undefined;
  /** The Redis that machines share, which says whether one of them uses it; undefined: none. */
  redis: RedisPlan | undefined;
  /** Secrets of all, for redaction. */
  secrets: readonly string[];
}

/**
 * The token that the options name, or the only one of the configuration.
 *
 * @throws UsageError when there is none, or several.
 */
export async function chooseToken(options: TokenChoiceOptions): Promise<ChosenToken> {
  const { endpoint: address, tokenOf } = options;
  const noProxy = options.proxy === false;
  const cwd = process.cwd();
  const load = () => loadConfig({ file: options.config, envFile: options.envFile, env: process.env, cwd });
  if (address !== undefined) {
    const endpoint = new Endpoint(checkedEndpoint(address));
    const environment = new Environment(process.env, process.cwd());
    // What is wrong with the configuration is no matter of this address, but whom it is shared with.
    const { redis } = await load().catch(() => ({ redis: NO_REDIS }));
    return chosenBy(endpoint, undefined, proxyChooser(environment, noProxy)(endpoint), redis);
  }
  const config = await load();
  const { redis } = config;
  const agents = config.agents.map(({ name }) => name);
  const names = [...config.servers.map(({ name }) => name), ...agents];
  // An address is rejected below, without repeating it.
  if (tokenOf !== undefined && !tokenOf.includes('://') && !names.includes(tokenOf)) {
    throw usageError('token-of-unknown', { name: tokenOf, names });
  }
  const agent = agents.find((one) => one === tokenOf);
  const target = tokenOf === undefined || agent !== undefined ? undefined : { name: tokenOf };
  const found = new Map<string, ChosenToken & { servers: string[] }>();
  const { servers, proxyFor } = draftPlan(config, { target, agent, cwd, noProxy });
  const addresses = servers.flatMap(({ resolved, addresses: all }) =>
    all.map((address) => ({ ...address, name: address.agent?.name ?? resolved.name })),
  );
  for (const { name, endpoint, origin } of addresses) {
    if (!endpoint) continue;
    const known = found.get(endpoint.identity);
    if (known === undefined)
      found.set(endpoint.identity, {
        ...chosenBy(endpoint, origin, proxyFor(endpoint), redis),
        servers: [name],
      });
    else if (!known.servers.includes(name)) known.servers.push(name);
  }
  const [first, ...others] =
    found.size > 0 || tokenOf ? [...found.values()] : ofEnvironment(config, proxyFor);
  if (!first) {
    throw usageError('no-token');
  }
  if (others.length === 0) return first;
  const tokens = [...found.values()].map(({ key, servers }) => `${key} (${servers.join(', ')})`);
  throw usageError('several-tokens', { tokens, server: shellWord(first.servers[0] ?? '') });
}

function ofEnvironment(
  { environment, redis }: LoadedConfig,
  proxyFor: (endpoint: Endpoint) => ProxyChoice,
): (ChosenToken & { servers: string[] })[] {
  const { endpoint, origin } = chooseEndpoint([], [], undefined, environment);
  return endpoint ? [{ ...chosenBy(endpoint, origin, proxyFor(endpoint), redis), servers: [] }] : [];
}

function chosenBy(
  endpoint: Endpoint,
  origin: AddressOrigin | undefined,
  { proxy, secrets }: ProxyChoice,
  { plan: redis, secrets: ofRedis, findings }: RedisConfig,
): ChosenToken {
  // Without it, a token would be dialled that another machine has.
  if (hasError(findings)) throw configError('unusable', findings);
  const key = origin?.variables[0] ?? endpoint.fingerprint;
  return { endpoint, key, proxy, redis, secrets: [...endpoint.secrets, ...secrets, ...ofRedis] };
}
