import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Cli, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';

const changing = join(root, 'test/fixtures/servers/changing.mjs');

it('an endpoint that ignores changed lists is connected anew, which health shows and the state folder keeps', async () => {
  const cwd = await folder();
  mkdirSync(join(cwd, 'run'), { mode: 0o700 });
  const endpoint = new Cli(['endpoint', '--port', '0', '--ignore-list-changed'], { cwd });
  const [address] = await eventually(() => /ws:\S+(?=TOKEN)/.exec(endpoint.stdout) ?? undefined);
  const env = {
    XDG_RUNTIME_DIR: join(cwd, 'run'),
    MCP_PIPE_STATE: join(cwd, 'state'),
    MCP_ENDPOINT: `${address}a-token`,
    NO_COLOR: '1',
  };
  const settings = { listChangeWaitMs: 100, minDelayMs: 20 };
  const mcpServers = { calc: { command: process.execPath, args: [changing] } };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, settings }));
  const daemon = new Cli([], { cwd, env });
  await eventually(() => endpoint.stderr.includes('hold, let_go') && endpoint.stderr.includes('first'));

  const call = new Cli(['call', 'calc', 'change', 'to=second'], { cwd, env });
  expect(await call.exited, call.stderr).toBe(0);
  await eventually(() => endpoint.stderr.includes('second'));
  expect(await daemon.event('connection-renewed')).toMatchObject({ why: 'list-change-unread', pending: 0 });
  expect(await daemon.event('list-habit')).toMatchObject({ habit: 'ignores-list-changed', isNew: true });

  const health = new Cli(['health'], { cwd, env });
  expect(await health.exited).toBe(0);
  expect(health.stdout).toContain('takes a changed tool list only on a new connection');
  const [of] = readdirSync(join(cwd, 'state'));
  const learned = readFileSync(join(cwd, 'state', of!, 'learned.json'), 'utf8');
  expect(learned).toContain('"listChanges": "ignores-list-changed"');
  expect(learned).not.toContain('a-token');
});
