import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The Python of an environment. */
export function pythonIn(venv: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
}

/**
 * Whether the Python that an environment was made of is still there with the same minor version: its modules are installed for
 * that one, and an update of the system replaces it under the same name. No process is started.
 *
 * @param version major and minor, `3.12`
 */
export function isPythonThere(venv: string, version: string | undefined): boolean {
  let real: string;
  try {
    real = realpathSync(pythonIn(venv));
  } catch {
    return false;
  }
  // On Windows, the environment has a small program of its own that starts the other one.
  if (version === undefined || process.platform === 'win32') return true;
  if (basename(real) === `python${version}`) return true;
  return ['lib', 'lib64'].some((lib) =>
    existsSync(join(dirname(real), '..', lib, `python${version}`, 'os.py')),
  );
}
