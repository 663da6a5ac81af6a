import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { Cli, folderAndEndpoint } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { cacheFolder } from '../helpers/gateways.js';
import { goBuild } from '../helpers/go.js';
import { fixture } from '../helpers/link.js';

const GIVEN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
}

/** The receiver of the OpenTelemetry Collector; undefined where Go is missing. */
async function collector(): Promise<{ url: string; spans: Span[] } | undefined> {
  const binary = join(cacheFolder, 'otlp-receiver');
  if (!(await goBuild('otlp', binary))) return undefined;
  const port = await freePort();
  const child = spawn(binary, [String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const spans: Span[] = [];
  const listening = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'listening') return resolve();
      const { resourceSpans } = JSON.parse(line) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    });
  });
  await listening;
  return { url: `http://127.0.0.1:${port}`, spans };
}

it('the receiver of the OpenTelemetry Collector takes the traces', { timeout: 600_000 }, async (context) => {
  const received = await collector();
  if (!received) return context.skip('needs Go');
  const { url, spans } = received;
  const { cwd, fake } = await folderAndEndpoint();
  const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { one: basic, two: basic } }));
  const cli = new Cli(['--otlp', url], {
    cwd,
    env: {
      MCP_ENDPOINT: fake.endpoint().href,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  const connection = await fake.connection();
  await connection.greet();
  const params = { name: 'one__echo', arguments: { text: 'xin chào' }, _meta: { traceparent: GIVEN } };
  await connection.call(7, 'tools/call', params);
  const calls = await eventually(() => {
    const found = spans.filter(({ traceId }) => traceId === 'a'.repeat(32));
    return found.length === 2 && found;
  });
  const came = calls.find(({ kind }) => kind === 2)!;
  const sent = calls.find(({ kind }) => kind === 3)!;
  expect(came).toMatchObject({ name: 'tools/call one__echo', parentSpanId: 'b'.repeat(16) });
  expect(sent).toMatchObject({ name: 'tools/call echo', parentSpanId: came.spanId });
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
  expect(cli.log.filter(({ level }) => level === 'warn')).toEqual([]);
});
