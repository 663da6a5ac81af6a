import { existsSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';
import type { PackageHost } from '../package-kind.js';
import { runProgram } from '../run-program.js';
import { entryPath } from './entry.js';
import { requirementsOf } from './locked-requirements.js';
import { pythonIn } from './python-of.js';
import { NO_BUILD, pythonOptions } from './resolve.js';
import { uv, withFolder } from './uv.js';
import { isOption } from './wanted.js';

/** Options about resolving, which is done. */
const OF_RESOLVING =
  /^--(constraints|overrides|prerelease|prerelease-package|resolution|fork-strategy|exclude-newer|exclude-newer-package)=/;

/**
 * Installs exactly what is locked into `folder`, an environment of its own that may be renamed afterwards: its scripts look for
 * their Python beside themselves. uv compares each archive with the hashes. Files are hard links to uv's cache or copies, so that
 * the environment outlives the cache; byte code is compiled at once, because the folder may be read-only later. For a server that
 * is held nothing of the packages is run: archives of source are not built.
 *
 * @throws PackageError `integrity` for an archive that is not the locked one, `no-command` when no package brings the command
 */
// D332
export async function installPypi(locked: LockedPackage, folder: string, host: PackageHost): Promise<void> {
  const { python, packages } = locked;
  // The lock may come from another person.
  const options = (locked.options ?? []).filter((one) => isOption(one) && !(host.isHeld && one === NO_BUILD));
  await withFolder(async (files) => {
    const list = join(files, 'requirements.txt');
    await writeFile(list, requirementsOf(packages));
    const asked = python === undefined ? [] : ['--python', python];
    await uv(
      [
        'venv',
        '--no-project',
        '--relocatable',
        '--allow-existing',
        ...pythonOptions(options),
        ...asked,
        folder,
      ],
      host,
      files,
    );
    // A package may bring another program of that name.
    const interpreter = realpathSync(pythonIn(folder));
    await uv(
      [
        ...['pip', 'install', '--quiet', '--require-hashes', '--no-deps', '--link-mode', 'hardlink'],
        ...[host.isHeld ? NO_BUILD : '--compile-bytecode', '--python', pythonIn(folder)],
        ...[...options.filter((option) => !OF_RESOLVING.test(option)), '--requirements', list],
      ],
      host,
      files,
    );
    if (host.isHeld) await compileApart(interpreter, folder, host);
  });
  if (!existsSync(entryPath(locked, folder)))
    throw new PackageError('no-command', `${locked.name} ${locked.version} brings no command ${locked.bin}`);
}

/** For large servers on a small machine. */
const COMPILE_TIMEOUT_MS = 120_000;

/**
 * Compiles byte code without the environment: uv starts its Python for that, which runs the lines of `.pth` files of packages. What
 * cannot be compiled is left, as Python does.
 */
async function compileApart(interpreter: string, folder: string, host: PackageHost): Promise<void> {
  const { signal, inBackground } = host;
  const place = { cwd: folder, env: {}, timeoutMs: COMPILE_TIMEOUT_MS, signal, inBackground };
  await runProgram(interpreter, ['-I', '-S', '-m', 'compileall', '-q', folder], place);
}
