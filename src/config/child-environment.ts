import type { Endpoint } from '../protocol/endpoint.js';
import { ENDPOINT_VARIABLE } from './endpoint-choice.js';
import type { Environment } from './environment.js';
import type { ServerConfig } from './servers.js';

/**
 * What every server may inherit: everything but what mcp-pipe itself was given as a secret, and what one server's entry
 * names as its own.
 */
export function inheritedEnvironment(
  environment: Environment,
  endpoints: readonly Endpoint[],
  servers: readonly ServerConfig[],
): Environment {
  // D11, D96: secrets stay with mcp-pipe.
  const inherited = environment.copy();
  const isRevealing = guard(endpoints);
  for (const [name, value] of environment.entries()) {
    if (isOurs(name) || isRevealing(value)) inherited.delete(name);
  }
  const named = servers.flatMap((server) => [...server.endpointVariables, ...server.secretVariables]);
  for (const name of named) {
    inherited.delete(name);
    inherited.delete(`${name}_FILE`);
  }
  return inherited;
}

/**
 * Takes out of what an `envFile` says what holds an endpoint's address or its token: that is no business of a server. Made
 * once for all servers, whose files often are one and the same.
 */
export function withoutEndpoints(
  endpoints: readonly Endpoint[],
  servers: readonly ServerConfig[],
): (values: Readonly<Record<string, string>>) => Record<string, string> {
  const ours = new Set(servers.flatMap((server) => server.endpointVariables));
  const isRevealing = guard(endpoints);
  return (values) =>
    Object.fromEntries(
      Object.entries(values).filter(
        ([name, value]) => !isOurs(name) && !ours.has(name) && !isRevealing(value),
      ),
    );
}

/** Whether a value holds the address or the token of one of them; each value is looked at once. */
function guard(endpoints: readonly Endpoint[]): (value: string) => boolean {
  let given: { href: string; tokens: string[] }[] | undefined;
  const seen = new Map<string, boolean>();
  return (value) => {
    // Neither the shortest address nor the shortest token fits in.
    if (value.length < shortestSecret) return false;
    let found = seen.get(value);
    if (found === undefined) {
      given ??= endpoints.map((endpoint) => ({ href: endpoint.href, tokens: spellings(endpoint) }));
      found = given.some((one) => reveals(value, one));
      seen.set(value, found);
    }
    return found;
  };
}

/** What an entry's `env` says, without the variables that make up its own address and hold its token. */
export function withoutOwnToken(
  env: Readonly<Record<string, string>>,
  endpoint: Endpoint | undefined,
  variables: readonly string[],
): Readonly<Record<string, string>> {
  if (endpoint === undefined || !variables.some((name) => Object.hasOwn(env, name))) return env;
  const given = { href: endpoint.href, tokens: spellings(endpoint) };
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !variables.includes(name) || !reveals(value, given)),
  );
}

function isOurs(name: string): boolean {
  const folded = name.toUpperCase();
  return folded === ENDPOINT_VARIABLE || folded.startsWith(`${ENDPOINT_VARIABLE}_`);
}

/** Shorter values are ordinary words: hiding them would blank out the log, and drop innocent variables. */
export const shortestSecret = 6;
/** From this length on a token is no word that another variable, such as PATH, could contain by chance. */
const unmistakableLength = 16;

function reveals(value: string, { href, tokens }: { href: string; tokens: string[] }): boolean {
  if (value.includes(href)) return true;
  return tokens.some(
    (token) =>
      (token.length >= shortestSecret && value === token) ||
      value.includes(`token=${token}`) ||
      (token.length >= unmistakableLength && value.includes(token)),
  );
}

/** The token, and each way its address may spell it. Other parameters of the address are no secrets of ours. */
function spellings({ token, secrets }: Endpoint): string[] {
  if (token === '') return [];
  return secrets.filter((secret) => new URLSearchParams(`token=${secret}`).get('token') === token);
}

/**
 * The complete environment of each server: `env` stands above what is inherited, `fallbackEnv` below. Servers that add
 * nothing share one record.
 */
export function childEnvironments(
  inherited: Environment,
): (
  env: Readonly<Record<string, string>>,
  fallbackEnv: Readonly<Record<string, string>>,
) => Record<string, string> {
  const unchanged = inherited.record();
  return (env, fallbackEnv) => {
    const missing = Object.entries(fallbackEnv).filter(([name]) => inherited.get(name) === undefined);
    const added = [...missing, ...Object.entries(env)];
    if (added.length === 0) return unchanged;
    const complete = inherited.copy();
    for (const [name, value] of added) complete.set(name, value);
    return complete.record();
  };
}
