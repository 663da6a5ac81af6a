import * as z from 'zod';
import { ALERT_KINDS } from '../protocol/alert.js';
import { ALERTS } from './alert-defaults.js';
import { duration, text, textLike, wants } from './shapes.js';

const channel = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape, wants('alert-channel'));
const webhookUrl = (of: string, variable: string) =>
  channel({
    url: text
      .optional()
      .describe(`The webhook address that ${of} gives. It is needed, and it is a secret.`)
      .meta({ examples: [`\${${variable}}`] }),
  });

/** The section `alerts`: where to, and what. */
export const alerts = z.strictObject(
  {
    telegram: channel({
      botToken: text
        .optional()
        .describe('The token of a bot, from @BotFather. It is needed, and it is a secret.')
        .meta({ examples: ['$' + '{TELEGRAM_BOT_TOKEN}'] }),
      chatId: textLike
        .optional()
        .describe('The id of the chat, group or channel, or @name of a public channel. It is needed.'),
      threadId: z
        .number(wants('number', { least: 1, most: 2 ** 31 - 1 }))
        .min(1, wants('number', { least: 1, most: 2 ** 31 - 1 }))
        .max(2 ** 31 - 1, wants('number', { least: 1, most: 2 ** 31 - 1 }))
        .optional()
        .describe('The topic of a group with topics.'),
      apiUrl: text
        .optional()
        .describe('The address of another Bot API server. Default: "https://api.telegram.org".'),
    })
      .optional()
      .describe('Sends alerts to a Telegram chat.'),
    slack: webhookUrl('Slack', 'SLACK_WEBHOOK_URL').optional().describe('Sends alerts to a Slack channel.'),
    discord: webhookUrl('Discord', 'DISCORD_WEBHOOK_URL')
      .optional()
      .describe('Sends alerts to a Discord channel.'),
    webhook: channel({
      url: text
        .optional()
        .describe('The http:// or https:// address that gets a POST with JSON. It is needed.'),
      headers: z
        .record(z.string(), textLike, wants('object-of-texts'))
        .optional()
        .describe('Headers of each request, for instance a login.')
        .meta({ examples: [{ Authorization: 'Bearer $' + '{ALERT_TOKEN}' }] }),
      secret: text
        .optional()
        .describe('Signs each request (HMAC-SHA256), so that the receiver knows who sent it.'),
    })
      .optional()
      .describe('Sends alerts as JSON to a program of your own.'),
    afterMs: duration(ALERTS.leastAfterMs)
      .optional()
      .describe(
        `How long a link or server has to be down, in milliseconds or as a text: "30s", "2m", "1h". Default: ${ALERTS.afterMs}.`,
      ),
    on: z
      .array(z.enum(ALERT_KINDS, wants('alert-kinds')), wants('alert-kinds'))
      .optional()
      .describe('What is reported. Default: everything.'),
    lang: z
      .enum(['en', 'vi'], wants('language'))
      .optional()
      .describe('Language of the messages. Default: that of mcp-pipe.'),
    name: text
      .optional()
      .describe('What the messages call this machine or configuration. Default: the name of the host.'),
  },
  wants('alerts'),
);
