import { describe, expect, it } from 'vitest';
import { type ConnectionFacts, diagnose } from '../../../src/connections/diagnose.js';
import type { Cause } from '../../../src/protocol/diagnosis.js';
import type { DialFailure } from '../../../src/protocol/errors.js';
import type { CloseReason } from '../../../src/transports/transport.js';

const facts = (over: Partial<ConnectionFacts>): ConnectionFacts => ({
  end: { closed: { by: 'remote', code: 1006 } },
  openForMs: 60_000,
  initialize: 'answered',
  initializeWaitedMs: 0,
  siblings: 0,
  ...over,
});
const closed = (code: number, reason = '', over: Partial<ConnectionFacts> = {}) =>
  diagnose(facts({ end: { closed: { by: 'remote', code, reason } as CloseReason }, ...over }));
const failed = (failure: DialFailure) => diagnose(facts({ end: { failed: failure }, openForMs: undefined }));

describe('diagnose', () => {
  it('blames the server for a 4004 while initialize is unanswered', () => {
    const unanswered = { initialize: 'unanswered', initializeWaitedMs: 10_000, openForMs: 10_000 } as const;
    expect(closed(4004, 'Internal server error', unanswered).cause).toBe('initialize-unanswered');
    expect(closed(4004, '', { ...unanswered, siblings: 2 }).cause).toBe('initialize-unanswered');
  });

  it('does not blame the server when the 4004 came before it could have answered', () => {
    const atOnce = { initialize: 'unanswered', initializeWaitedMs: 3, openForMs: 5 } as const;
    expect(closed(4004, '', atOnce).cause).toBe('endpoint-error');
    expect(closed(4004, '', { ...atOnce, siblings: 1 }).cause).toBe('token-limit');
  });

  it('takes a 4004 with siblings on the token for the limit, and waits longer', () => {
    const limit = closed(4004, '', { siblings: 1 });
    expect(limit).toMatchObject({ cause: 'token-limit', siblings: 1, action: { kind: 'retry-slowly' } });
  });

  it('takes any other 4004 for an error of the endpoint', () => {
    expect(closed(4004)).toMatchObject({ cause: 'endpoint-error', action: { kind: 'retry' }, code: 4004 });
  });

  it('does not fight a newer connection: not before 15 s', () => {
    for (const reason of ['新连接替换', 'replaced by a new connection', 'Another connection took over']) {
      const action = { kind: 'retry-slowly', notBeforeMs: 15_000 };
      expect(closed(1000, reason)).toMatchObject({ cause: 'replaced', action });
    }
    expect(closed(1000, 'bye').cause).toBe('closed-by-endpoint');
  });

  it('waits at least 30 s after 1008', () => {
    const action = { kind: 'retry-slowly', notBeforeMs: 30_000 };
    expect(closed(1008, 'token解密失败')).toMatchObject({
      cause: 'token-rejected',
      action,
      reason: 'token解密失败',
    });
  });

  it.each<[number, Cause]>([
    [1000, 'closed-by-endpoint'],
    [1001, 'endpoint-restarting'],
    [1002, 'protocol-violation'],
    [1005, 'closed-by-endpoint'],
    [1006, 'connection-lost'],
    [1007, 'protocol-violation'],
    [1009, 'message-too-big'],
    [1011, 'endpoint-failed'],
    [1012, 'endpoint-restarting'],
    [1013, 'endpoint-restarting'],
    [4999, 'unknown'],
  ])('reads close code %i as %s', (code, cause) => {
    expect(closed(code)).toMatchObject({ cause, code });
  });

  it.each<[string, Cause]>([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ECONNRESET', 'connection-lost'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['EPROTO', 'tls'],
    ['EWHATEVER', 'unknown'],
  ])('reads the system error %s as %s', (reason, cause) => {
    expect(failed({ reason })).toMatchObject({ cause, reason, code: undefined });
  });

  it.each<[number, Cause]>([
    [401, 'http-unauthorized'],
    [403, 'http-forbidden'],
    [404, 'http-not-found'],
    [429, 'http-rate-limited'],
    [500, 'http-server-error'],
    [503, 'http-server-error'],
    [302, 'http-unexpected'],
  ])('reads HTTP %i at the upgrade as %s', (httpStatus, cause) => {
    expect(failed({ reason: '', httpStatus })).toMatchObject({ cause, code: httpStatus });
  });

  it('stays away as long as the endpoint asks, up to an hour', () => {
    const asked = (retryAfterMs: number) => failed({ reason: '', httpStatus: 503, retryAfterMs }).action;
    expect(asked(120_000)).toEqual({ kind: 'retry-slowly', notBeforeMs: 120_000 });
    expect(asked(86_400_000)).toEqual({ kind: 'retry-slowly', notBeforeMs: 3_600_000 });
    expect(failed({ reason: '', httpStatus: 429 }).action).toEqual({
      kind: 'retry-slowly',
      notBeforeMs: 30_000,
    });
  });

  it('names our own findings: a dead keepalive and a deaf socket', () => {
    const dead = diagnose(facts({ end: { closed: { by: 'keepalive', code: 1006 } } }));
    expect(dead).toMatchObject({ cause: 'keepalive-lost', action: { kind: 'retry' } });
    expect(diagnose(facts({ end: { deaf: 'deaf' } })).cause).toBe('deaf');
    expect(diagnose(facts({ end: { deaf: 'never-asked' } })).cause).toBe('never-asked');
  });

  it.each([1002, 1007, 1009])('tells our verdict on the endpoint from its verdict on us: %i', (code) => {
    const ofOurs = diagnose(
      facts({ end: { closed: { by: 'violation', code, reason: 'Invalid WebSocket frame' } } }),
    );
    expect(ofOurs).toMatchObject({ cause: 'endpoint-violation', code, reason: 'Invalid WebSocket frame' });
    const ofEndpoint = diagnose(facts({ end: { closed: { by: 'remote', code } } }));
    expect(ofEndpoint.cause).toBe(code === 1009 ? 'message-too-big' : 'protocol-violation');
  });

  it.each([1006, 1009])('gives an endpoint that gave up in the middle of an answer a moment: %i', (code) => {
    const closed = { by: 'remote', code } as const;
    expect(diagnose(facts({ end: { closed } })).action).toEqual({ kind: 'retry' });
    const { action } = diagnose(facts({ end: { closed: { ...closed, lostBytes: 3_000_000 } } }));
    expect(action).toEqual({ kind: 'retry-slowly', notBeforeMs: 2_000 });
  });

  it('names an answer to the handshake that is none', () => {
    const reason = 'Invalid Sec-WebSocket-Accept header';
    expect(diagnose(facts({ end: { failed: { reason } } })).cause).toBe('endpoint-violation');
  });
});
