import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const START_MS = 60_000;
const STOP_MS = 15_000;

/**
 * A gateway of this clone, in a process and a folder of its own, with the calculator of examples/ behind it.
 *
 * @returns {Promise<{ url: URL, end: () => Promise<void> }>}
 */
export async function startOwnGateway() {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-load-'));
  const calculator = { command: process.execPath, args: [join(ROOT, 'examples/calculator.js')] };
  const config = { mcpServers: { calculator }, gateway: { port: 0 } };
  await writeFile(join(folder, 'mcp_config.json'), JSON.stringify(config));
  const { MCP_ENDPOINT: _, MCP_CONFIG: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'bin/mcp-pipe.js'), '--log-format', 'json'], {
    cwd: folder,
    env: { ...inherited, LC_ALL: 'C', MCP_PIPE_STATE: join(folder, 'state') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const end = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  let log = '';
  const address = new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ why) => reject(new Error(`mcp-pipe ${why}: ${log.slice(-2_000)}`));
    const timer = setTimeout(() => fail('does not start'), START_MS);
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-100_000);
      for (const line of log.split('\n').slice(0, -1)) {
        if (!line.includes('"gateway-address"')) continue;
        clearTimeout(timer);
        resolve(new URL('/mcp', JSON.parse(line).url));
      }
    });
    exited.then(() => fail('has ended'));
  });
  try {
    return { url: /** @type {URL} */ (await address), end };
  } catch (error) {
    await end();
    throw error;
  }
}
