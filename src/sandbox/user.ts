import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemProgram } from './find-program.js';
import { refusal } from './refusal.js';

/** A user of this system (passwd(5)). */
export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** The line of a user by its name or number; undefined when there is none. Pure. */
export function userIn(passwd: string, named: string): SystemUser | undefined {
  for (const line of passwd.split('\n')) {
    const [name = '', , uid, gid, , home = '/'] = line.split(':');
    if (name !== '' && uid !== undefined && (name === named || uid === named)) {
      return { name, uid: Number(uid), gid: Number(gid), home };
    }
  }
  return undefined;
}

/** The user of that name or number. @throws LaunchError when there is none, or when it is another one and this is not root. */
export async function otherUser(named: string): Promise<SystemUser | undefined> {
  const { platform } = process;
  if (platform !== 'linux') throw refusal('not-linux', { key: 'user', platform });
  const user = userIn(readFileSync('/etc/passwd', 'utf8'), named) ?? userIn(await getent(named), named);
  if (user === undefined) throw refusal('no-user', { user: named });
  const own = process.getuid!();
  if (user.uid === own) return undefined;
  if (own !== 0) throw refusal('user-not-root', { user: named });
  return user;
}

/** What begins a command as that user, with its groups (setpriv(1)). @throws LaunchError when it is not there */
export function asUser({ uid, gid }: SystemUser): string[] {
  const setpriv = systemProgram('setpriv');
  if (setpriv === undefined) throw refusal('no-helper', { key: 'user', program: 'setpriv' });
  return [
    setpriv,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--init-groups',
    '--inh-caps=-all',
    '--no-new-privs',
    '--',
  ];
}

/** The environment of that user: only what names this one is replaced. */
export function envOf(
  env: Readonly<Record<string, string>>,
  { name, home }: SystemUser,
  own: { home: string; name: string },
): Record<string, string> {
  const others = Object.entries({ HOME: home, USER: name, LOGNAME: name }).filter(([key]) => {
    const is = env[key];
    return is === undefined || is === (key === 'HOME' ? own.home : own.name);
  });
  return { ...env, ...Object.fromEntries(others) };
}

/** @throws LaunchError when that user may not enter a folder on the way to one of these files. */
export function mustReach({ uid, gid, name }: SystemUser, paths: readonly string[]): void {
  for (const path of paths) {
    for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
      const stats = statSync(folder, { throwIfNoEntry: false });
      if (stats === undefined) continue;
      const may =
        stats.uid === uid ? stats.mode & 0o100 : stats.gid === gid ? stats.mode & 0o010 : stats.mode & 0o001;
      if (may === 0) throw refusal('user-cannot-read', { user: name, path: folder });
    }
  }
}

/** Users of a directory service are in no file. */
function getent(user: string): Promise<string> {
  const program = systemProgram('getent');
  if (program === undefined) return Promise.resolve('');
  return new Promise((resolve) => {
    execFile(program, ['passwd', '--', user], { timeout: 5_000 }, (_, stdout) => resolve(stdout));
  });
}
