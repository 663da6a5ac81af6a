import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cli, descendants, folder, isAlive, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { installUv, uvCache } from '../helpers/uv.js';

const uv = installUv();

/** mcp-pipe with one command behind `--`, and the endpoint's side of its first connection. */
async function piped(...command: string[]) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const env = {
    PATH: [uv, process.env.PATH].join(delimiter),
    UV_CACHE_DIR: uvCache,
    MCP_ENDPOINT: fake.endpoint().href,
  };
  const cli = new Cli(['--', ...command], { cwd: await folder(), env });
  const connection = await fake.connection(0, 120_000);
  await connection.greet();
  return { cli, connection };
}

describe.skipIf(uv === undefined)('a server of the Python world (needs python3)', () => {
  it('that uvx starts works, and is ended with its whole tree', async () => {
    const { cli, connection } = await piped('uvx', 'mcp-server-time');
    const answer = await connection.tool(1, 'get_current_time', { timezone: 'Asia/Ho_Chi_Minh' });
    expect(answer).toContain('+07:00');
    const tree = descendants(cli.pid);
    expect(tree.length).toBeGreaterThanOrEqual(2);
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    await eventually(() => tree.every((pid) => !isAlive(pid)));
  }, 180_000);

  it('that fetches pages brings one from a local site', async () => {
    const site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<html><body><article><p>Xin chào từ một trang web.</p></article></body></html>');
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    onTestFinished(() => void site.close());
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    const { connection } = await piped(
      'uvx',
      'mcp-server-fetch',
      '--ignore-robots-txt',
      '--allow-private-ips',
    );
    expect(await connection.tool(1, 'fetch', { url }, 60_000)).toContain('Xin chào từ một trang web.');
  }, 180_000);

  it('written with FastMCP answers', async () => {
    const script = join(root, 'test/fixtures/servers/fastmcp_calc.py');
    const { connection } = await piped('uv', 'run', '--no-project', '--with', 'mcp<2', script);
    expect(await connection.tool(1, 'add', { a: 40, b: 2 })).toContain('42');
  }, 180_000);
});
