import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/cli/explain.js';
import { formatError } from '../../../src/messages/format-error.js';
import { messagesFor } from '../../../src/messages/index.js';
import { type ErrorId, usageError } from '../../../src/messages/worded.js';
import { englishIn } from '../../helpers/english.js';
import { ERROR_SAMPLES } from './error-samples.js';
import { sourcesIn, textsOf } from './texts-of.js';

const root = join(import.meta.dirname, '../../..');
const docs = join(root, 'docs/vi');

/** A page without code, quoted code, and where its links lead. */
function proseOf(page: string): string {
  return page
    .replace(/```.*?```/gs, '')
    .replace(/`[^`\n]*`/g, '·')
    .replace(/\]\([^)]*\)/g, ']');
}

/** What a text says itself: no quotations, addresses, paths, options, variables. */
const ownWords = (text: string) => text.replace(/`[^`]*`|"[^"\n]*"|\S*[/\\=@_{}$<>]\S*|(?<!\S)--?\S+/g, '·');

const glossary = readFileSync(join(docs, 'glossary.md'), 'utf8');
const rows = glossary
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));
const rejected = rows.flatMap(([, english, use, , not]) =>
  not!
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => ({ english: english!, use: use!, word })),
);

/** Whether a word stands in a text, as a word. */
function has(text: string, word: string): boolean {
  const escaped = word
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/^./, (first) => `[${first}${first.toUpperCase()}]`);
  return new RegExp(`(?<![\\p{L}\\p{N}.-])${escaped}(?![\\p{L}\\p{N}-])`, 'u').test(text);
}

const pages = readdirSync(docs)
  .filter((name) => name.endsWith('.md') && name !== 'glossary.md')
  .map((name) => ({
    name: `docs/vi/${name}`,
    texts: proseOf(readFileSync(join(docs, name), 'utf8')).split('\n'),
  }));
const tables = sourcesIn('vi').map(({ name, source }) => ({ name, texts: textsOf(source) }));

describe('the glossary', () => {
  test('is a table of words, with some that are not to be used', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.every((cells) => cells.length === 6)).toBe(true);
    expect(rejected.length).toBeGreaterThan(20);
  });

  test.each([...pages, ...tables])('is kept to by $name', ({ texts }) => {
    const found = texts.flatMap((text) =>
      rejected
        .filter(({ word }) => has(ownWords(text), word))
        .map(({ word, use }) => `"${word}" instead of "${use}": ${text}`),
    );
    expect(found).toEqual([]);
  });

  test('finds a word that is not to be used, as a word alone', () => {
    expect(has('Dò token rồi chạy', 'dò')).toBe(true);
    expect(has('dòng này', 'dò')).toBe(false);
    expect(has('cổng 80, không phải port', 'port')).toBe(true);
    expect(has(ownWords('viết `port` hoặc --port 80'), 'port')).toBe(false);
  });
});

describe('errors of the command line', () => {
  const source = join(root, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );

  test('are made out of the table of messages, so that they are said in every language', () => {
    const makers = files.filter((name) =>
      readFileSync(join(source, name), 'utf8').includes('new UsageError('),
    );
    expect(makers).toEqual([join('messages', 'worded.ts')]);
  });

  test.each(Object.keys(messagesFor('en').errors) as ErrorId[])('%s is said in Vietnamese', (id) => {
    const sample = new Proxy({ ...ERROR_SAMPLES[`errors.${id}`] } as Record<string, unknown>, {
      get: (target, key) => (key in target ? Reflect.get(target, key) : '/SAMPLE'),
    });
    const error = usageError(id, ...([sample] as unknown as []));
    const said = formatError(error, 'vi');
    expect(error.message).not.toBe(said.what);
    expect(englishIn(`${said.what}\n${said.next}`)).toEqual([]);
    expect(explain(error, { lang: 'vi' }).lines.slice(0, 2)).toEqual([
      `${said.what} [USAGE ${id}]`,
      said.next,
    ]);
  });
});

describe('the English texts', () => {
  // Those of commands stand beside the Vietnamese ones.
  const files = ['en', 'commands'].flatMap((folder) =>
    readdirSync(join(root, 'src/messages', folder)).map((name) => `${folder}/${name}`),
  );

  test.each(files)('of messages/%s say what waits or is stopped, and not "parked"', (file) => {
    const texts = textsOf(readFileSync(join(root, 'src/messages', file), 'utf8'));
    expect(texts.filter((text) => has(text, 'parked'))).toEqual([]);
  });
});

describe('the Vietnamese texts', () => {
  test.each(tables)('of $name have no English sentence, whichever branch says it', ({ texts }) => {
    expect(texts.flatMap((text) => englishIn(text).map((word) => `${word}: ${text}`))).toEqual([]);
  });

  test('are all read: a text, a template, both sides of a choice', () => {
    const all = tables.find(({ name }) => name.endsWith('vi/errors.ts'))!.texts;
    expect(all).toContain('Sửa MCP_PIPE_LOG_LEVEL.');
    expect(all).toContain('· cần Python, mà trong PATH không có ·.');
    expect(all).toEqual(expect.arrayContaining(['là thư mục', 'không tồn tại']));
    expect(all).not.toContain('no-such-path');
  });
});
