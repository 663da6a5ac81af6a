import { DOCTOR } from '../../config/doctor-bounds.js';
import { diagnose } from '../../connections/diagnose.js';
import type { CertificateFault } from '../../messages/doctor-parts.js';
import type { Diagnosis } from '../../protocol/diagnosis.js';
import type { DialFailure } from '../../protocol/errors.js';
import { canonicalHost, isLoopback } from '../../protocol/host.js';
import { type Item, item } from './item.js';
import type { CertificateFacts, ReachFacts } from './reach.js';

export interface ReachContext {
  /** Host and port, as the address spells them. */
  host: string;
  /** The port of an address that begins with `ws://` speaks TLS. */
  speaksTls: boolean;
  inContainer: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/** The lines about one host of endpoints. Pure. */
export function judgeReach(facts: ReachFacts, context: ReachContext): Item[] {
  const { host, now } = context;
  const certificate = facts.tls ? [judgeCertificate(facts.tls.certificate, host, now)] : [];
  return [judgeSteps(facts, context), ...certificate];
}

/** Whether a WebSocket can be dialled there at all: the host can be reached, and its certificate is accepted. */
export function isReached({ failed, tls }: ReachFacts, speaksTls = false): boolean {
  return (
    !speaksTls && (failed === undefined || failed.step === 'http') && tls?.certificate.refused === undefined
  );
}

function judgeSteps(facts: ReachFacts, { host, speaksTls, inContainer }: ReachContext): Item {
  const { failed, http, target } = facts;
  if (speaksTls) return item('error', 'network', host, 'speaks-tls', { scheme: 'ws' });
  // A port that is no HTTP server, but takes WebSockets, may just close the connection.
  const isClosed = failed?.step === 'http' && !failed.timedOut;
  if (failed && !isClosed) {
    const { step, failure, timedOut, afterMs } = failed;
    if (step === 'tls' && SPEAKS_PLAIN.test(failure.reason)) {
      return item('error', 'network', host, 'speaks-plain', {});
    }
    if (timedOut) {
      return item(step === 'http' ? 'warning' : 'error', 'network', host, 'no-answer', { step, afterMs });
    }
    const isLocal = isLoopback(canonicalHost(target.hostname));
    const diagnosis = diagnosisOf(failure);
    return item('error', 'network', host, 'unreachable', { step, isLocal, inContainer, diagnosis });
  }
  const to = elsewhere(facts);
  if (http && to !== undefined) {
    return item('warning', 'network', host, 'sent-elsewhere', { status: http.status, to });
  }
  return item('ok', 'network', host, 'reached', {
    dnsMs: facts.dns?.ms,
    addresses: facts.dns?.addresses ?? 0,
    tcpMs: facts.tcpMs,
    tlsMs: facts.tls?.ms,
    httpMs: http?.ms,
    status: http?.status,
    proxy: target.proxy ? String(target.proxy) : undefined,
  });
}

/** What OpenSSL says of an answer that is no TLS record: `SSL routines:…:wrong version number`, under several codes. */
const SPEAKS_PLAIN = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_LAYER/;

/** The diagnosis of a connection that could not be made. */
export function diagnosisOf(failed: DialFailure): Diagnosis {
  const unasked = { openForMs: undefined, initialize: 'not-asked', initializeWaitedMs: 0 } as const;
  return diagnose({ end: { failed }, ...unasked, siblings: 0 });
}

/** The host of a login page that answers in place of the host (RFC 6585 §6: 511); empty when it is not named. */
function elsewhere({ http, target }: ReachFacts): string | undefined {
  if (http?.status === 511) return '';
  if (!http || http.status < 300 || http.status > 399 || !URL.canParse(http.location)) return undefined;
  const { hostname } = new URL(http.location);
  return canonicalHost(hostname) === canonicalHost(target.hostname) ? undefined : hostname;
}

const FAULTS: Readonly<Record<string, CertificateFault>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'incomplete-chain',
  ERR_TLS_CERT_ALTNAME_INVALID: 'other-host',
};

/** In milliseconds. */
const DAY_MS = 24 * 60 * 60 * 1_000;

function judgeCertificate(
  { refused, subject, issuer, validTo }: CertificateFacts,
  host: string,
  now: number,
): Item {
  if (refused !== undefined) {
    const fault = FAULTS[refused] ?? 'other';
    return item('error', 'network', host, 'certificate-refused', { fault, reason: refused, subject });
  }
  const days = Math.max(0, Math.floor((validTo - now) / DAY_MS));
  return days < DOCTOR.certificateWarnDays
    ? item('warning', 'network', host, 'certificate-ends', { days, issuer })
    : item('ok', 'network', host, 'certificate-ok', { days, issuer });
}

/**
 * The line about the whole network; undefined when a host was reached, or has at least refused. One host alone says nothing
 * of the network, and this computer is always reached. Pure.
 *
 * @param reached every host that was tried, registries included
 */
export function judgeNetwork(reached: readonly ReachFacts[]): Item | undefined {
  const outside = reached.filter(({ target }) => !isLoopback(canonicalHost(target.hostname)));
  const isCutOff = ({ tcpMs, failed }: ReachFacts) =>
    tcpMs === undefined && failed !== undefined && (failed.timedOut || CUT_OFF.test(failed.failure.reason));
  const hosts = new Set(outside.map(({ target }) => target.hostname)).size;
  return hosts > 1 && outside.every(isCutOff)
    ? item('error', 'network', '', 'no-network', { hosts })
    : undefined;
}

/** What the system says when nothing leaves this computer, or no name can be looked up. */
const CUT_OFF = /^(ENOTFOUND|EAI_\w+|ENETUNREACH|EHOSTUNREACH|ENETDOWN|ETIMEDOUT)$/;

/** The line about the clock, from the `Date` of every host that answered. Pure. */
export function judgeClock(reached: readonly ReachFacts[]): Item {
  const skews = reached.flatMap(({ http }) => {
    if (http?.date === undefined) return [];
    // `Date` has no fractions: the second that it names was half over on average (RFC 9110 §5.6.7).
    return [http.at - (http.date + 500)];
  });
  if (skews.length === 0) return item('skipped', 'machine', '', 'clock-unknown', {});
  // A clock that agrees with one host is right, whatever another host says.
  const skewMs = skews.reduce((least, one) => (Math.abs(one) < Math.abs(least) ? one : least));
  return Math.abs(skewMs) < DOCTOR.clockSkewWarnMs
    ? item('ok', 'machine', '', 'clock-ok', { skewMs })
    : item('warning', 'machine', '', 'clock-off', { skewMs });
}
