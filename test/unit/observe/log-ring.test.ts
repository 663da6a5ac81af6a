import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from '../../../src/observe/log.js';
import { LogRing } from '../../../src/observe/log-ring.js';
import { logStatus } from '../../../src/observe/log-status.js';
import { Redactor } from '../../../src/observe/redact.js';
import { runs } from '../../helpers/runs.js';

const line = (n: number, more: object = {}) =>
  `${JSON.stringify({ level: 'info', time: new Date(n).toISOString(), n, ...more })}\n`;

test('keeps the latest records within both bounds, and counts the others', () => {
  const bounds = fc.record({
    maxRecords: fc.integer({ min: 1, max: 40 }),
    maxBytes: fc.integer({ min: 80, max: 4_000 }),
  });
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 120 });
  fc.assert(
    fc.property(bounds, texts, (bound, written) => {
      const ring = new LogRing(bound);
      const lines = written.map((msg, n) => line(n, { msg }));
      for (const one of lines) ring.write(one);
      const kept = ring.read();
      expect(kept.length).toBe(ring.size);
      expect(kept.length + ring.dropped).toBe(lines.length);
      expect(kept.length).toBeLessThanOrEqual(bound.maxRecords);
      const bytes = kept.map(({ n }) => Buffer.byteLength(lines[n as number]!)).reduce((a, b) => a + b, 0);
      expect(ring.bytes).toBe(bytes);
      expect(bytes).toBeLessThanOrEqual(bound.maxBytes);
      // The latest ones that fit, in their order: a record that is too large alone is left out.
      const fitting = lines.flatMap((one, n) => (Buffer.byteLength(one) > bound.maxBytes ? [] : [n]));
      expect(kept.map(({ n }) => n)).toEqual(fitting.slice(fitting.length - kept.length));
    }),
    { numRuns: runs(300) },
  );
});

test('many more records than it keeps are dropped one by one', () => {
  const ring = new LogRing({ maxRecords: 3_000, maxBytes: 1_000_000 });
  for (let n = 0; n < 10_000; n++) ring.write(line(n));
  const kept = ring.read();
  expect([kept.length, kept[0]!.n, kept.at(-1)!.n, ring.dropped]).toEqual([3_000, 7_000, 9_999, 7_000]);
});

test('returns the latest of a level, a time and a name, oldest first', () => {
  const ring = new LogRing();
  ring.write(line(1, { link: 'mux', server: 'memory' }));
  ring.write(line(2, { link: 'kitchen', server: 'memory@kitchen', level: 'debug' }));
  ring.write(line(3, { link: 'kitchen', level: 'error' }));
  ring.write(line(4, { link: 'a', links: ['a', 'kitchen'], server: 'shared' }));
  ring.write(line(5));
  const found = (filter: object) => ring.read(filter).map(({ n }) => n);
  expect(found({})).toEqual([1, 2, 3, 4, 5]);
  expect(found({ names: ['memory'] })).toEqual([1, 2]);
  expect(found({ names: ['kitchen'] })).toEqual([2, 3, 4]);
  expect(found({ names: ['kitchen'], limit: 2 })).toEqual([3, 4]);
  expect(found({ names: ['kitchen', 'mux'], level: 'info' })).toEqual([1, 3, 4]);
  expect(found({ level: 'error' })).toEqual([3]);
  expect(found({ sinceMs: 3 })).toEqual([3, 4, 5]);
  expect(found({ limit: 0 })).toEqual([]);
});

test('a follower gets what is written from now on, until it ends', () => {
  const ring = new LogRing();
  const heard: unknown[] = [];
  ring.write(line(1));
  const end = ring.follow(({ n }) => heard.push(n));
  ring.write(line(2));
  end();
  ring.write(line(3));
  expect(heard).toEqual([2]);
});

async function loggedAt(level: string, format: 'json' | 'pretty') {
  const out: string[] = [];
  const ring = new LogRing();
  const redactor = new Redactor(['s3cret-value']);
  const destination = { write: (text: string) => void out.push(text) };
  const log = await createLog({ level, format, colour: false, redactor, destination, ring });
  return { out, ring, log };
}

test.each([
  ['info', 'pretty', 1],
  ['info', 'json', 1],
  ['silent', 'json', 0],
  ['trace', 'json', 3],
] as const)(
  'a log of the level %s (%s) writes as before; the ring gets debug and higher, without secrets',
  async (level, format, lines) => {
    const { out, ring, log } = await loggedAt(level, format);
    log.log.trace({ frame: 's3cret-value' }, 'a frame');
    log.log.debug('detail of s3cret-value');
    log.log.info({ key: 's3cret-value' }, 'with s3cret-value\u001b[2J');
    expect(out.length).toBe(lines);
    expect(ring.read().map(({ msg }) => msg)).toEqual(['detail of [redacted]', 'with [redacted]\u001b[2J']);
    expect(JSON.stringify([out, ring.read()])).not.toContain('s3cret');
  },
);

test('lines that repeat a crash are kept, and make no other line be left out of the log', async () => {
  const { out, ring, log } = await loggedAt('info', 'json');
  const onStatus = logStatus(log);
  const of = { link: 'calc', at: 0 } as const;
  const stack = ['Error: broken', '  at one', '  at two'];
  for (let life = 0; life < 60; life++) {
    onStatus({ ...of, type: 'server-starting', serverKind: 'stdio', attempt: 1, shown: 'x' } as never);
    for (const text of stack) onStatus({ ...of, type: 'server-stderr', line: text });
    onStatus({
      ...of,
      ...{ type: 'server-down', serverKind: 'stdio', why: 'exited', end: { kind: 'process', exitCode: 1 } },
      ...{ livedMs: 1, failures: 1, nextStartMs: 1, pendingFailed: 0, stderrTail: [], crashed: true },
    } as never);
  }
  expect(out.filter((text) => text.includes('left-out'))).toEqual([]);
  expect(out.filter((text) => text.includes('"event":"server-stderr"')).length).toBe(stack.length);
  expect(
    ring.read({ level: 'debug' }).filter(({ event }) => event === 'server-stderr').length,
  ).toBeGreaterThan(50);
});
