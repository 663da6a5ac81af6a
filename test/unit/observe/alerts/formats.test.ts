import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LANGS } from '../../../../src/messages/index.js';
import { plainText, requestOf, signatureOf } from '../../../../src/observe/alerts/formats.js';
import { noticeOf, testNotice } from '../../../../src/observe/alerts/notice.js';
import type { AlertNews } from '../../../../src/observe/alerts/outbox.js';
import { ALERT_KINDS, type AlertChannel } from '../../../../src/protocol/alert.js';
import { TELEGRAM, WEBHOOK } from '../../../helpers/alert-world.js';
import { englishIn } from '../../../helpers/english.js';
import { runs } from '../../../helpers/runs.js';

const SLACK: AlertChannel = {
  kind: 'slack',
  host: 'hooks.slack.com',
  url: 'https://hooks.slack.com/services/T/B/x',
};
const DISCORD: AlertChannel = {
  kind: 'discord',
  host: 'discord.com',
  url: 'https://discord.com/api/webhooks/1/x',
};
const NOW = Date.UTC(2026, 0, 1, 12);

function news(more: Partial<AlertNews> = {}): AlertNews {
  return {
    ...{ state: 'raised', kind: 'link-down', subject: { of: 'link', name: 'kitchen' }, cause: 'dns' },
    ...{
      links: ['kitchen'],
      since: NOW - 130_000,
      forMs: 130_000,
      returns: 0,
      at: NOW,
      why: 'Because. Do this.',
    },
    ...more,
  };
}

function bodyFor(channel: AlertChannel, all: readonly AlertNews[], more = 0) {
  const notice = noticeOf({ news: all, more }, { lang: 'en', name: 'vps-1', now: NOW });
  const parcel = { news: all, more };
  const request = requestOf(channel, { notice, parcel, id: 'msg_1', at: NOW, name: 'vps-1' });
  return { ...request, json: JSON.parse(request.body) as Record<string, unknown> };
}

/** A server's text that would be a tag, a mention, a link or bold somewhere. */
const FOREIGN =
  '<b>x</b> <!channel> @everyone <@1> *bold* _it_ `code` [a](http://b) & https://example.com/a_b';

describe('a message', () => {
  test('for Telegram is HTML in which foreign text is text', () => {
    const { url, json } = bodyFor(TELEGRAM, [news({ why: FOREIGN })]);
    expect(url).toBe('https://api.telegram.org/bot123456:AAsecretsecretsecret/sendMessage');
    expect(json).toMatchObject({
      chat_id: '42',
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    });
    expect(json.text).toContain('🔴 <b>Link kitchen has no connection</b>');
    expect(json.text).toContain('&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt;');
    expect(String(json.text).match(/<[^>]*>/g)).toEqual(['<b>', '</b>']);
    expect(json).not.toHaveProperty('message_thread_id');
    expect(bodyFor({ ...TELEGRAM, threadId: 7 } as AlertChannel, [news()]).json).toMatchObject({
      message_thread_id: 7,
    });
  });

  test('for Slack is not formatted, and mentions nobody', () => {
    const { json } = bodyFor(SLACK, [news({ why: FOREIGN })]);
    expect(json.mrkdwn).toBe(false);
    expect(json.text).not.toMatch(/[<>]/);
    expect(json.text).toContain('&lt;!channel&gt;');
  });

  test('for Discord mentions nobody, and every mark of a foreign text is escaped', () => {
    const { json } = bodyFor(DISCORD, [news({ why: FOREIGN })]);
    expect(json.allowed_mentions).toEqual({ parse: [] });
    expect(json.content).toContain('**Link kitchen has no connection**');
    expect(json.content).toContain('\\*bold\\* \\_it\\_ \\`code\\`');
    expect(json.content).toContain('\\<@1> ');
    expect(json.content).toContain('https://example.com/a_b');
  });

  test('fits into what each service takes, whatever is in it', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 1_500 });
    const one = fc.record({
      name: anything,
      why: fc.option(anything, { nil: undefined }),
      kind: fc.constantFrom(...ALERT_KINDS),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 20 }), (many) => {
        const all = many.map(({ name, why, kind }, i) =>
          news({
            kind,
            why,
            subject: { of: 'link', name: `${name}${i}` },
            cause: String(i),
            links: [name, name],
          }),
        );
        const lengths = [
          [String(bodyFor(TELEGRAM, all).json.text).length, 4_096],
          [String(bodyFor(SLACK, all).json.text).length, 4_000],
          [String(bodyFor(DISCORD, all).json.content).length, 2_000],
          [String(bodyFor(WEBHOOK, all).json.text).length, 16_384],
        ] as const;
        for (const [length, most] of lengths) expect(length).toBeLessThanOrEqual(most);
        expect(String(bodyFor(TELEGRAM, all).json.text).isWellFormed()).toBe(true);
      }),
      { numRuns: runs(40) },
    );
  });

  test('names a few of many, and says how many there are', () => {
    const all = Array.from({ length: 500 }, (_, i) => news({ subject: { of: 'link', name: `link-${i}` } }));
    const { json } = bodyFor(WEBHOOK, all, 3);
    expect(json.text).toContain('500 links have no connection: link-0');
    expect(json.text).toContain('and 492 more');
    expect(json.text).toContain('3 more alerts');
    expect(json.alerts).toHaveLength(100);
    expect(json.more).toBe(403);
  });

  test('is Vietnamese when asked, without an English sentence', () => {
    for (const kind of ALERT_KINDS)
      for (const state of ['raised', 'recovered'] as const)
        for (const returns of [0, 3]) {
          const of = kind === 'link-down' || kind === 'token-contention' ? 'link' : 'server';
          const one = news({
            kind,
            state,
            returns,
            subject: { of, name: 'NAME' },
            links: ['NAME', 'OTHER'],
            why: undefined,
          });
          for (const all of [[one], [one, { ...one, subject: { of, name: 'OTHER' } } as AlertNews]]) {
            const notice = noticeOf({ news: all, more: 2 }, { lang: 'vi', name: 'vps-1', now: NOW });
            const text = plainText(notice).replaceAll('mcp-pipe health', '');
            expect(englishIn(text), text).toEqual([]);
            expect(text).toMatch(/[à-ỹđ]/i);
          }
        }
    for (const lang of LANGS) expect(plainText(testNotice({ lang, name: 'x', now: NOW }))).toContain('🔔');
  });
});

describe('a webhook', () => {
  test('has documented members', () => {
    const { json, headers } = bodyFor(WEBHOOK, [news()]);
    expect(json).toEqual({
      ...{ version: 1, type: 'alerts', id: 'msg_1', at: NOW, name: 'vps-1', more: 0 },
      text: expect.stringContaining('Link kitchen has no connection'),
      alerts: [
        {
          ...{
            state: 'raised',
            kind: 'link-down',
            subject: { of: 'link', name: 'kitchen' },
            links: ['kitchen'],
          },
          ...{ cause: 'dns', why: 'Because. Do this.', since: NOW - 130_000, forMs: 130_000 },
        },
      ],
    });
    expect(headers).toEqual({ 'webhook-id': 'msg_1', 'webhook-timestamp': String(NOW / 1_000) });
  });

  test('is signed as Standard Webhooks says, so that other libraries can verify it', () => {
    // The example of the specification's own libraries.
    expect(
      signatureOf(
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}',
      ),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    const { body, headers } = bodyFor({ ...WEBHOOK, secret: 'một bí mật' } as AlertChannel, [news()]);
    const signed = `msg_1.${NOW / 1_000}.${body}`;
    const expected = createHmac('sha256', 'một bí mật').update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  });
});
