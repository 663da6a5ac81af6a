interface Named {
  /** The command, as JSON spells it. */
  name: string;
}

/** Why a server could not be started, in English. `messages/` has the same texts in other languages. */
export const LAUNCH_WORDS = {
  folder: ({
    name,
    folder,
    is,
  }: Named & { folder: string; is: 'missing' | 'no-folder' | { code: string } }) => ({
    what: `cannot start ${name}: its working directory ${folder} ${is === 'missing' ? 'does not exist' : is === 'no-folder' ? 'is not a directory' : `cannot be entered (${is.code})`}`,
    next: 'Create that directory, or correct `cwd`.',
  }),
  'not-executable': ({ name }: Named) => ({
    what: `cannot start ${name}: it may not be executed`,
    next: 'Make the file executable (chmod +x), or start it through its interpreter (node, python3, …).',
  }),
  'no-program': ({ name }: Named) => ({
    what: `cannot start ${name}: the system cannot execute this file`,
    next: 'Give a script a first line such as "#!/usr/bin/env node", or start it through its interpreter.',
  }),
  'too-long': ({ name }: Named) => ({
    what: `cannot start ${name}: its arguments and environment are too long`,
    next: 'Pass long values in a file instead.',
  }),
  exhausted: ({ name }: Named) => ({
    what: `cannot start ${name}: the system is out of files, processes or memory`,
    next: 'Stop other programs, or raise the limit (ulimit -n, ulimit -u, the container memory).',
  }),
  other: ({ name, reason }: Named & { reason: string }) => ({
    what: `cannot start ${name}: ${reason}`,
    next: 'Check `command`, `args` and `env`: none of them may hold a NUL character.',
  }),
  'not-found': ({
    name,
    program,
    from,
    instead,
  }: Named & {
    program: string;
    /** The product that brings the program, if it is known. */
    from: { name: string; url: string } | undefined;
    instead: string | undefined;
  }) => ({
    what: `cannot start ${name}: no such command in the PATH of this server`,
    next: `${from ? `Install ${from.name} (${from.url})` : 'Check the spelling, add its folder to PATH'}${instead ? `, try "${instead}"` : ''}, or give the absolute path of ${program} as \`command\`.`,
  }),
  'no-interpreter': ({ name }: Named) => ({
    what: `cannot start ${name}: the interpreter in its first line is missing`,
    next: 'Install that interpreter, correct the first line of the script, or name the interpreter as `command`.',
  }),
  'no-file': ({ name, path }: Named & { path: string }) => ({
    what: `cannot start ${name}: there is no file ${path}`,
    next: 'Correct `command`; a relative path is looked up from `cwd`.',
  }),
};
