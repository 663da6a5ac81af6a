import type { LockedNow } from '../../protocol/launch-facts.js';
import type { PackageStart, WhyAsWritten } from '../../protocol/package-start.js';

const WHY: Record<WhyAsWritten, (word: string) => string> = {
  shell: () => 'its command runs a line in a shell (-c)',
  option: (word) => `what its option ${word} does is not known`,
  'no-package': () => 'its command names no package',
  'not-in-registry': (word) => `${word} is no package of a registry`,
  'fetches-nothing': () => 'its command says that nothing may be fetched (--no)',
  'installed-here': (word) => `the package is installed in its folder (${word})`,
  'not-locked': () => 'it is not locked yet',
  'lock-broken': (word) => `mcp_lock.json cannot be used (${word})`,
  'not-installed': () => 'it is locked, but not installed here',
  changed: (word) => `its installation has changed (${word})`,
  'no-program': (word) => `${word} is not there`,
  unreachable: (word) => `the registry cannot be reached (${word})`,
  'not-found': (word) => `the registry does not have it (${word})`,
  integrity: (word) => `what the registry sends is not what is locked (${word})`,
  'no-command': (word) => `it has no such command (${word})`,
  'not-writable': (word) => `the folder for packages cannot be written (${word})`,
  held: (word) => `installing it outside of its sandbox would use ${word}`,
  'held-data': (word) =>
    `its server keeps data beside its code, which it could neither read nor write any more: a sandbox may not write an installation (${word})`,
  'not-own': (word) => `another user can write its installation (${word})`,
  timeout: (word) => word,
  data: (word) => `the data in its package's folder cannot be carried over (${word})`,
  failed: (word) => `it cannot be locked (${word})`,
};

/** Texts about packages that are locked and started directly. */
export const packages = {
  /** Why a server is started as its command says, as a part of a sentence. */
  why: ({ why, word }: { why: WhyAsWritten; word?: string | undefined }) => WHY[why](word ?? '?'),
  started: (start: PackageStart) =>
    start.isDirect
      ? `Started directly: ${start.package} ${start.version}, as mcp_lock.json has it.`
      : `Started as its command says${start.package === undefined ? '' : ` (${start.package})`}, because ${WHY[start.why](start.word ?? '?')}.`,
  /** Below a server in a table. */
  note: (start: PackageStart) =>
    start.isDirect
      ? `${start.package} ${start.version}, started directly`
      : `not started directly: ${WHY[start.why](start.word ?? '?')}`,
  /** Below a server whose next process is started otherwise than its last one; null: it is not locked any more. */
  next: ({ last, now }: { last?: PackageStart | undefined; now: LockedNow | null }) => {
    const is = last?.isDirect ? `${last.package} ${last.version}, started directly` : undefined;
    if (now === null) return `${is}; not locked any more: as its command says from its next start on`;
    return is === undefined
      ? `${now.package} ${now.version}, locked: started directly from its next start on`
      : `${is}; ${now.version} from its next start on`;
  },
  /** Its package is never locked. */
  off: 'its package is never locked ("lock": false)',
  locked: ({
    package: name,
    version,
    before,
  }: {
    package: string;
    version: string;
    before: string | undefined;
  }) =>
    before === undefined || before === version
      ? `${name} is locked at ${version}: from the next start on, it is started directly, without its runner and without the registry.`
      : `${name} is locked at ${version}, which was ${before}.`,
  /** `files`: how many were copied; `left`: names of those that were not, or empty. */
  data: ({ files, left, from, to }: { files: number; left: string; from: string; to: string }) =>
    [
      ...(files > 0
        ? [
            `Carried over ${files === 1 ? 'a file' : `${files} files`} that the server keeps in its package's folder, from ${from} to ${to}; nothing in the old folder was changed.`,
          ]
        : []),
      ...(left === ''
        ? []
        : [`Not carried over from ${from}, because the server has written others in ${to}: ${left}.`]),
    ].join(' '),
};
