import { describe, expect, test } from 'vitest';
import { resultOf } from '../../../src/page/tools/result-parts.js';
import { toolsIn } from '../../../src/page/tools/tool.js';

const text = (one: string) => ({ type: 'text', text: one });
const image = (mimeType: unknown, data: unknown) => ({ type: 'image', mimeType, data });

/** The kinds of the parts, and what a page would load. */
function partsOf(...content: unknown[]): (string | undefined)[] {
  return resultOf({ content }).parts.map((part) => (part.kind === 'image' ? part.src : part.kind));
}

describe('an answer', () => {
  test('has its text first, whatever came first', () => {
    const { parts, isError } = resultOf({ content: [image('image/png', 'AAAA'), text('a'), text('b')] });
    expect(parts).toMatchObject([
      { kind: 'text', text: 'a' },
      { kind: 'text', text: 'b' },
      { kind: 'image', type: 'image/png', src: 'data:image/png;base64,AAAA', bytes: 3 },
    ]);
    expect(isError).toBe(false);
  });

  test('may say that the tool failed', () => {
    expect(resultOf({ content: [text('no')], isError: true }).isError).toBe(true);
    expect(resultOf({ content: [], isError: 'yes' }).isError).toBe(false);
  });

  test('shows images only, and only of data that is theirs', () => {
    expect(partsOf(image('image/jpeg', 'AA\n==\n'))).toEqual(['data:image/jpeg;base64,AA==']);
    expect(partsOf(image('text/html', 'PGI+'))).toEqual(['other']);
    expect(partsOf(image('image/png;x,', 'AAAA'))).toEqual(['other']);
    expect(partsOf(image('image/png', '" onerror="alert(1)'))).toEqual(['other']);
    expect(partsOf(image('image/png', 'https://example.com/a.png'))).toEqual(['other']);
    expect(partsOf(image('image/png', ''))).toEqual(['other']);
    expect(partsOf(image(7, {}))).toEqual(['other']);
    expect(partsOf(image('image/png', 'A'.repeat(12_000_000)))).toEqual(['other']);
    expect(partsOf({ type: 'audio', mimeType: 'audio/wav', data: 'AAAA' })).toEqual(['other']);
  });

  test('of eight megabytes that are nearly an image does not stop the page', () => {
    expect(partsOf(image('image/png', `${' '.repeat(4_000_000)}${'A'.repeat(4_000_000)}!`))).toEqual([
      'other',
    ]);
  });

  test('has the text of an embedded file, and names what it only refers to', () => {
    const file = { type: 'resource', resource: { uri: 'file:///a', text: 'inside' } };
    const reference = { type: 'resource_link', name: '<b>', uri: 'javascript:alert(1)' };
    expect(resultOf({ content: [file, reference] }).parts).toEqual([
      { kind: 'text', text: 'inside' },
      { kind: 'reference', name: '<b>', uri: 'javascript:alert(1)' },
    ]);
  });

  test('with data only is shown as JSON, with text as well the text is enough', () => {
    const structuredContent = { n: 1 };
    expect(resultOf({ content: [], structuredContent }).parts).toEqual([
      { kind: 'text', text: '{\n  "n": 1\n}' },
    ]);
    expect(resultOf({ content: [text('one')], structuredContent }).parts).toEqual([
      { kind: 'text', text: 'one' },
    ]);
  });

  test.each([
    [undefined],
    [null],
    [7],
    ['x'],
    [{}],
    [{ content: 'x' }],
    [{ content: [null, 7, [], { type: 9 }] }],
  ])('that is none by the protocol is shown as it is: %j', (answer) => {
    for (const part of resultOf(answer).parts) expect(part.kind).toBe('text');
  });
});

describe('a list of tools', () => {
  test('says what the server says of each', () => {
    const tools = [
      { name: 'a', description: 'A', inputSchema: {}, annotations: { readOnlyHint: true } },
      { name: 'b', annotations: { destructiveHint: true } },
      { name: 'c', annotations: { readOnlyHint: true, destructiveHint: true }, description: ' ' },
    ];
    expect(toolsIn({ tools })).toEqual([
      { name: 'a', description: 'A', inputSchema: {}, isReadOnly: true, isDestructive: false },
      { name: 'b', inputSchema: undefined, isReadOnly: false, isDestructive: true },
      { name: 'c', inputSchema: undefined, isReadOnly: true, isDestructive: false },
    ]);
  });

  test.each([[undefined], [{}], [{ tools: {} }], [{ tools: [null, 7, { name: 7 }, { description: 'x' }] }]])(
    'is empty where there is none: %j',
    (result) => {
      expect(toolsIn(result)).toEqual([]);
    },
  );
});
