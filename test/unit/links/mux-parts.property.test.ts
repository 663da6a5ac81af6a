import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedCapabilities } from '../../../src/links/mux/merge.js';
import { fitsTemplate } from '../../../src/links/mux/resources.js';
import { cutResult } from '../../../src/links/mux/result-cut.js';
import { isAllowed } from '../../../src/protocol/tool-filter.js';
import { runs } from '../../helpers/runs.js';

describe('a result that is cut', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'ắ', '🤖', '\u0000', '\ud83e'), maxLength: 400 }),
  );
  const block = fc.oneof(
    { weight: 4, arbitrary: text.map((value) => ({ type: 'text', text: value })) },
    { weight: 1, arbitrary: text.map((data) => ({ type: 'image', mimeType: 'image/png', data })) },
  );
  const result = fc.record(
    {
      content: fc.array(block, { maxLength: 5 }),
      structuredContent: fc.dictionary(fc.string({ maxLength: 5 }), fc.json(), { maxKeys: 4 }),
      isError: fc.boolean(),
      _meta: fc.constant({ unknown: 1 }),
    },
    { requiredKeys: ['content'] },
  );
  const id = fc.constantFrom('0', '""', '"an id"', '9007199254740993');

  it('is valid JSON in valid UTF-8, no longer than allowed, says so, and keeps its id', () => {
    fc.assert(
      fc.property(result, id, fc.integer({ min: 40, max: 3_000 }), (value, raw, maxBytes) => {
        const frame = Buffer.from(`{"jsonrpc":"2.0","id":${raw},"result":${JSON.stringify(value)}}`);
        fc.pre(frame.length > maxBytes);
        const cut = cutResult(frame, maxBytes);
        const json = cut.toString('utf8');
        expect(Buffer.from(json).equals(cut)).toBe(true);
        const message = JSON.parse(json);
        expect(json).toContain(`"id":${raw},`);
        const texts: string[] = message.result.content.flatMap((part: { text?: string }) => part.text ?? []);
        const note = `[cut by mcp-pipe: the result had ${frame.length} bytes, more than the ${maxBytes} that are allowed]`;
        expect(texts.join('')).toContain(note);
        // When not even the note has room, the note is all there is.
        const isMinimal = texts.length === 1 && texts[0] === note && message.result.isError;
        if (!isMinimal) expect(cut.length).toBeLessThanOrEqual(maxBytes);
        // What is left of the texts is how they began.
        const whole = value.content.flatMap((part) => ('text' in part ? [part.text] : [])).join('');
        expect(whole.startsWith(texts.join('').replace(`\n${note}`, '').replace(note, ''))).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('capabilities of several servers', () => {
  const capabilities = fc.dictionary(
    fc.constantFrom(
      'tools',
      'prompts',
      'resources',
      'logging',
      'completions',
      'experimental',
      '__proto__',
      'x',
    ),
    fc.dictionary(
      fc.constantFrom('listChanged', 'subscribe', 'deep', '__proto__'),
      fc.oneof(fc.boolean(), fc.constant({}), fc.constant({ a: true }), fc.constant({ b: { c: false } })),
      { maxKeys: 3 },
    ),
    { maxKeys: 6 },
  );
  const introduced = fc.array(capabilities, { maxLength: 4 }).map((all) =>
    all.map((each, i) => ({
      name: `s${i}`,
      introduction: { capabilities: each, instructions: undefined, protocolVersion: undefined },
    })),
  );

  it('are those of each and of nobody else, whatever their order', () => {
    fc.assert(
      fc.property(introduced, (servers) => {
        const merged = mergedCapabilities(servers);
        const keys = new Set(servers.flatMap(({ introduction }) => Object.keys(introduction.capabilities)));
        expect(new Set(Object.keys(merged))).toEqual(keys);
        expect(new Set(Object.keys(mergedCapabilities([...servers].reverse())))).toEqual(keys);
        for (const { introduction } of servers) {
          for (const [name, members] of Object.entries(introduction.capabilities)) {
            for (const [member, value] of Object.entries(members)) {
              const found = Object.getOwnPropertyDescriptor(
                Object.getOwnPropertyDescriptor(merged, name)!.value,
                member,
              );
              expect(found).toBeDefined();
              if (value === true) expect(found!.value).not.toBe(false);
            }
          }
        }
        for (const list of ['tools', 'prompts', 'resources']) {
          if (keys.has(list)) expect(merged[list]).toMatchObject({ listChanged: true });
        }
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
        expect(({} as Record<string, unknown>).listChanged).toBeUndefined();
      }),
      { numRuns: runs(300) },
    );
  });
});

/** A comparison of short texts takes some milliseconds, and one that tries every way to divide them has no end. */
const MOST_MS = 5_000;

function msOf(act: () => unknown): number {
  const startedAt = performance.now();
  act();
  return performance.now() - startedAt;
}

describe('templates of resources', () => {
  const literal = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '+', '(', 'ắ'), maxLength: 3 });

  it('fit what any texts in the place of their expressions make', () => {
    fc.assert(
      fc.property(
        fc.array(literal, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(literal),
        (parts, fillings) => {
          const template = parts.join('{x}');
          const uri = parts.reduce((made, part) => `${made}${fillings.next().value || 'z'}${part}`);
          expect(fitsTemplate(template, uri)).toBe(true);
        },
      ),
    );
  });

  it('fit as the regular expression does that says the same', () => {
    fc.assert(
      fc.property(
        fc.array(literal, { minLength: 1, maxLength: 4 }),
        literal,
        literal,
        (parts, one, other) => {
          const template = parts.join('{+x}');
          const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+');
          for (const uri of [one, other, one + other, template, parts.join(one), parts.join(other)]) {
            expect(fitsTemplate(template, uri), `${template} ${uri}`).toBe(
              new RegExp(`^${pattern}$`, 's').test(uri),
            );
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it('take no longer when many expressions nearly fit', () => {
    const template = `${'{x}a'.repeat(30)}b`;
    expect(msOf(() => fitsTemplate(template, 'a'.repeat(20_000)))).toBeLessThan(MOST_MS);
    expect(fitsTemplate(template, `${'xa'.repeat(30)}b`)).toBe(true);
  });
});

describe('globs of tools', () => {
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.', '[', '🤖'), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '[', '🤖'), maxLength: 8 });

  it('let through what the regular expression does that says the same', () => {
    fc.assert(
      fc.property(glob, name, (pattern, tool) => {
        const source = pattern.replace(/[.[]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
        const fits = new RegExp(`^${source}$`, 'su').test(tool);
        expect(isAllowed(tool, { allow: [pattern] }), `${pattern} ${tool}`).toBe(fits);
        expect(isAllowed(tool, { deny: [pattern] })).toBe(!fits);
        expect(isAllowed(tool, { allow: ['*'], deny: [pattern] })).toBe(!fits);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('without a list let everything through, and with an empty one nothing', () => {
    expect(isAllowed('any', {})).toBe(true);
    expect(isAllowed('any', { allow: [] })).toBe(false);
  });

  it('take no longer when many stars nearly fit', () => {
    const stars = `${'*a'.repeat(30)}b`;
    expect(msOf(() => isAllowed('a'.repeat(10_000), { allow: [stars] }))).toBeLessThan(MOST_MS);
  });
});
