import { expect, it, onTestFinished } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { ConnectProxy } from '../helpers/connect-proxy.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

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

it('mcp-pipe with HTTPS_PROXY warns of a SOCKS proxy and of a value that is none, and connects directly', async () => {
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

it('mcp-pipe with HTTPS_PROXY leaves an embedded endpoint alone', async () => {
  const { proxy, cwd } = await world();
  const cli = run(cwd, { ALL_PROXY: `http://${proxy.host}` }, '--local');
  await cli.event('open');
  expect(proxy.asked).toEqual([]);
});

it('mcp-pipe with HTTPS_PROXY counts for probe as well', async () => {
  const { fake, proxy, cwd, MCP_ENDPOINT, host } = await world();
  const env = { HTTPS_PROXY: `http://${proxy.host}` };
  const args = ['probe', '--endpoint', MCP_ENDPOINT, '--yes', '--max', '1', '--watch-ms', '100'];
  expect(await new Cli(args, { cwd, env }).exited).toBe(0);
  expect(proxy.asked).toEqual([host]);
  expect(await new Cli([...args, '--no-proxy'], { cwd, env }).exited).toBe(0);
  expect(proxy.asked).toEqual([host]);
  await eventually(() => fake.connections.length === 2);
});
