import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Cli } from '../helpers/cli.js';
import { fixture } from '../helpers/link.js';
import { logIn, post, type Tokens } from '../helpers/oauth-client.js';
import { initialize } from '../helpers/oauth-world.js';

const KEY = 'an-key-5f2b8c1d9e7a-4c3d';
const VARIABLE = '$' + '{KEY_AN}';

it('a client is let in, listed, known after a restart, and put out; no secret is in the log, nor in what is kept', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'mcp-pipe-oauth-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const write = (port: number) =>
    writeFile(
      join(cwd, 'mcp_config.json'),
      JSON.stringify({
        mcpServers: { one: { command: process.execPath, args: [fixture('basic.mjs')] } },
        gateway: { port, keys: { an: VARIABLE }, oauth: true },
        audit: { file: join(cwd, 'audit.jsonl') },
      }),
    );
  await write(0);
  const env = { KEY_AN: KEY, MCP_PIPE_STATE: join(cwd, 'state') };
  const logFile = join(cwd, 'run.log');
  const run = () => new Cli(['--log-file', logFile, '--log-level', 'trace'], { cwd, env });

  const first = run();
  const { url } = await first.event('gateway-address');
  const base = new URL(url as string).origin;
  const { tokens, client, callback } = await logIn(base, KEY);
  expect(await initialize(`${base}/mcp`, tokens.access_token)).toBe(200);
  expect(await first.event('oauth-let-in')).toMatchObject({ client: 'Claude', key: 'an', host: 'claude.ai' });
  first.signal('SIGTERM');
  await first.exited;

  await write(Number(new URL(base).port));
  const second = run();
  await second.event('gateway-address');
  const renewed = await post(`${base}/token`, {
    ...{ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: client.client_id },
  });
  const next = (await renewed.json()) as Tokens;
  expect(await initialize(`${base}/mcp`, next.access_token)).toBe(200);

  const listed = new Cli(['oauth', '--json'], { cwd, env });
  expect(await listed.exited).toBe(0);
  const { logins } = JSON.parse(listed.stdout);
  expect(logins).toMatchObject([{ clientName: 'Claude', host: 'claude.ai', key: 'an' }]);
  const ended = new Cli(['oauth', '--end', logins[0].id], { cwd, env });
  expect(await ended.exited).toBe(0);
  expect(ended.stdout).toContain('Claude');
  expect(await initialize(`${base}/mcp`, next.access_token)).toBe(401);
  const again = new Cli(['oauth', '--end', logins[0].id], { cwd, env });
  expect(await again.exited).toBe(2);
  second.signal('SIGTERM');
  await second.exited;

  const code = callback.searchParams.get('code')!;
  const secrets = [KEY, code, ...[tokens, next].flatMap((one) => [one.access_token, one.refresh_token])];
  const audit = await readFile(join(cwd, 'audit.jsonl'), 'utf8');
  expect(audit).toContain('"kind":"login"');
  const outputs = [first, second, listed, ended].map((one) => one.stdout + one.stderr);
  for (const text of [...outputs, audit, await readFile(logFile, 'utf8')])
    for (const secret of secrets) expect(text).not.toContain(secret);
});
