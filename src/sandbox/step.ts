import { statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { CommandStep } from '../process/command-step.js';
import { launchError, type ServerCommand } from '../process/launch.js';
import { inBubblewrap } from './bubblewrap.js';
import type { Confinement, SandboxPlan } from './confinement.js';
import { programOf, systemProgram } from './find-program.js';
import { inLandlock } from './landlock.js';
import { real } from './needed-paths.js';
import { cacheEnv, ownCache } from './own-cache.js';
import { makeOwnCache, makeOwnTmp, removeTmp } from './own-tmp.js';
import { placesOf } from './places.js';
import { refusal } from './refusal.js';
import { asUser, envOf, mustReach, otherUser, type SystemUser } from './user.js';
import { usableWay } from './ways.js';

/** What a sandbox needs to know of mcp-pipe. */
export interface SandboxHost {
  /** Folders of mcp-pipe that no server sees: its state and its logins. */
  ownFolders: readonly string[];
  /** The folder in which servers in a sandbox keep what they download. */
  caches: string;
  /** The folder out of which servers of packages are started; undefined: there is none. */
  packages?: string;
  /** The folder of compiled code, which mcp-pipe runs when it starts next; undefined: there is none. */
  compiled?: string;
}

/** Starts the command as its user, after or before others, in its sandbox. */
export function confine(confinement: Confinement, host: SandboxHost): CommandStep {
  const { sandbox, own } = confinement;
  return async (command, server) => {
    const { user, priority } = await beginning(confinement);
    let made = user ? { ...command, env: envOf(command.env, user, thisUser()) } : command;
    if (sandbox) made = await boxed(made, sandbox, { server, own, host, user });
    else if (user) {
      mustReach(user, reached(made));
      made = behind(asUser(user), made);
    }
    return behind(priority, made);
  };
}

/** The user that it becomes, and what gives it its priority. @throws LaunchError when that cannot be here */
export async function beginning({
  user,
  nice,
}: Pick<Confinement, 'user' | 'nice'>): Promise<{ user: SystemUser | undefined; priority: string[] }> {
  return {
    user: user === undefined ? undefined : await otherUser(user),
    priority: nice === undefined || nice === 0 ? [] : niceness(nice),
  };
}

interface Boxed {
  server: string;
  own: Confinement['own'];
  host: SandboxHost;
  user: SystemUser | undefined;
}

async function boxed(
  command: ServerCommand,
  plan: SandboxPlan,
  { server, own, host, user }: Boxed,
): Promise<ServerCommand> {
  const way = await usableWay(plan);
  const program = programOf(command.command, command.cwd, command.env.PATH);
  // In the sandbox, the reason would be that of another program.
  if (program === undefined || !isFolder(command.cwd)) throw await launchError(command, 'ENOENT');
  const home = user?.home ?? command.env.HOME ?? homedir();
  const tmp = makeOwnTmp(user);
  const cleanUp = async () => {
    removeTmp(tmp);
    await command.cleanUp?.();
  };
  try {
    const cache = makeOwnCache(ownCache(host.caches, server, own), user);
    const isRoot = process.getuid!() === 0 && user === undefined;
    const scratch = way.by === 'landlock' ? [cache, tmp] : [cache];
    const places = placesOf(command, {
      ...{ plan, own, home, isRoot, scratch },
      ownFolders: host.ownFolders,
      shared: [host.caches, host.packages, host.compiled].filter((folder) => folder !== undefined),
    });
    const env = { ...command.env, ...cacheEnv(cache), TMPDIR: way.by === 'landlock' ? tmp : '/tmp' };
    const inner = { ...command, command: program, env, cleanUp };
    const { network } = plan;
    if (way.by === 'bubblewrap') {
      const inside = user ? { inside: asUser(user) } : {};
      const empty = [home, command.cwd].filter((path) => path !== '/' && path.startsWith('/')).map(real);
      return inBubblewrap(inner, {
        bwrap: way.bwrap,
        places,
        network,
        isRoot: process.getuid!() === 0,
        tmp,
        empty,
        ...inside,
      });
    }
    const { perl, abi } = way;
    const limited = inLandlock(inner, { perl, abi, places, network, arch: process.arch });
    if (!user) return limited;
    mustReach(user, reached(command));
    return behind(asUser(user), limited);
  } catch (error) {
    removeTmp(tmp);
    throw error;
  }
}

/** nice(1), so that the process begins with it. @throws LaunchError when the system would not give it */
function niceness(nice: number): string[] {
  const { platform } = process;
  if (platform === 'win32') throw refusal('not-linux', { key: 'nice', platform });
  if (nice < 0 && process.getuid!() !== 0) throw refusal('nice-not-root', { nice });
  const program = systemProgram('nice');
  if (program === undefined) throw refusal('no-helper', { key: 'nice', program: 'nice' });
  return [program, '-n', String(nice)];
}

function behind(words: readonly string[], command: ServerCommand): ServerCommand {
  const [first, ...others] = words;
  if (first === undefined) return command;
  return { ...command, command: first, args: [...others, command.command, ...command.args] };
}

/** The files that the process has to reach: its program, and arguments that are absolute paths. */
function reached({ command, args, cwd, env }: ServerCommand): string[] {
  const program = programOf(command, cwd, env.PATH);
  return [
    ...(program === undefined ? [] : [program, real(program)]),
    join(cwd, 'x'),
    ...args.filter((arg) => arg.startsWith('/')),
  ];
}

function thisUser(): { home: string; name: string } {
  return { home: homedir(), name: userInfo().username };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
