import type { ActualValue } from '../messages/parts.js';
import { Endpoint, openPath } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import { errorAt, warningAt } from './finding.js';
import type { Place } from './place.js';

export interface CheckedAddress {
  /** Undefined when the address cannot be used; then `findings` says why. */
  endpoint: Endpoint | undefined;
  /** The address without the marks and spaces around it. */
  text: string;
  findings: Finding[];
}

/** Invisible characters that are copied along with an address. */
const INVISIBLE = /[\u200B-\u200F\u2060\uFEFF\u00AD]/g;
/** `set X="…"` and `docker run --env-file` keep the quotation marks; chats and e-mails add other marks. */
const AROUND: readonly [before: string, after: string][] = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
  ['<', '>'],
];

/** Removes the spaces and marks around an address. */
export function cleanAddress(text: string): { address: string; isQuoted: boolean } {
  const address = text.replace(INVISIBLE, '').trim();
  const pair = AROUND.find(
    ([before, after]) => address.length > 2 && address.startsWith(before) && address.endsWith(after),
  );
  return pair === undefined
    ? { address, isQuoted: false }
    : { address: address.slice(1, -1).trim(), isQuoted: true };
}

export function checkAddress(written: string, place: Place): CheckedAddress {
  const { address: text, isQuoted } = cleanAddress(written);
  const refused = refusal(text, place);
  if (refused !== undefined) return { endpoint: undefined, text, findings: [refused] };
  const endpoint = new Endpoint(text);
  const findings = addressWarnings(endpoint, text, place);
  return {
    endpoint,
    text,
    findings: isQuoted ? [warningAt(place, 'endpoint-quoted'), ...findings] : findings,
  };
}

/** The error for an address that cannot be dialled. Its advice leads to an address that can. */
function refusal(address: string, place: Place): Finding | undefined {
  const count = countAddresses(address);
  if (count > 1) return errorAt(place, 'endpoint-several', { count });
  if (!URL.canParse(address) || /^[\w.-]+:\d+(\/|$)/.test(address)) {
    // A path has to follow the host: otherwise a bare token would be taken for a host, and shown.
    const host = /^(?:\/\/)?([A-Za-z0-9.-]+(?:\.[A-Za-z]{2,}|:\d+|\d))\//.exec(address)?.[1];
    if (host === undefined || /\s/.test(address)) {
      return errorAt(place, 'endpoint-no-address', { came: shapeOf(address) });
    }
    const scheme = host.endsWith('xiaozhi.me') ? 'wss' : 'ws';
    return errorAt(place, 'endpoint-no-scheme', { host, scheme });
  }
  const url = new URL(address);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isHttp && url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    return errorAt(place, 'endpoint-other-scheme');
  }
  const to = url.protocol.replace('http', 'ws');
  const shown = () => `${url.protocol}//${url.host}${openPath(url.pathname)}`;
  if (/^\/mcp_endpoint(\/health)?\/?$/.test(url.pathname)) {
    const instead = `${to}//${url.host}/mcp_endpoint/mcp/?token=…`;
    return errorAt(place, 'endpoint-status-page', { shown: shown(), instead });
  }
  if (/^\/xiaozhi\/(v1|ota)(\/|$)/.test(url.pathname))
    return errorAt(place, 'endpoint-for-devices', { shown: shown() });
  if (isHttp) {
    if (/^(www\.)?xiaozhi\.me$/.test(url.hostname))
      return errorAt(place, 'endpoint-web-page', { shown: shown() });
    const path = SERVERS_PATH.test(url.pathname) ? '/mcp_endpoint/mcp/' : undefined;
    return errorAt(place, 'endpoint-http', {
      ...{ shown: shown(), from: url.protocol, to },
      path: path === url.pathname ? undefined : path,
    });
  }
  if (url.pathname.includes('/mcp_endpoint/call')) {
    return errorAt(place, 'endpoint-for-callers', { shown: String(new Endpoint(address)) });
  }
  return undefined;
}

/** Paths of a self-hosted endpoint: `mcp` for servers, `call` for clients. */
const SERVERS_PATH = /^\/mcp_endpoint\/(mcp|call)\/?$/;

/** How many addresses stand one after the other. An address inside a token does not count. */
function countAddresses(text: string): number {
  return [...text.matchAll(/(?:^|[\s;,|])["']?wss?:\/\//gi)].length;
}

function addressWarnings(endpoint: Endpoint, address: string, place: Place): Finding[] {
  const found: Finding[] = [];
  const url = new URL(endpoint.href);
  if (url.pathname.endsWith('/mcp_endpoint/mcp')) {
    found.push(warningAt(place, 'endpoint-no-slash', { shown: String(endpoint) }));
  }
  if (/\/call\/?$/.test(url.pathname)) {
    found.push(warningAt(place, 'endpoint-maybe-for-callers', { shown: String(endpoint) }));
  }
  const isMissing = endpoint.token === '' && wantsToken(url);
  if (isMissing || PLACEHOLDER.test(endpoint.token)) {
    found.push(warningAt(place, 'endpoint-placeholder', { isMissing }));
    return found;
  }
  if (url.protocol === 'ws:' && TLS_PORTS.has(url.port)) {
    found.push(warningAt(place, 'endpoint-tls-port', { port: url.port }));
  }
  const written = tokenOf(address);
  if (written.includes('+')) found.push(warningAt(place, 'token-plus'));
  const twice = /%25([0-9A-F]{2})/i.exec(written)?.[1];
  if (twice !== undefined) found.push(warningAt(place, 'token-encoded-twice', { once: `%${twice}` }));
  return found;
}

/** Ports on which servers speak TLS. */
const TLS_PORTS: ReadonlySet<string> = new Set(['443', '8443']);

/** Whether a `ws://` address has a port of TLS. Such a connection always fails. */
export function isOnTlsPort({ href }: Endpoint): boolean {
  const { protocol, port } = new URL(href);
  return protocol === 'ws:' && TLS_PORTS.has(port);
}

/** The token as the address spells it, before a URL parser decodes it. */
export function tokenOf(address: string): string {
  return /[?&]token=([^&#]*)/s.exec(address.trim())?.[1] ?? '';
}

/** Whether an address needs a token: the cloud's does, and one with the path of such an endpoint. */
function wantsToken({ hostname, pathname }: URL): boolean {
  return hostname === 'api.xiaozhi.me' || /^(\/mcp_endpoint)?\/mcp\/?$/.test(pathname);
}

/** Placeholders for tokens in documentation, and shortened tokens that end in an ellipsis. */
export const PLACEHOLDER =
  /^(<.*>|\[.*\]|\{.*\}|.*(?:\.{3}|…)|x{3,}|token[_-]?\d*|.*your[_-]?.*token.*|.*token[_-]?here.*|changeme)$/i;

/** The kind of text that came instead of an address, without the text itself. */
function shapeOf(text: string): ActualValue {
  if (/^["'`“‘«]|["'`”’»]$/.test(text)) return 'quoted-address';
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) && text.startsWith('eyJ')) return 'bare-token';
  return { addressLength: text.length };
}
