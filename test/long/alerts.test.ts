import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cli, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { receiver } from '../helpers/receiver.js';

/** No less is allowed; the alert is gathered for five seconds more. */
const QUICK = { afterMs: 1_000, name: 'vps-1', lang: 'vi' };

/** A configuration whose endpoint cannot be reached, in a folder of its own. */
async function place(alerts?: object) {
  const cwd = await folder();
  const calc = {
    command: process.execPath,
    args: [join(root, 'test/fixtures/servers/stuck.mjs')],
    endpoint: 'ws://127.0.0.1:1/?token=first-token',
  };
  const write = (section: object | undefined) =>
    writeFileSync(
      join(cwd, 'mcp_config.json'),
      JSON.stringify({
        mcpServers: { calc },
        settings: { minDelayMs: 50, maxDelayMs: 200 },
        alerts: section,
      }),
    );
  write(alerts);
  return { cwd, env: { XDG_RUNTIME_DIR: cwd }, write };
}

test('alerts that a reload brings tell what was down already, and no secret stands in the log', async () => {
  const { url, received } = await receiver();
  const { cwd, env, write } = await place();
  const daemon = new Cli([], { cwd, env });
  await eventually(() => daemon.stderr.includes('"event":"down"'));
  const hook = `${url}/hook-with-a-secret-path`;
  write({ ...QUICK, webhook: { url: hook, secret: 'sign-it-with-this' } });
  daemon.signal('SIGHUP');
  await eventually(() => received.length > 0, { timeoutMs: 60_000, what: 'an alert' });
  const { alerts, text } = JSON.parse(received[0]!.body) as { alerts: object[]; text: string };
  expect(alerts).toMatchObject([
    { state: 'raised', kind: 'link-down', subject: { of: 'link', name: 'calc' } },
  ]);
  expect(text).toContain('mcp-pipe trên vps-1\n\n🔴 Link calc đang mất kết nối');
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
  expect(received).toHaveLength(1);
  for (const secret of [hook, '/hook-with-a-secret-path', 'sign-it-with-this'])
    expect(daemon.stderr + received[0]!.body).not.toContain(secret);
});

test('a receiver that is stuck holds neither the links nor the end of mcp-pipe up', async () => {
  const { url, received } = await receiver(() => {});
  const { cwd, env } = await place({ ...QUICK, webhook: { url: `${url}/x` }, slack: { url: `${url}/y` } });
  const daemon = new Cli([], { cwd, env });
  await eventually(() => received.length === 2, { timeoutMs: 60_000, what: 'both requests' });
  const dials = () => daemon.stderr.split('"event":"down"').length;
  const before = dials();
  await eventually(() => dials() > before + 2);
  const asked = performance.now();
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
  // 3 s for alerts at most, and the time that a busy machine needs.
  expect(performance.now() - asked).toBeLessThan(8_000);
});
