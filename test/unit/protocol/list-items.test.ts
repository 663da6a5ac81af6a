import { describe, expect, it } from 'vitest';
import { checkItem } from '../../../src/protocol/list-items/check.js';
import { isUsable } from '../../../src/protocol/list-items/output-schema.js';

const inputSchema = { type: 'object' };

describe('a member of a list', () => {
  it('is given back as it is when nothing is wrong, with what the schema does not name', () => {
    const tool = {
      ...{ name: 'a', title: 'A', description: 'x'.repeat(2_000_000), inputSchema, future: [1] },
      icons: [{ src: 'data:,', sizes: ['any'], theme: 'dark' }],
      annotations: { readOnlyHint: true, future: 1 },
      execution: { taskSupport: 'optional' },
      outputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    };
    const { item, faults } = checkItem('tool', tool);
    expect(item).toBe(tool);
    expect(faults).toEqual([]);
  });

  it('is repaired where clients would refuse it', () => {
    const { item, faults } = checkItem('tool', {
      name: 'a',
      inputSchema: {
        type: ['object', 'null'],
        properties: { all: true, none: false, odd: 'text' },
        required: 'all',
      },
      icons: [{ src: 'data:,' }, { mimeType: 'image/png' }],
      outputSchema: { type: 'array' },
    });
    expect(item).toEqual({
      name: 'a',
      inputSchema: { type: 'object', properties: { all: {}, none: { not: {} }, odd: {} } },
      icons: [{ src: 'data:,' }],
    });
    expect(faults).toEqual([
      'icons[1].src',
      ...['inputSchema.properties.all', 'inputSchema.properties.none', 'inputSchema.properties.odd'],
      ...['inputSchema.required', 'inputSchema.type', 'outputSchema'],
    ]);
  });

  it.each([
    [{ icons: [{}] }, 'icons[0].src'],
    [{ icons: {} }, 'icons'],
    [{ title: null }, 'title'],
    [{ _meta: [] }, '_meta'],
    [{ annotations: { title: 1 } }, 'annotations.title'],
    [{ execution: { taskSupport: 'maybe' } }, 'execution.taskSupport'],
  ])('names the one thing that is wrong: %j', (more, at) => {
    expect(checkItem('tool', { name: 'a', inputSchema, ...more }).faults).toEqual([at]);
  });

  it('is left out when nobody could ask for it, or walk through it', () => {
    expect(checkItem('tool', null)).toMatchObject({ item: undefined });
    expect(checkItem('prompt', { title: 'no name' })).toMatchObject({ item: undefined, faults: ['name'] });
    expect(checkItem('template', { name: 'no address' })).toMatchObject({ faults: ['uriTemplate'] });
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
    expect(checkItem('tool', { name: 'a', inputSchema, _meta: deep }).item).toBeUndefined();
  });

  it('has its address as a name where it has none', () => {
    expect(checkItem('resource', { uri: 'a:b' }).item).toEqual({ uri: 'a:b', name: 'a:b' });
  });

  it('keeps an output schema that its readers know, and one that they do not know at all', () => {
    const tool = { name: 'a', inputSchema, outputSchema: { type: 'array' } };
    expect(checkItem('tool', tool, 'any').item).toBe(tool);
    expect(checkItem('tool', tool, 'unknown').item).toBe(tool);
    expect(checkItem('tool', tool, 'objects').item).toEqual({ name: 'a', inputSchema });
  });
});

describe('an output schema', () => {
  it.each([
    [{ type: 'object' }, true],
    [{ type: 'object', properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } }, true],
    [{ type: 'object', properties: { a: { type: 'string', format: 'date-time' } } }, true],
    [{ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }, true],
    [{ type: 'object', properties: { a: { $ref: '#/$defs/a' } } }, false],
    [{ type: 'object', properties: { a: { pattern: '(' } } }, false],
    [{ type: 'object', properties: { a: { $id: 'x', type: 'string' } } }, false],
  ])('%j is usable: %s', async (schema, isGood) => {
    expect(await isUsable(schema)).toBe(isGood);
    // From memory as well.
    expect(await isUsable(structuredClone(schema))).toBe(isGood);
  });
});
