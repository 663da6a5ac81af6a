import type { ServerCommand } from '../process/launch.js';
import { isWithin } from './needed-paths.js';
import { partsOf } from './parts-of.js';
import { isFolder, type Places } from './places.js';
import { refusal } from './refusal.js';

/** `LANDLOCK_ACCESS_FS_*` (linux/landlock.h). */
const EXECUTE = 1 << 0;
const WRITE_FILE = 1 << 1;
const READ_FILE = 1 << 2;
const READ_DIR = 1 << 3;
const TRUNCATE = 1 << 14;
const IOCTL_DEV = 1 << 15;
/** Rights that a file, and no folder, can have. */
const OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;
const READ = EXECUTE | READ_FILE | READ_DIR;
/** Linux 6.2. Before, a file can be cut to nothing that may not be written. */
export const LEAST_ABI = 3;
/** By the ABI, from 3 on: the right to control devices came with 5. */
const allRights = (abi: number) => (abi >= 5 ? 0xffff : 0x7fff);

/** Devices that programs expect. */
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty'];

export interface LandlockOptions {
  /** Absolute path of `perl`. */
  perl: string;
  abi: number;
  /** `process.arch`. */
  arch: string;
  places: Places;
  network: boolean;
}

/** One rule: what may be done with a file, or with all in a folder. */
interface Rule {
  path: string;
  rights: number;
}

/**
 * The command with the program in front that takes rights from itself, and then becomes the command: its process id, signals and
 * exit code are the server's own (landlock(7)).
 *
 * @throws LaunchError when something is to be hidden in a folder that may be written, which Landlock cannot do.
 */
export function inLandlock(command: ServerCommand, options: LandlockOptions): ServerCommand {
  const { perl, abi, arch, places, network } = options;
  const rules = rulesOf(places, abi).map(({ path, rights }) => `${rights}:${path}`);
  const numbers = [abi, allRights(abi), network ? 1 : 0];
  return {
    ...command,
    command: perl,
    args: [
      ...['-e', restrictor(arch)!, ...numbers.map(String), String(rules.length), ...rules],
      ...[command.command, ...command.args],
    ],
  };
}

/** Rights only add up, and those of a folder count for all in it: a folder with something hidden is given piece by piece. Reads folders. */
export function rulesOf({ read, write, hidden }: Places, abi: number): Rule[] {
  const all = allRights(abi);
  const held = write.find((folder) => hidden.some((path) => isWithin(path, folder)));
  if (held !== undefined) {
    throw refusal('sandbox-landlock-hides', {
      path: held,
      file: hidden.find((path) => isWithin(path, held))!,
    });
  }
  return [
    ...DEVICES.map((path) => ({ path, rights: READ_FILE | WRITE_FILE })),
    { path: '/proc', rights: READ },
    ...read.flatMap((path) => without(path, hidden)),
    ...write.map((path) => ({ path, rights: isFolder(path) ? all : all & OF_FILES })),
  ];
}

function without(path: string, hidden: readonly string[]): Rule[] {
  if (hidden.includes(path)) return [];
  if (!hidden.some((one) => isWithin(one, path))) {
    return [{ path, rights: isFolder(path) ? READ : READ & OF_FILES }];
  }
  // A rule for a link would be one for what it leads to.
  const inside = partsOf(path).flatMap((one) => (one.isLink ? [] : without(one.path, hidden)));
  return [{ path, rights: READ_DIR }, ...inside];
}

/** Numbers of calls (asm/unistd.h) and the word of seccomp(2) for the architecture. */
const MACHINES: Readonly<
  Record<
    string,
    {
      prctl: number;
      seccomp: number;
      openat: number;
      close: number;
      capset: number;
      socket: number;
      audit: number;
    }
  >
> = {
  x64: { prctl: 157, seccomp: 317, openat: 257, close: 3, capset: 126, socket: 41, audit: 0xc000003e },
  arm64: { prctl: 167, seccomp: 277, openat: 56, close: 57, capset: 91, socket: 198, audit: 0xc00000b7 },
};

/**
 * The program, in Perl, which can make system calls without a library and is part of every Debian and Ubuntu. Undefined for a
 * machine whose numbers are not known. Arguments: ABI, all rights, network (0 or 1), number of rules, rules, command.
 *
 * Beside the files it forbids what Landlock leaves open, by seccomp(2): without network every socket; else sockets to programs of
 * this machine (AF_UNIX), which hold the way to Docker and to mcp-pipe itself; io_uring, which knows neither; calls of another
 * architecture. Root gives up its capabilities (capabilities(7)), which know no files.
 */
// D347
export function restrictor(arch: string): string | undefined {
  const machine = MACHINES[arch];
  if (machine === undefined) return undefined;
  const { prctl, seccomp, openat, close, capset, socket, audit } = machine;
  return `use integer;
sub out { print STDERR "mcp-pipe: the sandbox could not be made ($_[0]: $!)\\n"; exit 126 }
my ($abi, $all, $net, $rules) = map { $_ + 0 } splice @ARGV, 0, 4;
my $attr = $abi >= 6 ? pack("Q3", $all, 0, 3) : $abi >= 4 ? pack("Q2", $all, 0) : pack("Q", $all);
my $set = syscall(444, $attr, length $attr, 0);
$set >= 0 or out("landlock_create_ruleset");
for (splice @ARGV, 0, $rules) {
  my ($rights, $path) = /^(\\d+):(.*)$/s;
  my $fd = syscall(${openat}, -100, $path, 0x280000, 0);
  next if $fd < 0;
  my $rule = pack("Ql", $rights + 0, $fd);
  syscall(445, $set, 1, $rule, 0) == 0 or out("landlock_add_rule $path");
  syscall(${close}, $fd);
}
if ($> == 0) {
  syscall(${prctl}, 24, $_, 0, 0, 0) for 0 .. 63;
  my ($head, $none) = (pack("LL", 0x20080522, 0), pack("L6", (0) x 6));
  syscall(${capset}, $head, $none) == 0 or out("capset");
}
syscall(${prctl}, 38, 1, 0, 0, 0) == 0 or out("no_new_privs");
syscall(446, $set, 0) == 0 or out("landlock_restrict_self");
my @code = (
  [0x20, 0, 0, 4], [0x15, 1, 0, ${audit}], [0x06, 0, 0, 0x50001],
  [0x20, 0, 0, 0], [0x35, 0, 1, 0x40000000], [0x06, 0, 0, 0x50001],
  [0x15, 0, 1, 425], [0x06, 0, 0, 0x50026],
  $net ? ([0x15, 0, 3, ${socket}], [0x20, 0, 0, 16], [0x15, 0, 1, 1]) : [0x15, 0, 1, ${socket}],
  [0x06, 0, 0, 0x50001], [0x06, 0, 0, 0x7fff0000]);
my $filter = join "", map { pack("SCCL", @$_) } @code;
my $program = pack("Sx6P", scalar @code, $filter);
syscall(${seccomp}, 1, 0, $program) == 0 or out("seccomp");
exec { $ARGV[0] } @ARGV or out("exec $ARGV[0]");
`;
}

/** Prints the ABI, or -1; the call needs no rights. */
export const ABI_PROBE = 'print syscall(444, 0, 0, 1)';
