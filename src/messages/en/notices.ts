import { type AlertChannelKind, type AlertKind, CHANNEL_NAMES as channels } from '../../protocol/alert.js';
import { formatClock, formatZone } from '../human.js';
import { count, time } from './numbers.js';

/** One name, or the number of them and the first few. */
export interface AlertNames {
  /** `kitchen`, or `kitchen, music, … and 9 more`. */
  names: string;
  count: number;
}

/** `14:03:27 UTC+7`: the phone may be in another time zone than the machine. */
const clock = (at: number, now: number) => `${formatClock(at, now)} ${formatZone(at)}`;
const links = ({ names, count: n }: AlertNames) => (n === 1 ? `Link ${names}` : `${n} links`);
const servers = ({ names, count: n }: AlertNames) => (n === 1 ? `Server ${names}` : `${n} servers`);
const list = ({ names, count: n }: AlertNames) => (n === 1 ? '' : `: ${names}`);
const verb = ({ count: n }: AlertNames, one: string, many: string) => (n === 1 ? one : many);

const raised: Record<AlertKind, (of: AlertNames) => string> = {
  'link-down': (of) => `${links(of)} ${verb(of, 'has', 'have')} no connection${list(of)}`,
  'server-down': (of) => `${servers(of)} ${verb(of, 'does', 'do')} not work${list(of)}`,
  'crash-loop': (of) => `${servers(of)} ${verb(of, 'crashes', 'crash')} again and again${list(of)}`,
  'server-hung': (of) => `${servers(of)} ${verb(of, 'does', 'do')} not answer${list(of)}`,
  'server-over-limit': (of) =>
    `${servers(of)} took more than ${verb(of, 'its limits', 'their limits')}${list(of)}`,
  'login-ending': (of) =>
    `The login to ${of.count === 1 ? `server ${of.names}` : `${of.count} servers`} ends soon${list(of)}`,
  'waits-for-person': (of) =>
    of.count === 1 ? `Waits for your approval: ${of.names}` : `${of.count} wait for your approval${list(of)}`,
  'token-contention': (of) =>
    `Another program uses the token of ${of.count === 1 ? `link ${of.names}` : `${of.count} links`}${list(of)}`,
};

const recovered: Record<'link' | 'server', (of: AlertNames) => string> = {
  link: (of) => `${links(of)} ${verb(of, 'is', 'are')} connected again${list(of)}`,
  server: (of) => `${servers(of)} ${verb(of, 'works', 'work')} again${list(of)}`,
};

/** Why a channel does not take alerts, and what to do. */
const refusals = {
  'telegram-token': () =>
    'Telegram does not know the bot token. Copy it once more from @BotFather (/mybots, API Token), and write it where "botToken" comes from.',
  'telegram-chat': () =>
    'Telegram finds no such chat. Write one message to the bot first (in a group: add the bot to it), then correct "chatId": https://api.telegram.org/bot<TOKEN>/getUpdates shows it as "chat":{"id":…}.',
  'telegram-blocked': () =>
    'The bot may not write to this chat. Send /start to the bot; in a group or channel, add the bot and let it write.',
  'telegram-moved': ({ chatId }: { chatId: string }) =>
    `The group became a supergroup and has another id now: write "chatId": "${chatId}".`,
  'telegram-refused': ({ status, said }: { status: number; said: string }) =>
    `Telegram does not take the message (HTTP ${status}${said === '' ? '' : `: "${said}"`}): check "chatId" and "threadId".`,
  'webhook-gone': ({ channel, status }: { channel: AlertChannelKind; status: number }) =>
    `${channels[channel]} does not take this webhook address (HTTP ${status}): it was deleted or copied incompletely. Create a new one and write it where "url" comes from.`,
  'receiver-login': ({ status }: { status: number }) =>
    `The receiver wants another login (HTTP ${status}): correct "headers" or "secret" of the webhook.`,
  'receiver-moved': ({ status }: { status: number }) =>
    `The receiver is at another address now (HTTP ${status}): correct "url".`,
  refused: ({ status }: { status: number }) =>
    `The receiver does not take the message (HTTP ${status}): check "url", and look into the log of the receiver.`,
};

/** Why a message could not be sent now; it is tried again. */
const failures = {
  unreachable: ({ host, reason }: { host: string; reason: string }) =>
    `${host} cannot be reached (${reason}). Check the network; where the service is blocked, set HTTPS_PROXY.`,
  'proxy-failed': ({ host, proxy, reason }: { host: string; proxy: string; reason: string }) =>
    `the proxy ${proxy} opens no way to ${host} (${reason}). Check HTTPS_PROXY, or except the host with NO_PROXY.`,
  busy: ({ host, status }: { host: string; status: number }) =>
    status === 429
      ? `${host} asks for a pause (HTTP 429): it got too many messages.`
      : `${host} has a problem of its own (HTTP ${status}).`,
};

/** The texts of alerts, and of what the log says about them. */
export const notices = {
  from: ({ name }: { name: string }) => `mcp-pipe on ${name}`,
  raised,
  recovered,
  since: ({ at, now, forMs }: { at: number; now: number; forMs: number }) =>
    forMs < 1_000 ? `Since ${clock(at, now)}.` : `Since ${clock(at, now)}, that is for ${time(forMs)}.`,
  lasted: ({ at, now, forMs }: { at: number; now: number; forMs: number }) =>
    `It lasted ${time(forMs)}, from ${clock(at, now)}.`,
  unsteady: ({ times }: { times: number }) =>
    `In between it came back ${times === 1 ? 'once' : `${times} times`}, but not for long.`,
  usedBy: ({ names, count: n }: AlertNames) =>
    n === 1 ? `Link ${names} uses it.` : `${n} links use it: ${names}.`,
  /** Nothing has failed yet. */
  notUpYet: 'It has not come up yet; the first start may take longer when it downloads something.',
  asOne: 'Of one of them:',
  howToLook: 'More: mcp-pipe health',
  andMore: ({ names, count: n }: AlertNames) => `${names}, … and ${n} more`,
  moreAlerts: ({ count: n }: { count: number }) => `${count(n, 'more alert')}: mcp-pipe health shows all.`,
  test: 'This is a test',
  testText: 'Alerts of mcp-pipe arrive here.',
  refusals,
  failures,
  /** Of the log. */
  undelivered: ({ channel, why }: { channel: AlertChannelKind; why: string }) =>
    `Alerts by ${channels[channel]} do not arrive and are kept for later: ${why}`,
  rejected: ({ channel, why }: { channel: AlertChannelKind; why: string }) =>
    `An alert by ${channels[channel]} was not accepted and is dropped: ${why} Then try: mcp-pipe alerts test`,
  deliveredAgain: ({ channel }: { channel: AlertChannelKind }) =>
    `Alerts by ${channels[channel]} arrive again.`,
  sendingTo: ({ channels: to }: { channels: string }) => `Alerts go to ${to}.`,
};
