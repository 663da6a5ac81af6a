import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const lookUp = createRequire(import.meta.url);

/** The program of an installed reference server. */
export function program(name: string): string {
  const folder = lookUp.resolve.paths(name)!.map((path) => join(path, name, 'package.json'));
  for (const file of folder) {
    try {
      const { bin } = lookUp(file) as { bin: Record<string, string> };
      return join(dirname(file), Object.values(bin)[0]!);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error(`${name} is not installed`);
}
