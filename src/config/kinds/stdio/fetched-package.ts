import { packageSpec } from '../../../packages/npm/runner-words.js';
import { wantedOfNpm } from '../../../packages/npm/wanted-package.js';
import { wantedOfPypi } from '../../../packages/pypi/wanted.js';
import { programName } from '../../../process/program-name.js';
import type { Fetches } from '../kind.js';

/** The package of a command of npx, npm exec, bunx, `pnpm dlx`, uvx, `uv tool run` or `uv run --with`; undefined for any other program. */
export function fetchedPackage(
  command: string,
  args: readonly string[],
): Pick<Fetches, 'registry' | 'name'> | undefined {
  const program = programName(command);
  // Windows needs `cmd /c npx`.
  if (program === 'cmd' && /^\/c$/i.test(args[0] ?? '')) return fetchedPackage(args[1] ?? '', args.slice(2));
  const ofNpm = wantedOfNpm(command, args);
  if (ofNpm) {
    const name = 'wanted' in ofNpm ? packageSpec(ofNpm.wanted.specs[0])?.name : undefined;
    return { registry: 'npm', name };
  }
  const ofPypi = wantedOfPypi(command, args);
  if (ofPypi) {
    const name = 'wanted' in ofPypi ? /^[\w.-]+/.exec(ofPypi.wanted.specs[0])?.[0] : undefined;
    return { registry: 'pypi', name };
  }
  return program === 'uv' && args[0] === 'run' ? { registry: 'pypi', name: undefined } : undefined;
}
