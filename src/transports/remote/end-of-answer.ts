import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { LoginWanted, ServerEnd } from '../../protocol/server-end.js';
import { type Clock, systemClock } from '../../time/clock.js';
import { factsOfResponse } from '../dial-failure.js';
import { startOfBody } from './inflow.js';
import { shownUrl } from './remote-server.js';

/** The head of an answer that is no MCP message, or a failure. */
export interface AnswerHead {
  status: number;
  headers: IncomingHttpHeaders;
  /** What was asked. */
  url: URL;
}

/** What an answer that is no MCP message says. */
export interface FailedAnswer {
  end: ServerEnd;
  /** The first lines of its text, for people; may hold control characters. */
  tail: readonly string[];
}

/** What is shown of a body: error pages say what they have to say in their first lines. */
const MOST_LINES = 5;
const MOST_CHARACTERS = 300;
/** These statuses say more than the page that comes with them: a server, or a proxy before it, that is busy or broken. */
const ABOUT_ITSELF = (status: number) => status === 408 || status === 429 || status >= 500;
/** What servers write about a session that they do not know any more, in answers with status 400. */
const ABOUT_SESSION = /\bsession\b|\bserver not initialized\b/i;

/**
 * Why an answer is no MCP message, as data. Pure.
 *
 * @param body the beginning of the body
 * @param hasSession whether the request named a session (`Mcp-Session-Id`, or the address of an SSE stream)
 */
export function endOfAnswer(
  { status, headers, url }: AnswerHead,
  body: string,
  { hasSession = false, nowMs = Date.now() }: { hasSession?: boolean; nowMs?: number } = {},
): ServerEnd {
  const type = mediaTypeOf(headers);
  const isPage =
    type === 'text/html' || type === 'application/xhtml+xml' || /^\s*<(?:!doctype|html)\b/i.test(body);
  if (status === 401) return { kind: 'unauthorized', wants: wantedLogin(headers['www-authenticate']) };
  if (status === 403 && /\binsufficient_scope\b/.test(headers['www-authenticate'] ?? '')) {
    return { kind: 'unauthorized', wants: 'scope' };
  }
  if (status >= 300 && status < 400) {
    return { kind: 'not-mcp', status, what: 'redirect', detail: targetOf(headers.location, url) };
  }
  if (hasSession && !isPage && (status === 404 || (status === 400 && ABOUT_SESSION.test(body)))) {
    return { kind: 'session-lost' };
  }
  if (isPage && !ABOUT_ITSELF(status)) {
    return { kind: 'not-mcp', status, what: 'page', detail: titleOf(body) };
  }
  if (status >= 400) {
    const { retryAfterMs } = factsOfResponse(status, headers, nowMs);
    return { kind: 'http', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const isJson = type === 'application/json' || type.endsWith('+json');
  return isJson
    ? { kind: 'not-mcp', status, what: 'not-json' }
    : { kind: 'not-mcp', status, what: 'content-type', detail: type === '' ? undefined : type };
}

/** Reads the beginning of an answer's body and ends it. Never rejects. */
export async function readFailure(
  answer: AnswerHead & { body: Readable },
  { clock = systemClock, ...options }: { hasSession?: boolean; clock?: Pick<Clock, 'after'> } = {},
): Promise<FailedAnswer> {
  const text = (await startOfBody(answer.body, clock)).toString('utf8');
  return { end: endOfAnswer(answer, text, options), tail: tailOf(text, mediaTypeOf(answer.headers)) };
}

/** The content type without its parameters, in small letters; empty when there is none. */
export function mediaTypeOf(headers: IncomingHttpHeaders): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

/** The first lines of the text of a body, at most five: of a page its title and words, of a JSON-RPC error its message. */
export function tailOf(body: string, type: string): readonly string[] {
  const isPage = type.includes('html') || /^\s*<(?:!doctype|html)\b/i.test(body);
  const text = isPage ? [titleOf(body) ?? '', wordsOf(body)].join('\n') : (messageOf(body) ?? body);
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line, i, all) => line !== '' && line !== all[i - 1]);
  return lines.slice(0, MOST_LINES).map(cut);
}

/** Not inside a word: half a secret would not be found in a log, and not be removed. */
function cut(line: string): string {
  if (line.length <= MOST_CHARACTERS) return line;
  return `${line.slice(0, MOST_CHARACTERS).replace(/[\w.~+/=%-]{1,300}$/, '')}…`;
}

/** How `WWW-Authenticate` (RFC 9110 §11.6.1, RFC 9728 §5.1) wants a login to be given; undefined when it does not say. */
function wantedLogin(challenge: string | undefined): LoginWanted | undefined {
  if (challenge === undefined) return undefined;
  if (/\bresource_metadata\s*=/i.test(challenge)) return 'oauth';
  if (/\binsufficient_scope\b/.test(challenge)) return 'scope';
  return /^\s*bearer\b/i.test(challenge) ? undefined : 'header';
}

/** Where a redirection leads, without what may be secret. */
function targetOf(location: string | undefined, from: URL): string | undefined {
  return location !== undefined && URL.canParse(location, from.href)
    ? shownUrl(new URL(location, from).href)
    : undefined;
}

function titleOf(page: string): string | undefined {
  const [, title = ''] = /<title[^>]{0,200}>([^<]{0,1000})/i.exec(page) ?? [];
  return plain(title).replace(/\s+/g, ' ').slice(0, MOST_CHARACTERS) || undefined;
}

/** The visible text of a page. */
function wordsOf(page: string): string {
  const start = page.search(/<body\b/i);
  return plain(
    (start < 0 ? page : page.slice(start))
      .replace(/<(script|style|title|svg|head)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
      .replace(/<(?:br|p|div|h[1-6]|li|tr|center|hr)\b[^>]*>/gi, '\n')
      .replace(/<[^>]*(?:>|$)/g, ' '),
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', '#39': "'", '#x27': "'" },
};

function plain(text: string): string {
  return text
    .replace(/&(#?\w{1,8});/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole)
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}

/** The message of an error in JSON, as JSON-RPC and many frameworks write it; undefined for anything else. */
function messageOf(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { error, message, detail, error_description: description } = (value ?? {}) as Record<string, unknown>;
  const inner =
    typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error;
  const texts = [inner, description, message, detail].filter((text) => typeof text === 'string');
  return texts.length > 0 ? texts.join('\n') : undefined;
}
