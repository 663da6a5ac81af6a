import { expect, test } from 'vitest';
import { descendants, isAlive } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { fixture } from '../helpers/link.js';
import { RawHttpSession } from '../helpers/raw-http-session.js';

const shell = {
  command: '/bin/sh',
  args: ['-c', `"${process.execPath}" "${fixture('basic.mjs')}"; exit 0`],
};

test.each(['SIGTERM', 'SIGKILL'] as const)('after %s no process of any server is left', async (how) => {
  const { cli, url } = await gatewayProgram({
    mcpServers: {
      direct: program(fixture('basic.mjs')),
      shell,
      // Ends by SIGKILL only. (When the gateway itself is killed, nobody can do that.)
      ...(how === 'SIGTERM' ? { stubborn: program(fixture('ignores-eof.mjs')) } : {}),
    },
    settings: { endTimeoutMs: 300, termTimeoutMs: 300, drainTimeoutMs: 300 },
  });
  const names = how === 'SIGTERM' ? ['direct', 'shell', 'stubborn'] : ['direct', 'shell'];
  const pids: number[] = [];
  for (const name of names) {
    const session = new RawHttpSession(url(name));
    await session.open();
    pids.push(Number(await session.text('whoami')));
    // Pending at the end.
    session.call('hold').catch(() => {});
  }
  const all = descendants(cli.pid);
  expect(all).toEqual(expect.arrayContaining(pids));
  // The shell, beside what it has started.
  expect(all.length).toBeGreaterThanOrEqual(names.length + 1);
  cli.signal(how);
  const exit = await cli.exited;
  expect(exit).toBe(how === 'SIGTERM' ? 0 : 'SIGKILL');
  if (how === 'SIGTERM') expect(all.filter(isAlive)).toEqual([]);
  else await eventually(() => all.every((pid) => !isAlive(pid)), { what: 'the end of all servers' });
});
