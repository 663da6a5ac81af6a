import { ALERT_KINDS, type AlertChannel, type AlertChannelKind, type AlertsPlan } from '../protocol/alert.js';
import type { Finding } from '../protocol/errors.js';
import { ALERTS } from './alert-defaults.js';
import { checkPart, keysOf } from './check-part.js';
import type { Environment } from './environment.js';
import { errorAt, warningAt } from './finding.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { durationMs } from './mode.js';
import type { Place } from './place.js';
import type { ProxyChoice } from './proxy-choice.js';
import { isHeader, SectionReader, withoutComments } from './section-reader.js';
import { shownAs } from './shown-as.js';

/** The section `alerts`, read; the plan adds the proxies. */
export interface AlertsConfig extends AlertsPlan {
  place: Place;
  /** Values that must not be shown. */
  secrets: readonly string[];
  /** The variables that hold secrets of alerts: no server gets them. */
  secretVariables: readonly string[];
  /** The secrets that stand in the file itself, and the variable that each might have instead. */
  written: readonly { place: Place; variable: string }[];
  /** Errors and warnings about the section. */
  findings: readonly Finding[];
}

const TELEGRAM = 'https://api.telegram.org';
/** The number of the bot, and its key. */
const BOT_TOKEN = /^\d{3,20}:[A-Za-z0-9_-]{10,100}$/;
const CHAT_ID = /^(?:-?\d{1,20}|@[A-Za-z]\w{2,50})$/;
/** In characters. Shorter parts of an address are ordinary words. */
const SECRET_PART = 16;

const VARIABLES: Readonly<Record<AlertChannelKind, Readonly<Record<string, string>>>> = {
  telegram: { botToken: 'TELEGRAM_BOT_TOKEN', chatId: 'TELEGRAM_CHAT_ID' },
  slack: { url: 'SLACK_WEBHOOK_URL' },
  discord: { url: 'DISCORD_WEBHOOK_URL' },
  webhook: { url: 'ALERT_WEBHOOK_URL' },
};

/**
 * Reads `alerts`. Undefined when there is no section.
 *
 * @param isReported Whether Sentry hears of them: then no channel is needed.
 */
export async function readAlerts(
  source: JsonSource,
  raw: unknown,
  environment: Environment,
  isReported = false,
): Promise<AlertsConfig | undefined> {
  if (raw === undefined) return undefined;
  const cleaned = withoutComments(raw);
  const { issues, value } = await checkPart('alerts', cleaned);
  const known = (path: JsonPath) => (path.length > 1 ? keysOf('alerts', String(path[0])) : keysOf('alerts'));
  const place = source.place(['alerts']);
  const reader = new Reader(source, environment, (path) =>
    issues.some((issue) => issue.path.length > 0 && issue.path.every((step, i) => step === path[i])),
  );
  const { findings } = reader;
  reader.addIssues(cleaned, issues, known);
  const { telegram, slack, discord, webhook, afterMs = ALERTS.afterMs, on = ALERT_KINDS, lang, name } = value;
  const channels: (AlertChannel | undefined)[] = [
    telegram && readTelegram(reader, telegram),
    slack && readHook(reader, 'slack', slack),
    discord && readHook(reader, 'discord', discord),
    webhook && readWebhook(reader, webhook),
  ];
  if (![telegram, slack, discord, webhook].some(Boolean) && issues.length === 0 && !isReported)
    findings.push(warningAt(place, 'alerts-nowhere'));
  if (on.length === 0) findings.push(warningAt(source.place(['alerts', 'on']), 'alerts-of-nothing'));
  const shownName = reader.text(['name'], name)?.trim();
  const used = channels.filter((channel) => channel !== undefined);
  return {
    ...{ channels: used, on, lang, place },
    afterMs: typeof afterMs === 'number' ? afterMs : durationMs(afterMs)!,
    name: shownName === '' ? undefined : shownName,
    secrets: reader.secrets,
    secretVariables: reader.variables,
    written: reader.written,
    findings,
  };
}

/** The plan of the alerts, each with the proxy on its way, and every secret of them. */
export function planAlerts(
  { alerts, sentry }: { alerts: AlertsConfig | undefined; sentry: { plan: object | undefined } },
  proxyFor: (receiver: { href: string }) => ProxyChoice,
): { plan: AlertsPlan | undefined; secrets: readonly string[]; findings: readonly Finding[] } {
  if (alerts === undefined) return { plan: undefined, secrets: [], findings: [] };
  const { afterMs, on, lang, name, secrets } = alerts;
  const reached = alerts.channels.map((channel) => ({
    channel,
    choice: proxyFor({ href: channel.kind === 'telegram' ? channel.apiUrl : channel.url }),
  }));
  const channels = reached.map(({ channel, choice }) => {
    const { kind, host } = channel;
    return shownAs({ ...channel, proxy: choice.proxy }, () => ({ kind, host }));
  });
  const ofProxies = reached.flatMap(({ choice }) => choice.secrets);
  return {
    plan: channels.length > 0 || sentry.plan ? { channels, afterMs, on, lang, name } : undefined,
    secrets: [...secrets, ...ofProxies],
    findings: reached.flatMap(({ choice }) => choice.findings),
  };
}

class Reader extends SectionReader {
  readonly #isWrong: (path: JsonPath) => boolean;

  constructor(source: JsonSource, environment: Environment, isWrong: (path: JsonPath) => boolean) {
    super('alerts', source, environment);
    this.#isWrong = isWrong;
  }

  secret(path: JsonPath, given: string | number | boolean | undefined): string | undefined {
    return this.text(
      path,
      given,
      VARIABLES[path[0] as AlertChannelKind]?.[String(path[1])] ?? 'ALERT_SECRET',
    );
  }

  /** A text that a channel cannot be without. */
  needed(
    kind: AlertChannelKind,
    key: string,
    given: string | number | boolean | undefined,
    isSecret: boolean,
  ) {
    const text = isSecret ? this.secret([kind, key], given) : this.text([kind, key], given);
    if (text) return text;
    if ((given !== undefined && text === undefined) || this.#isWrong([kind, key])) return undefined;
    const variable = VARIABLES[kind][key]!;
    const { envFile } = this.environment;
    return this.add(
      errorAt(this.place([kind, key]), 'alert-incomplete', { channel: kind, key, variable, envFile }),
    );
  }

  /** An HTTP address, with the parts of it that are secret. */
  url(kind: AlertChannelKind, key: 'url' | 'apiUrl', written: string | undefined): URL | undefined {
    if (written === undefined) return undefined;
    const place = this.place([kind, key]);
    if (!URL.canParse(written)) return this.add(errorAt(place, 'alert-url', { channel: kind }));
    const url = new URL(written);
    if (!/^https?:$/.test(url.protocol)) return this.add(errorAt(place, 'alert-url', { channel: kind }));
    this.secrets.push(...[url.password, ...url.searchParams.values()].filter((part) => part !== ''));
    if (key === 'apiUrl') return url;
    const parts = [url.href, url.pathname, `${url.pathname}${url.search}`, ...url.pathname.split('/')];
    this.secrets.push(...parts.filter((part) => part.length >= SECRET_PART));
    return url;
  }
}

interface RawTelegram {
  botToken?: string | undefined;
  chatId?: string | number | boolean | undefined;
  threadId?: number | undefined;
  apiUrl?: string | undefined;
}

function readTelegram(reader: Reader, raw: RawTelegram): AlertChannel | undefined {
  const botToken = reader.needed('telegram', 'botToken', raw.botToken, true);
  const chatId = reader.needed('telegram', 'chatId', raw.chatId, false);
  const root = reader.text(['telegram', 'apiUrl'], raw.apiUrl) || TELEGRAM;
  const api = reader.url('telegram', 'apiUrl', root);
  if (botToken !== undefined) {
    // Telegram's own log of errors shows addresses, and the key alone is enough to use the bot.
    reader.secrets.push(botToken.slice(botToken.indexOf(':') + 1));
    if (!BOT_TOKEN.test(botToken))
      reader.add(errorAt(reader.place(['telegram', 'botToken']), 'alert-bot-token'));
  }
  if (chatId !== undefined && !CHAT_ID.test(chatId))
    reader.add(errorAt(reader.place(['telegram', 'chatId']), 'alert-chat-id'));
  if (!botToken || !chatId || !api || !BOT_TOKEN.test(botToken) || !CHAT_ID.test(chatId)) return undefined;
  const { threadId } = raw;
  const apiUrl = root.replace(/\/+$/, '');
  return { kind: 'telegram', host: api.host, apiUrl, botToken, chatId, threadId };
}

function readHook(
  reader: Reader,
  kind: 'slack' | 'discord',
  raw: { url?: string | undefined },
): AlertChannel | undefined {
  const url = reader.url(kind, 'url', reader.needed(kind, 'url', raw.url, true));
  return url && { kind, host: url.host, url: url.href };
}

interface RawWebhook {
  url?: string | undefined;
  headers?: Readonly<Record<string, string | number | boolean>> | undefined;
  secret?: string | undefined;
}

function readWebhook(reader: Reader, raw: RawWebhook): AlertChannel | undefined {
  const url = reader.url('webhook', 'url', reader.needed('webhook', 'url', raw.url, true));
  const path = ['webhook', 'headers'];
  const isAllowed = (name: string, value: string) =>
    isHeader(name, value) ? undefined : errorAt(reader.place([...path, name]), 'alert-header');
  const headers = reader.headers(path, raw.headers, isAllowed, 'ALERT_SECRET');
  const secret = reader.secret(['webhook', 'secret'], raw.secret);
  if (secret === '') reader.add(warningAt(reader.place(['webhook', 'secret']), 'alert-secret-empty'));
  return (
    url && {
      ...{ kind: 'webhook', host: url.host, url: url.href, headers },
      ...(secret ? { secret } : {}),
    }
  );
}
