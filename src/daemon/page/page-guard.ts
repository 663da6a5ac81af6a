import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isOfThisMachine } from '../../config/of-this-machine.js';
import type { UiPlan } from '../../config/ui-plan.js';
import { header } from '../../protocol/http-headers.js';
import { foreignIn } from '../http/hosts.js';
import { keyIn } from '../http/keys.js';
import type { PageKeys, Visitor } from './page-keys.js';

/** Why a request to the page is refused; its words: `messages/ui`. */
export type UiRefusal =
  | 'UI_KEY_NEEDED'
  | 'UI_KEY_WRONG'
  | 'UI_TOO_MANY_TRIES'
  | 'UI_READ_ONLY'
  | 'UI_FOREIGN'
  | 'UI_PROXY_WITHOUT_KEY'
  | 'UI_NOT_FOUND'
  | 'UI_BAD_REQUEST'
  | 'UI_BUSY'
  | 'UI_TIMED_OUT'
  | 'UI_RESULT_TOO_LONG'
  | 'UI_FILES_MISSING'
  | 'UI_STOPPING';

/** What a page is guarded by. */
export interface PageGuard {
  plan: UiPlan;
  keys: PageKeys;
}

/** The header of each request that changes something: a page of another site cannot send it without asking first (Fetch, "CORS"). */
const MARK = 'x-mcp-pipe';
/** Set by proxies, and not by browsers. */
const OF_PROXIES = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'via',
  'cf-connecting-ip',
];

/** Whether a key is asked for: always, unless only this machine reaches the page by its own names. */
export function asksForKey({ host, key, readKey, allowedHosts }: UiPlan): boolean {
  return key !== undefined || readKey !== undefined || allowedHosts.length > 0 || !isOfThisMachine(host);
}

/**
 * Refuses what a browser sends for a page of another site: under a foreign name (DNS rebinding), with a foreign `Origin`, or,
 * where there is no `Origin`, as `Sec-Fetch-Site` says (Fetch Metadata). Opening the page itself from a link is no harm.
 */
// D221
export function refuseForeigner(
  request: IncomingMessage,
  { plan, keys }: PageGuard,
  isPage: boolean,
): UiRefusal | undefined {
  const { headers } = request;
  const { host, allowedHosts } = plan;
  const hosts = { host, allowedHosts, allowedOrigins: [], isAsked: keys.areAsked };
  if (foreignIn(headers, hosts) !== undefined) return 'UI_FOREIGN';
  const site = header(headers, 'sec-fetch-site');
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  const isOpened = isPage && header(headers, 'sec-fetch-mode') === 'navigate';
  if (!isOwn && !isOpened) return 'UI_FOREIGN';
  if (!keys.areAsked && OF_PROXIES.some((name) => headers[name] !== undefined)) return 'UI_PROXY_WITHOUT_KEY';
  return undefined;
}

/** Who asks: by a key in the request, or the cookie of a session; without keys, whoever it is. */
export function visitorOf(
  headers: IncomingHttpHeaders,
  { keys }: PageGuard,
  cookie: string,
): Visitor | UiRefusal {
  if (!keys.areAsked) return { role: 'write' };
  const given = keyIn(headers);
  if (given !== undefined) return keys.visitorWith(given) ?? 'UI_KEY_WRONG';
  const session = cookieIn(headers, cookie);
  const visitor = session === undefined ? undefined : keys.visitorOf(session, Date.now() / 1000);
  return visitor ?? 'UI_KEY_NEEDED';
}

/** Whether a request that changes something comes from this page, or from a program that has the key. */
export function isFromPage(headers: IncomingHttpHeaders): boolean {
  if (header(headers, MARK) !== 'page') return false;
  // A browser says so with each POST; that it is the own one is known by now.
  return headers.origin !== undefined || keyIn(headers) !== undefined;
}

/** The value of a cookie. */
export function cookieIn(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const one of (headers.cookie ?? '').split(';')) {
    const [key, ...value] = one.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}
