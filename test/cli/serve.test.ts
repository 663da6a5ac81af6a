import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';

const BASIC = [process.execPath, fixture('basic.mjs')] as const;
const KEY = '0123456789abcdef0123456789abcdef';

let cwd: string;
let env: Record<string, string>;
beforeEach(async () => {
  cwd = await folder();
  env = { XDG_RUNTIME_DIR: cwd };
});

/**
 * Starts it, and waits for the addresses of these: by the name of the server, `of kids` for an agent, and `*` for all together.
 * The first of each counts.
 */
async function served(args: string[], names: string[], more: Record<string, string> = {}) {
  const cli = new Cli(args, { cwd, env: { ...env, MCP_PIPE_LOG_FORMAT: 'json', ...more } });
  const known = () => {
    const urlOf = new Map<string, string>();
    for (const { event, server, agent, url } of cli.log) {
      const name = (server as string) ?? (agent ? `of ${agent}` : '*');
      if (event === 'gateway-address' && !urlOf.has(name)) urlOf.set(name, url as string);
    }
    return ['*', ...names].every((name) => urlOf.has(name)) && urlOf;
  };
  return { cli, urlOf: await eventually(known, { what: 'every address' }) };
}

async function toolsAt(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = url.endsWith('/sse')
    ? new SSEClientTransport(new URL(url), { requestInit: { headers } })
    : new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  try {
    return (await client.listTools()).tools.map(({ name }) => name);
  } finally {
    await client.close();
  }
}

/** What a server answers over WebSocket. */
async function overWebSocket(url: string): Promise<string[]> {
  const socket = new WebSocket(url, 'mcp');
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  const ask = async (id: number, method: string, params: object = {}) => {
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const [data] = (await once(socket, 'message')) as [Buffer];
    return JSON.parse(data.toString()) as { id: number; result: { tools: { name: string }[] } };
  };
  const clientInfo = { name: 'test', version: '1' };
  await ask(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  return (await ask(2, 'tools/list')).result.tools.map(({ name }) => name);
}

const otherWay = (url: string, last: string) =>
  (last === 'ws' ? url.replace(/^http/, 'ws') : url).replace(/mcp$/, last);

it('gives the servers of a command line at each address, in each way', async () => {
  const named = `'${BASIC[0]}' '${BASIC[1]}'`;
  const args = ['serve', '--port', '0', '--named-server', 'xin chào', named, ...BASIC];
  const { cli, urlOf } = await served(args, ['basic', 'xin chào']);
  expect([...urlOf.keys()]).toEqual(['*', 'basic', 'xin chào']);
  for (const [name, url] of urlOf) {
    const expected = name === '*' ? 'basic__whoami' : 'whoami';
    expect(await toolsAt(url), url).toContain(expected);
    expect(await toolsAt(otherWay(url, 'sse')), url).toContain(expected);
    expect(await overWebSocket(otherWay(url, 'ws')), url).toContain(expected);
  }
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
});

it('a plain mcp-pipe with a "gateway" section serves, for those who have a key', async () => {
  const server = { command: BASIC[0], args: [BASIC[1]] };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the syntax under test
  const gateway = { port: 0, keys: { me: '${KEY_OF_ME}' } };
  await writeFile(
    join(cwd, 'mcp_config.json'),
    JSON.stringify({
      mcpServers: { one: server, two: { ...server, share: 'agent' } },
      agents: { kids: { tools: { one: ['whoami'], two: ['echo'] } } },
      gateway,
    }),
  );
  const { cli, urlOf } = await served([], ['one', 'of kids'], { KEY_OF_ME: KEY });
  const url = urlOf.get('one')!;
  expect(await toolsAt(url, { authorization: `Bearer ${KEY}` })).toContain('whoami');
  await expect(toolsAt(url)).rejects.toThrow(/API key is needed/);
  const ofKids = urlOf.get('of kids')!;
  expect(ofKids).toMatch(/\/agents\/kids\/mcp$/);
  for (const last of ['mcp', 'sse'])
    expect(await toolsAt(otherWay(ofKids, last), { 'x-api-key': KEY })).toEqual(['whoami', 'echo']);
  expect(cli.log.filter(({ event, server }) => event === 'gateway-address' && server === 'two')).toEqual([]);
  const status = new Cli(['status'], { cwd, env });
  expect(await status.exited).toBe(0);
  expect(status.stdout).toContain(url);
  expect(cli.stderr).not.toContain(KEY);
});

it('listens where clients of supergateway look, and says what differs', async () => {
  const text = `'${BASIC[0]}' '${BASIC[1]}'`;
  const args = [
    'serve',
    '--port',
    '0',
    '--stdio',
    text,
    '--outputTransport',
    'ws',
    '--healthEndpoint',
    '/healthz',
  ];
  const { cli, urlOf } = await served(args, []);
  const { origin } = new URL(urlOf.get('*')!);
  const url = `${origin.replace('http', 'ws')}/message`;
  await eventually(
    () => cli.log.some((line) => line.event === 'gateway-address' && line.url === url) || undefined,
  );
  expect(await overWebSocket(url)).toContain('whoami');
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  expect(cli.log.map(({ code }) => code)).toContain('CONFIG_SERVE_OPTION');
});

it('a port that is taken ends it with advice', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const cli = new Cli(['serve', '--log-format', 'pretty', '--port', String(port), ...BASIC], { cwd, env });
  expect(await cli.exited).toBe(1);
  expect(cli.stderr).toContain('LISTEN_FAILED');
  expect(cli.stderr).toContain('choose another port');
});

it('an address of other machines without a key is refused; that it may be open has to be written out', async () => {
  const args = ['serve', '--log-format', 'pretty', '--port', '0', '--host', '0.0.0.0'];
  const refused = new Cli([...args, ...BASIC], { cwd, env });
  expect(await refused.exited).toBe(2);
  expect(refused.stderr).toContain('CONFIG_GATEWAY_OPEN');
  expect(refused.stderr).toContain('--insecure-no-auth');
  const open = new Cli(['serve', '--port', '0', '--host', '0.0.0.0', '--insecure-no-auth', ...BASIC], {
    cwd,
    env,
  });
  await eventually(() => open.log.some(({ event }) => event === 'gateway-address') || undefined);
  expect(open.log.map(({ code }) => code)).toContain('CONFIG_GATEWAY_OPEN');
});

it('a section for other machines without a key is refused, until the command line says that it may be open', async () => {
  const one = { command: BASIC[0], args: [BASIC[1]] };
  const gateway = { host: '0.0.0.0', port: 0, rate: '100/m' };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { one }, gateway }));
  const check = async (...args: string[]) => {
    const cli = new Cli(['check', '--json', ...args], { cwd, env });
    return { code: await cli.exited, report: JSON.parse(cli.stdout) };
  };
  const codes = ({ findings }: { findings: { severity: string; code: string }[] }) =>
    findings.filter(({ code }) => code === 'CONFIG_GATEWAY_OPEN').map(({ severity }) => severity);
  const refused = await check();
  expect([refused.code, codes(refused.report)]).toEqual([2, ['error']]);
  expect(refused.report.plan.gateway).toMatchObject({ rate: '100/m', ratePerAddress: null, tls: false });
  const allowed = await check('--insecure-no-auth');
  expect([allowed.code, codes(allowed.report)]).toEqual([0, ['warning']]);
  const open = new Cli(['--insecure-no-auth'], { cwd, env });
  const { url } = await open.event('gateway-address');
  expect((await fetch(new URL('/status', String(url).replace('0.0.0.0', '127.0.0.1')))).status).toBe(200);
});

it('an option that cannot be followed is refused with advice', async () => {
  const cli = new Cli(['serve', '--tunnel', ...BASIC], { cwd, env });
  expect(await cli.exited).toBe(2);
  expect(cli.stderr).toContain('cloudflared');
});

it('prints what to paste, without the key', async () => {
  const args = ['serve', '--print-config', 'vscode', '--port', '9000', ...BASIC];
  const cli = new Cli(args, { cwd, env: { ...env, MCP_PIPE_KEY: KEY } });
  expect(await cli.exited).toBe(0);
  expect(JSON.parse(cli.stdout)).toEqual({
    servers: {
      'mcp-pipe': {
        ...{ type: 'http', url: 'http://127.0.0.1:9000/mcp' },
        headers: { Authorization: 'Bearer YOUR_KEY' },
      },
    },
  });
  expect(cli.stderr).toContain('.vscode/mcp.json');
});
