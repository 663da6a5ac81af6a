import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Caller, openCaller } from '../../src/faces/endpoint/caller.js';
import type { RunningEndpoint } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folder } from './cli.js';
import { eventually, PATIENCE_MS } from './eventually.js';
import { freePort } from './free-port.js';

const fixtures = join(import.meta.dirname, '../fixtures/servers');
export const calculator = join(import.meta.dirname, '../../examples/calculator.js');

/** Long enough that it is found nowhere by chance. */
export const TOKEN = 'made-up-token-0f9a72c1e45b8d36';

/** An entry of `mcpServers` for a fixture. */
export const server = (file: string, env: Record<string, string> = {}) => ({
  ...{ command: process.execPath, args: [join(fixtures, file)] },
  env,
});

/** A daemon with its page, an endpoint, and a folder. */
export interface DaemonPage {
  cli: Cli;
  cwd: string;
  origin: string;
  endpoint: RunningEndpoint;
  /** The endpoint's side: it asks the servers as an assistant would. */
  caller(): Promise<Caller>;
  /** Writes the configuration anew. */
  write(config: object): Promise<void>;
  /** The same program once more, on the same address. */
  startAgain(): Promise<Cli>;
}

/** The built program with `--ui`. `config` gets the address of an endpoint. Resolves when the page answers; it ends with the test. */
export async function daemonPage(
  config: (endpoint: RunningEndpoint) => object,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<DaemonPage> {
  const cwd = await folder();
  const endpoint = await startEndpoint();
  onTestFinished(() => endpoint.close());
  const write = (value: object) => writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(value));
  await write(config(endpoint));
  const address = `127.0.0.1:${await freePort()}`;
  const origin = `http://${address}`;
  const start = async () => {
    const cli = new Cli(['--ui', address, '--log-format', 'json', ...args], { cwd, env });
    let code: number | string | undefined;
    void cli.exited.then((ended) => {
      code = ended;
    });
    await eventually(
      async () => {
        if (code !== undefined) throw new Error(`it ended with ${code}: ${cli.stderr.slice(-2_000)}`);
        const response = await fetch(`${origin}/ui/app.js`).catch(() => undefined);
        await response?.arrayBuffer();
        return response?.ok;
      },
      { what: 'the page', timeoutMs: PATIENCE_MS },
    );
    return cli;
  };
  return {
    ...{ cli: await start(), cwd, origin, endpoint, write, startAgain: start },
    async caller() {
      await eventually(() => endpoint.connections().some(({ tools }) => tools !== undefined), {
        what: 'the list of tools of the endpoint',
      });
      const caller = await openCaller(endpoint.callerUrl(TOKEN));
      onTestFinished(() => caller.close());
      return caller;
    },
  };
}
