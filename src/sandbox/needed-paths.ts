import { closeSync, existsSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import type { ServerCommand } from '../process/launch.js';
import { foldersOf, programOf } from './find-program.js';

/** What every program needs of a Linux system: programs, libraries, settings. Those that are not there are left out. */
export const SYSTEM: readonly string[] = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/sys'],
  // NixOS, Guix, snaps.
  ...['/nix/store', '/run/current-system', '/gnu/store', '/snap'],
];

/** Where managers of Python keep what programs of ~/.local/bin are links to. */
const OF_HOME = ['.local/lib', '.local/share/uv', '.local/share/pipx', '.local/pipx'];
/** Variables whose values are files or folders that a program reads when it starts. */
const OF_ENVIRONMENT = [
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  ...['PYTHONPATH', 'PYTHONHOME', 'NODE_PATH', 'VIRTUAL_ENV', 'UV_PYTHON_INSTALL_DIR', 'JAVA_HOME'],
];
/** Files of /etc that are links to somewhere else: `systemd-resolved` keeps its own below /run. */
const LINKED = ['/etc/resolv.conf', '/etc/hosts', '/etc/localtime', '/etc/ssl/certs/ca-certificates.crt'];
/** A folder with one of these is where a script's program begins. */
const PROJECT = ['package.json', 'pyproject.toml', 'setup.py', 'requirements.txt', 'deno.json'];

/** Folders and files that the command needs to start, beside `SYSTEM`; absolute, none of them the home or a folder above it. */
export function neededPaths(command: ServerCommand, home: string): string[] {
  const { args, cwd, env } = command;
  const broad = (path: string) => isBroad(path, home);
  const found: string[] = [];
  const add = (path: string) => {
    if (isAbsolute(path) && !broad(path) && existsSync(path)) found.push(path);
  };
  const program = programOf(command.command, cwd, env.PATH);
  for (const path of program === undefined ? [] : withInterpreters(program)) {
    add(installationOf(path, broad));
    add(path);
  }
  for (const folder of foldersOf(env.PATH ?? '')) add(installationOf(join(folder, 'x'), broad));
  for (const folder of OF_HOME) add(join(home, folder));
  for (const name of OF_ENVIRONMENT) for (const path of (env[name] ?? '').split(':')) add(path);
  for (const file of LINKED) add(real(file));
  for (const arg of args)
    for (const path of pathsIn(arg, cwd)) for (const one of neededBy(path, broad)) add(one);
  if (!broad(cwd)) add(cwd);
  return [...new Set(found)].filter((path) => !SYSTEM.some((folder) => isWithin(path, folder)));
}

/** The home, a folder above it, or the root: never given as a whole, unless the configuration names it. */
export function isBroad(path: string, home: string): boolean {
  return (
    path === '/' || isWithin(home, path) || path === join(home, '.local') || path === join(home, '.config')
  );
}

/** Whether the path is that folder or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

export function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** `/x/node-22` of `/x/node-22/bin/node`; the folder of a program that is in no `bin`. */
function installationOf(program: string, broad: (path: string) => boolean): string {
  const folder = dirname(program);
  if (broad(folder)) return program;
  const above = dirname(folder);
  return /^(s?bin|shims)$/.test(basename(folder)) && !broad(above) ? above : folder;
}

/** The longest first line of a script that Linux reads (execve(2)). */
const FIRST_LINE_BYTES = 256;

/** The program, what it is a link to, what its first line names, and the Python that its environment is made of (PEP 405). */
function withInterpreters(program: string): string[] {
  const found = new Set([program, real(program)]);
  // A set is gone through up to what is added meanwhile.
  for (const path of found) {
    const named = /^#!\s*(\/\S+)/.exec(firstBytes(path))?.[1];
    const environment = join(dirname(dirname(path)), 'pyvenv.cfg');
    const home = existsSync(environment)
      ? /^home\s*=\s*(\/.*)$/m.exec(readFileSync(environment, 'utf8'))?.[1]
      : undefined;
    for (const one of [named, home === undefined ? undefined : join(home.trim(), 'python3')]) {
      if (one === undefined || !existsSync(one)) continue;
      found.add(one);
      found.add(real(one));
    }
  }
  return [...found];
}

function firstBytes(file: string): string {
  const bytes = Buffer.alloc(FIRST_LINE_BYTES);
  try {
    const fd = openSync(file, 'r');
    try {
      return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}

/** Files and folders that an argument names: itself, or the value of `--option=value`. */
function pathsIn(arg: string, cwd: string): string[] {
  const value = /^-[^=]*=(.+)$/s.exec(arg)?.[1];
  return [arg, ...(value === undefined ? [] : [value])].flatMap((text) => {
    if (text === '' || text.startsWith('-') || text.includes('://') || text.includes('\0')) return [];
    const path = resolve(cwd, text);
    return existsSync(path) ? [path] : [];
  });
}

/** A folder as it is; for a file, the program that it belongs to, with the packages that it finds. */
function neededBy(path: string, broad: (path: string) => boolean): string[] {
  return [...new Set([path, real(path)])].flatMap((one) => {
    if (isFolder(one)) return [one];
    const packages = /^(.*?\/node_modules)\//.exec(one)?.[1];
    if (packages !== undefined) return [packages, join(dirname(packages), 'package.json')];
    const above = foldersAbove(one).filter((folder) => !broad(folder));
    const project = above.find((folder) => PROJECT.some((name) => existsSync(join(folder, name))));
    return [one, project ?? above[0] ?? one, ...above.map((folder) => join(folder, 'node_modules'))];
  });
}

function foldersAbove(file: string): string[] {
  const found: string[] = [];
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) found.push(folder);
  return found;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
