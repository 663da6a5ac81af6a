import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const root = join(import.meta.dirname, '../../..');
export const LANGUAGES = ['docs', 'docs/vi'] as const;

export const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Cells of the table rows of a page, without heads and rules. */
export function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => /^\| /.test(line))
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.trim()),
    );
}

/** Paths from the root of the repository that a text names in backticks: `test/…`, `deploy/…`, `Dockerfile`, … */
export function pathsIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, word]) => word!);
  return quoted.filter(
    (word) =>
      /^(test|deploy|examples|scripts|src|docs|\.github|\.ci)\//.test(word) ||
      /^(Dockerfile|docker-compose\.yml)$/.test(word),
  );
}

const slug = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

const withoutCode = (text: string) => text.replace(/```.*?```/gs, '').replace(/`[^`\n]*`/g, '');

export interface Target {
  /** From the root of the repository. */
  path: string;
  anchor?: string;
}

/** Where the links of a page lead, those to other sites left out. */
export function linksOf(page: string): Target[] {
  const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!);
  return links
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => {
      const [path, anchor] = to.split('#');
      return { path: path ? normalize(join(dirname(page), path)) : page, ...(anchor && { anchor }) };
    });
}

export function anchorsOf(page: string): Set<string> {
  const headings = read(page)
    .replace(/```.*?```/gs, '')
    .matchAll(/^#+ (.+)$/gm);
  return new Set([...headings].map(([, heading]) => slug(heading!.replace(/`/g, ''))));
}

/** What the blocks of a page tell a shell to do, a command each, without comments. */
export function commandsOf(page: string): string[] {
  return [...read(page).matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block]) => block!.replace(/\\\n\s*/g, ' ').split('\n'))
    .map((line) =>
      line
        .replace(/(^|\s+)#.*$/, '')
        .replace(/ +/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '');
}
