import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemFile } from './system-file.js';

/** A hierarchy of control groups in which this process may make groups of its own (cgroups(7)). */
export interface Hierarchy {
  version: 1 | 2;
  /** The folder of the group of this process. */
  folder: string;
  /** The controllers that it can use: `memory`, `cpu`, `pids`. */
  controllers: readonly Controller[];
  /** The group of this process is the root of all: it may hold processes and groups beside each other. */
  isRoot: boolean;
}

export type Controller = 'memory' | 'cpu' | 'pids';
const CONTROLLERS: readonly Controller[] = ['memory', 'cpu', 'pids'];

/** A process ends up in this group, so that the group above it may have others. */
export const OWN_GROUP = 'mcp-pipe-itself';

interface Where {
  /** Where the process file system is mounted. */
  proc?: string;
  /** There while systemd runs the system, which then owns all groups that it has not given away. */
  systemd?: string;
  /** Whether systemd has given the unit its groups. */
  isDelegated?: (unit: string, isOfUser: boolean) => Promise<boolean>;
}

/**
 * Finds where groups can be made: version 2 with controllers, else version 1. Empty where the system has none, where its folders
 * cannot be written to, and where they belong to systemd. Never rejects.
 */
// D341
export async function findHierarchies({
  proc = '/proc',
  systemd = '/run/systemd/system',
  isDelegated = askSystemd,
}: Where = {}): Promise<readonly Hierarchy[]> {
  try {
    const own = readFileSync(`${proc}/self/cgroup`, 'utf8');
    const mounts = readFileSync(`${proc}/self/mountinfo`, 'utf8');
    const found = hierarchiesIn(own, mounts).filter(isUsable);
    const second = found.filter(({ version }) => version === 2);
    const usable = second.length > 0 ? second : found;
    if (!existsSync(systemd)) return usable;
    const delegated = await Promise.all(usable.map(({ folder }) => isGiven(folder, isDelegated)));
    return usable.filter((_, i) => delegated[i]);
  } catch {
    return [];
  }
}

/**
 * The folders of the groups of a process, by its `/proc/self/cgroup` and `/proc/self/mountinfo`. Pure, but for what version 2
 * says of its controllers.
 */
function hierarchiesIn(own: string, mounts: string): Hierarchy[] {
  const groups = own.split('\n').flatMap((line) => {
    const [, id, names, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ isSecond: id === '0', names: names!.split(','), path }];
  });
  return mountsIn(mounts).flatMap(({ type, root, point, options }): Hierarchy[] => {
    const group = groups.find(({ isSecond, names }) =>
      type === 'cgroup2' ? isSecond : !isSecond && names.some((name) => options.includes(name)),
    );
    if (!group) return [];
    const path = withoutOwnGroup(below(root, group.path));
    if (path === undefined) return [];
    const folder = `${point}${path === '/' ? '' : path}`;
    if (type === 'cgroup')
      return [{ version: 1, folder, controllers: known(group.names), isRoot: path === '/' }];
    const controllers = known(systemFile(`${folder}/cgroup.controllers`).split(/\s+/));
    // Every group but the root of all has a type (cgroup-v2.rst, "Core Interface Files").
    return [{ version: 2, folder, controllers, isRoot: !existsSync(`${folder}/cgroup.type`) }];
  });
}

/** proc(5), "/proc/pid/mountinfo": fields 4, 5, and behind the dash the type and the options. */
function mountsIn(mounts: string) {
  return mounts.split('\n').flatMap((line) => {
    const [before, behind] = line.split(' - ');
    const [, , , root, point] = before?.split(' ') ?? [];
    const [type, , options] = behind?.split(' ') ?? [];
    if (point === undefined || root === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    return [{ type, root: unescaped(root), point: unescaped(point), options: options?.split(',') ?? [] }];
  });
}

/** Spaces and the like are octal there. */
function unescaped(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The path below the root of the mount; undefined when it is not below it. */
function below(root: string, path: string): string | undefined {
  if (root === '/' || path === root) return root === '/' ? path : '/';
  // `/..`: the group is above the root of this process's namespace.
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

/** mcp-pipe in its own group makes further ones beside that. */
function withoutOwnGroup(path: string | undefined): string | undefined {
  if (path?.startsWith('/..')) return undefined;
  return path?.endsWith(`/${OWN_GROUP}`) ? path.slice(0, -OWN_GROUP.length - 1) || '/' : path;
}

function known(names: readonly string[]): Controller[] {
  return CONTROLLERS.filter((name) => names.includes(name));
}

function isUsable({ version, folder, controllers }: Hierarchy): boolean {
  if (controllers.length === 0) return false;
  const files = version === 2 ? ['cgroup.procs', 'cgroup.subtree_control'] : ['cgroup.procs'];
  try {
    for (const file of ['', ...files]) accessSync(`${folder}/${file}`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** systemd owns the groups of its units, except those of services that say `Delegate=yes` (systemd.resource-control(5)). */
async function isGiven(folder: string, isDelegated: NonNullable<Where['isDelegated']>): Promise<boolean> {
  const units = folder.split('/').filter((name) => /\.(service|scope|slice)$/.test(name));
  const unit = units.at(-1);
  if (!unit?.endsWith('.service') || !folder.endsWith(`/${unit}`)) return false;
  return isDelegated(
    unit,
    units.some((name) => name.startsWith('user@')),
  );
}

/** It answers within milliseconds, also on a busy machine within a second. */
const SYSTEMCTL_TIMEOUT_MS = 5_000;

async function askSystemd(unit: string, isOfUser: boolean): Promise<boolean> {
  const args = [...(isOfUser ? ['--user'] : []), 'show', '--property=Delegate', '--value', unit];
  try {
    const { stdout } = await promisify(execFile)('systemctl', args, { timeout: SYSTEMCTL_TIMEOUT_MS });
    return stdout.trim() === 'yes';
  } catch {
    return false;
  }
}
