import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';

it('mcp-pipe ends at once with a server of several processes that have just been started', async () => {
  const cwd = await folder();
  const slow = { command: process.execPath, args: [fixture('one-at-a-time.mjs')], instances: 2 };
  // What waits for that would wait for minutes.
  const settings = { stableAfterMs: 120_000 };
  const root = { mcpServers: { slow }, gateway: { port: 0 }, settings };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(root));
  const cli = new Cli(['--control', join(cwd, 'control.sock')], { cwd });
  await eventually(() => cli.log.some(({ event, to }) => event === 'server-copy' && to === 'ready'));
  const began = performance.now();
  cli.signal('SIGTERM');
  await cli.exited;
  expect(performance.now() - began).toBeLessThan(60_000);
});

it('mcp-pipe status shows the processes of a server that only the gateway has', async () => {
  const cwd = await folder();
  const slow = { command: process.execPath, args: [fixture('one-at-a-time.mjs')], instances: 2 };
  const root = { mcpServers: { slow }, gateway: { port: 0 } };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(root));
  const control = ['--control', join(cwd, 'control.sock')];
  const cli = new Cli(control, { cwd });
  await eventually(() => cli.log.some(({ event, to }) => event === 'server-copy' && to === 'ready'));
  const asked = async (...args: string[]) => {
    const status = new Cli(['status', ...control, ...args], { cwd });
    await status.exited;
    return status.stdout;
  };
  const { gateway } = JSON.parse(await asked('--json'));
  expect(gateway.copies).toMatchObject({
    slow: [1, 2].map((copy) => ({ copy, state: 'ready', running: 0 })),
  });
  expect(gateway.copies.slow[0].pid).toBeGreaterThan(0);
  expect(await asked()).toMatch(/slow ×2 +http\S+ +ready/);
  cli.signal('SIGTERM');
  await cli.exited;
});
