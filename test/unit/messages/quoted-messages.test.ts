import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FINDING_CODES } from '../../../src/messages/codes.js';
import { messagesFor } from '../../../src/messages/index.js';
import { sourcesIn, textsOf } from './texts-of.js';

const root = join(import.meta.dirname, '../../..');
const PAGES = [
  { page: 'docs/troubleshooting.md', lang: 'en', says: /\bsays\b/ },
  { page: 'docs/vi/troubleshooting.md', lang: 'vi', says: /\bnói\b/ },
] as const;

/** The tables of a page: their first heading, and the first cell of each row. */
function tablesOf(page: string): { heading: string; first: string[] }[] {
  const blocks = readFileSync(join(root, page), 'utf8').match(/(?:^\|.*\n)+/gm) ?? [];
  return blocks.map((block) => {
    const [heading = '', , ...first] = block
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' | ')[0]!.replace(/^\| /, ''));
    return { heading, first };
  });
}

const codeIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

/** Every text that can be said in a language; what is filled in is `·`. */
function saidIn(lang: 'en' | 'vi'): string[] {
  const own = sourcesIn(lang).flatMap(({ source }) => textsOf(source));
  // What is said below as well, to a caller for instance, stands where it is found out.
  const below = ['src/protocol/launch-words.ts', 'src/protocol/unreadable-words.ts'];
  const more = below.flatMap((file) => textsOf(readFileSync(join(root, file), 'utf8')));
  return lang === 'vi' ? own : [...own, ...more];
}

/** Whether each part of a quotation, between its `…`, is said; what is filled in has no part in that. */
const isSaid = (quote: string, said: readonly string[]) =>
  quote
    .split('…')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .every((part) => said.some((text) => text.includes(part)));

describe.each(PAGES)('$page', ({ page, lang, says }) => {
  const said = saidIn(lang);
  const quotes = tablesOf(page)
    .filter(({ heading }) => says.test(heading))
    .flatMap(({ first }) => first.flatMap(codeIn))
    // A command, a label, or a code is no message.
    .filter((code) => !/^(?:mcp-pipe |\[)/.test(code) && !/^[A-Z_]+$/.test(code));

  test('quotes messages in tables of its own', () => {
    expect(quotes.length).toBeGreaterThan(12);
  });

  test.each(quotes)('says as the program does: %s', (quote) => {
    expect(isSaid(quote, said)).toBe(true);
  });

  test('names causes that there are', () => {
    const words = tablesOf(page)
      .filter(({ heading }) => /^(?:word|từ khóa)$/.test(heading))
      .flatMap(({ first }) => first.flatMap(codeIn));
    expect(words.length).toBeGreaterThan(20);
    const causes = Object.keys(messagesFor(lang).causes).map((one) => one.split(':')[0]);
    expect(words.filter((word) => !causes.includes(word))).toEqual([]);
  });

  test('names codes that there are', () => {
    const text = readFileSync(join(root, page), 'utf8');
    const codes = text.match(/\b(?:CONFIG|CHECK)_[A-Z_]+\b/g) ?? [];
    const known: readonly string[] = Object.values(FINDING_CODES);
    expect(codes.filter((code) => code !== 'CONFIG_' && !known.includes(code))).toEqual([]);
  });
});

test('a message that nobody says is found', () => {
  expect(isSaid('still no answer to initialize', saidIn('en'))).toBe(false);
  expect(isSaid('cannot be started (ENOENT)', saidIn('en'))).toBe(false);
  expect(isSaid('The server refused initialize', saidIn('en'))).toBe(true);
});
