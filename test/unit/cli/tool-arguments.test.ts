import { describe, expect, test } from 'vitest';
import { toolArguments } from '../../../src/cli/tool-arguments.js';
import type { UsageError } from '../../../src/protocol/errors.js';

const tool = {
  name: 'paint',
  inputSchema: {
    type: 'object',
    properties: {
      text: { type: 'string' },
      count: { type: 'integer' },
      size: { type: 'number' },
      bold: { type: 'boolean' },
      tags: { type: 'array' },
      frame: { type: 'object' },
      maybe: { type: ['number', 'null'] },
      either: { anyOf: [{ type: 'boolean' }, { type: 'string' }] },
      color: { enum: ['red', 'green', 3] },
      shade: { $ref: '#/$defs/Shade' },
      free: {},
    },
    required: ['text'],
    $defs: { Shade: { type: 'string', enum: ['dark'] } },
  },
};
const read = (...words: string[]) => toolArguments(tool, words);

describe('the arguments of a call', () => {
  test('take the types of the schema', () => {
    expect(
      read(
        'text=7',
        'count=3',
        'size=1e3',
        'bold=false',
        'tags=[1]',
        'frame={"a":1}',
        'maybe=null',
        'either=true',
      ),
    ).toEqual({
      text: '7',
      count: 3,
      size: 1000,
      bold: false,
      tags: [1],
      frame: { a: 1 },
      maybe: null,
      either: true,
    });
    expect(read('text=a=b', 'either=truth', 'color=3', 'shade=dark', 'free=[x', 'maybe=-2')).toEqual({
      ...{ text: 'a=b', either: 'truth', color: 3, shade: 'dark', free: '[x', maybe: -2 },
    });
    expect(read('text=')).toEqual({ text: '' });
  });

  test('come as JSON value by value, or as one object', () => {
    expect(read('text:="7"', 'free:={"x":null}')).toEqual({ text: '7', free: { x: null } });
    expect(read(' {"text": "a", "count": 1}')).toEqual({ text: 'a', count: 1 });
  });

  test.each([
    [['count=1'], '"text" is missing'],
    [['text=a', 'cuont=1'], '"cuont" is unknown (did you mean "count"?)'],
    [['text=a', 'count=1.5'], '"count" has to be integer, not "1.5"'],
    [['text=a', 'count=many'], '"count" has to be integer, not "many"'],
    [['text=a', 'bold=yes'], '"bold" has to be boolean, not "yes"'],
    [['text=a', 'tags=x'], '"tags" has to be array, not "x"'],
    [['text=a', 'color=blue'], '"color" has to be "red" | "green" | 3, not "blue"'],
    [['text=a', 'text=b'], '"text" is given twice'],
    [['text:=7'], '"text" has to be string, not 7'],
    [['{"text": 1}'], '"text" has to be string, not 1'],
    [['{"text": "a"}', 'count=1'], 'more stands behind it'],
    [['{"text": '], 'are none'],
    [['text'], 'neither key=value nor a JSON object'],
    [['=x'], 'neither key=value nor a JSON object'],
    [['text:=x'], 'is no JSON'],
  ])('%j is refused: %s', (words, why) => {
    expect(() => read(...words)).toThrow(why);
  });

  test('every mistake is named at once, with what the tool takes', () => {
    try {
      read('cuont=1', 'bold=yes');
      expect.unreachable();
    } catch (error) {
      expect((error as UsageError).message).toMatch(/missing.*unknown.*boolean/);
      expect((error as UsageError).next).toContain('paint(text*: string, count: integer');
    }
  });

  test('names that the schema does not know go through where it allows them', () => {
    const open = { name: 'open', inputSchema: { ...tool.inputSchema, additionalProperties: true } };
    expect(toolArguments(open, ['text=a', 'other=1'])).toEqual({ text: 'a', other: 1 });
    expect(toolArguments({ name: 'bare' }, ['x=y', '__proto__=z'])).toMatchObject({ x: 'y' });
    expect(Object.keys(toolArguments({ name: 'bare' }, ['__proto__=z']))).toEqual(['__proto__']);
  });
});
