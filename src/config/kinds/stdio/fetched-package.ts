import { packageSpec } from '../../../packages/npm/runner-words.js';
import { wantedOfNpm } from '../../../packages/npm/wanted-package.js';
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
  if (program === 'uvx') return { registry: 'pypi', name: uvPackage(args) };
  if (program !== 'uv') return undefined;
  if (args[0] === 'tool' && args[1] === 'run') return { registry: 'pypi', name: uvPackage(args.slice(2)) };
  return args[0] === 'run' ? { registry: 'pypi', name: undefined } : undefined;
}

/** Options of uvx whose value is the next word. */
const UV_VALUE =
  /^(--with|--with-editable|--with-requirements|-w|--python|-p|--index|--default-index|--index-url|-i|--extra-index-url|--find-links|-f|--directory|--project|--env-file|--cache-dir|--config-file|--constraints|-c|--overrides|--refresh-package|-P|--upgrade-package|--prerelease|--resolution)$/;

function uvPackage(args: readonly string[]): string | undefined {
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === '--from') return requirement(args[at + 1] ?? '');
    if (word.startsWith('--from=')) return requirement(word.slice('--from='.length));
    if (UV_VALUE.test(word)) at += 1;
    else if (!word.startsWith('-')) return requirement(word);
  }
  return undefined;
}

/** The name of a requirement (PEP 508), or of uv's `name@version`. */
function requirement(text: string): string | undefined {
  const [, name, rest = ''] = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(.*)$/.exec(text.trim()) ?? [];
  // An address or a path is no package of the index.
  return name === undefined || /^\s*([:+/\\]|@\s*\w+[:/])/.test(rest) ? undefined : name;
}
