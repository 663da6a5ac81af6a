import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../test/helpers/free-port.js';
import { startChromium } from '../test/helpers/start-chromium.js';
import { type DrawnBoard, pageOf, type Series } from './dashboards/drawing.js';
import { filled } from './dashboards/filled.js';
import { FOLDER } from './dashboards/write.js';
import { startHome } from './page-demo/home.js';
import { pixelsOf } from './page-demo/pixels.js';
import { smallPng } from './small-png.js';

const HELP = `npm run board-pictures -- [options]

Draws the dashboards of deploy/compose/grafana without Grafana: a Prometheus of this system scrapes an mcp-pipe that runs with the servers
of scripts/page-demo, is asked the queries of each panel, and what it answers is drawn where the panel lies.

  --minutes N   how long calls go on before (5)
  --out FOLDER  where the pictures go (docs/images)
`;

const STEP_S = 5;
const MOST_BYTES = 150_000;
const WIDTH = 1280;
/** What a person would choose in Grafana. */
const CHOSEN = { instance: '.*', link: 'Cửa hàng', server: 'nhac-viet', __rate_interval: '30s' };
const PICTURES = ['overview', 'link', 'server', 'overview.vi'];

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    out: { type: 'string', default: join(import.meta.dirname, '../docs/images') },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const ends: (() => unknown)[] = [];
try {
  const home = await startHome();
  ends.push(() => home.end());
  const origin = await startPrometheus(new URL(home.origin).host);
  const minutes = Number(options.minutes);
  await delay(minutes * 40_000);
  home.failShop();
  await delay(minutes * 20_000);
  const to = Math.floor(Date.now() / 1000);
  const range = { from: to - minutes * 60 + STEP_S * 2, to };
  const chromium = await startChromium();
  ends.push(() => chromium.end());
  await mkdir(options.out, { recursive: true });
  for (const name of PICTURES) {
    const board = JSON.parse(await readFile(join(FOLDER, `${name}.json`), 'utf8')) as DrawnBoard;
    const html = await pageOf(board, range, (expr) => ask(origin, filled(expr, CHOSEN), range));
    const page = await chromium.browser.newPage({ viewport: { width: WIDTH, height: 900 } });
    await page.setContent(html);
    const shot = await page.screenshot({ fullPage: true });
    await page.close();
    const small = smallPng(await pixelsOf(chromium.browser, shot));
    const path = join(options.out, `board-${name.replace('.', '-')}.png`);
    await writeFile(path, small);
    process.stdout.write(`${path}: ${Math.round(small.length / 1000)} kB\n`);
    if (small.length > MOST_BYTES) throw new Error(`${path} has more than ${MOST_BYTES} bytes`);
  }
} finally {
  for (const end of ends.reverse()) await end();
}

/** Prometheus and node-exporter of this system. Resolves with where Prometheus answers. */
async function startPrometheus(target: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-boards-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const [port, machine] = [await freePort(), await freePort()];
  const file = join(folder, 'prometheus.yml');
  const scrape = (job_name: string, address: string) => ({
    job_name,
    static_configs: [{ targets: [address] }],
  });
  const rules = join(import.meta.dirname, '../examples/prometheus/mcp-pipe.rules.yml');
  // JSON is YAML.
  const config = {
    global: { scrape_interval: `${STEP_S}s`, evaluation_interval: `${STEP_S}s` },
    rule_files: [rules],
    scrape_configs: [scrape('mcp-pipe', target), scrape('machine', `127.0.0.1:${machine}`)],
  };
  await writeFile(file, JSON.stringify(config));
  start('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${machine}`, '--no-collector.systemd']);
  const data = `--storage.tsdb.path=${join(folder, 'data')}`;
  start('prometheus', [`--config.file=${file}`, data, `--web.listen-address=127.0.0.1:${port}`]);
  const origin = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${origin}/-/ready`).catch(() => undefined))?.ok) await delay(100);
  return origin;
}

function start(program: string, args: readonly string[]): void {
  const child = spawn(program, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  ends.push(async () => {
    child.kill('SIGTERM');
    await exited;
  });
}

interface RangeAnswer {
  data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

async function ask(
  origin: string,
  query: string,
  { from, to }: { from: number; to: number },
): Promise<Series[]> {
  const body = new URLSearchParams({ query, start: String(from), end: String(to), step: String(STEP_S) });
  const response = await fetch(`${origin}/api/v1/query_range`, { method: 'POST', body });
  if (!response.ok) throw new Error(`${query}: ${await response.text()}`);
  const { data } = (await response.json()) as RangeAnswer;
  return data.result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([at, value]) => [at, Number(value)] as const),
  }));
}
