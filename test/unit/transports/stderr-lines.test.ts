import { describe, expect, it } from 'vitest';
import { StderrLines } from '../../../src/transports/stderr-lines.js';

function collect(...chunks: (string | Buffer)[]): { lines: string[]; subject: StderrLines } {
  const lines: string[] = [];
  const subject = new StderrLines((line) => void lines.push(line));
  for (const chunk of chunks) subject.push(Buffer.from(chunk as string));
  return { lines, subject };
}

describe('StderrLines', () => {
  it('cuts at newlines, whatever the chunks, and drops line endings and empty lines', () => {
    expect(collect('one\ntw', 'o\r\n\n', '\r\nthree').lines).toEqual(['one', 'two']);
  });

  it('gives the unfinished last line at the end', () => {
    const { lines, subject } = collect('no newline');
    expect(lines).toEqual([]);
    subject.end();
    expect(lines).toEqual(['no newline']);
  });

  it('keeps a character that is split over two chunks whole', () => {
    const bytes = Buffer.from('Fehler: Gerät 漢\n');
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(collect(bytes.subarray(0, cut), bytes.subarray(cut)).lines).toEqual(['Fehler: Gerät 漢']);
    }
  });

  it('cuts a long line to 8 KiB and says how long it was', () => {
    const { lines } = collect('ü'.repeat(50_000), 'ü'.repeat(50_000), '\nnext\n');
    expect(lines).toHaveLength(2);
    expect(Buffer.byteLength(lines[0]!)).toBeLessThanOrEqual(8 * 1024);
    expect(lines[0]).toMatch(/^ü{4000,} … \[200000 bytes in all\]$/);
    expect(lines[1]).toBe('next');
  });

  it('leaves a line of exactly 8 KiB alone', () => {
    const line = 'x'.repeat(8 * 1024);
    expect(collect(`${line}\n`).lines).toEqual([line]);
  });

  it('keeps the last 20 lines', () => {
    const { subject } = collect(Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join(''));
    expect(subject.tail).toEqual(Array.from({ length: 20 }, (_, i) => `line ${i + 30}`));
  });
});
