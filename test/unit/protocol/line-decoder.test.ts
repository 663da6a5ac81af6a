import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../../src/protocol/frame.js';
import { LineDecoder } from '../../../src/protocol/line-decoder.js';
import type { OversizeMessage } from '../../../src/protocol/oversize.js';
import { runs } from '../../helpers/runs.js';

const fixed = { seed: 20_241_105, numRuns: runs(500) };

/** Pieces that lines are made of: multi-byte characters, stray carriage returns, bytes that are no UTF-8. */
const piece = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
  fc.constantFrom('', '\r', '\r\r', '{"id":0}', 'đ', '漢', '😀', ' ').map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
);
const stream = fc
  .array(fc.tuple(piece, fc.constantFrom('\n', '\r\n', '', '\n\n')), { maxLength: 20 })
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, ending]) => [bytes, Buffer.from(ending)])));
const cuts = fc.array(fc.nat(200), { maxLength: 12 });

function chunked(bytes: Buffer, places: number[]): Buffer[] {
  const sorted = [0, ...places.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

function decode(chunks: Buffer[], maxLineBytes = 1 << 20): { lines: Frame[]; oversize: OversizeMessage[] } {
  const oversize: OversizeMessage[] = [];
  const decoder = new LineDecoder(maxLineBytes, (line) => oversize.push(line));
  const lines = chunks.flatMap((chunk) => decoder.push(chunk));
  return { lines: [...lines, ...decoder.end()], oversize };
}

/** The same, said as plainly as possible: latin1 gives every byte a character. */
function linesOf(bytes: Buffer): string[] {
  return bytes.toString('latin1').split('\n');
}

const latin1 = (frame: Frame): string => frame.toString('latin1');

describe('LineDecoder', () => {
  test('gives the same lines however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(stream, cuts, (bytes, places) => {
        const expected = linesOf(bytes)
          .map((line) => line.replace(/\r$/, ''))
          .filter((line) => line !== '');
        expect(decode(chunked(bytes, places)).lines.map(latin1)).toEqual(expected);
      }),
      fixed,
    );
  });

  test('gives back every line that was written, cut byte by byte', () => {
    const written = ['{"text":"xin chào 😀"}', 'đ', '{"id":9007199254740993}'];
    const bytes = Buffer.from(written.map((line) => `${line}\n`).join(''));
    const { lines } = decode([...bytes].map((byte) => Buffer.from([byte])));
    expect(lines.map(String)).toEqual(written);
  });

  test('gives a line as soon as its newline is there, and the unfinished one only at the end', () => {
    const decoder = new LineDecoder(100, () => {});
    expect(decoder.push(Buffer.from('a\r\n\n\r\nb\nc')).map(String)).toEqual(['a', 'b']);
    expect(decoder.push(Buffer.from('d')).map(String)).toEqual([]);
    expect(decoder.end().map(String)).toEqual(['cd']);
    expect(decoder.end()).toEqual([]);
  });

  test('tells lines over the bound apart, with their length and an excerpt, however they are cut', () => {
    fc.assert(
      fc.property(stream, cuts, fc.integer({ min: 1, max: 30 }), (bytes, places, max) => {
        const { lines, oversize } = decode(chunked(bytes, places), max);
        const all = linesOf(bytes);
        const fit = all.filter((line) => line.length <= max).map((line) => line.replace(/\r$/, ''));
        expect(lines.map(latin1)).toEqual(fit.filter((line) => line !== ''));
        const over = all.filter((line) => line.length > max);
        expect(oversize.map((line) => line.bytes)).toEqual(over.map((line) => line.length));
        for (const [i, { head }] of oversize.entries()) {
          expect(latin1(head)).toBe(over[i]?.slice(0, 1024));
        }
      }),
      fixed,
    );
  });

  test('holds only an excerpt of a line over the bound, and reads on behind it', () => {
    const megabyte = Buffer.alloc(1 << 20, 'x');
    const { lines, oversize } = decode(
      [Buffer.from('start'), ...Array.from({ length: 8 }, () => megabyte), Buffer.from('end\nnext\n')],
      2 << 20,
    );
    expect(lines.map(String)).toEqual(['next']);
    const [line] = oversize;
    expect(line?.bytes).toBe(8 * (1 << 20) + 8);
    expect(String(line?.head)).toBe(`start${'x'.repeat(1019)}`);
    // A view of the whole line would keep megabytes alive.
    expect(line?.head.buffer.byteLength).toBeLessThanOrEqual(1 << 16);
  });

  test('needs time linear in the length of a line that comes in many chunks', () => {
    const chunk = Buffer.alloc(1024, 'x');
    const before = performance.now();
    const { lines } = decode(
      [...Array.from({ length: 32 * 1024 }, () => chunk), Buffer.from('\n')],
      64 << 20,
    );
    expect(lines.map((line) => line.length)).toEqual([32 << 20]);
    // Joining the line anew with every chunk would copy 500 GB.
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
