import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The file, and every file of the project that it imports by a relative path, in turn. */
function withImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path] of read(file).matchAll(/from '(\.[^']+)\.js'/g))
    withImports(relative(ROOT, join(ROOT, file, '..', `${path}.ts`)), found);
  return found;
}

it.each([
  ['copied', 'Dockerfile', /^COPY (?!--from)(.+) \S+$/gm],
  ['let in', '.dockerignore', /^!(.+)$/gm],
])('all files that the bundle is made with are %s by %s', (_, file, pattern) => {
  const named = [...read(file).matchAll(pattern)].flatMap(([, names]) => names!.split(' '));
  const needed = [...withImports('rolldown.config.ts')];
  expect(needed).toContain('scripts/bundle-page.ts');
  expect(needed.filter((one) => !named.some((name) => one === name || one.startsWith(`${name}/`)))).toEqual(
    [],
  );
});
