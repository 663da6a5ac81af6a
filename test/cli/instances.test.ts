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
