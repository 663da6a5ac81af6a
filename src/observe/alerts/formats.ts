import { createHmac } from 'node:crypto';
import type { AlertChannel } from '../../protocol/alert.js';
import type { Block, Notice } from './notice.js';
import type { Parcel } from './outbox.js';

/** An HTTP request (POST) that carries a message. */
export interface AlertRequest {
  url: string;
  /** Beside the type and length of the body. */
  headers: Readonly<Record<string, string>>;
  /** JSON. */
  body: string;
}

/** What one message is made of. */
export interface AlertMessage {
  notice: Notice;
  /** Undefined for a test. */
  parcel: Parcel | undefined;
  /** Names the message: the same when it is sent again. */
  id: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Name of the machine or configuration. */
  name: string;
}

/** Characters of a text that each service takes, with a margin (Telegram: 4096, Slack: 4000 before it cuts, Discord: 2000). */
const LONGEST = { telegram: 4_000, slack: 3_900, discord: 1_950, webhook: 16_000 } as const;
/** Alerts in the body of a webhook. */
const MOST_ALERTS = 100;
/** Discord: links in the text are not unfolded. */
const SUPPRESS_EMBEDS = 4;

/** The request that sends a message to a channel. Pure. */
export function requestOf(channel: AlertChannel, message: AlertMessage): AlertRequest {
  const { notice } = message;
  switch (channel.kind) {
    case 'telegram': {
      const { apiUrl, botToken, chatId, threadId } = channel;
      const body = {
        chat_id: chatId,
        ...(threadId === undefined ? {} : { message_thread_id: threadId }),
        text: textOf(notice, html, (title) => `<b>${title}</b>`, LONGEST.telegram),
        parse_mode: 'HTML',
        link_preview_options: { is_disabled: true },
      };
      return { url: `${apiUrl}/bot${botToken}/sendMessage`, headers: {}, body: JSON.stringify(body) };
    }
    case 'slack': {
      // Without formatting, nothing that a server writes can become a link or a mention.
      const body = { text: textOf(notice, html, asItIs, LONGEST.slack), mrkdwn: false };
      return { url: channel.url, headers: {}, body: JSON.stringify(body) };
    }
    case 'discord': {
      const body = {
        content: textOf(notice, markdown, (title) => `**${title}**`, LONGEST.discord),
        allowed_mentions: { parse: [] },
        flags: SUPPRESS_EMBEDS,
      };
      return { url: channel.url, headers: {}, body: JSON.stringify(body) };
    }
    case 'webhook':
      return webhookRequest(channel, message);
  }
}

/** As plain text. */
export function plainText(notice: Notice): string {
  return textOf(notice, asItIs, asItIs, LONGEST.webhook);
}

/** docs/alerts.md describes the body; its members stay. */
function webhookRequest(
  { url, headers, secret }: Extract<AlertChannel, { kind: 'webhook' }>,
  { notice, parcel, id, at, name }: AlertMessage,
): AlertRequest {
  const { news = [], more = 0 } = parcel ?? {};
  const body = JSON.stringify({
    version: 1,
    type: parcel ? 'alerts' : 'test',
    ...{ id, at, name },
    text: plainText(notice),
    alerts: news.slice(0, MOST_ALERTS).map((one) => ({
      state: one.state,
      kind: one.kind,
      subject: one.subject,
      links: one.links,
      cause: one.cause ?? null,
      why: one.why ?? null,
      since: one.since,
      forMs: Math.round(one.forMs),
    })),
    more: more + Math.max(0, news.length - MOST_ALERTS),
  });
  const sentAt = String(Math.floor(at / 1_000));
  return {
    url,
    headers: {
      ...headers,
      'webhook-id': id,
      'webhook-timestamp': sentAt,
      ...(secret === undefined
        ? {}
        : { 'webhook-signature': signatureOf(secret, `${id}.${sentAt}.${body}`) }),
    },
    body,
  };
}

/** `v1,` and the HMAC-SHA256 in base64, as the specification "Standard Webhooks" has it. */
// D149
export function signatureOf(secret: string, signed: string): string {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(secret) ?? [];
  const key = encoded === undefined ? Buffer.from(secret, 'utf8') : Buffer.from(encoded, 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

const asItIs = (text: string) => text;

/** The three characters that HTML at Telegram, and Slack, give a meaning. */
function html(text: string): string {
  return text.replace(/[&<>]/g, (found) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[found]!);
}

/** Characters that Discord gives a meaning; addresses stay, so that they can be opened. Mentions are forbidden by the request. */
function markdown(text: string): string {
  return text.replace(/https?:\/\/[^\s<>()"']+|[\\`*_~|<[\]]|(?<=^\s*)[#>+-]/g, (found) =>
    /^h/.test(found) ? found : `\\${found}`,
  );
}

/**
 * The text, at most `longest` characters: later blocks are left out, then the lines of the first are cut. It is measured as it
 * is sent, which is never less than what services count.
 */
function textOf(
  { from, blocks, foot }: Notice,
  escaped: (text: string) => string,
  bold: (title: string) => string,
  longest: number,
): string {
  const render = (some: readonly Block[], cut: number) =>
    [
      escaped(from),
      ...some.map(({ mark, title, lines }) =>
        [
          `${mark} ${bold(escaped(cutTo(title, cut)))}`,
          ...lines.map((line) => escaped(cutTo(line, cut))),
        ].join('\n'),
      ),
      ...(some.length < blocks.length ? [`… (+${blocks.length - some.length})`] : []),
      ...(foot === undefined ? [] : [escaped(foot)]),
    ].join('\n\n');
  for (let count = blocks.length; count >= 1; count--) {
    const text = render(blocks.slice(0, count), Number.POSITIVE_INFINITY);
    if (text.length <= longest) return text;
  }
  for (let cut = longest; cut > 8; cut = Math.floor(cut / 2)) {
    const text = render(blocks.slice(0, 1), cut);
    if (text.length <= longest) return text;
  }
  return escaped(from);
}

/** At most `length` characters; a surrogate pair is not split. */
function cutTo(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text[length - 1]!) ? length - 1 : length;
  return `${text.slice(0, end)}…`;
}
