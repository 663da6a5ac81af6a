import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CODE_OF_ERROR, messagesPages } from '../../../scripts/messages-page.js';
import { LOG_CODES, LOG_EVENTS, SYSTEM_CODES } from '../../../src/messages/code-names.js';
import { FINDING_CODES } from '../../../src/messages/codes.js';
import { LANGS, messagesFor } from '../../../src/messages/index.js';
import { messageReference } from '../../../src/messages/reference.js';
import { RPC_CODES } from '../../../src/messages/rpc-code-names.js';
import { ERROR_CODES } from '../../../src/protocol/errors.js';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { everyEvent } from './events.js';

/** In comments: a server's own code. */
const EXAMPLE = -32000;

const SRC = join(import.meta.dirname, '../../../src');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));
/** What a pattern finds in the source, each once. */
const inSource = (pattern: RegExp) => [
  ...new Set(sources.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, found]) => found!))),
];

const pages = messagesPages();

describe.each(pages)('$file', ({ file, is, should }) => {
  test('is what npm run schema writes', () => {
    const isFresh = is === should;
    expect(isFresh, `${file} is not up to date: run npm run schema`).toBe(true);
  });

  test('has an entry for every code, cause and event', () => {
    const codes = [...ERROR_CODES, ...LOG_CODES, ...Object.values(FINDING_CODES)];
    const causes = Object.keys(messagesFor('en').causes).map((cause) => cause.split(':')[0]!);
    const headings = [...codes, ...causes, ...Object.values(ErrorCode).map(String)];
    const missing = headings.filter(
      (code) => !new RegExp(`^### (<a id="[^"]*"></a>)?${code}$`, 'm').test(should),
    );
    const items = [
      ...LOG_EVENTS,
      ...Object.keys(everyEvent),
      ...SYSTEM_CODES,
      ...Object.keys(messagesFor('en').errors),
    ];
    expect([
      ...missing,
      ...items.filter((item) => !should.includes(`\`${item}\``) && !(item in CODE_OF_ERROR)),
    ]).toEqual([]);
  });

  test('has each anchor once, and nothing that a sample did not fill', () => {
    const anchors = [...should.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!);
    expect(anchors.length).toBeGreaterThan(150);
    expect(anchors.filter((id, i) => anchors.indexOf(id) !== i)).toEqual([]);
    expect(should).not.toMatch(/undefined|NaN|\[object/);
  });
});

test('both pages say the same codes in the same order', () => {
  const [en, vi] = pages.map(({ should }) =>
    [...should.matchAll(/^### (?:<a id="[^"]*"><\/a>)?(\S+)$/gm)].map(([, code]) => code),
  );
  expect(vi).toEqual(en);
});

describe('the sources', () => {
  const ADD =
    'add it to src/messages/code-names.ts, its words to src/messages/en and vi/code-words.ts, then run npm run schema';

  test('use no code that is not documented', () => {
    const used = inSource(/\bcode(?::|\s*=|\()\s*'([A-Z]+_[A-Z_]+)'/g);
    const more = sources.flatMap(({ text }) => {
      const unions = text.match(/\bcode: ('[A-Z_]+'(?: \| )?)+;/g) ?? [];
      return unions.flatMap((union) => [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code!));
    });
    const known: readonly string[] = [...ERROR_CODES, ...LOG_CODES, ...Object.values(FINDING_CODES)];
    expect(used.length + more.length).toBeGreaterThan(15);
    expect(
      [...used, ...more].filter((code) => !known.includes(code)),
      ADD,
    ).toEqual([]);
  });

  test('log no event that is not documented', () => {
    const used = inSource(/\bevent: '([a-z-]+)'/g);
    expect(used.length).toBeGreaterThan(5);
    const known: readonly string[] = [...LOG_EVENTS, ...Object.keys(everyEvent)];
    expect(
      used.filter((event) => !known.includes(event)),
      ADD,
    ).toEqual([]);
    expect(LOG_EVENTS.filter((event) => !used.includes(event))).toEqual([]);
  });

  test('answer with no JSON-RPC code that is not documented', () => {
    const used = inSource(/(?:[=(,:[]|\?) *(-3[12]\d{3})\b/g).map(Number);
    expect(used.length).toBeGreaterThan(15);
    const known = Object.values<number>(RPC_CODES);
    const others = used.filter((code) => !known.includes(code) && code !== EXAMPLE);
    expect(
      others,
      'add it to src/messages/rpc-code-names.ts and its words to src/messages/en and vi/rpc-codes.ts, then run npm run schema',
    ).toEqual([]);
  });

  test('throw as USAGE what the page lists under USAGE, and the rest under the code that it names', () => {
    const usage = inSource(/usageError\(\s*'([a-z0-9-]+)'/g);
    const worded = inSource(/\bworded\(\s*'([a-z0-9-]+)'/g);
    const wrong = worded.filter((id) => !(id in CODE_OF_ERROR) && !usage.includes(id));
    expect(wrong, 'add its code to CODE_OF_ERROR in scripts/messages-page.ts').toEqual([]);
    expect(usage.filter((id) => id in CODE_OF_ERROR)).toEqual([]);
  });
});

test('a code is explained in either language, and an unknown one is not', () => {
  for (const lang of LANGS) {
    for (const code of ['LAUNCH_FAILED', '-31001', '-32002']) {
      expect(messageReference(code, lang)).toMatchObject({
        means: expect.any(String),
        next: expect.any(String),
      });
    }
    expect(messageReference('toString', lang)).toBeUndefined();
    expect(messageReference('', lang)).toBeUndefined();
  }
});
