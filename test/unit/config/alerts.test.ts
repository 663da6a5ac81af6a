// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, folderWith, plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const BOT = '123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc';
const SLACK = 'https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/cccccccccccccccccccccccc';
const ENV = { MCP_ENDPOINT: ADDRESS, TELEGRAM_BOT_TOKEN: BOT, SLACK_WEBHOOK_URL: SLACK };
const config = (alerts: unknown) => ({
  mcpServers: { calc: { command: 'node', args: ['a.js'], cwd: '/' } },
  alerts,
});
const telegram = { botToken: '${TELEGRAM_BOT_TOKEN}', chatId: 42 };

describe('the section "alerts"', () => {
  test('becomes a part of the plan, whose secrets are hidden', async () => {
    const made = await plan(
      config({
        '//': 'Of the shed.',
        telegram,
        slack: { url: '${SLACK_WEBHOOK_URL}' },
        webhook: {
          url: 'https://example.com/a?key=abcdef123',
          headers: { 'X-Key': 'k-e-y-1-2-3' },
          secret: 'sign-it-please',
        },
        ...{ afterMs: '90s', on: ['link-down', 'crash-loop'], lang: 'vi', name: 'vps-1' },
      }),
      ENV,
    );
    expect(made.warnings).toEqual([]);
    const { alerts, secrets } = made;
    expect(alerts).toMatchObject({
      afterMs: 90_000,
      on: ['link-down', 'crash-loop'],
      lang: 'vi',
      name: 'vps-1',
    });
    expect(alerts!.channels.map(({ kind, host }) => `${kind} ${host}`)).toEqual([
      'telegram api.telegram.org',
      'slack hooks.slack.com',
      'webhook example.com',
    ]);
    expect(alerts!.channels[0]).toMatchObject({
      botToken: BOT,
      chatId: '42',
      apiUrl: 'https://api.telegram.org',
    });
    for (const secret of [
      BOT,
      BOT.split(':')[1],
      SLACK,
      new URL(SLACK).pathname,
      'abcdef123',
      'k-e-y-1-2-3',
      'sign-it-please',
    ])
      expect(secrets).toContain(secret);
    const printed = inspect(alerts, { depth: 9 }) + JSON.stringify(alerts);
    for (const secret of secrets) expect(printed).not.toContain(secret);
  });

  test('is not needed, and reports everything after two minutes by default', async () => {
    expect((await plan(config(undefined), ENV)).alerts).toBeUndefined();
    expect((await plan(config({ telegram }), ENV)).alerts).toMatchObject({
      ...{ afterMs: 120_000, lang: undefined, name: undefined },
      on: [
        'link-down',
        'server-down',
        'crash-loop',
        'server-hung',
        'server-over-limit',
        'token-contention',
        'login-ending',
        'waits-for-person',
      ],
    });
  });

  test('may have its secrets in files, and servers do not inherit their variables', async () => {
    const folder = folderWith({ 'mcp_config.json': config({ telegram }), 'bot.txt': `${BOT}\n` });
    const env = { MCP_ENDPOINT: ADDRESS, TELEGRAM_BOT_TOKEN_FILE: join(folder, 'bot.txt'), OTHER: 'x' };
    const made = makePlan(await loadConfig({ cwd: folder, env }), { cwd: folder });
    expect(made.alerts!.channels[0]).toMatchObject({ botToken: BOT });
    expect(made.secrets).toContain(BOT);
    const given = makePlan(await loadConfig({ cwd: folder, env: { ...ENV, OTHER: 'x' } }), { cwd: folder });
    for (const { servers } of [made, given]) {
      const names = Object.keys(launchOf(servers[0]!).env);
      expect(names).toContain('OTHER');
      expect(names.filter((name) => name.startsWith('TELEGRAM'))).toEqual([]);
    }
  });

  test('goes through the proxy of the environment', async () => {
    const env = { ...ENV, HTTPS_PROXY: 'http://me:pass-word-1@proxy:3128', NO_PROXY: 'hooks.slack.com' };
    const both = config({ telegram, slack: { url: '${SLACK_WEBHOOK_URL}' } });
    const { alerts, secrets } = await plan(both, env);
    expect(alerts!.channels.map(({ proxy }) => proxy && String(proxy))).toEqual(['proxy:3128', undefined]);
    expect(secrets).toContain('pass-word-1');
    const direct = await plan(both, env, { noProxy: true });
    expect(direct.alerts!.channels.map(({ proxy }) => proxy)).toEqual([undefined, undefined]);
  });

  test.each([
    ['a list', [], 'alerts', 'CONFIG_TYPE', 'an object: { "telegram"'],
    [
      'an unknown channel',
      { telegramm: {} },
      'alerts.telegramm',
      'CONFIG_UNKNOWN_SETTING',
      'Did you mean telegram?',
    ],
    [
      'an unknown key',
      { telegram: { ...telegram, chat: 1 } },
      'alerts.telegram.chat',
      'CONFIG_UNKNOWN_SETTING',
      'Did you mean chatId?',
    ],
    ['"after"', { telegram, after: '2m' }, 'alerts.after', 'CONFIG_UNKNOWN_SETTING', 'Did you mean afterMs?'],
    [
      'a text for a channel',
      { slack: 'x' },
      'alerts.slack',
      'CONFIG_TYPE',
      'an object with the keys of this channel',
    ],
    [
      'no token',
      { telegram: { chatId: '42' } },
      'alerts.telegram.botToken',
      'CONFIG_ALERT_CHANNEL',
      'Write "botToken": "${TELEGRAM_BOT_TOKEN}" here',
    ],
    [
      'an empty token',
      { telegram: { botToken: '', chatId: '42' } },
      'alerts.telegram.botToken',
      'CONFIG_ALERT_CHANNEL',
      'TELEGRAM_BOT_TOKEN=… into',
    ],
    [
      'a token with "bot" in front',
      { telegram: { botToken: `bot${BOT}`, chatId: '42' } },
      'alerts.telegram.botToken',
      'CONFIG_ALERT_CHANNEL',
      'without "bot" in front',
    ],
    [
      'no chat',
      { telegram: { botToken: BOT } },
      'alerts.telegram.chatId',
      'CONFIG_ALERT_CHANNEL',
      'TELEGRAM_CHAT_ID=…',
    ],
    [
      'a name for a chat',
      { telegram: { botToken: BOT, chatId: 'Me' } },
      'alerts.telegram.chatId',
      'CONFIG_ALERT_CHANNEL',
      'getUpdates',
    ],
    [
      'a variable that is not set',
      { discord: { url: '${NOT_SET}' } },
      'alerts.discord.url',
      'CONFIG_MISSING_VARIABLE',
      'NOT_SET',
    ],
    [
      'no address',
      { discord: { url: 'discord' } },
      'alerts.discord.url',
      'CONFIG_ALERT_CHANNEL',
      'Integrations, Webhooks',
    ],
    [
      'another scheme',
      { webhook: { url: 'ftp://example.com' } },
      'alerts.webhook.url',
      'CONFIG_ALERT_CHANNEL',
      'https://example.com/alerts',
    ],
    [
      'a broken header',
      { webhook: { url: 'http://a.b', headers: { 'X Y': '1' } } },
      'alerts.webhook.headers["X Y"]',
      'CONFIG_ALERT_CHANNEL',
      'Correct the header',
    ],
    [
      'a wrong kind',
      { telegram, on: ['link-up'] },
      'alerts.on[0]',
      'CONFIG_TYPE',
      '"link-down", "server-down"',
    ],
    ['a wrong time', { telegram, afterMs: '2 weeks' }, 'alerts.afterMs', 'CONFIG_TYPE', '"30s", "5m", "1h"'],
    ['a wrong language', { telegram, lang: 'fr' }, 'alerts.lang', 'CONFIG_TYPE', '"en" or "vi"'],
  ])('with %s is refused, with advice', async (_, alerts, path, code, advice) => {
    const findings = await refusal(plan(config(alerts), ENV));
    const found = findings.filter((finding) => finding.severity === 'error');
    expect(found.map((finding) => `${finding.path} ${finding.code}`)).toEqual([`${path} ${code}`]);
    expect(`${found[0]!.expected} ${found[0]!.next}`).toContain(advice);
    expect(JSON.stringify(findings)).not.toContain(BOT);
  });

  test('that reaches nobody, or reports nothing, is a warning', async () => {
    const codes = async (alerts: unknown) =>
      (await plan(config(alerts), ENV)).warnings.map(({ code }) => code);
    expect(await codes({})).toEqual(['CONFIG_ALERTS_UNUSED']);
    expect(await codes({ telegram, on: [] })).toEqual(['CONFIG_ALERTS_UNUSED']);
    expect(await codes({ webhook: { url: 'http://a.b', secret: '' } })).toEqual(['CONFIG_ALERT_CHANNEL']);
  });

  test('that differs is a change between two plans, a secret alone included, and nothing else is', async () => {
    const env = { MCP_ENDPOINT: ADDRESS, TELEGRAM_BOT_TOKEN: BOT };
    const of = (alerts: unknown, given: Record<string, string> = env) => plan(config(alerts), given);
    const [none, some, same, other, later] = await Promise.all([
      of(undefined, { MCP_ENDPOINT: ADDRESS }),
      of({ telegram }),
      of({ telegram }),
      of({ telegram }, { ...env, TELEGRAM_BOT_TOKEN: `${BOT}x` }),
      of({ telegram, afterMs: '3m' }),
    ]);
    expect(diffPlan(some, same).alerts).toBeUndefined();
    for (const next of [none, other, later]) {
      const diff = diffPlan(some, next);
      expect(diff.alerts).toBe(true);
      expect(diff.servers.map(({ change }) => change)).toEqual(['kept']);
      expect(JSON.stringify(diff)).not.toContain(BOT);
    }
  });
});
