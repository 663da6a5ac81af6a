import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../src/observe/metrics/table.js';
import { Cli, folderAndEndpoint, root } from '../helpers/cli.js';
import { type Sample, samplesOf } from '../helpers/exposition.js';
import { fixture } from '../helpers/link.js';
import { needPrometheus, Prometheus, promtool } from '../helpers/prometheus.js';

const KEY = 'a-key-for-metrics-alone';
const EXAMPLES = join(root, 'examples/prometheus');
const basic = { command: process.execPath, args: [fixture('basic.mjs')] };

/** mcp-pipe with two servers on one connection, and where its metrics are. */
async function running() {
  const { cwd, fake } = await folderAndEndpoint();
  const file = join(cwd, 'mcp_config.json');
  const configuration = (servers: object) =>
    JSON.stringify({ mcpServers: servers, mode: 'mux', metrics: { address: '127.0.0.1:0', key: KEY } });
  await writeFile(file, configuration({ music: basic, lamp: basic }));
  await writeFile(join(cwd, '.env'), `MCP_ENDPOINT=${fake.endpoint().href}\n`);
  const cli = new Cli(['--log-format', 'json'], { cwd });
  const { url } = (await cli.event('metrics-address')) as { url: string };
  const read = (headers: Record<string, string> = {}) =>
    fetch(url, { headers: { authorization: `Bearer ${KEY}`, ...headers } });
  const change = (servers: object) => writeFile(file, configuration(servers));
  return { cli, cwd, fake, url, read, change };
}

beforeAll(needPrometheus);

describe('Prometheus', () => {
  it('scrapes mcp-pipe, and its queries tell what has happened', async () => {
    const { cli, fake, url, read, change } = await running();
    const prometheus = await Prometheus.start(url, KEY);
    await prometheus.becomes('up{job="mcp-pipe"}', 1);
    const first = await fake.connection();
    await first.greet();
    for (const id of [1, 2, 3]) await first.tool(id, 'music__echo', { text: 'a' });
    await first.tool(4, 'lamp__echo', { text: 'a' });
    for (let i = 0; i < 200; i++) await first.call(`m${i}`, 'tools/call', { name: `music__made-up-${i}` });
    await prometheus.becomes('mcp_requests_total{server="music", tool="echo", status="ok"}', 3);
    await prometheus.becomes('sum(mcp_requests_total{status="ok", tool!=""})', 4);
    await prometheus.becomes('sum(mcp_requests_total{tool="other", status="error"})', 200);
    await prometheus.becomes('sum(mcp_request_duration_seconds_count{tool="echo"})', 4);
    await prometheus.becomes('mcp_pipe_links{state="open"}', 1);
    await prometheus.becomes('count(mcp_pipe_server_memory_bytes > 1e6)', 2);
    await prometheus.becomes('sum(mcp_pipe_server_processes)', 2);
    await prometheus.becomes('count(mcp_pipe_build_info)', 1);
    await prometheus.becomes('count(mcp_pipe_link_received_bytes_total > 10000)', 1);
    await prometheus.becomes('count(mcp_pipe_link_sent_bytes_total > 10000)', 1);

    // A server that ends is started again, and both are seen.
    await first.call('e', 'tools/call', { name: 'music__exit', arguments: {} }).catch(() => {});
    await prometheus.becomes('mcp_pipe_server_restarts_total{server="music"}', 1);
    await prometheus.becomes('sum(mcp_pipe_server_exits_total{server="music"})', 1);
    first.drop();
    await prometheus.becomes('sum(mcp_pipe_connection_closes_total{cause="connection-lost"})', 1);
    await prometheus.becomes('sum(mcp_pipe_connections_total)', 2);

    // What a reload takes away is gone.
    await change({ music: basic });
    cli.signal('SIGHUP');
    await prometheus.becomes('count(mcp_pipe_server_up)', 1);
    await prometheus.becomes('count(mcp_requests_total{server="music", tool="echo"})', 1);
    expect(await prometheus.query('mcp_requests_total{server="lamp"}')).toEqual([]);
    const checked = promtool(['check', 'metrics'], await (await read()).text());
    expect(checked).toEqual({ code: 0, output: '' });
  });

  it('gets metrics with the key alone, and packed where it asks for that', async () => {
    const { url, read } = await running();
    expect((await fetch(url)).status).toBe(401);
    const plain = await read({ 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(plain.headers.get('content-encoding')).toBe(null);
    const names = (text: string) => samplesOf(text).map(({ name }: Sample) => name);
    expect(names(await plain.text())).toContain('mcp_pipe_build_info');
    const packed = await read({ 'accept-encoding': 'gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(names(await packed.text())).toContain('mcp_pipe_build_info');
  });

  it('understands the queries of the documentation', async () => {
    for (const page of ['docs/metrics.md', 'docs/vi/metrics.md']) {
      const text = await readFile(join(root, page), 'utf8');
      const queries = [...text.matchAll(/^\|[^|`]+\| `([^`]+)` \|$/gm)].map(([, query]) => query!);
      expect(queries.length, page).toBeGreaterThan(8);
      const rules = queries.map((expr, i) => ({ record: `query_${i}`, expr }));
      const { cwd } = await folderAndEndpoint();
      const file = join(cwd, 'rules.json');
      await writeFile(file, JSON.stringify({ groups: [{ name: page, rules }] }));
      const { code, output } = promtool(['check', 'rules', file]);
      expect(code, output).toBe(0);
      for (const query of queries)
        for (const [name] of query.matchAll(/\b(mcp|nodejs)_\w+/g))
          expect(Object.keys(METRICS), query).toContain(name.replace(/_bucket$/, ''));
    }
  });

  it('takes the examples of its configuration and rules, and the rules pass their tests', () => {
    for (const args of [
      ['check', 'config', join(EXAMPLES, 'prometheus.yml')],
      ['check', 'rules', join(EXAMPLES, 'mcp-pipe.rules.yml')],
      ['test', 'rules', join(EXAMPLES, 'mcp-pipe.test.yml')],
    ]) {
      const { code, output } = promtool(args);
      expect(code, output).toBe(0);
    }
  });
});
