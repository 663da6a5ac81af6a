import { type Advised, withCommand } from '../advice.js';

const CHECK_PATH = 'Correct the path in `args`; a relative path is looked up from `cwd`.';
const EXECUTABLE =
  'Make the file executable (chmod +x), or start it through its interpreter (node, python3, …).';

/** What to do about a server that failed, in one or two sentences. */
export const hints = {
  // Programs that are missing
  'missing-tool': ({ program, from, python }: MissingTool) =>
    `The program "${program}" is missing. ${from ? `Install ${from.name} from ${from.url}` : 'Install it, check the spelling'}${python ? ', or write python3 instead' : ''}, or give its absolute path as \`command\`.`,
  'docker-stopped': () => 'Start Docker, and try again.',

  // Python
  'no-script': ({ file }: { file: string }) => `There is no file ${file}. ${CHECK_PATH}`,
  'missing-python-module': ({ name }: { name: string }) =>
    withCommand(
      'Install the missing package for the Python that runs the server',
      `python -m pip install ${name}`,
    ),
  'python-mcp-1': () => ({
    text: 'The server is written for version 1 of the Python package mcp: run `python -m pip install "mcp<2"` with the Python that runs the server; with uvx, write "--with", "mcp<2" before the package in `args`.',
    do: 'The server is written for version 1 of the Python package mcp: install that with the Python that runs the server; with uvx, write "--with", "mcp<2" before the package in `args`.',
    command: 'python -m pip install "mcp<2"',
  }),
  'python-of-system': () => ({
    text: 'This Python belongs to the system: make a virtual environment (`python3 -m venv .venv`), install there, and use its python as `command`.',
    do: 'This Python belongs to the system: make a virtual environment, install there, and use its python as `command`.',
    command: 'python3 -m venv .venv',
  }),
  'python-version': ({ wanted }: { wanted: string | undefined }) =>
    `Use another Python version (${wanted ?? 'see its documentation'}).`,
  'python-too-old': () =>
    'This Python may be too old for the server (`python --version`; most servers need 3.10 or newer), or the file has a syntax error in the line shown.',
  'python-encoding': () =>
    'Python cannot write these letters in this system\'s encoding: add "PYTHONUTF8": "1" to `env` of the server.',
  'python-package-old': ({ top, name }: { top: string; name: string }) => ({
    text: `The installed ${top} does not fit: \`python -m pip install --upgrade ${name}\`.`,
    do: `The installed ${top} does not fit: update it with the Python that runs the server.`,
    command: `python -m pip install --upgrade ${name}`,
  }),
  indentation: () => 'Correct the indentation in the line shown.',

  // Node
  'missing-node-file': ({ file }: { file: string }) =>
    `There is no file ${file}. ${CHECK_PATH} If it is made by a build, build it first (\`npm run build\`).`,
  'missing-node-module': ({ name }: { name: string }) =>
    withCommand("Install the missing package in the server's folder", `npm install ${name}`),
  'missing-node-modules': () => ({
    text: 'Install what the server needs: run `npm install` in its folder.',
    do: 'Install what the server needs, in its folder.',
    command: 'npm install',
  }),
  'not-a-module': () => 'Rename the file to .mjs, or write "type": "module" into its package.json.',
  'require-of-module': () =>
    'Use a newer Node.js (20.19 or later), or rename the file to .mjs and use import.',
  'typescript-file': () =>
    'Node cannot run TypeScript files by itself here: start the server with `npx tsx FILE`.',
  'node-too-old': () =>
    'The server needs a newer Node.js: install the current LTS version from https://nodejs.org.',
  syntax: () => 'The file has a syntax error in the line shown, or this Node.js or Python is too old for it.',

  // Packages
  'npm-unknown': ({ name }: { name: string | undefined }) =>
    name === undefined
      ? 'npm does not know this package: check its spelling.'
      : `npm knows no package "${name}": check its spelling.`,
  'npx-asks': () =>
    'npx asks before it fetches a package, and nobody can answer it here: write "-y" before the package in `args` ("--yes" for npm exec).',
  'npm-no-command': () =>
    'This npm package has no command of its own: check its name, or read how it wants to be started.',
  'npm-offline': () => 'npm cannot reach its registry: check the internet connection and the proxy.',
  'pypi-unknown': ({ name }: { name: string }) => `There is no Python package "${name}": check its spelling.`,
  offline: () => 'The server cannot reach the internet, or an address in its settings is wrong.',

  // The machine
  'port-taken': () =>
    'Another program uses the port this server wants: end it (often an older copy of the same server), or choose another port.',
  memory: () => 'The server ran out of memory: give it more, or run fewer servers.',
  'disk-full': () => 'The disk is full: free some space.',
  'too-many-files': () => 'Too many files are open: raise the limit (ulimit -n), or run fewer servers.',
  permission: () =>
    'A file or folder may not be read, written or executed by this user: correct its permissions (for a script: chmod +x).',
  'missing-setting': ({ name }: { name: string | undefined }) =>
    `The server wants a setting${name ? `, ${name}` : ''}: write it into \`env\` of this server in the configuration.`,
  'missing-file': ({ file }: { file: string }) =>
    `There is no ${file}. Correct the path in \`args\` or \`env\`; a relative path is looked up from \`cwd\`.`,

  // From the system's error word, the signal or the exit code alone
  'not-installed': () => 'Install the program named by `command`, or give its absolute path.',
  'not-executable': () => EXECUTABLE,
  'exit-0': () => 'An MCP server has to keep running and to read its standard input until that ends.',
  'exit-126': () => 'The command may not be executed: chmod +x, or start it through its interpreter.',
  'exit-127': () => 'A program is missing: install it, or give its absolute path as `command`.',
  killed: () => 'It was killed from outside, often because memory ran out.',
  'native-crash': () => 'A native part of it crashed: reinstall it for this machine, or update it.',
} satisfies Record<string, (params: never) => Advised>;

export interface MissingTool {
  program: string;
  /** The product that brings the program, if it is known. */
  from: { name: string; url: string } | undefined;
  /** Whether `python3` may exist instead. */
  python: boolean;
}
