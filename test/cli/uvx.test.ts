import { delimiter } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cli, descendants, folder, isAlive } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { installUv, uvCache } from '../helpers/uv.js';

const uv = installUv();

describe.skipIf(uv === undefined)('a server that uvx starts (needs python3)', () => {
  it('works, and is ended with its whole tree', async () => {
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    const env = {
      PATH: [uv, process.env.PATH].join(delimiter),
      UV_CACHE_DIR: uvCache,
      MCP_ENDPOINT: fake.endpoint().href,
    };
    const cli = new Cli(['--', 'uvx', 'mcp-server-time'], { cwd: await folder(), env });
    const connection = await fake.connection(0, 120_000);
    await connection.greet();
    const answer = await connection.tool(1, 'get_current_time', { timezone: 'Asia/Ho_Chi_Minh' });
    expect(answer).toContain('+07:00');
    const tree = descendants(cli.pid);
    expect(tree.length).toBeGreaterThanOrEqual(2);
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    await eventually(() => tree.every((pid) => !isAlive(pid)));
  }, 180_000);
});
