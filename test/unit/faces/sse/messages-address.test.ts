import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type MessagesAddress,
  messagesAddress,
  sessionIn,
} from '../../../../src/faces/sse/messages-address.js';
import { runs } from '../../../helpers/runs.js';

const OWN: MessagesAddress = { path: '/servers/a/messages/', parameter: 'session_id' };
const direct = { headers: {}, httpVersion: '1.1' };

describe('the address of messages', () => {
  it('is a path, as clients expect that do not resolve addresses', () => {
    expect(messagesAddress(direct, '/servers/a/sse', OWN, 'x1')).toBe('/servers/a/messages/?session_id=x1');
    const theirs: MessagesAddress = { path: '/message', parameter: 'sessionId' };
    expect(messagesAddress(direct, '/sse', theirs, 'x1')).toBe('/message?sessionId=x1');
  });

  it.each([
    ['x-forwarded-for', { headers: { 'x-forwarded-for': '10.0.0.1' }, httpVersion: '1.1' }],
    ['forwarded', { headers: { forwarded: 'for=10.0.0.1' }, httpVersion: '1.1' }],
    ['via', { headers: { via: '1.1 proxy' }, httpVersion: '1.1' }],
    ['HTTP/1.0', { headers: {}, httpVersion: '1.0' }],
  ])('is relative behind a proxy, known by %s', (_, request) => {
    expect(messagesAddress(request, '/servers/a/sse', OWN, 'x1')).toBe('./messages/?session_id=x1');
    expect(messagesAddress(request, '/servers/a/sse/', OWN, 'x1')).toBe('../messages/?session_id=x1');
  });

  it('leads to the messages, whatever the proxy has taken off the path', () => {
    const segment = fc.constantFrom('a', 'servers', 'sse', 'm%C3%A1y', 'c:d', 'messages', '%2F', '..x');
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((all) => `/${all.join('/')}`);
    const slash = fc.constantFrom('', '/');
    const proxied = { headers: { via: '1.1 p' }, httpVersion: '1.1' };
    fc.assert(
      fc.property(
        fc.constantFrom('', '/tools', '/x/y'),
        path,
        slash,
        path,
        slash,
        (prefix, from, s1, to, s2) => {
          const address = messagesAddress(proxied, from + s1, { ...OWN, path: to + s2 }, 'id');
          const resolved = new URL(address, `https://example.org${prefix}${from}${s1}`);
          expect(resolved.href).toBe(`https://example.org${prefix}${to}${s2}?session_id=id`);
        },
      ),
      { seed: 20241105, numRuns: runs(1_000) },
    );
  });

  it('names its session in either spelling', () => {
    expect(sessionIn('/messages/?session_id=a')).toBe('a');
    expect(sessionIn('/message?x=1&sessionId=b')).toBe('b');
    expect(sessionIn('/messages/')).toBeUndefined();
  });
});
