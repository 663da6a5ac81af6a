import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../../src/observe/redact.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { runs } from '../../helpers/runs.js';

/** Every spelling of a text that programs write into logs. */
const spellings: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'JSON-escaped': (text) => JSON.stringify(text).slice(1, -1),
  'JSON-escaped twice': (text) => spellings['JSON-escaped']!(spellings['JSON-escaped']!(text)),
  'JSON with escaped slashes': (text) => spellings['JSON-escaped']!(text).replaceAll('/', '\\/'),
  'JSON in ASCII only': (text) =>
    spellings['JSON-escaped']!(text).replace(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  'JSON that is safe in HTML': (text) =>
    spellings['JSON-escaped']!(text).replace(
      /[<>&='+/]/g,
      (c) => `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  'percent-encoded': encodeURIComponent,
  'percent-encoded in lower case': (text) =>
    encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'a URL, less encoded': encodeURI,
  'a form field': (text) => new URLSearchParams({ x: text }).toString().slice(2),
  'percent-encoded within JSON': (text) => spellings['JSON-escaped']!(encodeURIComponent(text)),
};

const awkward = [
  'a+b/c==',
  'p@ss "word" \\ here',
  'mật khẩu rất dài',
  'x&y=z?#%20',
  "it's;(ok)!*~",
  'tab\there',
  '工具端🤖秘密',
];

describe('Redactor', () => {
  describe.each(Object.keys(spellings))('finds a secret that is %s', (name) => {
    const spell = spellings[name]!;

    it.each(awkward)('%j', (secret) => {
      const text = `before ${spell(secret)} after`;
      expect(new Redactor([secret]).redact(text)).toBe('before [redacted] after');
    });

    it('whatever it is made of', () => {
      fc.assert(
        fc.property(
          fc
            .string({ minLength: 8, maxLength: 60, unit: 'grapheme' })
            .filter((text) => text.trim().length >= 8),
          fc.string({ maxLength: 40 }),
          (secret, around) => {
            const text = `${around} <<<${spell(secret.trim())}>>> ${around}`;
            const redacted = new Redactor([secret]).redact(text);
            expect(redacted).toContain('[redacted]');
            expect(redacted.includes(spell(secret.trim())) && !around.includes(spell(secret.trim()))).toBe(
              false,
            );
          },
        ),
        { numRuns: runs(100) },
      );
    });
  });

  it('takes the whole of secrets that contain or overlap each other', () => {
    const redactor = new Redactor(['abcdefgh', 'abcdefgh-and-more', 'more-0123456789']);
    expect(redactor.redact('abcdefgh-and-more')).toBe('[redacted]');
    expect(redactor.redact('abcdefgh-and-more-0123456789!')).toBe('[redacted]!');
    expect(redactor.redact('abcdefgh abcdefgh')).toBe('[redacted] [redacted]');
  });

  it('learns secrets later, and takes each once', () => {
    const redactor = new Redactor();
    redactor.add(['first-secret']);
    redactor.add(['first-secret', 'second-secret']);
    expect(redactor.redact('first-secret second-secret')).toBe('[redacted] [redacted]');
  });

  it('knows every spelling of an endpoint address', () => {
    const endpoint = new Endpoint(
      'wss://user:hunter2hunter@example.org/mcp/?token=a%2Bb%2Fc%3D%3D&key=opensesame',
    );
    const redactor = new Redactor(endpoint.secrets);
    const text = redactor.redact(
      `${endpoint.href} ${endpoint.token} ${JSON.stringify(endpoint.href)} opensesame`,
    );
    expect(text).not.toMatch(/a\+b|a%2Bb|hunter2|opensesame/);
  });

  it('leaves the fingerprint of a token readable', () => {
    const endpoint = new Endpoint('wss://example.org/mcp/?token=very-secret-token');
    expect(new Redactor(endpoint.secrets).redact(`to ${endpoint}`)).toBe(`to ${endpoint}`);
  });

  it('finds the lines of a secret that has several', () => {
    const key = `-----BEGIN KEY-----\n${'MIIBVgIBADANBgkqhkiG9w0'}\n${'BAQEFAASCAUAwggE8AgEAAk'}\n-----END KEY-----\n`;
    const redactor = new Redactor([key]);
    expect(redactor.redact('stderr: BAQEFAASCAUAwggE8AgEAAk')).toBe('stderr: [redacted]');
    expect(redactor.redact(JSON.stringify({ key }))).not.toContain('MIIB');
  });

  it('takes a short secret only as a whole word, and a number never out of a longer one', () => {
    const redactor = new Redactor(['test', '12345678', 'true', 'abc']);
    expect(redactor.redact('latest test results: tests, "test"')).toBe(
      'latest [redacted] results: tests, "[redacted]"',
    );
    expect(redactor.redact('12345678 and 1712345678901')).toBe('[redacted] and 1712345678901');
    expect(redactor.redact('true abc')).toBe('true abc');
  });

  it.each([
    ['wss://api.xiaozhi.me/mcp/?token=unknown', 'wss://api.xiaozhi.me/mcp/?token=[redacted]'],
    ['GET /mcp/?token=a%2Fb&x=1 HTTP/1.1', 'GET /mcp/?token=[redacted]&x=1 HTTP/1.1'],
    ['url=wss%3A%2F%2Fh%2F%3Ftoken%3Dabc', 'url=wss%3A%2F%2Fh%2F%3Ftoken%3D[redacted]'],
    ['{"url":"ws://h/?token=abc"}', '{"url":"ws://h/?token=[redacted]"}'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
    ['"authorization":"bearer abc"', '"authorization":"bearer [redacted]"'],
    ['got eyJhbGciOiJFUzI1NiJ9.eyJ1c2VySWQiOjF9.c2lnbmF0dXJl!', 'got [redacted]!'],
    ['cut eyJhbGciOiJFUzI1NiJ9.eyJ1c2Vy', 'cut [redacted]'],
    ['postgres://me:s3cret@db/x', 'postgres://me:[redacted]@db/x'],
    ['node x.js --api-key sk-123 --port 80', 'node x.js --api-key [redacted] --port 80'],
    ['run --token=abc', 'run --token=[redacted]'],
    ['got eyJhbGciOiJFUzI1NiJ9..c2lnbmF0dXJl', 'got [redacted]'],
    ['(see ws://h/?token=abc.def).', '(see ws://h/?token=[redacted]).'],
    [
      'ws://h/?token=abc, ws://h/?token=abc; done',
      'ws://h/?token=[redacted], ws://h/?token=[redacted]; done',
    ],
    ['Bearer abc.def.', 'Bearer [redacted].'],
    ['run --api-key sk-123, then', 'run --api-key [redacted], then'],
    ['cut ws://h/?token=abcdef…', 'cut ws://h/?token=[redacted]…'],
    ['ws://h/?token=…abc ws://h/?token=...abc', 'ws://h/?token=[redacted] ws://h/?token=[redacted]'],
    ['ws://h/?token=TOKENS ws://h/?token=TOKEN-1', 'ws://h/?token=[redacted] ws://h/?token=[redacted]'],
  ])('recognises what nobody told it: %s', (text, expected) => {
    expect(new Redactor().redact(text)).toBe(expected);
  });

  it.each([
    ['Connecting to wss://api.xiaozhi.me/mcp/?token=#0123abcd.'],
    ['ws://127.0.0.1:8765/mcp_endpoint/mcp/'],
    ['the token is not accepted (1008 "token"), the bearer'],
    ['12:30:45 user@example.org http://a:80/b'],
    ['--token --verbose'],
    ['write ws://HOST:PORT/mcp/?token=…; or ws://h/?token=... (with the /), or ws://h/?token=….'],
    ['ws://h/?token=eyJ... "ws://h/?token=eyJ…", ws://h/?token=TOKEN&x=1 or (token=YOUR_TOKEN)'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the syntax under test
    ['"endpoint": "wss://h/?token=${TOKEN_1}" or --token TOKEN'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the syntax under test
    ['write "Authorization": "Bearer ${HA_TOKEN}", that is Authorization: Bearer TOKEN, or Bearer ….'],
  ])('leaves ordinary text alone: %s', (text) => {
    expect(new Redactor(['another-secret']).redact(text)).toBe(text);
  });

  it('takes the beginning of a secret at the end of a text that was cut', () => {
    const redactor = new Redactor(['s3cret/value+with=signs', 'other-secret']);
    expect(redactor.redactCut('key: s3cret/val')).toBe('key: [redacted]');
    expect(redactor.redactCut('key: s3cret%2Fval')).toBe('key: [redacted]');
    expect(redactor.redactCut('key: s3cret/val\ufffd')).toBe('key: [redacted]');
    expect(redactor.redactCut('other-secret, othe')).toBe('[redacted], [redacted]');
    expect(redactor.redactCut('nothing here')).toBe('nothing here');
    for (let length = 4; length < 23; length++) {
      expect(redactor.redactCut(`x ${'s3cret/value+with=signs'.slice(0, length)}`)).toBe('x [redacted]');
    }
  });

  it('takes bounded time on hostile text', () => {
    const secrets = Array.from({ length: 200 }, (_, i) =>
      createHash('sha512').update(`${i}`).digest('base64'),
    );
    const redactor = new Redactor([...secrets, 'back\\\\\\slashes\\"and\\"quotes']);
    const hostile = performance.now();
    const stripes = new Redactor(['\\!'.repeat(30)]);
    stripes.redact(`${'\\\\!'.repeat(29)}?`);
    redactor.redact(`slashes back${'\\'.repeat(100_000)}`);
    redactor.redact(
      `${'token='.repeat(20_000)} ${'eyJ'.repeat(20_000)} ${'://:'.repeat(20_000)} ${'-token-'.repeat(20_000)}`,
    );
    redactor.redact(
      `token=${'.'.repeat(100_000)} ${'token=. '.repeat(20_000)} ${'bearer .'.repeat(20_000)} ${'--token=TOKEN.'.repeat(20_000)}`,
    );
    expect(performance.now() - hostile).toBeLessThan(10_000);
  });
});

it('secrets of a year of renewed tokens make no line slower: those renewed longest ago are forgotten', () => {
  const redactor = new Redactor(['secret-that-stays']);
  const renewed = (n: number) => `renewed-token-${n}-`;
  for (let first = 1; first <= 2_001; first += 100)
    redactor.add(['secret-that-stays', ...Array.from({ length: 100 }, (_, k) => renewed(first + k))]);
  const isKnown = (secret: string) => redactor.redact(`it is ${secret}`) === 'it is [redacted]';
  expect([renewed(1), renewed(101), renewed(102), renewed(2_100)].map(isKnown)).toEqual([
    ...[false, false, true, true],
  ]);
  expect(isKnown('secret-that-stays')).toBe(true);
  // As many as one plan has.
  redactor.add(Array.from({ length: 3_000 }, (_, n) => `of-one-plan-${n}-`));
  expect(['of-one-plan-0-', 'of-one-plan-2999-', renewed(2_100)].map(isKnown)).toEqual([true, true, false]);
});
