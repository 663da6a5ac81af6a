import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledPackage, LockedPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';
import type { PackageHost } from '../package-kind.js';
import { copyProjectSettings, PROJECT_SETTINGS, runNpm } from './run-npm.js';
import { isNpmOption } from './runner-words.js';

/**
 * Installs exactly what is locked: `npm ci`, which compares each archive with its hash. Scripts of packages run as with npx,
 * unless `ignore-scripts` is set for npm. None runs for a server that is held: its package is not installed here when it has some.
 *
 * @throws PackageError
 */
export async function installNpm(locked: LockedPackage, folder: string, host: PackageHost): Promise<void> {
  const { project, lock } = npmFiles(locked);
  const runsScripts = host.isHeld && !locked.options?.includes('--ignore-scripts');
  const script = runsScripts && locked.packages.find((one) => one.hasInstallScript && isForHere(one));
  if (script) throw new PackageError('held', `install scripts (${script.name})`);
  await writeFile(join(folder, 'package.json'), JSON.stringify(project));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
  await copyProjectSettings(host, folder);
  try {
    await runNpm(
      [
        'ci',
        '--omit=dev',
        ...(locked.options ?? []).filter(isNpmOption),
        ...(host.isHeld ? ['--ignore-scripts'] : []),
      ],
      folder,
      host,
    );
  } finally {
    await rm(join(folder, PROJECT_SETTINGS), { force: true });
  }
  if (!existsSync(join(folder, locked.entry)))
    throw new PackageError('no-command', `${locked.name} ${locked.version} has no ${locked.entry}`);
}

/** Whether npm installs a package on this system: `os` of its package.json, `fsevents` has `["darwin"]`. */
function isForHere({ more }: InstalledPackage): boolean {
  const systems = more?.os;
  if (!Array.isArray(systems) || systems.length === 0) return true;
  if (systems.includes(`!${process.platform}`)) return false;
  return systems.includes(process.platform) || systems.every((one) => String(one).startsWith('!'));
}

/**
 * package.json and package-lock.json that say what is locked, and nothing else. Pure. Everything at the top counts as asked for,
 * but for what only some systems have: those are asked for by others, and npm leaves out what does not fit.
 */
export function npmFiles({ packages }: LockedPackage): { project: object; lock: object } {
  const top = packages.filter(({ at, name, more }) => at === `node_modules/${name}` && !more?.optional);
  const dependencies = Object.fromEntries(top.map(({ name, version }) => [name, version]));
  const project = { name: 'mcp-pipe-package', version: '1.0.0', private: true, dependencies };
  const entries = Object.fromEntries(packages.map((one) => [one.at!, entryOf(one)]));
  const lock = { ...project, lockfileVersion: 3, requires: true, packages: { '': project, ...entries } };
  return { project, lock };
}

function entryOf(one: InstalledPackage): object {
  const { name, at, version, resolved, integrity, hasInstallScript, more } = one;
  return {
    // Its place has the name by which another package asks for it.
    ...(at!.endsWith(`node_modules/${name}`) ? {} : { name }),
    version,
    ...(resolved === undefined ? {} : { resolved }),
    ...(integrity.length > 0 ? { integrity: integrity.join(' ') } : {}),
    ...(hasInstallScript ? { hasInstallScript } : {}),
    ...more,
  };
}
