import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { ConnectProxy } from '../helpers/connect-proxy.js';
import { eventually } from '../helpers/eventually.js';
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

  it('warns of a SOCKS proxy and of a value that is none, and connects directly', async () => {
    const { fake, cwd, MCP_ENDPOINT } = await world();
    const cli = run(cwd, { MCP_ENDPOINT, ALL_PROXY: 'socks5://tk_name:tk_password@127.0.0.1:9' });
    await (await fake.connection(0)).greet();
    await cli.event('client-initialized');
    expect(cli.log.find(({ code }) => code === 'CONFIG_PROXY')?.msg).toContain('socks5:// address');
    const check = new Cli(['check', fixture('basic.mjs')], {
      cwd,
      env: { MCP_ENDPOINT, HTTPS_PROXY: 'tk_a b:x' },
    });
    expect(await check.exited).toBe(0);
    expect(check.stdout).toContain('CONFIG_PROXY');
    const quiet = new Cli(['check', '--no-proxy', fixture('basic.mjs')], {
      cwd,
      env: { MCP_ENDPOINT, HTTPS_PROXY: 'tk_a b:x' },
    });
    expect(await quiet.exited).toBe(0);
    expect(quiet.stdout).not.toContain('CONFIG_PROXY');
    expect(`${cli.stderr}${check.stdout}${quiet.stdout}`).not.toContain('tk_');
  });

  it('leaves an embedded endpoint alone', async () => {
    const { proxy, cwd } = await world();
    const cli = run(cwd, { ALL_PROXY: `http://${proxy.host}` }, '--local');
    await cli.event('open');
    expect(proxy.asked).toEqual([]);
  });

  it('counts for probe as well', async () => {
    const { fake, proxy, cwd, MCP_ENDPOINT, host } = await world();
    const env = { HTTPS_PROXY: `http://${proxy.host}` };
    const args = ['probe', '--endpoint', MCP_ENDPOINT, '--yes', '--max', '1', '--watch-ms', '100'];
    expect(await new Cli(args, { cwd, env }).exited).toBe(0);
    expect(proxy.asked).toEqual([host]);
    expect(await new Cli([...args, '--no-proxy'], { cwd, env }).exited).toBe(0);
    expect(proxy.asked).toEqual([host]);
    await eventually(() => fake.connections.length === 2);
  });
});
