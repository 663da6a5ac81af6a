import type { Cause, Diagnosis } from '../protocol/diagnosis.js';
import type { ProxyCase } from './parts.js';

/** A cause, or a special case of it with its own words. */
export type CauseCase =
  | Cause
  | 'initialize-refused: by us'
  | 'endpoint-error: after an error'
  | 'token-rejected: missing'
  | 'token-rejected: undecryptable'
  | 'token-rejected: no agent'
  | 'endpoint-restarting: busy'
  | 'connection-lost: dialing'
  | 'protocol-violation: kind'
  | 'protocol-violation: text'
  | 'endpoint-violation: text'
  | 'endpoint-violation: dialing'
  | 'endpoint-failed: ping'
  | 'dns: temporary'
  | 'tls: expired'
  | 'tls: not yet'
  | 'tls: other host'
  | 'tls: self-signed'
  | 'tls: none'
  | 'http-server-error: proxy'
  | 'http-unexpected: wss'
  | 'unknown: dialing'
  | 'unknown: not a WebSocket'
  | ProxyCase;

/** The case of a diagnosis, which selects its words. */
export function caseOf(diagnosis: Diagnosis): CauseCase {
  const { cause, code = 0, reason, openForMs } = diagnosis;
  const isDialing = openForMs === undefined;
  switch (cause) {
    case 'initialize-refused':
      return diagnosis.refusal?.by === 'mcp-pipe' ? 'initialize-refused: by us' : cause;
    case 'endpoint-error':
      return diagnosis.refusal ? 'endpoint-error: after an error' : cause;
    case 'token-rejected':
      return rejected(reason);
    case 'endpoint-restarting':
      return code === 1013 ? 'endpoint-restarting: busy' : cause;
    case 'connection-lost':
      return isDialing ? 'connection-lost: dialing' : cause;
    case 'protocol-violation':
      return code === 1003 ? 'protocol-violation: kind' : code === 1007 ? 'protocol-violation: text' : cause;
    case 'endpoint-violation':
      if (isDialing) return 'endpoint-violation: dialing';
      return code === 1007 ? 'endpoint-violation: text' : cause;
    case 'endpoint-failed':
      return /keepalive|ping timeout/i.test(reason) ? 'endpoint-failed: ping' : cause;
    case 'dns':
      return reason.startsWith('EAI_') ? 'dns: temporary' : cause;
    case 'tls':
      return tls(reason);
    case 'http-server-error':
      return code >= 502 && code <= 504 ? 'http-server-error: proxy' : cause;
    case 'http-unexpected':
      return code === 400 || (code >= 300 && code < 400) ? 'http-unexpected: wss' : cause;
    case 'proxy-auth':
      return login(diagnosis.proxy);
    case 'proxy-unreachable':
      return /^(ECONN|ETIMEDOUT|E(HOST|NET)|ENOTFOUND|EAI_|EADDR)/.test(reason)
        ? cause
        : 'proxy-unreachable: tls';
    case 'unknown':
      if (reason.startsWith('HPE_')) return 'unknown: not a WebSocket';
      return isDialing ? 'unknown: dialing' : cause;
    default:
      return cause;
  }
}

/** The self-hosted endpoint gives its reasons in Chinese only. */
function rejected(reason: string): CauseCase {
  if (reason.includes('缺少token')) return 'token-rejected: missing';
  if (reason.includes('token解密失败')) return 'token-rejected: undecryptable';
  return reason.includes('无对应agentId') ? 'token-rejected: no agent' : 'token-rejected';
}

/** Proxies that only accept NTLM or Kerberos do not offer `Basic`; proxies that offer nothing may accept it. */
function login(proxy: Diagnosis['proxy']): CauseCase {
  if (proxy?.schemes && !/\bbasic\b/i.test(proxy.schemes)) return 'proxy-auth: scheme';
  return proxy?.hasLogin ? 'proxy-auth: wrong' : 'proxy-auth';
}

function tls(reason: string): CauseCase {
  if (reason === 'CERT_HAS_EXPIRED') return 'tls: expired';
  if (reason === 'CERT_NOT_YET_VALID') return 'tls: not yet';
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID' || reason === 'HOSTNAME_MISMATCH') return 'tls: other host';
  if (/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/.test(reason)) return 'tls: self-signed';
  return /^EPROTO$|^ERR_SSL|WRONG_VERSION|PACKET_LENGTH/.test(reason) ? 'tls: none' : 'tls';
}
