import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isCallAnswer } from '../../faces/http/call-answer.js';
import { hearRefusal } from '../../faces/http/refuse-upgrade.js';
import { requestIdOf } from '../../faces/http/request-id.js';
import type { Audit } from '../../protocol/audit.js';
import { clientOf, peerAddress } from './client-address.js';
import { pathIn } from './site.js';

/** Who sends a request, as far as it is known. */
interface Sender {
  key?: string | undefined;
  /** Why its request got no further, where the status does not say it. */
  outcome?: string | undefined;
}

const senders = new WeakMap<IncomingMessage, Sender>();

/** Notes what is known of a request beside its headers, if the audit log wants to know. */
export function noteSender(request: IncomingMessage, sender: Sender): void {
  const known = senders.get(request);
  if (known) Object.assign(known, sender);
}

const LOGIN_PATH = '/ui/login';
/** Why a request got no further, by its status. */
const WORDS: Readonly<Record<number, string>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  408: 'timed-out',
  409: 'conflict',
  413: 'too-long',
  414: 'too-long',
  415: 'not-json',
  421: 'misdirected',
  429: 'too-many-requests',
  431: 'headers-too-long',
  500: 'failed',
  503: 'unavailable',
};

/** Writes a line for a request that is refused, and for each login. Answers to calls have lines of their own. */
export function auditRequest(
  request: IncomingMessage,
  response: ServerResponse,
  audit: Audit | undefined,
): void {
  if (!audit) return;
  const since = performance.now();
  senders.set(request, {});
  response.once('close', () => {
    const { statusCode: status, headersSent } = response;
    const isLogin = pathIn(request) === LOGIN_PATH && request.method === 'POST';
    if (!headersSent || isCallAnswer(response)) return;
    if (status < 400 && !isLogin) return;
    audit({ ...lineOf(request, status), kind: isLogin ? 'login' : 'refused', ms: performance.now() - since });
  });
}

/** The same for a request to upgrade. */
export function auditUpgrade(request: IncomingMessage, socket: Duplex, audit: Audit | undefined): void {
  if (!audit) return;
  senders.set(request, {});
  hearRefusal(socket, (status) => audit(lineOf(request, status)));
}

/** A line for what could not be read as a request. */
export function auditUnreadable(socket: Duplex, status: number, requestId: string, audit: Audit): void {
  const { remoteAddress } = socket as Partial<Socket>;
  const address = remoteAddress && peerAddress(remoteAddress);
  audit({ at: Date.now(), kind: 'refused', requestId, address, outcome: wordOf(status), code: status });
}

function lineOf(request: IncomingMessage, status: number): Parameters<Audit>[0] {
  const { key, outcome = wordOf(status) } = senders.get(request) ?? {};
  const { address } = clientOf(request);
  return {
    ...{ at: Date.now(), kind: 'refused', requestId: requestIdOf(request), key, address },
    // Its query may hold secrets.
    method: `${request.method} ${pathIn(request)}`,
    ...{ outcome, code: status },
  };
}

function wordOf(status: number): string {
  if (status < 400) return 'ok';
  return WORDS[status] ?? (status < 500 ? 'bad-request' : 'failed');
}
