import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** The file, and every file of the project that it imports by a relative path, in turn. */
function withImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path] of readFileSync(join(ROOT, file), 'utf8').matchAll(/from '(\.[^']+)\.js'/g))
    withImports(relative(ROOT, join(ROOT, file, '..', `${path}.ts`)), found);
  return found;
}

it('the image is built from all files that the bundle is made with', () => {
  const copied = [
    ...readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^COPY (?!--from)(.+) \S+$/gm),
  ].flatMap(([, files]) => files!.split(' '));
  const needed = [...withImports('rolldown.config.ts')];
  expect(needed).toContain('scripts/bundle-page.ts');
  expect(needed.filter((file) => !copied.some((one) => file === one || file.startsWith(`${one}/`)))).toEqual(
    [],
  );
});
