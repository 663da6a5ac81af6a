import { readlinkSync } from 'node:fs';
import type { ServerCommand } from '../process/launch.js';
import { isWithin } from './needed-paths.js';
import { type Piece, piecesOf } from './pieces.js';
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

/** Folders above before those below: what is mounted later lies on top. */
function mountsOf({ read, write, hidden, links }: Places): string[] {
  // Of what is hidden in a folder to write, only the file that is there now can be covered.
  const isWritten = (path: string) => write.some((folder) => isWithin(path, folder));
  const mounts: [path: string, args: string[]][] = [
    ...read.flatMap((folder) => {
      const inside = write.filter((one) => isWithin(one, folder));
      const isRead = ({ path }: Piece) => !inside.some((one) => isWithin(path, one));
      return piecesOf(folder, hidden).filter(isRead).map(shownAs);
    }),
    ...hidden
      .filter(isWritten)
      .map((path): [string, string[]] => [
        path,
        isFolder(path) ? ['--tmpfs', path, '--remount-ro', path] : ['--ro-bind', '/dev/null', path],
      ]),
    ...write.map((path): [string, string[]] => [path, ['--bind', path, path]]),
  ];
  const shown = mounts.map(([path]) => path);
  const isShown = (path: string) => shown.some((one) => path === one || path.startsWith(`${one}/`));
  const missing = links.filter(([link]) => !isShown(link));
  const depth = (path: string) => path.split('/').length;
  return [
    ...mounts.sort(([a], [b]) => depth(a) - depth(b)).flatMap(([, args]) => args),
    ...missing.flatMap(([link, to]) => ['--symlink', to, link]),
  ];
}

function shownAs({ path, is }: Piece): [string, string[]] {
  if (is === 'opened') return [path, ['--dir', path]];
  if (is === 'link') return [path, ['--symlink', readlinkSync(path), path]];
  // It may be gone by then.
  return [path, ['--ro-bind-try', path, path]];
}
