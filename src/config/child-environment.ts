import type { Endpoint } from '../protocol/endpoint.js';
import { ENDPOINT_VARIABLE } from './endpoint-choice.js';
import type { Environment } from './environment.js';
import type { ServerConfig } from './servers.js';

/** A part of the configuration that names variables which servers do not get. */
type Naming = Pick<ServerConfig, 'endpointVariables' | 'secretVariables'>;

/**
 * The variables that every server may inherit: all but the secrets that were given to mcp-pipe, and the secrets that
 * one server's entry asks for.
 */
export function inheritedEnvironment(
  environment: Environment,
  endpoints: readonly Endpoint[],
  servers: readonly Naming[],
): Environment {
  // D11, D96: secrets stay with mcp-pipe.
  const inherited = environment.copy();
  const isRevealing = revealing(endpoints);
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
 * Removes variables that hold an endpoint's address or token from what an `envFile` sets: servers do not need them. One
 * function serves all servers, because several often have the same file.
 */
export function withoutEndpoints(
  endpoints: readonly Endpoint[],
  servers: readonly Naming[],
): (values: Readonly<Record<string, string>>) => Record<string, string> {
  const ours = new Set(servers.flatMap((server) => server.endpointVariables));
  const isRevealing = revealing(endpoints);
  return (values) =>
    Object.fromEntries(
      Object.entries(values).filter(
        ([name, value]) => !isOurs(name) && !ours.has(name) && !isRevealing(value),
      ),
    );
}

/** Returns a test: does a value hold the address or the token of one of the endpoints? Each value is examined once. */
function revealing(endpoints: readonly Endpoint[]): (value: string) => boolean {
  let given: { href: string; tokens: string[] }[] | undefined;
  const seen = new Map<string, boolean>();
  return (value) => {
    // Shorter than every address and every token.
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

/** What the `env` of an entry sets, without the variables that make up its address or hold its token. */
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

/** In characters. Shorter values are ordinary words: hiding them would blank out the log and drop unrelated variables. */
export const shortestSecret = 6;
/** In characters. A token this long does not occur in another variable, such as PATH, by chance. */
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

/** The spellings of the token; other secrets of the address are left out. */
function spellings({ token, secrets }: Endpoint): string[] {
  if (token === '') return [];
  return secrets.filter((secret) => new URLSearchParams(`token=${secret}`).get('token') === token);
}

/** The variables that every program needs, as the SDKs of MCP hand them on. */
const COMMON =
  /^(HOME|LOGNAME|PATH|SHELL|TERM|USER|APPDATA|HOMEDRIVE|HOMEPATH|LOCALAPPDATA|PROCESSOR_ARCHITECTURE|SYSTEMDRIVE|SYSTEMROOT|TEMP|USERNAME|USERPROFILE|PROGRAMFILES|PATHEXT|COMSPEC)$/i;

/** What is left of an environment for a server that inherits nothing else; `own` is what was written for it. */
export function commonOf(
  env: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => COMMON.test(name) || Object.hasOwn(own, name)),
  );
}

/**
 * The complete environment of each server: `env` overrides what is inherited, `fallbackEnv` does not. Servers that add
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
