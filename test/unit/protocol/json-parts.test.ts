import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementsOf, membersOf, parsed, spliced, valueAt } from '../../../src/protocol/json-parts.js';
import { runs } from '../../helpers/runs.js';

const json = fc.jsonValue({ maxDepth: 4 });
const spacing = fc.constantFrom(undefined, 1, '\t');
const whole = (frame: Buffer) => ({ start: 0, end: frame.length });

describe('the parts of a frame', () => {
  it('are those that JSON.parse finds, whatever the spacing', () => {
    fc.assert(
      fc.property(json, spacing, (value, space) => {
        const frame = Buffer.from(JSON.stringify(value, undefined, space));
        const check = (range: { start: number; end: number }, expected: unknown) => {
          expect(parsed(frame, range)).toEqual(expected);
          const isObject = typeof expected === 'object' && expected !== null && !Array.isArray(expected);
          const members = membersOf(frame, range);
          expect(members.map(({ key }) => key)).toEqual(isObject ? Object.keys(expected) : []);
          for (const member of members) check(member, (expected as Record<string, unknown>)[member.key]);
          const elements = elementsOf(frame, range);
          expect(elements).toHaveLength(Array.isArray(expected) ? expected.length : 0);
          for (const [i, element] of elements.entries()) check(element, (expected as unknown[])[i]);
        };
        check(whole(frame), JSON.parse(frame.toString()));
      }),
      { seed: 8259, numRuns: runs(5_000) },
    );
  });

  it('are found by their path, the last of equal keys', () => {
    const frame = Buffer.from('{"a":{"b":1},"a":{"b":[2], "\\u0062" : {"c":"đ"}},"x":3}');
    expect(parsed(frame, valueAt(frame, ['a', 'b', 'c'])!)).toBe('đ');
    expect(valueAt(frame, ['a', 'b', 'd'])).toBeUndefined();
    expect(valueAt(frame, ['x', 'y'])).toBeUndefined();
    expect(valueAt(frame, ['a', 'b', 'c', '0'])).toBeUndefined();
  });

  it('never throw on what is no JSON', () => {
    fc.assert(
      fc.property(json, fc.nat(), fc.string({ maxLength: 3 }), (value, at, by) => {
        const text = JSON.stringify(value);
        const cut = at % (text.length + 1);
        const frame = Buffer.from(text.slice(0, cut) + by + text.slice(cut + 1));
        membersOf(frame, whole(frame));
        elementsOf(frame, whole(frame));
        valueAt(frame, ['a', 'b']);
      }),
      { seed: 8259, numRuns: runs(5_000) },
    );
  });
});

describe('spliced', () => {
  it('puts other bytes in place and keeps the rest, whatever the order of the edits', () => {
    const frame = Buffer.from('{"id":1,"params":{"name":"calc__add","arguments":{"a":1}}}');
    const name = valueAt(frame, ['params', 'name'])!;
    const id = valueAt(frame, ['id'])!;
    const edited = spliced(frame, [
      { ...name, bytes: '"add"' },
      { ...id, bytes: Buffer.from('"m7"') },
    ]);
    expect(edited.toString()).toBe('{"id":"m7","params":{"name":"add","arguments":{"a":1}}}');
    expect(spliced(frame, [])).toEqual(frame);
  });
});
