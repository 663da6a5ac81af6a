import { validateHeaderName, validateHeaderValue } from 'node:http';
import { ALERT_KINDS, type AlertChannel, type AlertChannelKind, type AlertsPlan } from '../protocol/alert.js';
import type { Finding } from '../protocol/errors.js';
import { ALERTS } from './alert-defaults.js';
import type { Environment } from './environment.js';
import { describe, errorAt, isComment, warningAt } from './finding.js';
import { isRecord } from './foreign-root.js';
import { interpolate } from './interpolate.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { durationMs } from './mode.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';
import type { ProxyChoice } from './proxy-choice.js';
import type { ShapeIssue } from './shape-check.js';
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

/** Reads `alerts`. Undefined when there is no section. */
export async function readAlerts(
  source: JsonSource,
  raw: unknown,
  environment: Environment,
): Promise<AlertsConfig | undefined> {
  if (raw === undefined) return undefined;
  const findings: Finding[] = [];
  const { alerts, checkAlerts, CHANNEL_KEYS } = await import('./alerts-schema.js');
  const cleaned = withoutComments(raw);
  const { issues, value } = checkAlerts(cleaned);
  const keysOf = (path: JsonPath) =>
    path.length > 1 ? (CHANNEL_KEYS[String(path[0])] ?? []) : Object.keys(alerts.shape);
  findings.push(...issues.map((issue) => shapeFinding(source, cleaned, issue, keysOf(issue.path))));
  const place = source.place(['alerts']);
  const reader = new Reader(source, environment, findings, (path) =>
    issues.some((issue) => issue.path.length > 0 && issue.path.every((step, i) => step === path[i])),
  );
  const { telegram, slack, discord, webhook, afterMs = ALERTS.afterMs, on = ALERT_KINDS, lang, name } = value;
  const channels: (AlertChannel | undefined)[] = [
    telegram && readTelegram(reader, telegram),
    slack && readHook(reader, 'slack', slack),
    discord && readHook(reader, 'discord', discord),
    webhook && readWebhook(reader, webhook),
  ];
  if (![telegram, slack, discord, webhook].some(Boolean) && issues.length === 0)
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
  { alerts }: { alerts: AlertsConfig | undefined },
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
    plan: channels.length > 0 ? { channels, afterMs, on, lang, name } : undefined,
    secrets: [...secrets, ...ofProxies],
    findings: reached.flatMap(({ choice }) => choice.findings),
  };
}

/** Reads the texts of the section, and remembers what is secret. */
class Reader {
  readonly secrets: string[] = [];
  readonly variables: string[] = [];
  readonly written: { place: Place; variable: string }[] = [];
  readonly #source: JsonSource;
  readonly #environment: Environment;
  readonly #findings: Finding[];
  readonly #isWrong: (path: JsonPath) => boolean;

  constructor(
    source: JsonSource,
    environment: Environment,
    findings: Finding[],
    isWrong: (path: JsonPath) => boolean,
  ) {
    this.#source = source;
    this.#environment = environment;
    this.#findings = findings;
    this.#isWrong = isWrong;
  }

  place(path: JsonPath): Place {
    return this.#source.place(['alerts', ...path]);
  }

  add(finding: Finding): undefined {
    this.#findings.push(finding);
  }

  /** With its variables filled in; undefined when it is not written, or cannot be used. */
  text(path: JsonPath, given: string | number | boolean | undefined, isSecret = false): string | undefined {
    if (given === undefined) return undefined;
    const { text, secrets, variables, findings } = interpolate(
      String(given),
      this.place(path),
      this.#environment,
    );
    this.#findings.push(...findings);
    this.secrets.push(...secrets);
    if (isSecret) {
      this.secrets.push(text.trim());
      this.variables.push(...variables);
      const variable = VARIABLES[path[0] as AlertChannelKind]?.[String(path[1])] ?? 'ALERT_SECRET';
      if (variables.length === 0 && text !== '') this.written.push({ place: this.place(path), variable });
    }
    return findings.length > 0 ? undefined : text.trim();
  }

  /** A text that a channel cannot be without. */
  needed(
    kind: AlertChannelKind,
    key: string,
    given: string | number | boolean | undefined,
    isSecret: boolean,
  ) {
    const text = this.text([kind, key], given, isSecret);
    if (text) return text;
    if ((given !== undefined && text === undefined) || this.#isWrong([kind, key])) return undefined;
    const variable = VARIABLES[kind][key]!;
    const { envFile } = this.#environment;
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
  const headers = Object.entries(raw.headers ?? {}).flatMap(([name, given]) => {
    if (isComment(name)) return [];
    const path = ['webhook', 'headers', name];
    const value = reader.text(path, given, true);
    if (value === undefined) return [];
    if (isHeader(name, value)) return [[name, value] as const];
    reader.add(errorAt(reader.place(path), 'alert-header'));
    return [];
  });
  const secret = reader.text(['webhook', 'secret'], raw.secret, true);
  if (secret === '') reader.add(warningAt(reader.place(['webhook', 'secret']), 'alert-secret-empty'));
  return (
    url && {
      ...{ kind: 'webhook', host: url.host, url: url.href, headers: Object.fromEntries(headers) },
      ...(secret ? { secret } : {}),
    }
  );
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function shapeFinding(
  source: JsonSource,
  raw: unknown,
  { path, shape, unknownKey }: ShapeIssue,
  known: readonly string[],
): Finding {
  const place = source.place(['alerts', ...path]);
  if (unknownKey !== undefined) {
    const [meant] = nearest(unknownKey, known);
    return errorAt(place, 'unknown-setting', { key: unknownKey, meant, known });
  }
  const wrong = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)?.[key], raw);
  const key = path.findLast((step) => typeof step === 'string');
  return errorAt(place, 'shape', { shape, came: describe(wrong, key) });
}

/** `"//"` and `"_comment"` stand for comments here as well. */
function withoutComments(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([key, inner]) => !isComment(key) || isRecord(inner));
  return Object.fromEntries(
    kept.map(([key, inner]) => [key, isRecord(inner) ? withoutComments(inner) : inner]),
  );
}
