import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedPackage, WantedPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';
import type { PackageHost } from '../package-kind.js';
import { packagesIn } from './locked-requirements.js';
import { pythonIn } from './python-of.js';
import { uv, withFolder } from './uv.js';
import { normalizedName } from './wanted.js';

/** Options that `uv venv` knows; the others are about packages. */
const OF_PYTHON = new Set([
  ...['--managed-python', '--no-managed-python', '--no-python-downloads', '--no-config', '--offline'],
]);

/** Archives of source are not used: building one, which may be needed to know what it needs, runs its code. */
export const NO_BUILD = '--no-build';

/**
 * Has uv resolve what a command wants, with the server's own indexes and the Python that `uvx` would take: an empty environment is
 * made of it, and thrown away. Nothing is installed.
 *
 * @throws PackageError
 */
// D331
export async function resolvePypi(wanted: WantedPackage, host: PackageHost): Promise<LockedPackage> {
  try {
    return await withFolder((folder) => resolveFor(wanted, wanted.python, folder, host));
  } catch (error) {
    // `uvx` takes a newer Python when the package asks for one and the command does not.
    const [, newer] = /Python\s*>=\s*(\d+\.\d+)/.exec(error instanceof PackageError ? error.said : '') ?? [];
    if (newer === undefined || wanted.python !== undefined) throw error;
    return await withFolder((folder) => resolveFor(wanted, `>=${newer}`, folder, host));
  }
}

async function resolveFor(
  { specs, options = [], bin }: WantedPackage,
  request: string | undefined,
  folder: string,
  host: PackageHost,
): Promise<LockedPackage> {
  const venv = join(folder, 'venv');
  const asked = request === undefined ? [] : ['--python', request];
  await uv(['venv', '--no-project', ...pythonOptions(options), ...asked, venv], host, folder);
  const python = await versionIn(venv);
  const requirements = await uv(
    [
      ...[
        'pip',
        'compile',
        '-',
        '--quiet',
        '--generate-hashes',
        '--no-header',
        '--no-annotate',
        '--emit-index-annotation',
      ],
      ...['--python', pythonIn(venv), ...options.filter((option) => option !== NO_BUILD || !host.isHeld)],
      ...(host.isHeld ? [NO_BUILD] : []),
    ],
    host,
    folder,
    `${specs.join('\n')}\n`,
  );
  const packages = packagesIn(requirements);
  if (packages === undefined) throw new PackageError('failed', 'uv named a package that no index has');
  const name = normalizedName(/^[\w.-]+/.exec(specs[0])![0]);
  const own = packages.find((one) => one.name === name);
  if (own === undefined) throw new PackageError('failed', `uv named no ${name}`);
  const { version, integrity } = own;
  const command = bin ?? name;
  return {
    ...{ registry: 'pypi', name, version, integrity, bin: command, entry: `bin/${command}`, python },
    ...(options.length === 0 ? {} : { options }),
    ...{ lockedAt: new Date().toISOString(), packages },
  };
}

/** Of the options of a command, those about Python. */
export function pythonOptions(options: readonly string[]): string[] {
  return options.filter((option) => OF_PYTHON.has(option));
}

/** Major and minor version of the Python of an environment. */
async function versionIn(venv: string): Promise<string> {
  const settings = await readFile(join(venv, 'pyvenv.cfg'), 'utf8');
  const [, version] = /^version(?:_info)?\s*=\s*(\d+\.\d+)/m.exec(settings) ?? [];
  if (version === undefined) throw new PackageError('failed', 'pyvenv.cfg names no version of Python');
  return version;
}
