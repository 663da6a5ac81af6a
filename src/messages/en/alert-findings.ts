import type { AlertChannelKind } from '../../protocol/alert.js';

/** What is wrong with a webhook address, by whose it is. */
const WHERE_TO_GET: Record<AlertChannelKind, string> = {
  telegram: 'Leave "apiUrl" out, unless you run a Bot API server of your own.',
  slack: 'Copy it from api.slack.com/apps, your app, Incoming Webhooks: https://hooks.slack.com/services/…',
  discord:
    'Copy it in Discord from the settings of the channel, Integrations, Webhooks: https://discord.com/api/webhooks/…',
  webhook: 'Write the whole address: https://example.com/alerts',
};

/** The errors and warnings about the section "alerts". */
export const alertFindings = {
  'alerts-nowhere': () => ({
    expected: 'at least one of telegram, slack, discord, webhook',
    got: 'none, so alerts go nowhere',
    next: `Write "telegram": { "botToken": "\${TELEGRAM_BOT_TOKEN}", "chatId": "\${TELEGRAM_CHAT_ID}" }, for instance, or remove "alerts".`,
  }),
  'alerts-of-nothing': () => ({
    expected: 'at least one word in "on"',
    got: 'an empty list, so nothing is reported',
    next: 'Leave "on" out to report everything.',
  }),
  'alert-incomplete': ({
    channel,
    key,
    variable,
    envFile,
  }: {
    channel: AlertChannelKind;
    key: string;
    variable: string;
    envFile: string;
  }) => ({
    expected: `"${key}", which alerts by ${channel} need`,
    got: 'nothing',
    next: `Write "${key}": "\${${variable}}" here, and ${variable}=… into ${envFile}.`,
  }),
  'alert-url': ({ channel }: { channel: AlertChannelKind }) => ({
    expected: 'an address that begins with https:// or http://',
    got: 'something else',
    next: WHERE_TO_GET[channel],
  }),
  'alert-bot-token': () => ({
    expected: 'the token of a Telegram bot: 123456789:AA…',
    got: 'something else',
    next: 'Copy the whole token from @BotFather (/mybots, API Token), without "bot" in front.',
  }),
  'alert-chat-id': () => ({
    expected: 'the id of a Telegram chat: 123456789, -1001234567890, or @name of a public channel',
    got: 'something else',
    next: 'Write a message to the bot; https://api.telegram.org/bot<TOKEN>/getUpdates then shows the id as "chat":{"id":…}.',
  }),
  'sentry-dsn': () => ({
    expected: 'the DSN of a project: https://KEY@o1.ingest.sentry.io/4501',
    got: 'something else',
    next: 'Copy the whole DSN: in Sentry from Settings, Projects, your project, Client Keys (DSN); in GlitchTip from the settings of the project.',
  }),
  'otlp-url': () => ({
    expected: 'an address that begins with http:// or https://, without a login in it',
    got: 'something else',
    next: 'Write the address of the collector, "http://127.0.0.1:4318"; a login belongs into "headers".',
  }),
  'alert-header': () => ({
    expected: 'a header that HTTP allows',
    got: 'a name with a space or a letter with a mark, or a value with a line break',
    next: 'Correct the header, for instance "Authorization": "Bearer …".',
  }),
  'alert-secret-empty': () => ({
    expected: 'the secret that signs the requests',
    got: 'an empty text, so they are not signed',
    next: 'Write a secret, or leave "secret" out.',
  }),
};
