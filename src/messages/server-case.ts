import { faultOf, type NotMcp, type ServerEnd } from '../protocol/server-end.js';
import { excerpt } from './human.js';

/** The end of a remote server, or why it cannot be reached, as far as it has words and advice of its own. */
export type RemoteCase =
  | 'no-listener'
  | 'no-such-host'
  | 'no-dns'
  | 'no-network'
  | 'no-answer'
  | 'reset'
  | 'no-http'
  | 'tls-expired'
  | 'tls-not-yet'
  | 'tls-other-host'
  | 'tls-unknown-authority'
  | 'tls-none'
  | 'tls-client-certificate'
  | 'tls'
  | 'proxy'
  | 'unreachable'
  | 'session-lost'
  | 'login-oauth'
  | 'login-scope'
  | 'login-header'
  | 'login'
  | 'login-home-assistant'
  | 'http-bad-request'
  | 'http-forbidden'
  | 'http-forbidden-home-assistant'
  | 'http-not-found'
  | 'http-not-found-home-assistant'
  | 'http-method'
  | 'http-not-acceptable'
  | 'http-media-type'
  | 'http-proxy-login'
  | 'http-too-large'
  | 'http-busy'
  | 'http-gateway'
  | 'http-server-error'
  | 'http-other'
  | NotMcp
  | 'page-cloudflare'
  | 'page-login'
  | 'cut';

/** What the words of a case may name. */
export interface RemoteFacts {
  /** The server's name in the configuration, or else its address, as an argument of a command. */
  argument: string;
  /** Its address without secrets: `https://host/mcp`. */
  address: string;
  /** Host and port of it. */
  host: string;
  livedMs: number;
  /** The error code of the system or of the TLS library, or why an answer was cut; else empty. */
  reason: string;
  /** The HTTP status; 0 without one. */
  status: number;
  /** How long the server asked us to stay away, in milliseconds. */
  retryAfterMs: number | undefined;
  /** A page's title, where a redirection leads, a content type; foreign text. */
  detail: string | undefined;
}

/** The case of an end; undefined for the end of a process. Pure. */
export function remoteCase(end: ServerEnd, address: string): RemoteCase | undefined {
  switch (end.kind) {
    case 'unreachable':
      if (end.proxy) return end.proxy.httpStatus === 407 ? 'http-proxy-login' : 'proxy';
      return unreachable(end.reason);
    case 'unauthorized':
      if (isHomeAssistant(address) && end.wants !== 'oauth') return 'login-home-assistant';
      return end.wants === undefined ? 'login' : `login-${end.wants}`;
    case 'http':
      return http(end, address);
    case 'not-mcp':
      return end.what === 'page' ? page(end.detail) : end.what;
    case 'session-lost':
    case 'cut':
      return end.kind;
    case 'process':
    case 'not-started':
    case 'pipe-closed':
    case 'unanswered':
    case 'hung':
    case 'over-limit':
      return undefined;
  }
}

/** Facts of an end for the words of its case. `detail` is as the server gave it. */
export function remoteFacts(
  end: ServerEnd,
  { name, address, livedMs }: { name: string; address: string; livedMs: number },
): RemoteFacts {
  return {
    ...{ argument: argumentFor(name, address), address, livedMs },
    host: hostOf(address),
    // Of a proxy that is to blame, with its name.
    reason: end.kind === 'unreachable' ? (faultOf(end).error ?? '') : 'reason' in end ? end.reason : '',
    status: 'status' in end ? end.status : 0,
    retryAfterMs: end.kind === 'http' ? end.retryAfterMs : undefined,
    detail: end.kind === 'not-mcp' && end.detail !== undefined ? excerpt(end.detail, 120) : undefined,
  };
}

/** A server that was given as an address is named by its host, which no command takes. */
function argumentFor(name: string, address: string): string {
  if (URL.canParse(address) && [new URL(address).hostname, hostOf(address)].includes(name)) return address;
  return /^[\w.@:+-]+$/.test(name) ? name : JSON.stringify(name);
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** The addresses of Home Assistant's own MCP server: `/api/mcp`, before that `/mcp_server/sse`. */
export function isHomeAssistant(address: string): boolean {
  return URL.canParse(address) && /\/(?:api\/mcp|mcp_server\/sse)\/?$/.test(new URL(address).pathname);
}

const NO_NETWORK = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL']);

function unreachable(reason: string): RemoteCase {
  if (reason === 'ECONNREFUSED') return 'no-listener';
  if (reason === 'ENOTFOUND' || reason === 'EAI_NONAME') return 'no-such-host';
  if (reason.startsWith('EAI_')) return 'no-dns';
  if (NO_NETWORK.has(reason)) return 'no-network';
  if (/TIMED?_?OUT|^timeout/i.test(reason)) return 'no-answer';
  if (/^(ECONNRESET|EPIPE|ECONNABORTED)$|hang up/.test(reason)) return 'reset';
  if (reason.startsWith('HPE_')) return 'no-http';
  if (/PROXY/i.test(reason)) return 'proxy';
  if (reason === 'CERT_HAS_EXPIRED') return 'tls-expired';
  if (reason === 'CERT_NOT_YET_VALID') return 'tls-not-yet';
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID' || reason === 'HOSTNAME_MISMATCH') return 'tls-other-host';
  if (/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA/.test(reason)) return 'tls-unknown-authority';
  if (/^EPROTO$|WRONG_VERSION|PACKET_LENGTH|UNKNOWN_PROTOCOL/.test(reason)) return 'tls-none';
  if (/ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE)/.test(reason)) {
    return 'tls-client-certificate';
  }
  return /CERT|TLS|SSL/.test(reason) ? 'tls' : 'unreachable';
}

/** Answers of gateways and of Cloudflare (520 to 530) when what is behind them does not answer. */
const isGateway = (status: number) => status === 502 || status === 504 || (status >= 520 && status <= 530);

function http({ status, retryAfterMs }: Extract<ServerEnd, { kind: 'http' }>, address: string): RemoteCase {
  if (status === 429 || status === 503 || retryAfterMs !== undefined) return 'http-busy';
  if (isGateway(status)) return 'http-gateway';
  if (status >= 500) return 'http-server-error';
  switch (status) {
    case 400:
      return 'http-bad-request';
    case 403:
      return isHomeAssistant(address) ? 'http-forbidden-home-assistant' : 'http-forbidden';
    case 404:
    case 410:
      return isHomeAssistant(address) ? 'http-not-found-home-assistant' : 'http-not-found';
    case 405:
      return 'http-method';
    case 406:
      return 'http-not-acceptable';
    case 407:
      return 'http-proxy-login';
    case 413:
      return 'http-too-large';
    case 415:
      return 'http-media-type';
    default:
      return 'http-other';
  }
}

function page(title: string | undefined): RemoteCase {
  if (/cloudflare|just a moment|attention required/i.test(title ?? '')) return 'page-cloudflare';
  return /\b(log|sign)[ -]?(in|on)\b|đăng nhập|anmeld|connexion/i.test(title ?? '') ? 'page-login' : 'page';
}
