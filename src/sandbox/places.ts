import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerCommand } from '../process/launch.js';
import type { Confinement, SandboxPlan } from './confinement.js';
import { isBroad, isWithin, neededPaths, real, SYSTEM } from './needed-paths.js';
import { refusal } from './refusal.js';

/** What a process in a sandbox sees; real paths, folders above before those below. */
export interface Places {
  /** May be read, and run. */
  read: readonly string[];
  /** May be written as well. */
  write: readonly string[];
  /** Files and folders inside of these that are not shown. */
  hidden: readonly string[];
  /** Links on the way to these, and where each leads. */
  links: readonly (readonly [link: string, to: string])[];
}

/** What the places of a sandbox depend on. */
export interface PlacesOptions {
  plan: SandboxPlan;
  /** Files of mcp-pipe that nothing in the sandbox reads or writes. */
  own: Confinement['own'];
  /** Folders of mcp-pipe, the same. */
  ownFolders: readonly string[];
  /** Folders out of which other servers are started, too: none of them is written. */
  shared: readonly string[];
  home: string;
  /** Files of the system that only root can read are hidden from it. */
  isRoot: boolean;
  /** Further folders that may be written. */
  scratch: readonly string[];
}

/** Keys, passwords and histories in a home; not shown when a folder around them is, unless they are named themselves. */
const SECRETS_OF_HOME = [
  ...[
    '.ssh',
    '.gnupg',
    '.aws',
    '.azure',
    '.kube',
    '.docker',
    '.config/gcloud',
    '.config/gh',
    '.password-store',
  ],
  ...['.netrc', '.npmrc', '.pypirc', '.git-credentials', '.bash_history', '.zsh_history', '.vault-token'],
  ...[
    '.local/share/keyrings',
    '.local/state',
    '.mozilla',
    '.config/google-chrome',
    '.config/chromium',
    '.config/mcp-pipe',
  ],
];
/** Of the system, what only root may read. */
const SECRETS_OF_ROOT = [
  ...['/etc/shadow', '/etc/shadow-', '/etc/gshadow', '/etc/gshadow-', '/etc/sudoers', '/etc/sudoers.d'],
  ...[
    '/etc/ssh',
    '/etc/ssl/private',
    '/etc/letsencrypt',
    '/etc/mcp-pipe',
    '/etc/wireguard',
    '/etc/kubernetes',
  ],
];

/**
 * Decides what the process sees: the system, what its command needs, what the configuration names.
 *
 * @throws LaunchError when a path that may be written is not there, or holds the configuration of mcp-pipe.
 */
export function placesOf(command: ServerCommand, options: PlacesOptions): Places {
  const { plan, isRoot } = options;
  const home = real(options.home);
  const own = [...options.own, ...options.ownFolders].map(real);
  const shared = options.shared.map(real);
  const scratch = options.scratch.map(real);
  const read = [...plan.read.filter(existsSync).map(real), ...neededPaths(command, home).map(real)];
  const write = [
    ...plan.write.map((path) => writable(path, [...own, ...shared])),
    ...ownFolder(command, options, own, shared),
    ...scratch,
  ];
  const secrets = [...SECRETS_OF_HOME.map((name) => join(home, name)), ...(isRoot ? SECRETS_OF_ROOT : [])];
  const system = SYSTEM.filter(existsSync).map(real);
  const shown = [...system, ...read, ...write];
  const hidden = [
    ...own.filter((path) => !scratch.includes(path)),
    // What is named, or needed, is shown; what is named inside of such a folder as well.
    ...secrets.map(real).filter((path) => ![...read, ...write].includes(path)),
  ].filter((path) => existsSync(path) && shown.some((folder) => isWithin(path, folder)));
  const covers = (folder: string, path: string) =>
    isWithin(path, folder) && !hidden.some((held) => isWithin(held, folder) && isWithin(path, held));
  const writes = shortened(write, covers);
  const reads = shortened([...system, ...read], covers).filter(
    (path) => !own.includes(path) && !writes.some((folder) => covers(folder, path)),
  );
  const lexical = [
    ...SYSTEM,
    ...neededPaths(command, options.home),
    ...plan.read,
    ...plan.write,
    command.cwd,
  ];
  return { read: reads, write: writes, hidden: inOrder(hidden), links: linksTo(lexical.filter(existsSync)) };
}

/** The folder that the process starts in, when it may be written. The folder of the configuration decides what is started next. */
function ownFolder(
  { cwd }: ServerCommand,
  { plan, home }: PlacesOptions,
  own: readonly string[],
  shared: readonly string[],
): string[] {
  const path = real(cwd);
  const isOwn = plan.writesOwnFolder && !isBroad(path, real(home));
  const isShared = shared.some((one) => isWithin(path, one));
  return isOwn && !isShared && ![...own, ...shared].some((one) => isWithin(one, path)) ? [path] : [];
}

function writable(path: string, own: readonly string[]): string {
  if (!existsSync(path)) throw refusal('sandbox-no-path', { path });
  const found = real(path);
  const held = own.find((one) => isWithin(one, found) || isWithin(found, one));
  if (held !== undefined) throw refusal('sandbox-own-file', { path, file: held });
  return found;
}

/** Without those that others show already; folders above first. */
function shortened(paths: readonly string[], covers: (folder: string, path: string) => boolean): string[] {
  const sorted = inOrder(paths);
  return sorted.filter((path, i) => !sorted.slice(0, i).some((before) => covers(before, path)));
}

function inOrder(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}

/** Each link on the way to these paths. */
function linksTo(paths: readonly string[]): [string, string][] {
  const found = new Map<string, string>();
  for (const path of paths) {
    const steps = path.split('/').filter(Boolean);
    let at = '/';
    for (const step of steps) {
      const next = join(at, step);
      const target = real(next);
      if (target !== join(real(at), step)) found.set(join(real(at), step), target);
      at = next;
    }
  }
  return [...found];
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
