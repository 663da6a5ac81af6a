import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { endOfAnswer, readFailure, tailOf } from '../../../../src/transports/remote/end-of-answer.js';

const url = new URL('https://tools.example/mcp');
const html = { 'content-type': 'text/html; charset=utf-8' };
const json = { 'content-type': 'application/json' };
const text = { 'content-type': 'text/plain' };

describe('the end that an answer means', () => {
  it.each([
    ['401 without a word', 401, {}, '', { kind: 'unauthorized', wants: undefined }],
    [
      '401 with metadata',
      401,
      { 'www-authenticate': 'Bearer resource_metadata="https://x/.well-known/oauth-protected-resource"' },
      '',
      { kind: 'unauthorized', wants: 'oauth' },
    ],
    [
      '401 with Basic',
      401,
      { 'www-authenticate': 'Basic realm="x"' },
      '',
      { kind: 'unauthorized', wants: 'header' },
    ],
    ['401 as a page', 401, html, '<html>', { kind: 'unauthorized', wants: undefined }],
    [
      '403 for a scope',
      403,
      { 'www-authenticate': 'Bearer error="insufficient_scope", scope="files:write"' },
      '',
      { kind: 'unauthorized', wants: 'scope' },
    ],
    ['403', 403, json, '{"error":"no"}', { kind: 'http', status: 403 }],
    [
      '403 as a page',
      403,
      html,
      '<title>Attention Required!</title>',
      { kind: 'not-mcp', status: 403, what: 'page', detail: 'Attention Required!' },
    ],
    ['404', 404, text, 'Not Found', { kind: 'http', status: 404 }],
    [
      '404 as a page',
      404,
      html,
      '<title>404 Not Found</title>',
      { kind: 'not-mcp', status: 404, what: 'page', detail: '404 Not Found' },
    ],
    ['405', 405, {}, '', { kind: 'http', status: 405 }],
    ['406', 406, json, '{}', { kind: 'http', status: 406 }],
    ['415', 415, json, '{}', { kind: 'http', status: 415 }],
    ['429', 429, { ...json, 'retry-after': '7' }, '', { kind: 'http', status: 429, retryAfterMs: 7000 }],
    ['429 without a time', 429, json, '', { kind: 'http', status: 429 }],
    ['502 as a page', 502, html, '<title>502 Bad Gateway</title>', { kind: 'http', status: 502 }],
    [
      '503 until a date',
      503,
      { date: 'Thu, 26 Nov 2026 10:00:00 GMT', 'retry-after': 'Thu, 26 Nov 2026 10:02:00 GMT' },
      '',
      { kind: 'http', status: 503, retryAfterMs: 120_000 },
    ],
    [
      '200 as a page',
      200,
      html,
      '<title>Welcome</title>',
      { kind: 'not-mcp', status: 200, what: 'page', detail: 'Welcome' },
    ],
    [
      '200 as a page that calls itself text',
      200,
      text,
      '<!DOCTYPE html><p>x',
      { kind: 'not-mcp', status: 200, what: 'page', detail: undefined },
    ],
    [
      '200 as text',
      200,
      text,
      'ok',
      { kind: 'not-mcp', status: 200, what: 'content-type', detail: 'text/plain' },
    ],
    [
      '200 without a type',
      200,
      {},
      '',
      { kind: 'not-mcp', status: 200, what: 'content-type', detail: undefined },
    ],
    ['200 with broken JSON', 200, json, '{"a":', { kind: 'not-mcp', status: 200, what: 'not-json' }],
    ['200 with an empty body', 200, json, '', { kind: 'not-mcp', status: 200, what: 'not-json' }],
    [
      '302',
      302,
      { location: '/login?next=secret#x' },
      '',
      { kind: 'not-mcp', status: 302, what: 'redirect', detail: 'https://tools.example/login' },
    ],
    [
      '308 to another host',
      308,
      { location: 'https://a:b@other.example/mcp?key=1' },
      '',
      { kind: 'not-mcp', status: 308, what: 'redirect', detail: 'https://other.example/mcp' },
    ],
    ['307 to nowhere', 307, {}, '', { kind: 'not-mcp', status: 307, what: 'redirect', detail: undefined }],
  ] as const)('%s', (_, status, headers, body, end) => {
    expect(endOfAnswer({ status, headers, url }, body)).toEqual(end);
  });

  it.each([
    ['404', 404, text, 'Session not found', true],
    [
      '400 that names the session',
      400,
      json,
      '{"error":{"message":"Bad Request: No valid session ID provided"}}',
      true,
    ],
    ['400 about something else', 400, json, '{"error":{"message":"Parse error"}}', false],
    ['404 as the page of a proxy', 404, html, '<html>', false],
  ] as const)('with a session, %s', (_, status, headers, body, isLost) => {
    const end = endOfAnswer({ status, headers, url }, body, { hasSession: true });
    expect(end.kind === 'session-lost').toBe(isLost);
  });
});

describe('the lines of an answer for people', () => {
  it('reduces a page to its title and its words', () => {
    const page =
      '<!DOCTYPE html><html><head><title>502 Bad\n Gateway</title><style>p{}</style></head><body><center><h1>502 Bad Gateway</h1></center><script>alert(1)</script><hr>nginx &amp; co</body></html>';
    expect(tailOf(page, 'text/html')).toEqual(['502 Bad Gateway', 'nginx & co']);
  });

  it('shows the message of an error in JSON', () => {
    expect(tailOf('{"jsonrpc":"2.0","error":{"code":-32000,"message":"no session"},"id":null}', '')).toEqual([
      'no session',
    ]);
    expect(tailOf('{"error":"invalid_token","error_description":"expired"}', '')).toEqual([
      'invalid_token',
      'expired',
    ]);
  });

  it('is bounded, and fast for hostile pages', () => {
    const tail = tailOf(Array.from({ length: 90 }, (_, i) => `${i} ${'x '.repeat(500)}`).join('\n'), '');
    expect(tail).toHaveLength(5);
    expect(Math.max(...tail.map((line) => line.length))).toBe(301);
    // Half a secret could not be removed.
    expect(tailOf(`token ${'a'.repeat(900)}`, '')).toEqual(['token …']);
    for (const part of ['<', '<script', '<title', '&', '<!--', '<body ']) {
      expect(tailOf(`<html>${part.repeat(5000)}`, 'text/html').length).toBeLessThanOrEqual(5);
    }
  });

  it('reads no more of a body than that, and takes one that is cut', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(4096, 'a');
      })(),
    );
    const head = { status: 500, headers: text, url };
    expect((await readFailure({ ...head, body: endless })).tail).toEqual(['…']);
    expect(endless.destroyed).toBe(true);
    const cut = new PassThrough();
    cut.write('it was');
    setImmediate(() => cut.destroy(new Error('ECONNRESET')));
    expect(await readFailure({ ...head, body: cut })).toEqual({
      end: { kind: 'http', status: 500 },
      tail: ['it was'],
    });
  });
});
