import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Cli, folder } from './cli.js';
import { eventually } from './eventually.js';

export interface GatewayProgram {
  cli: Cli;
  origin: string;
  /** The address of a server over Streamable HTTP; without a name, of all together. */
  url(server?: string): string;
}

/** The built program with a gateway. `config` is the file without the port. Resolves when it listens; it ends with the test. */
export async function gatewayProgram(config: {
  mcpServers: Record<string, object>;
  gateway?: object;
  settings?: object;
}): Promise<GatewayProgram> {
  const cwd = await folder();
  const port = await freePort();
  const gateway = { ...config.gateway, port };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ ...config, gateway }));
  const cli = new Cli(['--log-format', 'json'], { cwd });
  const origin = `http://127.0.0.1:${port}`;
  let ended = false;
  void cli.exited.then(() => {
    ended = true;
  });
  await eventually(
    async () => {
      if (ended) return true;
      await (await fetch(`${origin}/`)).arrayBuffer();
      return true;
    },
    { what: 'the gateway' },
  );
  if (ended) throw new Error(cli.stderr.slice(-2_000));
  return {
    ...{ cli, origin },
    url: (server) =>
      server === undefined ? `${origin}/mcp` : `${origin}/servers/${encodeURIComponent(server)}/mcp`,
  };
}

/** An entry of `mcpServers`. */
export const program = (path: string, args: readonly string[] = [], more: object = {}) => ({
  ...{ command: process.execPath, args: [path, ...args], ...more },
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
