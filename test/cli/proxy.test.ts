import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { ConnectProxy } from '../helpers/connect-proxy.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

const LOGIN = 'tk_name:tk_p@ssword';
const ENCODED = 'tk_name:tk_p%40ssword';

async function world(login?: string) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const proxy = await ConnectProxy.start(login === undefined ? {} : { login });
  const cwd = await folder();
  const { host } = new URL(fake.endpoint().href);
  return { fake, proxy, cwd, host, MCP_ENDPOINT: fake.endpoint().href };
}

const run = (cwd: string, env: Record<string, string>, ...more: string[]) =>
  new Cli(['--log-format', 'json', '--log-level', 'trace', fixture('basic.mjs'), ...more], { cwd, env });

describe('mcp-pipe with HTTPS_PROXY', () => {
  it('says at the start what goes through which proxy, and never shows the login', async () => {
    const { fake, proxy, cwd, host, MCP_ENDPOINT } = await world(LOGIN);
    const cli = run(cwd, { MCP_ENDPOINT, HTTPS_PROXY: `http://${ENCODED}@${proxy.host}` });
    await (await fake.connection(0)).greet();
    await cli.event('client-initialized');
    expect(cli.log.find((line) => line.proxy)).toMatchObject({
      msg: `Connections to ${host} go through the proxy ${proxy.host} (HTTPS_PROXY). NO_PROXY or --no-proxy connects directly.`,
    });
    expect(proxy.asked).toEqual([host]);
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    const base64 = Buffer.from(LOGIN).toString('base64');
    for (const secret of ['tk_p@ssword', 'tk_p%40ssword', base64]) expect(cli.stderr).not.toContain(secret);
  });

  it('takes the proxy out of .env, and words a refusal in Vietnamese with what to do', async () => {
    const { proxy, cwd, MCP_ENDPOINT } = await world(LOGIN);
    await writeFile(join(cwd, '.env'), `HTTP_PROXY=http://tk_name:tk_wrong@${proxy.host}\n`);
    const cli = run(cwd, { MCP_ENDPOINT }, '--lang', 'vi');
    const down = await cli.event('down');
    expect(down.msg).toContain(`proxy ${proxy.host} không chấp nhận tên và mật khẩu đã gửi (HTTP 407)`);
    expect(down.msg).toContain('[proxy-auth]');
    expect(cli.stderr).not.toContain('tk_wrong');
  });

  it.each([
    ['--no-proxy', [] as Record<string, string>[], ['--no-proxy']],
    ['NO_PROXY by network', [{ NO_PROXY: '127.0.0.0/8' }], []],
    ['no_proxy by host and port', [{ no_proxy: 'HOST' }], []],
  ])('dials directly with %s', async (_, [more = {}], args) => {
    const { fake, proxy, cwd, host, MCP_ENDPOINT } = await world();
    const noProxy = Object.fromEntries(
      Object.entries(more).map(([name, value]) => [name, value.replace('HOST', host)]),
    );
    const cli = run(cwd, { MCP_ENDPOINT, ALL_PROXY: `http://${proxy.host}`, ...noProxy }, ...args);
    await (await fake.connection(0)).greet();
    await cli.event('client-initialized');
    expect(proxy.asked).toEqual([]);
    expect(cli.stderr).not.toContain('go through');
  });
});
