import type { FindingText } from '../parts.js';
import { size } from './numbers.js';

/** Sizes in bytes. `canLock`: some servers are not started directly; `canWait`: some do not start on demand. */
export interface MemoryShort {
  needed: number;
  has: number;
  /** It is what a container, or a service of the system, may take. */
  isConstrained: boolean;
  name: string;
  largest: number;
  canLock: boolean;
  canWait: boolean;
}

/** Findings about a command, its arguments and its folder. */
export const commandFindings = {
  'variable-cycle': ({ names }: { names: readonly string[] }) => ({
    expected: 'variables that do not name each other in a circle',
    got: [...names, names[0]].join(' -> '),
    next: `Write the value of one of them: in its place, or as ${names[0]}=… into .env.`,
  }),
  'folder-is-file': ({ file }: { file: string }) => ({
    expected: 'a folder',
    got: `${file}, which is a file`,
    next: 'Write the folder around it as "cwd".',
  }),
  'folder-closed': ({ folder }: { folder: string }) => ({
    expected: 'a folder that this user may enter',
    got: folder,
    next: `Run chmod u+x on it as its owner, or write another folder as "cwd".`,
  }),
  'nul-character': () => ({
    expected: 'a text without NUL characters',
    got: 'a NUL character (\\u0000)',
    next: 'Take it out: no system hands it to a program.',
  }),
  'windows-path': ({ path, instead }: { path: string; instead: string | undefined }) => ({
    expected: 'a path of this machine',
    got: `${path}, a path of Windows`,
    next:
      instead === undefined
        ? 'Write where it is on this machine, for instance /home/me/server.js.'
        : `Write ${instead}`,
  }),
  'escaped-path': ({ path }: { path: string }) => ({
    expected: 'a path with each \\ written twice',
    got: `${path}, where JSON reads \\t as a tab, \\n as a line break, and \\b, \\f and \\r as control characters`,
    next: 'Write each \\ of a Windows path twice, or write / instead.',
  }),
  'shell-path': ({ path, instead }: { path: string; instead: string }) => ({
    expected: 'a whole path',
    got: `${path}, which only a shell fills in`,
    next: `Write ${instead}`,
  }),
  'windows-shell': ({ got, program }: { got: string; program: string }) => ({
    expected: 'the program itself',
    got: `${got}, the shell of Windows`,
    next: `Write "command": "${program}", and in "args" only what follows it, each word in quotes of its own.`,
  }),
  'windows-program': ({ got, program }: { got: string; program: string }) => ({
    expected: 'the name that the program has on this machine',
    got: `${got}, its name on Windows`,
    next: `Write "command": "${program}".`,
  }),
  'npx-asks': ({ program, yes, install }: { program: string; yes: string; install: string }) => ({
    expected: `${yes} before the name of the package`,
    got: `${program} without it`,
    next: `Write "${yes}" before the package in "args": without it ${program} asks before it fetches one, and gives up because nobody can answer. Or install it: ${install}`,
  }),
  'memory-short': ({ needed, has, isConstrained, name, largest, canLock, canWait }: MemoryShort) => ({
    expected: `servers that have room in the ${size(has)} ${isConstrained ? 'that this container or service may take' : 'of this machine'}`,
    got: `about ${size(needed)} with mcp-pipe${isConstrained ? '' : ' and the system'}; the largest is "${name}" with ${size(largest)}`,
    next: `${[
      ...(canLock ? ['Start servers without npx and uvx: mcp-pipe lock.'] : []),
      ...(canWait ? [`Write "start": "demand" at servers that are seldom called.`] : []),
      'docs/small-vps.md has more: fewer servers, swap, limits.',
    ].join(' ')}`,
  }),
  'args-in-one': ({ count }: { count: number }) => ({
    expected: 'each argument in quotes of its own',
    got: `${count} of them in one text`,
    next: `Split it: ${count} texts with commas between them, such as "-y", "package".`,
  }),
  'docker-no-stdin': ({ program, subcommand }: { program: string; subcommand: string }) => ({
    expected: `${program} ${subcommand} -i`,
    got: 'no -i',
    next: `Write "-i" behind "${subcommand}": without it nothing that is asked reaches the server.`,
  }),
  'docker-terminal': ({ option }: { option: string }) => ({
    expected: 'no terminal in the container',
    got: option,
    next: `Write "-i" instead of "${option}": a terminal changes what passes through it, and there is none here.`,
  }),
  'docker-detached': ({ option }: { option: string }) => ({
    expected: 'a container that stays connected',
    got: option,
    next: `Take "${option}" out of "args": a container in the background answers nobody.`,
  }),
  'served-folder': ({ folder, file }: { folder: string; file: string }) => ({
    expected: 'a folder without secrets and without the configuration',
    got: `${folder}, which holds ${file}`,
    next: 'Give the server a folder of its own, such as ./files: whoever can ask it could read your token, and change what is started next.',
  }),
} satisfies Record<string, (params: never) => FindingText>;
