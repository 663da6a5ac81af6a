import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** Words behind which a reader has to guess who is meant: the server, the client, the endpoint, another process. */
const NAMELESS = /\b(?:whoever|nobody|somebody|whom|anybody|someone|anyone|everyone|no one)\b/i;
/** So many of a hundred comment lines may have one of them: now and then any person at all is meant. */
const MOST_PERCENT = 1;

interface CommentLine {
  /** `servers/bridge.ts:12`, below src. */
  place: string;
  text: string;
}

const QUOTED = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/.source;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//.source;

/** Lines of comments that say something; texts in quotes are none, whatever they hold. */
function commentLines(path: string, source: string): CommentLine[] {
  return [...source.matchAll(new RegExp(`${QUOTED}|(${COMMENT})`, 'g'))].flatMap(({ 1: comment, index }) => {
    const first = source.slice(0, index).split('\n').length;
    return (comment?.split('\n') ?? [])
      .map((line, i) => ({ place: `${path}:${first + i}`, text: line.replace(/^[\s/*]+|[\s/*]+$/g, '') }))
      .filter(({ text }) => text !== '');
  });
}

/** Nothing while few enough lines are nameless, else each of them, behind one line that counts them. */
function nameless(lines: readonly CommentLine[]): string[] {
  const found = lines.filter(({ text }) => NAMELESS.test(text));
  if (found.length * 100 <= lines.length * MOST_PERCENT) return [];
  const count = `${found.length} of ${lines.length} comment lines do not name whom they mean: write "the server", "the client", "the endpoint", "another process"`;
  return [count, ...found.map(({ place, text }) => `${place} ${text}`)];
}

function linesOfSource(): CommentLine[] {
  const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return paths.sort().flatMap((path) => commentLines(path, readFileSync(`${SRC}${path}`, 'utf8')));
}

describe('the comments of the source', () => {
  const lines = linesOfSource();

  test('name whom they mean', () => {
    expect(lines.length).toBeGreaterThan(3_000);
    expect(nameless(lines)).toEqual([]);
  });
});

describe('the check itself', () => {
  const few = Array.from({ length: 99 }, (_, i) => `// the server answers ${i}`).join('\n');

  test('lets one line of a hundred pass, and names each when there are more', () => {
    expect(nameless(commentLines('a.ts', `${few}\n// nobody waits`))).toEqual([]);
    expect(
      nameless(commentLines('a.ts', `// Whoever waits\n${few}\n/** so. To whom?\n * nobody knows */`)),
    ).toEqual([
      expect.stringMatching(/^3 of 102 comment lines /),
      'a.ts:1 Whoever waits',
      'a.ts:101 so. To whom?',
      'a.ts:102 nobody knows',
    ]);
  });

  test('reads comments only: behind code, over lines, and not in texts', () => {
    const source = [
      "const a = 'nobody // somebody'; // one",
      'const b = `/* whoever',
      '*/`;',
      '/**',
      ' * two',
      ' *',
      ' */',
    ].join('\n');
    expect(commentLines('a.ts', source)).toEqual([
      { place: 'a.ts:1', text: 'one' },
      { place: 'a.ts:5', text: 'two' },
    ]);
  });
});
