import { resolve } from 'node:path';

const DEFAULT_FILE = 'mcp_config.json';

export interface ConfigFile {
  /** Absolute; it need not exist. */
  file: string;
  /** `--config` or `MCP_CONFIG`, whichever names the file; undefined for the default. */
  by: string | undefined;
}

/** Where the configuration is: `--config`, else the variable MCP_CONFIG, else `mcp_config.json` in `cwd`. */
export function findConfigFile(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): ConfigFile {
  if (option) return { file: resolve(cwd, option), by: '--config' };
  if (env.MCP_CONFIG) return { file: resolve(cwd, env.MCP_CONFIG), by: 'MCP_CONFIG' };
  return { file: resolve(cwd, DEFAULT_FILE), by: undefined };
}
