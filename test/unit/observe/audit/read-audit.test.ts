import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { isWanted, summaryOf } from '../../../../src/observe/audit/filter-audit.js';
import { AuditTail, recordsBackwards } from '../../../../src/observe/audit/read-audit.js';
import { redactArguments } from '../../../../src/observe/audit/redact-arguments.js';

let file: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  file = join(folder, 'audit.jsonl');
});

const line = (n: number, more: object = {}) =>
  `${JSON.stringify({ time: new Date(n * 1_000).toISOString(), kind: 'call', outcome: 'ok', code: n, ...more })}\n`;
const codes = () => [...recordsBackwards(file)].map(({ code }) => code);

test('records are read from the end, over blocks and files; what is none is passed over', () => {
  const long = { tool: 'công cụ'.repeat(20) };
  const of = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => line(from + i, long)).join('');
  writeFileSync(`${file}.2`, of(0, 2_000));
  writeFileSync(`${file}.1`, `${of(2_000, 3_000)}\n{"half": \nnull\n[]\n${of(3_000, 3_010)}`);
  writeFileSync(file, `${of(3_010, 3_020)}{"time":"2026`);
  expect(codes()).toEqual(Array.from({ length: 3_020 }, (_, i) => 3_019 - i));
});

test('only as much is read as is asked for', () => {
  writeFileSync(file, `${'x'.repeat(50 * 1024 * 1024)}\n${line(1)}${line(2)}`);
  const before = process.memoryUsage().arrayBuffers;
  const [first, second] = [...taken(recordsBackwards(file), 2)];
  expect([first!.code, second!.code]).toEqual([2, 1]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024);
  // A line without an end is no line of it, and takes no memory.
  expect([...recordsBackwards(file)]).toHaveLength(2);
});

function* taken<Item>(items: Iterable<Item>, count: number): Generator<Item> {
  let left = count;
  for (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}

test('what is added is read on, across any number of changes of the file, each line once', () => {
  writeFileSync(file, line(0));
  const tail = new AuditTail(file);
  onTestFinished(() => tail.close());
  const seen: (number | undefined)[] = [];
  const read = () => seen.push(...tail.next().map(({ code }) => code));
  read();
  const [whole, text] = [line(2), line(1)];
  appendFileSync(file, text + whole.slice(0, 10));
  read();
  appendFileSync(file, whole.slice(10));
  const rotate = () => {
    renameSync(`${file}.1`, `${file}.2`);
    renameSync(file, `${file}.1`);
  };
  writeFileSync(`${file}.1`, '');
  rotate();
  appendFileSync(`${file}.1`, line(3));
  writeFileSync(file, line(4));
  read();
  // Twice between two looks.
  appendFileSync(file, line(5));
  rotate();
  writeFileSync(file, line(6));
  rotate();
  writeFileSync(file, line(7));
  read();
  read();
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('filters are names and globs, and times', () => {
  const record = {
    time: '2026-01-01T00:00:10.000Z',
    kind: 'call' as const,
    key: 'an',
    tool: 'get_x',
    outcome: 'ok',
  };
  const at = Date.parse(record.time);
  const isIn = (filter: Parameters<typeof isWanted>[1]) => isWanted(record, filter);
  expect([{}, { key: 'a*' }, { tool: 'get_?' }, { sinceMs: at, untilMs: at }].map(isIn)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(
    [{ key: 'b' }, { server: 'x' }, { sinceMs: at + 1 }, { untilMs: at - 1 }, { kind: 'refused' }].map(isIn),
  ).toEqual(Array(5).fill(false));
});

test('a summary counts by key, server and tool', () => {
  const records = Array.from({ length: 100 }, (_, i) => ({
    ...{ time: '2026-01-01T00:00:00.000Z', kind: 'call' as const, key: 'an', server: 's', tool: 't' },
    ...{ outcome: i < 10 ? 'error' : 'ok', ms: i + 1 },
  }));
  expect(summaryOf(records)).toEqual([
    { key: 'an', server: 's', tool: 't', calls: 100, errors: 10, p50: 50, p95: 95 },
  ]);
});

test('arguments are written without secrets, and bounded in length and depth', () => {
  const secrets = {
    redact: (text: string) => text.replaceAll('hunter2', '[redacted]'),
    isSecretName: (name: string) => /password|token/i.test(name),
    isSecretValue: (text: string) => text.startsWith('Bearer '),
  };
  const shown = (value: unknown) => {
    const json = JSON.stringify(value);
    return redactArguments({ json, bytes: json.length }, secrets);
  };
  expect(
    shown({ a: 'x hunter2', password: 'p', deep: [{ token: 1, b: 'Bearer abc' }], empty: { password: '' } }),
  ).toEqual({
    ...{ a: 'x [redacted]', password: '[redacted]', deep: [{ token: '[redacted]', b: '[redacted]' }] },
    empty: { password: '' },
  });
  expect(JSON.stringify(shown(JSON.parse('{"__proto__":{"x":1}}')))).toBe('{"__proto__":{"x":1}}');
  const nested = `${'['.repeat(4_000)}${']'.repeat(4_000)}`;
  expect(JSON.stringify(redactArguments({ json: nested, bytes: 8_000 }, secrets)).length).toBeLessThan(100);
  expect(redactArguments({ json: undefined, bytes: 9_000 }, secrets)).toBe('[9000 bytes]');
  expect((shown({ a: 'y'.repeat(5_000) }) as { a: string }).a.length).toBeLessThan(1_100);
});
