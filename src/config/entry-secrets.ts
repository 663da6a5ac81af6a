import { PLACEHOLDER } from './address.js';
import { SECRET_NAME } from './secret-shape.js';
import type { ServerConfig } from './servers.js';

/** A place of a secret is none, and errors name it. */
const PLACE_NAME = /_(file|path|dir)$/i;

/**
 * The secrets of servers themselves: values of `env` and `envFile` with the name of a secret, and those of variables with such a
 * name that entries refer to. Servers print them, and what they print is quoted.
 */
// D11
export function secretsOfServers(
  servers: readonly Pick<ServerConfig, 'env' | 'fileEnv' | 'secretVariables'>[],
  valueNamed: (name: string) => string | undefined,
): string[] {
  const all = servers.flatMap(({ env, fileEnv, secretVariables }) => [
    ...Object.entries(env),
    ...Object.entries(fileEnv),
    ...secretVariables.map((name) => [name, valueNamed(name) ?? ''] as const),
  ]);
  const named = all.filter(([name]) => SECRET_NAME.test(name) && !PLACE_NAME.test(name));
  return [...new Set(named.map(([, value]) => value))].filter((value) => !PLACEHOLDER.test(value));
}
