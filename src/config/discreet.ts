import { kindOf } from './kinds/kinds.js';
import type { ServerConfig } from './servers.js';
import { namesAlone, shownAs } from './shown-as.js';

/** The parts of a configuration that show something when it is printed. */
interface Shown {
  file: string | undefined;
  envFile: string;
  mode: unknown;
  servers: readonly ServerConfig[];
  env: Readonly<Record<string, string | undefined>>;
}

/** Hides values of the environment when the configuration is printed or serialised. */
export function discreet<Config extends Shown>(config: Config): Config {
  const { file, envFile, mode, servers, env } = config;
  namesAlone(env);
  for (const server of servers) {
    shownAs(server, () => ({
      name: server.name,
      enabled: server.enabled,
      ...kindOf(server).summary(server),
    }));
  }
  return shownAs(config, () => ({ file, envFile, mode, servers }));
}
