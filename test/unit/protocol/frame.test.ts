import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasLineBreak, onOneLine } from '../../../src/protocol/frame.js';
import { runs } from '../../helpers/runs.js';

const fixed = { seed: 20_241_105, numRuns: runs(500) };

describe('onOneLine', () => {
  test('keeps the value and the length, and leaves no line break', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(1, 2, '\t', '\r\n', '\r'), (value, indent) => {
        const frame = Buffer.from(JSON.stringify(value, undefined, indent).replaceAll('\n', '\r\n'));
        const line = onOneLine(frame);
        expect(hasLineBreak(line)).toBe(false);
        expect(line.length).toBe(frame.length);
        expect(JSON.parse(line.toString())).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      fixed,
    );
  });

  test('gives a frame without line breaks back itself', () => {
    const frame = Buffer.from('{"text":"a\\nb"}');
    expect(onOneLine(frame)).toBe(frame);
  });

  test('does not touch the frame it was given', () => {
    const frame = Buffer.from('{\n"id": 1\r\n}');
    expect(String(onOneLine(frame))).toBe('{ "id": 1  }');
    expect(String(frame)).toBe('{\n"id": 1\r\n}');
  });
});
