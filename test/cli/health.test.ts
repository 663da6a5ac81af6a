import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Cli } from '../helpers/cli.js';
import { cwd, eachInAFolder, env, fake, health, json, running, stuck } from '../helpers/health-run.js';
import { hasPty, Pty } from '../helpers/pty.js';

const TIME = String.raw`[\d.]+ (ms|s|min)`;

eachInAFolder();

test.skipIf(!hasPty)('on a terminal, lines break between words, and go on beside the name', async () => {
  await running({ calc: [], other: [] }, 'mux');
  const pty = new Pty(['health'], { cwd, env, columns: 40 });
  expect(await pty.exited).toBe(0);
  const { lines } = pty.screen;
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter((line) => line.length > 40)).toEqual([]);
  expect(lines.filter((line) => !/^(mux| {2}calc| {2}other|) {2,}\S/.test(line))).toEqual([]);
});

test('a connection on which nothing was asked is told from one that works, and who holds the control socket', async () => {
  onTestFinished(() => fake.close());
  const server = { command: process.execPath, args: [stuck] };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { calc: server } }));
  const daemon = new Cli([], { cwd, env: { ...env, MCP_ENDPOINT: fake.endpoint().href } });
  await daemon.event('open');
  const { report } = await json();
  const [link] = report.links;
  expect(link).toMatchObject({
    ready: false,
    state: 'open',
    connection: { neverAskedSince: link.connection.openedAt },
  });
  expect(link.connection.askedAt).toBeUndefined();
  expect(report.control).toMatchObject({ pid: daemon.pid, path: expect.stringContaining(cwd) });
  expect((await health()).stdout).toMatch(
    new RegExp(
      `^calc {2}open for ${TIME} .*the endpoint has asked nothing on this connection yet, for ${TIME}\n$`,
    ),
  );
  // Callers that do not introduce themselves again are served, and it is said to work.
  const connection = await fake.connection();
  await connection.tool(1, 'whoami');
  const { report: later } = await json();
  expect(later.links[0]).toMatchObject({ ready: true, greeted: false });
  expect(later.links[0].connection.neverAskedSince).toBeUndefined();
});
