import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MESSAGES = join(import.meta.dirname, '../../../src/messages');

/** The source of everything that is said in one language, file by file; of a file with both, the half in that language. */
export function sourcesIn(lang: 'en' | 'vi'): { name: string; source: string }[] {
  const read = (folder: string) =>
    readdirSync(join(MESSAGES, folder)).map((name) => ({
      name: `messages/${folder}/${name}`,
      source: readFileSync(join(MESSAGES, folder, name), 'utf8'),
    }));
  const help = { name: 'messages/help.ts', source: readFileSync(join(MESSAGES, 'help.ts'), 'utf8') };
  const halves = [help, ...read('commands')].map(({ name, source }) => {
    const parts = source.split(/^const vi: typeof en = /m);
    if (parts.length !== 2) throw new Error(`${name}: no "const vi: typeof en"`);
    return { name, source: parts[lang === 'en' ? 0 : 1]! };
  });
  return [...read(lang), ...read(`page/${lang}`), ...halves];
}

/** Every text of a file of messages, also of the branches that no sample reaches; what is filled in is `·`. */
export function textsOf(source: string): string[] {
  const found: string[] = [];
  let at = 0;
  const code = (end: string): void => {
    for (; at < source.length && source[at] !== end; at++) {
      const char = source[at]!;
      if (source.startsWith('//', at)) at = source.indexOf('\n', at);
      else if (source.startsWith('/*', at)) at = source.indexOf('*/', at) + 1;
      else if (char === '{') {
        at++;
        code('}');
      } else if (char === "'" || char === '"' || char === '`') text(char);
    }
  };
  const text = (quote: string): void => {
    const before = source.slice(0, at).trimEnd();
    let said = '';
    for (at++; source[at] !== quote; at++) {
      if (source[at] === '\\') said += source[++at];
      else if (quote === '`' && source.startsWith('${', at)) {
        at += 2;
        code('}');
        said += '·';
      } else said += source[at];
    }
    const after = source
      .slice(at + 1)
      .trimStart()
      .slice(0, 1);
    const isKey = source[at + 1] === ':';
    // Keys, cases, comparisons, imports, and the names of types are no texts.
    const isName =
      isKey ||
      after === '|' ||
      /(?:[!=]==|from|<|\|)$/.test(before) ||
      (before.endsWith('[') && after === ']');
    if (!isName) found.push(said);
  };
  code('');
  return found.filter((one) => /\p{L}/u.test(one));
}
