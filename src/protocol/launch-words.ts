export interface Named {
  /** The command, as JSON spells it. */
  name: string;
}

export interface PackageIntegrity {
  /** Name and version. */
  package: string;
  /** Of the package, as mcp_lock.json has it. */
  integrity: string;
  /** What the program that installs packages said. */
  said: string;
  server: string;
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
  'package-changed': ({
    package: name,
    file,
    is,
    folder,
    integrity,
    server,
  }: {
    /** Name and version. */
    package: string;
    /** Below `folder`. */
    file: string;
    is: 'changed' | 'missing' | 'added';
    folder: string;
    /** Of the package, as mcp_lock.json has it. */
    integrity: string;
    server: string;
  }) => ({
    what: `the installation of ${name} is not as it was made: ${file} ${is === 'changed' ? 'has other contents' : is === 'missing' ? 'is missing' : 'was not installed'} (in ${folder}; locked with ${integrity})`,
    next: `Find out what has changed it; \`mcp-pipe lock ${server}\` installs the locked version anew.`,
  }),
  'package-integrity': ({ package: name, integrity, said, server }: PackageIntegrity) => ({
    what: `what the registry sends for ${name} is not what mcp_lock.json locks with ${integrity}: ${said}`,
    next: `Ask the registry's operator or the package's owner which one is right; \`mcp-pipe update ${server}\` locks what the registry has now.`,
  }),
  'package-data': ({ package: name, said, folder, server }: PackageIntegrity & { folder: string }) => ({
    what: `what ${server} has written in ${folder}, the installation before, cannot be carried over to ${name}: ${said}`,
    next: `Make room on the disk; or name a folder of its own for the server's data, where it has an option or variable for that, and move them there out of ${folder}.`,
  }),
  'login-not-stored': ({ file, code }: { file: string; code: string }) => ({
    what: `cannot connect: the login cannot be renewed, because ${file} cannot be written (${code})`,
    next: 'Give the user that runs mcp-pipe the right to write there and free space, or name another folder in MCP_PIPE_RECORDS and log in again.',
  }),
  'tls-file': ({
    key,
    file,
    is,
  }: {
    /** The key of the entry that names the file. */
    key: 'ca' | 'cert' | 'key';
    file: string;
    is: 'no-pem' | { code: string };
  }) => ({
    what: `cannot connect: the file ${file} (\`${key}\`) ${is === 'no-pem' ? `holds no ${key === 'key' ? 'private key' : 'certificate'} in PEM` : `cannot be read (${is.code})`}`,
    next:
      is === 'no-pem'
        ? `Name a text file in \`${key}\` that has a line "-----BEGIN ${key === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE'}-----"; the key must have no password.`
        : `Correct \`${key}\`, or let the user that runs mcp-pipe read that file.`,
  }),
  'tls-pair': ({ cert, key }: { cert: string; key: string }) => ({
    what: `cannot connect: the private key ${key} does not belong to the certificate ${cert}`,
    next: 'Name the key in `key` that was made together with the certificate in `cert`.',
  }),
  'headers-failed': ({
    name,
    exitCode,
    signal,
  }: Named & { exitCode?: number | undefined; signal?: string | undefined }) => ({
    what: `cannot connect: \`headersCommand\` (${name}) ${signal === undefined ? `ended with exit code ${exitCode ?? '?'}` : `was ended by signal ${signal}`}`,
    next: 'Run that command in a terminal as the user that runs mcp-pipe; it must print the headers and end with exit code 0.',
  }),
  'headers-slow': ({ name, ms }: Named & { ms: number }) => ({
    what: `cannot connect: \`headersCommand\` (${name}) did not end within ${ms / 1000} s`,
    next: 'Run that command in a terminal: it must not wait for input. `settings.headersCommandTimeoutMs` gives it more time.',
  }),
  'headers-output': ({
    name,
    line,
    is,
  }: Named & { line: number; is: 'line' | 'json' | 'long' | 'empty' }) => ({
    what: `cannot connect: the output of \`headersCommand\` (${name}) ${
      {
        line: `is no header in line ${line}`,
        json: 'is JSON, but no object of texts',
        long: 'is longer than 64 KiB',
        empty: 'is empty',
      }[is]
    }`,
    next: 'It must print one header on each line, as "Authorization: Bearer …", or a JSON object such as {"Authorization": "Bearer …"}, and nothing else.',
  }),
};
