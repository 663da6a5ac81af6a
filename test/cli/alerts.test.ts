import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { ingest, KEY } from '../helpers/ingest.js';
import { receiver } from '../helpers/receiver.js';

const BOT = '123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc';

test('alerts test sends a message to each channel and says what came back, check where they go', async () => {
  let slack = 200;
  const { url, received } = await receiver(({ path }, response) => {
    response.writeHead(path.startsWith('/services') ? slack : 200).end('{"ok":true}');
  });
  const cwd = await folder();
  const config = {
    mcpServers: { calc: { command: 'node', args: ['-v'], endpoint: 'ws://127.0.0.1:1/?token=first-token' } },
    alerts: {
      telegram: { botToken: `\${TELEGRAM_BOT_TOKEN}`, chatId: 42, apiUrl: url },
      slack: { url: `\${SLACK_WEBHOOK_URL}` },
      name: 'vps-1',
    },
  };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify(config));
  const hook = `${url}/services/T0/B0/cccccccccccccccccccccccc`;
  writeFileSync(join(cwd, '.env'), `TELEGRAM_BOT_TOKEN=${BOT}\nSLACK_WEBHOOK_URL=${hook}\n`);
  const run = async (...args: string[]) => {
    const cli = new Cli(args, { cwd });
    const code = await cli.exited;
    const { stdout, stderr } = cli;
    for (const secret of [BOT, hook, 'cccccccccccccccccccccccc'])
      expect(stdout + stderr).not.toContain(secret);
    return { code, stdout };
  };

  const all = await run('alerts', 'test');
  expect(all.code).toBe(0);
  const host = new URL(url).host;
  expect(all.stdout).toMatch(`Telegram: ${host} took the message after`);
  expect(received.map(({ path }) => path).sort()).toEqual([`/bot${BOT}/sendMessage`, new URL(hook).pathname]);
  expect(received.every(({ body }) => body.includes('mcp-pipe on vps-1'))).toBe(true);

  slack = 404;
  const [some, checked] = await Promise.all([
    run('alerts', 'test', '--json', '--lang', 'vi'),
    run('check', '--json'),
  ]);
  expect(some.code).toBe(1);
  expect(JSON.parse(some.stdout)).toMatchObject({
    name: 'vps-1',
    channels: [
      { channel: 'telegram', host, proxy: null },
      { channel: 'slack', host, proxy: null },
    ],
    results: [
      { channel: 'telegram', delivered: true, status: 200, text: null },
      {
        channel: 'slack',
        delivered: false,
        status: 404,
        text: expect.stringContaining('tạo một webhook mới'),
      },
    ],
  });
  expect(JSON.parse(checked.stdout).plan.alerts).toMatchObject({
    ...{ name: 'vps-1', afterMs: 120_000, channels: [{ channel: 'telegram' }, { channel: 'slack' }] },
  });
});

test('alerts without a section says what to write', async () => {
  const cwd = await folder();
  writeFileSync(join(cwd, 'mcp_config.json'), '{ "mcpServers": {} }');
  const cli = new Cli(['alerts', 'test'], { cwd });
  expect(await cli.exited).toBe(2);
  expect(cli.stderr).toContain('"alerts": { "telegram"');
});

test('alerts test tries Sentry as well, without "alerts" too, and says when it takes nothing', async () => {
  const { dsn, port, events, wrong, answers } = await ingest();
  const cwd = await folder();
  const calc = { command: 'node', args: ['-v'], endpoint: 'ws://127.0.0.1:1/?token=first-token' };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { calc } }));
  writeFileSync(join(cwd, 'dsn'), `${dsn}\n`);
  const run = async (...args: string[]) => {
    const cli = new Cli(['alerts', ...args], { cwd, env: { MCP_PIPE_SENTRY_DSN_FILE: join(cwd, 'dsn') } });
    const code = await cli.exited;
    expect(cli.stdout + cli.stderr).not.toContain(KEY);
    return { code, stdout: cli.stdout };
  };
  const host = `127.0.0.1:${port}`;
  expect((await run()).stdout).toContain(`Alerts go to Sentry (${host}).`);
  expect(events).toEqual([]);
  expect(await run('test')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`Sentry: ${host} took`),
  });
  expect(wrong).toEqual([]);
  expect(events).toMatchObject([{ level: 'info', tags: { source: 'test' }, environment: 'production' }]);
  answers.push({ status: 403 });
  const refused = await run('test', '--json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({
    sentry: { host, proxy: null },
    results: [{ channel: 'sentry', delivered: false, status: 403, text: expect.stringContaining('DSN') }],
  });
});
