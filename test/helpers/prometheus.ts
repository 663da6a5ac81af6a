import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';

/** @throws when Prometheus or promtool is missing: tests that need them do not pass without. */
export function needPrometheus(): void {
  for (const program of ['prometheus', 'promtool'])
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0)
      throw new Error(`${program} is missing: scripts/install-parts.sh installs it`);
}

/** `promtool` with these arguments. */
export function promtool(args: readonly string[], input = ''): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
}

interface Answer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** A Prometheus that scrapes mcp-pipe every second, with a data folder of its own. It ends with the test. */
export class Prometheus {
  readonly #origin: string;

  private constructor(origin: string) {
    this.#origin = origin;
  }

  /**
   * @param key sent as a bearer token.
   * @param machines addresses of node-exporters, which the job `machine` scrapes.
   */
  static async start(target: string, key?: string, machines: readonly string[] = []): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-prometheus-'));
    const file = join(folder, 'prometheus.yml');
    const { host } = new URL(target);
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        {
          ...{ job_name: 'mcp-pipe', static_configs: [{ targets: [host] }] },
          ...(key === undefined ? {} : { authorization: { credentials: key } }),
        },
        ...(machines.length > 0 ? [{ job_name: 'machine', static_configs: [{ targets: machines }] }] : []),
      ],
    };
    // JSON is YAML.
    await writeFile(file, JSON.stringify(config));
    const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    const child = spawn('prometheus', [...args, '--web.listen-address=127.0.0.1:0', '--log.format=json'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const exited = new Promise((resolve) => child.on('close', resolve));
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    });
    const address = await eventually(() => {
      const line = log.split('\n').find((one) => one.includes('"msg":"Listening on"') && one.endsWith('}'));
      return line === undefined ? undefined : (JSON.parse(line) as { address: string }).address;
    });
    return new Prometheus(`http://${address}`);
  }

  /** The series that the query gives now, with their values. */
  async query(query: string): Promise<{ labels: Record<string, string>; value: number }[]> {
    const response = await fetch(`${this.#origin}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query }),
    });
    if (response.status === 400) throw new Error(`${query}: ${await response.text()}`);
    // It says so until it has read its data folder.
    if (!response.ok) return [];
    const { data } = (await response.json()) as Answer;
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Resolves when the query gives one series with this value. */
  becomes(query: string, value: number): Promise<unknown> {
    return eventually(
      async () => {
        const found = await this.query(query);
        return found.length === 1 && found[0]!.value === value;
      },
      { what: `${query} is ${value}` },
    );
  }
}
