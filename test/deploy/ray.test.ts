import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../helpers/cli.js';
import { fixture } from '../helpers/link.js';

const KEY = 'the-key-of-the-client-that-is-tested';
/** The Python in which scripts/install-ray.sh has installed Ray. */
const PYTHON =
  process.env.MCP_PIPE_RAY_PYTHON ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mcp-pipe-ray/bin/python');
const inFixtures = (name: string) => join(root, 'test/fixtures/deploy', name);

test.skipIf(!existsSync(PYTHON))(
  'Ray Serve (scripts/install-ray.sh): clients of every transport behind two replicas, of which one dies',
  { timeout: 300_000 },
  async () => {
    // Short: Ray has sockets in it.
    const folder = await mkdtemp('/tmp/ray-');
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const shipped = await readFile(join(root, 'deploy/ray/mcp_config.json'), 'utf8');
    const servers = { one: { command: process.execPath, args: [fixture('shared.mjs')] } };
    const text = shipped.replace(/"mcpServers": \{.*?\n {2}\}/s, `"mcpServers": ${JSON.stringify(servers)}`);
    expect(text).not.toBe(shipped);
    const config = join(folder, 'mcp_config.json');
    await writeFile(config, text);
    const command = `${process.execPath} ${join(root, 'bin/mcp-pipe.js')}`;
    const client = [process.execPath, inFixtures('ray-client.mjs'), KEY];
    const args = [PYTHON, inFixtures('ray-up.py'), join(folder, 'r'), command, config, '2', ...client];
    // Ray listens on all addresses: in a network of its own, there is this machine alone.
    const child = spawn(
      'unshare',
      ['--user', '--map-root-user', '--net', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh', ...args],
      { env: { ...process.env, MCP_PIPE_KEY: KEY }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    onTestFinished(() => void child.kill('SIGTERM'));
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (some: string) => {
        output += some;
      });
    await once(child, 'close');
    const said = /^RESULT (.*)$/m.exec(output)?.[1];
    expect(said, output.slice(-4_000)).toBeDefined();
    const seen = JSON.parse(said!) as { spreadMs: number };
    expect(seen).toEqual({
      // Each session stays with one process, though Serve sends its requests to any replica.
      ...{ replicas: 2, processes: 2, processesOfOneSession: 1 },
      ...{ progress: 3, spreadMs: expect.any(Number), sse: 'over sse', modern: 'without a session' },
      ...{ webSocket: ['mcp', 7], withoutKey: 401, ready: 200, unknownReplica: 404 },
      ...{ afterDeath: 404, others: 'still here', replicasAgain: 2 },
    });
    // Events are 300 ms apart at the server, and would be 0 ms apart if Serve gathered them.
    expect(seen.spreadMs).toBeGreaterThan(300);
  },
);
