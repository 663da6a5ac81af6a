import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';
import { INITIALIZE, RawHttpSession } from '../helpers/raw-http-session.js';

it('a server whose breaker is open is named by status, health and /health, beside one that works', async () => {
  const cwd = await folder();
  const server = { command: process.execPath, args: [fixture('basic.mjs')] };
  await writeFile(
    join(cwd, 'mcp_config.json'),
    JSON.stringify({
      mcpServers: { calc: { ...server, calls: { breaker: { failures: 2, pause: '10m' } } }, other: server },
      gateway: { port: 0 },
      settings: { minDelayMs: 10, maxDelayMs: 10 },
    }),
  );
  const control = ['--control', join(cwd, 'control.sock')];
  const cli = new Cli(control, { cwd });
  const { origin } = new URL(String((await cli.event('gateway-address')).url));
  const session = new RawHttpSession(`${origin}/servers/calc/mcp`);
  await session.open(INITIALIZE);
  for (let i = 0; i < 2; i++)
    expect((await session.call('exit', { code: 1 })).reply.error?.code).toBe(ErrorCode.serverExited);
  expect((await session.call('echo', { text: 'x' })).reply.error?.code).toBe(ErrorCode.serverFailing);

  const asked = async (...args: string[]) => {
    const one = new Cli([...args, ...control], { cwd, env: { LANG: 'C', LC_ALL: '' } });
    await one.exited;
    return one.stdout;
  };
  // The process itself is back in a moment.
  await eventually(async () => expect(await asked('health')).toContain('failing, calls are refused'), {
    timeoutMs: 15_000,
  });
  expect(await asked('status')).toMatch(/calc .*failing/);
  const health = await fetch(`${origin}/health`);
  expect(await health.json()).toMatchObject({ status: 'degraded' });
  const calc = await fetch(`${origin}/servers/calc/health`);
  expect(await calc.text()).toContain('failing');
  expect(await (await fetch(`${origin}/servers/other/health`)).text()).not.toContain('failing');
  cli.signal('SIGTERM');
  await cli.exited;
});
