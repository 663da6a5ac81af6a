import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { parse } from 'yaml';
import { Cli, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { fixture } from '../helpers/link.js';
import { listen } from '../helpers/listen.js';
import { Deployment, METRICS_KEY, UI_KEY } from './deployment.js';
import { Program, run } from './programs.js';
import { COMPOSE, copyShipped, ownFolder, type Rewrites } from './shipped.js';

const EXAMPLES = join(root, 'examples/prometheus');

/** Ends when a file of that name appears in its folder, and each time after. */
const FRAIL = `import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
const server = spawn(process.execPath, [${JSON.stringify(fixture('basic.mjs'))}], { stdio: 'inherit' });
server.on('exit', () => process.exit(3));
setInterval(() => existsSync('broken') && server.kill('SIGKILL'), 50);
`;

/** Nothing has ended. */
const NOT_YET = new Set(['mcp_pipe_connection_closes_total', 'mcp_pipe_server_exits_total']);

interface Alert {
  status: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** What times are in the files, and a second here. */
const SOONER: Rewrites = [
  ['scrape_interval: 15s', 'scrape_interval: 1s'],
  ['evaluation_interval: 15s', 'evaluation_interval: 1s'],
];

/** Copies the files of Prometheus: paths, ports and names of hosts are rewritten, and times. Returns the folder. */
async function copyPrometheus(folder: string, hosts: Rewrites): Promise<string> {
  const to = join(folder, 'prometheus');
  await copyShipped('prometheus', to, [
    ['/etc/prometheus-mcp-pipe/', `${folder}/rules/`],
    ['/etc/prometheus/', `${to}/`],
    ['/run/secrets/', `${folder}/`],
    ...hosts,
    ...SOONER,
  ]);
  await writeFile(join(folder, 'metrics_key'), `${METRICS_KEY}\n`);
  await mkdir(join(folder, 'rules'));
  const rules = await readFile(join(EXAMPLES, 'mcp-pipe.rules.yml'), 'utf8');
  await writeFile(join(folder, 'rules/mcp-pipe.rules.yml'), rules.replaceAll(/for: \d+m/g, 'for: 1s'));
  return to;
}

test('promtool and amtool take the files, and the rules pass their tests', async () => {
  const folder = await ownFolder();
  const config = join(await copyPrometheus(folder, []), 'prometheus.yml');
  for (const args of [
    ['check', 'config', config],
    ['check', 'rules', join(COMPOSE, 'prometheus/machine.rules.yml'), join(EXAMPLES, 'mcp-pipe.rules.yml')],
    ['test', 'rules', join(COMPOSE, 'prometheus/machine.test.yml'), join(EXAMPLES, 'mcp-pipe.test.yml')],
  ]) {
    const { code, output } = run('promtool', args);
    expect(code, output).toBe(0);
  }
  const { code, output } = run('amtool', [
    'check-config',
    await copyAlertmanager(folder, 'http://127.0.0.1:9/'),
  ]);
  expect(code, output).toBe(0);
});

test('a link and a server of a replica that are down are alerts with their cause, which reach the webhook', async () => {
  const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
  const frail = { command: process.execPath, args: ['frail.mjs'] };
  const own = { ...basic, share: 'session' };
  const world = await Deployment.prepare({ servers: { one: basic, frail, own } });
  const { folder } = world;
  for (const replica of ['a', 'b']) {
    await mkdir(join(folder, replica));
    await writeFile(join(folder, replica, 'frail.mjs'), FRAIL);
  }
  await Promise.all([world.startReplica('a'), world.startReplica('b')]);
  const ends = Math.floor(Date.now() / 1_000) + 5 * 86_400;
  await writeFile(join(folder, 'certificate.prom'), `deploy_certificate_expires_timestamp_seconds ${ends}\n`);
  const endpointPort = await freePort();
  const pipe = await startPipe(world, endpointPort);
  const told: Alert[] = [];
  const webhook = createServer((request, response) => {
    let body = '';
    request.on('error', () => {});
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      told.push(...(JSON.parse(body) as { alerts: Alert[] }).alerts);
      response.end();
    });
  });
  const hook = `http://127.0.0.1:${await listen(webhook)}/alerts`;
  const [alertmanager, node, prometheus] = [await freePort(), await freePort(), await freePort()];
  const here = (port: number) => `127.0.0.1:${port}`;
  const config = await copyPrometheus(folder, [
    ['gateway-a:7420', here(world.ports.page.a)],
    ['gateway-b:7420', here(world.ports.page.b)],
    ['pipe:7420', here(world.ports.page.pipe)],
    ['alertmanager:9093', here(alertmanager)],
    ['node-exporter:9100', here(node)],
    ['prometheus.monitoring:9090', here(prometheus)],
  ]);
  const listening = (port: number) => `--web.listen-address=${here(port)}`;
  const commands = parse(await readFile(join(COMPOSE, 'docker-compose.prod.yml'), 'utf8'), { merge: true })
    .services as Record<string, { command: string[] }>;
  const flags = (service: string, kept: RegExp) =>
    commands[service]!.command.filter((flag) => kept.test(flag));
  await Promise.all([
    Program.start(
      'prometheus-node-exporter',
      [
        ...flags('node-exporter', /^--collector/).map((flag) =>
          flag.replace('/host/var/lib/mcp-pipe', folder),
        ),
        listening(node),
      ],
      node,
    ),
    Program.start(
      'prometheus-alertmanager',
      [
        `--config.file=${await copyAlertmanager(folder, hook)}`,
        ...flags('alertmanager', /^--cluster/),
        ...[`--storage.path=${folder}/alertmanager`, listening(alertmanager)],
      ],
      alertmanager,
    ),
    Program.start(
      'prometheus',
      [
        `--config.file=${config}/prometheus.yml`,
        ...[`--storage.tsdb.path=${folder}/tsdb`, listening(prometheus)],
      ],
      prometheus,
    ),
  ]);
  const query = async (text: string) => {
    const body = new URLSearchParams({ query: text });
    const answer = await fetch(`http://${here(prometheus)}/api/v1/query`, { method: 'POST', body });
    if (!answer.ok) return [];
    const { data } = (await answer.json()) as { data: { result: { metric: Record<string, string> }[] } };
    return data.result.map(({ metric }) => metric);
  };
  const every = { everyMs: 200 };
  await eventually(async () => (await query('up == 1')).length === 6, {
    ...every,
    what: 'all six targets up',
  });

  const raised = await eventually(
    () => told.find(({ status, labels }) => status === 'firing' && labels.alertname === 'McpPipeLinkDown'),
    every,
  );
  expect(raised.labels).toMatchObject({ link: 'one', role: 'pipe', severity: 'critical' });
  expect(raised.labels).toMatchObject({ instance: here(world.ports.page.pipe), deployment: 'mcp-pipe' });
  expect(raised.annotations).toEqual({
    summary: 'Link one has not been connected for 5 minutes',
    // As the log of mcp-pipe says it.
    why: 'refused',
    todo: 'mcp-pipe status says why, and what to do',
  });

  expect((await query('deploy_certificate_expires_timestamp_seconds - time() < 7 * 86400')).length).toBe(1);

  // What the documentation, the rules and the dashboards ask for.
  const names = (await query('count by (__name__) ({job="mcp-pipe"})')).map(({ __name__: name }) => name);
  const rules = await readFile(join(EXAMPLES, 'mcp-pipe.rules.yml'), 'utf8');
  const wanted = new Set([...rules.matchAll(/\b(mcp_pipe_[a-z_]+)\b/g)].map(([, name]) => name!));
  expect(wanted.size).toBeGreaterThan(6);
  for (const name of [...wanted, 'mcp_pipe_build_info', 'mcp_pipe_servers', 'process_resident_memory_bytes'])
    if (!NOT_YET.has(name)) expect(names).toContain(name);
  expect((await query('mcp_pipe_build_info{role="gateway"}')).length).toBe(2);
  expect((await query('node_memory_MemAvailable_bytes')).length).toBe(1);
  expect((await query('node_filesystem_avail_bytes')).length).toBeGreaterThan(0);

  // The endpoint comes, and so does the word that it works again.
  const endpoint = new WebSocketServer({ port: endpointPort, host: '127.0.0.1' });
  onTestFinished(() => {
    for (const socket of endpoint.clients) socket.terminate();
    endpoint.close();
  });
  endpoint.on('connection', (socket) => socket.on('error', () => {}));
  await eventually(
    () => told.some(({ status, labels }) => status === 'resolved' && labels.alertname === 'McpPipeLinkDown'),
    every,
  );

  // Servers that only clients of the gateway have, of each replica.
  const upServers = async () => (await query('mcp_pipe_server_up{role="gateway"} == 1')).length;
  await eventually(async () => (await upServers()) === 6, {
    ...every,
    what: 'three servers of two replicas',
  });
  expect((await query('mcp_pipe_server_memory_bytes{role="gateway", server="frail"} > 1e6')).length).toBe(2);
  await writeFile(join(folder, 'b/broken'), '');
  const fallen = await eventually(
    () => told.find(({ status, labels }) => status === 'firing' && labels.alertname === 'McpPipeServerDown'),
    every,
  );
  const instance = here(world.ports.page.b);
  expect(fallen.labels).toMatchObject({ server: 'frail', role: 'gateway', instance, severity: 'critical' });
  expect(fallen.annotations).toMatchObject({
    summary: `Server frail on ${instance} has not answered for 5 minutes`,
    todo: 'mcp-pipe logs frail',
  });
  expect(await upServers()).toBe(5);
  expect(pipe.stderr).not.toContain(METRICS_KEY);
});

/** The pipe role, whose endpoint is on that port of this machine. */
async function startPipe(world: Deployment, endpointPort: number): Promise<Cli> {
  const cwd = join(world.folder, 'pipe');
  await mkdir(cwd);
  const one = { command: process.execPath, args: [fixture('basic.mjs')] };
  await copyShipped('mcp_config.pipe.json', join(cwd, 'mcp_config.json'), [
    ['0.0.0.0:7420', `127.0.0.1:${world.ports.page.pipe}`],
    [/"mcpServers": \{.*?\n {2}\}/gs, `"mcpServers": ${JSON.stringify({ one })}`],
  ]);
  const env = {
    ...{ DOMAIN: 'localhost', MCP_ENDPOINT: `ws://127.0.0.1:${endpointPort}/mcp/?token=of-the-pipe` },
    ...{ MCP_PIPE_UI_KEY: UI_KEY, MCP_PIPE_METRICS_KEY: METRICS_KEY },
  };
  const cli = new Cli(['--log-format', 'json'], { cwd, env });
  await cli.event('metrics-address');
  return cli;
}

/** Its file, with an address of a webhook. The Alertmanager of Debian (0.25) does not know `url_file` of 0.26 yet. */
async function copyAlertmanager(folder: string, hook: string): Promise<string> {
  const file = join(folder, 'alertmanager.yml');
  await copyShipped('alertmanager/alertmanager.yml', file, [
    ['url_file: /run/secrets/alert_webhook_url', `url: ${hook}`],
    ['group_wait: 30s', 'group_wait: 1s'],
    ['group_interval: 5m', 'group_interval: 1s'],
  ]);
  return file;
}
