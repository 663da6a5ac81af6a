import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filled } from '../../scripts/dashboards/filled.js';
import { boardFiles } from '../../scripts/dashboards/write.js';
import { Cli, folderAndEndpoint } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { fixture } from '../helpers/link.js';
import { needPrometheus, Prometheus } from '../helpers/prometheus.js';
import { type Board, expressionsOf, faultsOf, namesIn, shippedBoards } from './boards.js';
import { Program } from './programs.js';
import { COMPOSE, ownFolder } from './shipped.js';

beforeAll(needPrometheus);

const boards = shippedBoards();
const basic = { command: process.execPath, args: [fixture('basic.mjs')] };

/** What has not happened in the world of this test has no series. */
const NOT_SEEN = new Set([
  'ALERTS',
  'mcp_pipe_dial_failures_total',
  'mcp_pipe_dropped_messages_total',
  'mcp_pipe_lease_yields_total',
  'mcp_pipe_queue_full_total',
]);

describe('the dashboards', () => {
  it('are what their script writes', async () => {
    for (const [name, text] of boardFiles())
      expect(await readFile(join(COMPOSE, 'grafana/dashboards', name), 'utf8'), 'npm run schema').toBe(text);
    expect([...boards.keys()].sort()).toEqual([...boardFiles().keys()].sort());
  });

  it('have every panel in its place, and ask for metrics and labels that there are', async () => {
    const folder = await ownFolder();
    for (const [name, board] of boards) expect(faultsOf(board, folder), name).toEqual([]);
    const uids = [...boards.values()].map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(6);
    // Each leads to the others of its language.
    for (const { tags, links } of boards.values()) expect(tags).toContain(links[0]!.tags[0]);
  });

  it('would not pass with a mistake', async () => {
    const folder = await ownFolder();
    const with_ = (change: (board: Board) => void) => {
      const board = structuredClone(boards.get('overview.json')!);
      change(board);
      return faultsOf(board, folder).join('\n');
    };
    const edit = (from: string, to: string) => (board: Board) => {
      const targets = board.panels.flatMap(({ targets = [] }) => targets);
      const target = targets.find(({ expr }) => expr.includes(from))!;
      target.expr = target.expr.replace(from, to);
    };
    expect(with_(() => {})).toBe('');
    expect(with_(edit('by (le)', 'by (le'))).toMatch(/p95 of calls: .*(parse error|unexpected)/s);
    expect(with_(edit('mcp_pipe_server_up', 'mcp_pipe_server_ok'))).toContain('exports mcp_pipe_server_ok');
    expect(with_(edit('_seconds_bucket', '_seconds'))).toContain('exports mcp_request_duration_seconds');
    expect(with_(edit('by (status)', 'by (outcome)'))).toContain('label outcome');
    expect(with_(edit('$instance', '$host'))).toContain('no variable host');
    expect(with_(({ panels }) => (panels[3]!.id = panels[2]!.id))).toContain('panel id');
    expect(with_(({ panels }) => (panels[3]!.gridPos.x = panels[2]!.gridPos.x))).toContain('lies on');
    expect(with_(({ panels }) => (panels[3]!.gridPos.x = 22))).toContain('is outside');
    expect(with_(({ templating }) => templating.list.shift())).toContain('data source');
    expect(with_((board) => (board.uid = ''))).toContain('uid');
  });

  it('are found by what is provisioned', async () => {
    const read = async (file: string) =>
      parse(await readFile(join(COMPOSE, 'grafana/provisioning', file), 'utf8'));
    const { providers } = await read('dashboards/mcp-pipe.yml');
    const { datasources } = await read('datasources/prometheus.yml');
    const compose = parse(await readFile(join(COMPOSE, 'docker-compose.prod.yml'), 'utf8'));
    const volumes: string[] = compose.services.grafana.volumes;
    expect(volumes).toContain(`./grafana/dashboards:${providers[0].options.path}:ro`);
    for (const { templating } of boards.values())
      expect(templating.list[0]).toMatchObject({
        type: datasources[0].type === 'prometheus' ? 'datasource' : '',
        current: { value: datasources[0].uid, text: datasources[0].name },
      });
  });

  it('get an answer to every question from a Prometheus that scrapes a running mcp-pipe', async () => {
    const { cwd, fake } = await folderAndEndpoint();
    const config = {
      mcpServers: { music: basic, lamp: basic },
      mode: 'mux',
      metrics: { address: '127.0.0.1:0' },
      gateway: { port: 0 },
    };
    await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(config));
    await writeFile(join(cwd, '.env'), `MCP_ENDPOINT=${fake.endpoint().href}\n`);
    const cli = new Cli(['--log-format', 'json'], { cwd });
    const { url } = (await cli.event('metrics-address')) as { url: string };
    const { url: gateway } = (await cli.event('gateway-address')) as { url: string };
    await openSession(gateway);
    const port = await freePort();
    const machine = [`--web.listen-address=127.0.0.1:${port}`, '--no-collector.systemd'];
    await Program.start('prometheus-node-exporter', machine, port);
    const prometheus = await Prometheus.start(url, undefined, [`127.0.0.1:${port}`]);
    const first = await fake.connection();
    await first.greet();
    await prometheus.becomes('up{job="mcp-pipe"}', 1);

    // Calls, one that fails, a server and a connection that end; until everything has been counted twice.
    const exposed = await (await fetch(url)).text();
    await first.tool(1, 'music__echo', { text: 'a' });
    await first.call(2, 'tools/call', { name: 'music__exit', arguments: {} }).catch(() => {});
    first.drop();
    const second = await fake.connection(1);
    await second.greet();
    let id = 10;
    const values = { __rate_interval: '1m', instance: '.*', link: 'mux', server: 'music' };
    const asked = new Set<string>();
    for (const [name, board] of boards) {
      for (const { title, expr } of expressionsOf(board)) {
        // The boards of both languages ask the same.
        if (asked.has(expr)) continue;
        asked.add(expr);
        const what = `an answer to ${expr} (${name}, ${title})`;
        await eventually(
          async () => {
            await second.tool(id++, 'music__echo', { text: 'a' });
            const found = await prometheus.query(filled(expr, values));
            return found.length > 0 || namesIn(expr).some((one) => NOT_SEEN.has(one));
          },
          { what },
        );
        for (const one of namesIn(expr).filter((one) => !/^(up|ALERTS|node_\w+)$/.test(one)))
          expect(exposed, what).toContain(`# TYPE ${one.replace(/_bucket$/, '')} `);
      }
    }
  });
});

/** A client of the gateway, which stays. */
async function openSession(url: string): Promise<void> {
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const response = await fetch(`${new URL(url).origin}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  await response.text();
  expect(response.status).toBe(200);
}
