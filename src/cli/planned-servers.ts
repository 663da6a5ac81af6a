import { loadConfig } from '../config/load.js';
import { nearest } from '../config/nearest.js';
import { makePlan, type ServerPlan } from '../config/plan.js';
import { usageError } from '../messages/worded.js';
import { Endpoint } from '../protocol/endpoint.js';

/**
 * The servers of a configuration that would run, or those of these names. Nothing is started, and no address is needed.
 *
 * @throws ConfigError, and UsageError for a name that the configuration does not have
 */
export async function plannedServers(
  names: readonly string[],
  { config: file, envFile }: { config?: string; envFile?: string },
): Promise<{ servers: ServerPlan[]; secrets: readonly string[] }> {
  const cwd = process.cwd();
  const config = await loadConfig({ file, envFile, env: process.env, cwd });
  // Never dialled; each link has its own, so that none counts as shared.
  let made = 0;
  const endpointFor = () => {
    made += 1;
    return new Endpoint(`ws://localhost/not-dialled/${made}`);
  };
  const { servers, secrets } = makePlan(config, { endpointFor, cwd, gateway: 'configured' });
  const known = servers.map(({ name }) => name);
  const entryOf = (name: string) => name.replace(/@[^@]*$/, '');
  for (const name of names) {
    if (servers.some((server) => server.name === name || entryOf(server.name) === name)) continue;
    throw usageError('unknown-name', { name, meant: nearest(name, known), known });
  }
  const wanted = servers.filter(
    ({ name }) => names.length === 0 || names.includes(name) || names.includes(entryOf(name)),
  );
  return { servers: wanted, secrets };
}
