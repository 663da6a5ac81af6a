import { expect, test } from 'vitest';
import { messagesFor } from '../../../../src/messages/index.js';
import { outcomeOf } from '../../../../src/observe/alerts/answer.js';
import type { AlertChannel } from '../../../../src/protocol/alert.js';
import { TELEGRAM, WEBHOOK } from '../../../helpers/alert-world.js';

const SLACK: AlertChannel = { kind: 'slack', host: 'hooks.slack.com', url: 'https://hooks.slack.com/x' };
const DISCORD: AlertChannel = { kind: 'discord', host: 'discord.com', url: 'https://discord.com/x' };

/** What becomes of a message, in short: for a refusal, what the log advises. */
function outcome(channel: AlertChannel, status: number, body: unknown = '', retryAfterMs?: number) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const found = outcomeOf(channel, { status, retryAfterMs, body: text });
  if (found.is === 'busy') return `busy ${found.afterMs}`;
  if (found.is === 'delivered') return 'delivered';
  const { id, params } = found.refusal;
  return messagesFor('en').notices.refusals[id](params);
}

test('any success is one', () => {
  expect(outcome(TELEGRAM, 200, { ok: true })).toBe('delivered');
  expect(outcome(SLACK, 200, 'ok')).toBe('delivered');
  expect(outcome(DISCORD, 204)).toBe('delivered');
  expect(outcome(WEBHOOK, 202, 'not { JSON')).toBe('delivered');
});

test('a pause is as long as the service says, wherever it says it', () => {
  expect(outcome(TELEGRAM, 429, { parameters: { retry_after: 35 } })).toBe('busy 35000');
  expect(outcome(DISCORD, 429, { retry_after: 0.65, global: false }, 1_000)).toBe('busy 650');
  expect(outcome(SLACK, 429, 'rate_limited', 30_000)).toBe('busy 30000');
  expect(outcome(WEBHOOK, 429, { retry_after: -1 })).toBe('busy undefined');
  for (const status of [408, 425, 500, 502, 503])
    expect(outcome(WEBHOOK, status, '<html>')).toBe('busy undefined');
});

test.each([
  [TELEGRAM, 401, { description: 'Unauthorized' }, 'does not know the bot token'],
  [TELEGRAM, 404, { description: 'Not Found' }, 'does not know the bot token'],
  [TELEGRAM, 400, { description: 'Bad Request: chat not found' }, 'correct "chatId"'],
  [TELEGRAM, 403, { description: 'Forbidden: bot was blocked by the user' }, 'Send /start to the bot'],
  [TELEGRAM, 400, { parameters: { migrate_to_chat_id: -1009 } }, 'write "chatId": "-1009"'],
  [
    TELEGRAM,
    400,
    { description: 'Bad Request: message thread not found' },
    '"Bad Request: message thread not found"',
  ],
  [SLACK, 404, 'no_service', 'Slack does not take this webhook address (HTTP 404)'],
  [SLACK, 410, 'channel_is_archived', 'Create a new one'],
  [DISCORD, 401, { message: 'Invalid Webhook Token' }, 'Discord does not take this webhook address'],
  [DISCORD, 400, { message: 'Cannot send an empty message' }, 'does not take the message (HTTP 400)'],
  [WEBHOOK, 401, '', 'wants another login'],
  [WEBHOOK, 308, '', 'is at another address now (HTTP 308)'],
  [WEBHOOK, 404, '', 'check "url"'],
] as const)(
  'what %o refuses with %d is not sent again, and says what to do',
  (channel, status, body, advice) => {
    expect(outcome(channel, status, body)).toContain(advice);
  },
);

test('no part of the bot token comes back in what the service says, and not much of anything', () => {
  const { botToken } = TELEGRAM as Extract<typeof TELEGRAM, { kind: 'telegram' }>;
  for (let part = 4; part < botToken.length; part++) {
    const said = `${'z'.repeat(120 - part)}${botToken}`;
    expect(outcome(TELEGRAM, 400, { description: said })).not.toContain(botToken.slice(0, 4));
  }
  const long = { parameters: { migrate_to_chat_id: `${botToken}${'9'.repeat(60_000)}` } };
  expect(outcome(TELEGRAM, 400, long)).not.toContain(botToken.slice(0, 4));
  expect(outcome(TELEGRAM, 400, long).length).toBeLessThan(300);
  const odd = { toString: 1, valueOf: 1 };
  expect(outcome(TELEGRAM, 400, { parameters: { migrate_to_chat_id: odd } })).toContain('HTTP 400');
});
