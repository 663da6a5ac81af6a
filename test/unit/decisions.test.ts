import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = join(ROOT, 'docs/decisions');
/** The decisions that the project began with; each of them has to show in the code. */
const FIRST = Array.from({ length: 13 }, (_, i) => `D${i + 1}`);
const MAP = join(ROOT, 'src/README.md');
const LONGEST_MAP = 150;

interface Decision {
  id: string;
  title: string;
  page: string;
  text: string;
}

function decisionsOf(page: string, text: string): Decision[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [, id, title] = /^(D\d+) (.+)$/m.exec(section) ?? [];
      return { id: id ?? '?', title: title ?? section.slice(0, 40), page, text: section };
    });
}

/** `a`, `b` behind "Shows in". */
function placesOf({ text }: Decision): string[] {
  const line = /^- \*\*Shows in\*\*: (.+)$/m.exec(text)?.[1] ?? '';
  return [...line.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
}

/** Ids in comments of a source text, in the order in which they stand there. */
function citedIn(source: string): string[] {
  const comments = source.match(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g) ?? [];
  return comments.flatMap((comment) => comment.match(/\bD[1-9]\d*\b/g) ?? []);
}

const pages = readdirSync(PAGES).filter((name) => name.endsWith('.md') && name !== 'README.md');
const decisions = pages.flatMap((page) => decisionsOf(page, readFileSync(join(PAGES, page), 'utf8')));
const ids = new Set(decisions.map(({ id }) => id));
const code = ['src', 'bin'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name))
    .map((name) => ({ path: `${folder}/${name}`, source: readFileSync(join(ROOT, folder, name), 'utf8') })),
);

describe('decisions', () => {
  test('have ids of their own', () => {
    expect(decisions.filter(({ id }) => !/^D[1-9]\d*$/.test(id))).toEqual([]);
    expect(ids.size).toBe(decisions.length);
  });

  test('say when, what, why, what was tempting and where it shows', () => {
    const incomplete = decisions.filter(
      ({ text }) =>
        !/^D\d+ .+\n20\d\d-\d\d-\d\d/.test(text) ||
        !['Decision', 'Reason', 'Tempting instead', 'Shows in'].every((part) =>
          text.includes(`\n- **${part}**: `),
        ),
    );
    expect(incomplete.map(({ id }) => id)).toEqual([]);
  });

  test('name files that exist, at least one each', () => {
    const wrong = decisions.flatMap((decision) => {
      const places = placesOf(decision);
      if (places.length === 0) return [`${decision.id} names no file`];
      return places
        .filter((place) => !existsSync(join(ROOT, place)))
        .map(
          (place) => `${decision.id} in docs/decisions/${decision.page} names ${place}, which is not there`,
        );
    });
    expect(wrong).toEqual([]);
  });

  test('stand in the index with their title and page', () => {
    const index = readFileSync(join(PAGES, 'README.md'), 'utf8').match(/^- \[D.+$/gm) ?? [];
    const byId = [...decisions].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
    expect(index).toEqual(byId.map(({ id, title, page }) => `- [${id}](${page}) ${title}`));
  });

  test('are there for each id that a comment of the code cites', () => {
    const unknown = code.flatMap(({ path, source }) =>
      citedIn(source)
        .filter((id) => !ids.has(id))
        .map((id) => `${path} cites ${id}, which docs/decisions does not have`),
    );
    expect(unknown).toEqual([]);
  });

  test('that the project began with are each cited in the code', () => {
    const cited = new Set(code.flatMap(({ source }) => citedIn(source)));
    expect(FIRST.filter((id) => !cited.has(id))).toEqual([]);
  });

  test('are looked for in comments only', () => {
    expect(citedIn("const D1 = 'D2'; // D3: why\n/** D4 and\n * D50. */ D6();")).toEqual(['D3', 'D4', 'D50']);
  });
});

describe('the map of src', () => {
  const map = readFileSync(MAP, 'utf8');

  test(`has at most ${LONGEST_MAP} lines`, () => {
    expect(map.trimEnd().split('\n').length).toBeLessThanOrEqual(LONGEST_MAP);
  });

  test('names each folder of src', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.filter((name) => !map.includes(`\`${name}/\``))).toEqual([]);
  });

  test('names no file or folder that is not there', () => {
    const named = [...map.matchAll(/`([a-z][\w-]*\/[\w/-]*(?:\.ts|\/))`/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(10);
    expect(
      named.filter((path) => !existsSync(join(ROOT, 'src', path)) && !existsSync(join(ROOT, path))),
    ).toEqual([]);
  });
});
