import { readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ServerCommand } from '../process/launch.js';
import { isWithin, real, SYSTEM } from './needed-paths.js';
import { type Part, partsOf } from './parts-of.js';
import { isFolder, type Places } from './places.js';

export interface BubblewrapOptions {
  /** Absolute path of `bwrap`. */
  bwrap: string;
  places: Places;
  network: boolean;
  /** Root owns the settings of the kernel below /proc/sys, which it may write without any capability. */
  isRoot: boolean;
  /** The folder that is `/tmp` in there. */
  tmp: string;
  /** Made as empty folders, where nothing else is. */
  empty: readonly string[];
  /** What the command is started by inside; undefined: by root, when this is root. Needs the right to become that user. */
  inside?: readonly string[];
}

/** So that the monitor of bubblewrap outlives the SIGTERM that its whole group gets: the server has time to end. */
// D346
const DEAF = ['-c', 'trap "" TERM; exec "$@"', 'sh'];
/** The server hears it again. */
const HEARS = ['env', '--default-signal=TERM', '--'];

/** The command with bubblewrap around it (bwrap(1)). Reads folders in which something is hidden. */
export function inBubblewrap(command: ServerCommand, options: BubblewrapOptions): ServerCommand {
  const { bwrap, places, network, isRoot, tmp, empty, inside = [] } = options;
  const args = [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(network ? [] : ['--unshare-net']),
    ...['--cap-drop', 'ALL'],
    ...(inside.length === 0 ? [] : ['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID']),
    ...[
      '--proc',
      '/proc',
      ...(isRoot ? ['--remount-ro', '/proc'] : []),
      '--dev',
      '/dev',
      '--bind',
      tmp,
      '/tmp',
    ],
    // bubblewrap makes folders on the way for root alone.
    ...(inside.length === 0 ? [] : wayTo([...places.read, ...places.write, ...empty])),
    ...mountsOf(places),
    ...empty.flatMap((folder) => ['--dir', folder]),
    ...['--remount-ro', '/', ...(inside.length === 0 ? ['--chdir', command.cwd] : []), '--'],
    ...HEARS,
    // Without its capabilities, root may not enter a folder that is that user's alone.
    ...(inside.length === 0 ? [] : [...inside, 'env', '-C', command.cwd, '--']),
    ...[command.command, ...command.args],
  ];
  return { ...command, command: '/bin/sh', args: [...DEAF, bwrap, ...args] };
}

/** Folders above these, which every user may enter. */
function wayTo(paths: readonly string[]): string[] {
  const above = paths.flatMap((path) => {
    const steps = path.split('/');
    return steps.slice(2).map((_, i) => steps.slice(0, i + 2).join('/'));
  });
  const isMounted = (folder: string) =>
    paths.some((path) => path === folder || folder.startsWith(`${path}/`));
  return [...new Set(above)].filter((folder) => !isMounted(folder)).flatMap((folder) => ['--dir', folder]);
}

type Mount = [path: string, args: string[]];

/** Folders above before those below: what is mounted later lies on top. */
function mountsOf({ read, write, hidden, links }: Places): string[] {
  const folders = hidden.filter(isFolder);
  const files = hidden.filter((path) => !folders.some((folder) => isWithin(path, folder)));
  const isIn = (path: string, among: readonly string[]) => among.some((folder) => isWithin(path, folder));
  // D345
  const opened = new Set(
    files
      .filter((path) => !isIn(path, write))
      .map((path) => dirname(path))
      .filter((folder) => isIn(folder, read) && mayOpen(folder)),
  );
  const mounts: Mount[] = [
    ...read.filter((path) => !opened.has(path)).map((path): Mount => [path, ['--ro-bind', path, path]]),
    ...[...opened].map((path): Mount => [path, ['--tmpfs', path]]),
    ...[...opened]
      .flatMap(partsOf)
      .filter(({ path }) => !hidden.includes(path) && !opened.has(path) && !isIn(path, write))
      .map(shownAs),
    ...[...folders, ...files]
      .filter((path) => !opened.has(dirname(path)))
      .map(
        (path): Mount => [
          path,
          isFolder(path) ? ['--tmpfs', path, '--remount-ro', path] : ['--ro-bind', '/dev/null', path],
        ],
      ),
    ...write.map((path): Mount => [path, ['--bind', path, path]]),
  ];
  const shown = mounts.map(([path]) => path);
  const missing = links.filter(([link]) => !isIn(link, shown));
  const depth = (path: string) => path.split('/').length;
  return [
    ...mounts.sort(([a], [b]) => depth(a) - depth(b)).flatMap(([, args]) => args),
    ...missing.flatMap(([link, to]) => ['--symlink', to, link]),
    ...[...opened].flatMap((path) => ['--remount-ro', path]),
  ];
}

/**
 * Whether a folder with a file to hide is shown piece by piece: what is put over a file in a folder that is shown as a whole is lost
 * as soon as the file is replaced, as editors do. Those of the system have hundreds of pieces, which would take a quarter of a second.
 */
function mayOpen(folder: string): boolean {
  return folder !== '/' && !SYSTEM.some((path) => real(path) === folder);
}

function shownAs({ path, isLink }: Part): Mount {
  if (isLink) return [path, ['--symlink', readlinkSync(path), path]];
  // It may be gone by then.
  return [path, ['--ro-bind-try', path, path]];
}
