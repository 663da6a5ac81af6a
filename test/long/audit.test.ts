import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AuditRecord } from '../../src/observe/audit/audit-line.js';
import { Cli, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { connectV1 } from '../helpers/http-clients.js';
import { fixture } from '../helpers/link.js';

async function configured(): Promise<{ cwd: string; file: string }> {
  const cwd = await folder();
  await writeFile(
    join(cwd, 'mcp_config.json'),
    JSON.stringify({
      mcpServers: { one: { command: process.execPath, args: [fixture('basic.mjs')] } },
      gateway: { port: 0 },
      audit: { file: 'audit/audit.jsonl', size: '64KB', keep: 200 },
    }),
  );
  return { cwd, file: join(cwd, 'audit', 'audit.jsonl') };
}

/** Undefined for a file that is renamed just now. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** The lines of all files, the oldest first; read again while files are being renamed. */
function linesOf(file: string): string[] {
  const numbered = (n: number) => (n === 0 ? file : `${file}.${n}`);
  const names = () =>
    readdirSync(dirname(file))
      .map((name) => `${name} ${statSync(join(dirname(file), name), { throwIfNoEntry: false })?.ino}`)
      .sort()
      .join();
  for (;;) {
    const before = names();
    const all: string[] = [];
    for (let n = 0; n === 0 || existsSync(numbered(n)); n++) {
      all.unshift(...(textOf(numbered(n)) ?? '').split('\n').filter(Boolean));
    }
    if (names() === before) return all;
  }
}

const startOf = async (cli: Cli) => String((await cli.event('gateway-address')).url);

test('killed in the middle of a flood it leaves whole lines; the next run goes on, and every call of it has one line', async () => {
  const { cwd, file } = await configured();
  const first = new Cli(['--log-format', 'json'], { cwd });
  const client = await connectV1(await startOf(first));
  let isOver = false;
  const calling = Array.from({ length: 8 }, async (_, i) => {
    for (let n = 0; !isOver; n++) {
      const answer = await client.call('echo', { text: `${i} ${n}` }).catch(() => undefined);
      if (answer === undefined) return;
    }
  });
  await eventually(() => existsSync(`${file}.1`));
  first.signal('SIGKILL');
  await first.exited;
  isOver = true;
  void Promise.allSettled(calling);
  const before = linesOf(file);
  const torn = before.filter((line) => !line.endsWith('}'));
  expect(torn.length).toBeLessThanOrEqual(1);
  expect(before.indexOf(torn[0] ?? '')).toBe(torn.length === 0 ? -1 : before.length - 1);

  const second = new Cli(['--log-format', 'json'], { cwd });
  const url = await startOf(second);
  const follow = new Cli(['audit', '-f', '-n', '0', '--json', '--kind', 'call'], { cwd });
  const again = await connectV1(url);
  // Until the command has begun to read.
  let made = 0;
  await eventually(async () => {
    made += 1;
    await again.call('echo', { text: 'begins' });
    return follow.stdout !== '';
  });
  const total = 1_200;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let n = 0; n < total / 8; n++) await again.call('echo', { text: 'x' });
    }),
  );
  made += total;
  const calls = () =>
    linesOf(file)
      .slice(before.length)
      .filter((line) => line.includes('"tools/call"'));
  await eventually(() => calls().length >= made);
  expect(calls().length).toBe(made);
  const records = linesOf(file)
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as AuditRecord);
  const ids = records.map(({ requestId }) => requestId);
  expect(new Set(ids).size).toBe(ids.length);
  const ofSecond = () => follow.stdout.split('\n').filter(Boolean);
  await eventually(() => ofSecond().length >= total);
  expect(new Set(ofSecond()).size).toBe(ofSecond().length);
  second.signal('SIGTERM');
  expect(await second.exited).toBe(0);
}, 120_000);

test.skipIf(process.platform === 'win32')(
  'only its user may read it, whatever the umask',
  async () => {
    for (const umask of ['000', '022', '377']) {
      const { cwd, file } = await configured();
      const script = `umask ${umask}; exec "${process.execPath}" "${join(root, 'bin/mcp-pipe.js')}" --log-format json`;
      const child = spawn('sh', ['-c', script], { cwd, stdio: 'ignore' });
      onTestFinished(() => void child.kill('SIGKILL'));
      await eventually(() => existsSync(file));
      expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
      child.kill('SIGTERM');
      await once(child, 'exit');
      expect(readdirSync(join(cwd, 'audit'))).toEqual(['audit.jsonl']);
    }
  },
  120_000,
);
