import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cli, folder } from './cli.js';

export interface GatewayProgram {
  cli: Cli;
  /** The folder of its configuration. */
  cwd: string;
  origin: string;
  /** The address of a server over Streamable HTTP; without a name, of all together. */
  url(server?: string): string;
}

/** The built program with a gateway. `config` is the file without the port. Resolves when it listens; it ends with the test. */
export async function gatewayProgram(config: {
  mcpServers: Record<string, object>;
  gateway?: object;
  settings?: object;
  audit?: object;
  ui?: object;
}): Promise<GatewayProgram> {
  const cwd = await folder();
  const gateway = { ...config.gateway, port: 0 };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ ...config, gateway }));
  const cli = new Cli(['--log-format', 'json'], { cwd });
  const ended = cli.exited.then(() => Promise.reject(new Error(cli.stderr.slice(-2_000))));
  ended.catch(() => {});
  const { url } = await Promise.race([cli.event('gateway-address'), ended]);
  const { origin } = new URL(url as string);
  return {
    ...{ cli, cwd, origin },
    url: (server) =>
      server === undefined ? `${origin}/mcp` : `${origin}/servers/${encodeURIComponent(server)}/mcp`,
  };
}

/** An entry of `mcpServers`. */
export const program = (path: string, args: readonly string[] = [], more: object = {}) => ({
  ...{ command: process.execPath, args: [path, ...args], ...more },
});
