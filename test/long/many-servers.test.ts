import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';

/** Writes down how long the processor worked for the process, whoever else keeps it busy. */
const METER = `process.on('exit', () =>
  require('node:fs').writeFileSync(process.env.CPU_FILE, String(process.cpuUsage().user)));`;

async function workOf(count: number, entry: (i: number) => object, args: string[]): Promise<number> {
  const cwd = await folder();
  const servers = Array.from({ length: count }, (_, i) => [
    `server${i}`,
    { command: 'node', args: ['x.js'], endpoint: `wss://h/mcp/?token=made-up-token-${i}`, ...entry(i) },
  ]);
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: Object.fromEntries(servers) }));
  writeFileSync(join(cwd, 'x.js'), '');
  writeFileSync(join(cwd, 'more.env'), 'COLOUR=a value that is long enough\n');
  writeFileSync(join(cwd, 'meter.cjs'), METER);
  const env = { NODE_OPTIONS: `--require ${join(cwd, 'meter.cjs')}`, CPU_FILE: join(cwd, 'cpu') };
  const cli = new Cli(['check', ...args], { cwd, env });
  await cli.exited;
  expect(cli.stdout).toContain(`server${count - 1}`);
  return Number(readFileSync(join(cwd, 'cpu'), 'utf8'));
}

// Four times as much work for four times as many servers; sixteen where each is compared with all others.
it.each([
  ['everything right', () => ({}), []],
  ['everything wrong', (i: number) => ({ args: [`gone${i}.js`], env: { API_KEY: '' } }), []],
  ['files of variables, for programs', () => ({ envFile: 'more.env' }), ['--json']],
] as const)(
  'check does not compare each server with all others: %s',
  async (_, entry, args) => {
    let [few, many] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The least of each: what else the machine does makes the same work longer, and never shorter.
    for (let round = 0; round < 3; round++) {
      few = Math.min(few, await workOf(400, entry, [...args]));
      many = Math.min(many, await workOf(1_600, entry, [...args]));
    }
    expect(many / few).toBeLessThan(8);
  },
  120_000,
);
