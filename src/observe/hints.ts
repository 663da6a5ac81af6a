import { excerpt } from './human.js';

/** What is known of a server that failed. */
export interface ServerFailure {
  /** The system's error word when it could not be started: `ENOENT`, `EACCES`, … */
  error?: string | undefined;
  exitCode?: number | undefined;
  signal?: string | undefined;
  /** The last lines it wrote to stderr. */
  stderrTail: readonly string[];
}

interface Hint {
  pattern: RegExp;
  /** Receives the groups of the match. */
  say: string | ((...groups: (string | undefined)[]) => string);
}

/** What the programs that MCP servers are started with come from. */
const TOOLS: readonly { names: RegExp; get: string }[] = [
  { names: /^(node|npm|npx|corepack)$/, get: 'Install Node.js from https://nodejs.org' },
  { names: /^uvx?$/, get: 'Install uv from https://docs.astral.sh/uv/' },
  { names: /^(python|py)$/, get: 'Install Python from https://www.python.org, or write python3 instead' },
  { names: /^(python3?[\d.]*|pip3?|pipx)$/, get: 'Install Python from https://www.python.org' },
  { names: /^docker$/, get: 'Install Docker from https://docs.docker.com/get-docker/' },
  { names: /^bunx?$/, get: 'Install Bun from https://bun.sh' },
  { names: /^deno$/, get: 'Install Deno from https://deno.com' },
];

/** Python modules whose package has another name. */
const PIP_NAMES: Readonly<Record<string, string>> = {
  bs4: 'beautifulsoup4',
  cv2: 'opencv-python',
  dateutil: 'python-dateutil',
  dotenv: 'python-dotenv',
  google: 'google-api-python-client',
  PIL: 'pillow',
  serial: 'pyserial',
  sklearn: 'scikit-learn',
  yaml: 'pyyaml',
};

const CHECK_PATH = 'Correct the path in `args`; a relative path is looked up from `cwd`.';

/** The first that matches wins: what is more special stands before what is more general. */
const HINTS: readonly Hint[] = [
  // Programs that are missing
  { pattern: /env: ['‘]?([\w.+-]+)['’]?: No such file or directory/, say: missingTool },
  { pattern: /command not found: ([\w.+-]+)/, say: missingTool },
  { pattern: /([\w.+-]+): command not found/, say: missingTool },
  {
    pattern: /^(?:\S*\/)?(?:ba|da|a|z)?sh: (?:(?:line )?\d+: )?(?:\S*\/)?([\w.+-]+): not found/m,
    say: missingTool,
  },
  { pattern: /'([\w.+-]+)' is not recognized as an internal or external command/, say: missingTool },
  { pattern: /spawn (?:.*[\\/])?([\w.+-]+) ENOENT/, say: missingTool },
  {
    pattern: /Cannot connect to the Docker daemon|docker daemon is not running/i,
    say: 'Start Docker, and try again.',
  },

  // Python
  {
    pattern: /can't open file ['"]?(.+?)['"]?: \[Errno 2\]/,
    say: (file) => `There is no file ${file}. ${CHECK_PATH}`,
  },
  { pattern: /No module named ['"]?([\w.]+)['"]?/, say: missingPythonModule },
  {
    pattern: /externally-managed-environment/,
    say: 'This Python belongs to the system: make a virtual environment (`python3 -m venv .venv`), install there, and use its python as `command`.',
  },
  {
    pattern:
      /requires a different Python: \S+ not in '([^']+)'|Requires-Python ([<>=!~\d.,]+)|requires Python ([<>=!~\d.,]+)/i,
    say: (...groups) =>
      `Use another Python version (${groups.find((group) => group) ?? 'see its documentation'}).`,
  },
  {
    pattern:
      /unsupported operand type\(s\) for \|: 'type'|File ".*", line \d+[\s\S]*?SyntaxError: invalid syntax/,
    say: 'This Python may be too old for the server (`python --version`; most servers need 3.10 or newer), or the file has a typing mistake in the line shown.',
  },
  {
    pattern: /UnicodeEncodeError: '(?:charmap|cp\d+|ascii)' codec/,
    say: 'Python cannot write these letters in this system\'s encoding: add "PYTHONUTF8": "1" to `env` of the server.',
  },
  {
    pattern: /ImportError: cannot import name ['"](\w+)['"] from ['"]([\w.]+)['"]/,
    say: (_, module) =>
      `The installed ${topOf(module)} does not fit: \`python -m pip install --upgrade ${pipName(module)}\`.`,
  },
  { pattern: /(?:IndentationError|TabError): /, say: 'Correct the indentation in the line shown.' },

  // Node
  { pattern: /Cannot find (?:module|package) ['"]([^'"]+)['"]/, say: missingNodeModule },
  { pattern: /ERR_MODULE_NOT_FOUND/, say: 'Install what the server needs: run `npm install` in its folder.' },
  {
    pattern: /Cannot use import statement outside a module|Unexpected token 'export'/,
    say: 'Rename the file to .mjs, or write "type": "module" into its package.json.',
  },
  {
    pattern: /ERR_REQUIRE_ESM/,
    say: 'Use a newer Node.js (20.19 or later), or rename the file to .mjs and use import.',
  },
  {
    pattern: /ERR_UNKNOWN_FILE_EXTENSION|Unknown file extension "\.ts"/,
    say: 'Node cannot run TypeScript files by itself here: start the server with `npx tsx FILE`.',
  },
  {
    pattern: /Unsupported engine|engine "node" is incompatible|(?:fetch|WebSocket|File) is not defined/,
    say: 'The server needs a newer Node.js: install the current LTS version from https://nodejs.org.',
  },
  {
    pattern: /SyntaxError: /,
    say: 'The file has a typing mistake in the line shown, or this Node.js or Python is too old for it.',
  },

  // Packages
  {
    pattern:
      /npm (?:ERR!|error) (?:code E404|404)[\s\S]*?['\s/]((?:@[\w.-]+\/)?[\w.-]+)@[^\s']*['\s]+is not in (?:this|the npm) registry/i,
    say: (name) => `npm knows no package "${name}": check its spelling.`,
  },
  {
    pattern: /npm (?:ERR!|error) (?:code E404|404)/i,
    say: 'npm does not know this package: check its spelling.',
  },
  {
    pattern: /could not determine executable to run/i,
    say: 'This npm package has no command of its own: check its name, or read how it wants to be started.',
  },
  {
    pattern:
      /(?:npm (?:ERR!|error) code|FetchError.*) (?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ECONNREFUSED)/i,
    say: 'npm cannot reach its registry: check the internet connection and the proxy.',
  },
  {
    pattern: /(\S+) was not found in the package registry|no versions of ([\w.-]+)/i,
    say: (a, b) => `There is no Python package "${a ?? b}": check its spelling.`,
  },
  {
    pattern:
      /error sending request for url|Temporary failure in name resolution|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)/i,
    say: 'The server cannot reach the internet, or an address in its settings is wrong.',
  },

  // The machine
  {
    pattern:
      /EADDRINUSE|Address already in use|Errno 98|WinError 10048|Only one usage of each socket address/i,
    say: 'Another program uses the port this server wants: end it (often an older copy of the same server), or choose another port.',
  },
  {
    pattern: /heap out of memory|MemoryError|Cannot allocate memory|ENOMEM/i,
    say: 'The server ran out of memory: give it more, or run fewer servers.',
  },
  { pattern: /ENOSPC|No space left on device/i, say: 'The disk is full: free some space.' },
  {
    pattern: /EMFILE|Too many open files/i,
    say: 'Too many files are open: raise the limit (ulimit -n), or run fewer servers.',
  },
  {
    pattern: /EACCES|EPERM|Permission denied|Operation not permitted|Access is denied/i,
    say: 'A file or folder may not be read, written or executed by this user: correct its permissions (for a script: chmod +x).',
  },
  {
    pattern:
      /(?:[Mm]issing|[Rr]equires?d?|[Nn]ot set|[Mm]ust (?:provide|set)|[Pp]lease (?:provide|set)|KeyError:)[^\n]{0,60}?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b/,
    say: missingSetting,
  },
  {
    pattern:
      /\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b[^\n]{0,60}?(?:missing|required|not set|not defined|must be set|undefined)/,
    say: missingSetting,
  },
  {
    pattern:
      /(?:missing|required?|no|provide an?|invalid) api[ _-]?key|api[ _-]?key[^\n]{0,40}(?:missing|required|not set)/i,
    say: missingSetting,
  },
  {
    pattern: /ENOENT: no such file or directory, \w+ '([^']+)'|No such file or directory: '([^']+)'/,
    say: (a, b) =>
      `There is no ${a ?? b}. Correct the path in \`args\` or \`env\`; a relative path is looked up from \`cwd\`.`,
  },
];

const ERROR_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'Install the program named by `command`, or give its absolute path.',
  EACCES: 'Make the file executable (chmod +x), or start it through its interpreter (node, python3, …).',
  EPERM: 'Make the file executable (chmod +x), or start it through its interpreter (node, python3, …).',
};

const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'An MCP server has to keep running and to read its standard input until that ends.',
  126: 'The command may not be executed: chmod +x, or start it through its interpreter.',
  127: 'A program is missing: install it, or give its absolute path as `command`.',
  137: 'It was killed from outside, often because memory ran out.',
};

/** What to do about a server that failed, as one or two sentences; undefined when nothing is recognised. */
export function hintFor({ error, exitCode, signal, stderrTail }: ServerFailure): string | undefined {
  // Patterns stay cheap on a tail of long lines.
  const text = stderrTail.map((line) => line.slice(0, 2_000)).join('\n');
  for (const { pattern, say } of HINTS) {
    const match = pattern.exec(text);
    if (!match) continue;
    if (typeof say === 'string') return say;
    return say(...match.slice(1).map((group) => (group === undefined ? undefined : excerpt(group, 120))));
  }
  if (error !== undefined) return ERROR_WORDS[error];
  if (signal === 'SIGKILL') return EXIT_CODES[137];
  if (signal === 'SIGSEGV' || signal === 'SIGILL' || signal === 'SIGBUS') {
    return 'A native part of it crashed: reinstall it for this machine, or update it.';
  }
  return exitCode === undefined ? undefined : EXIT_CODES[exitCode];
}

function missingTool(name = ''): string {
  const bare = name.replace(/\.(exe|cmd|bat)$/i, '');
  const get =
    TOOLS.find((tool) => tool.names.test(bare.toLowerCase()))?.get ?? 'Install it, check the spelling';
  return `The program "${bare}" is missing. ${get}, or give its absolute path as \`command\`.`;
}

function missingPythonModule(module = ''): string {
  return `Install the missing package for the Python that runs the server: \`python -m pip install ${pipName(module)}\`.`;
}

function missingNodeModule(name = ''): string {
  if (/^(file:|[./\\]|[A-Za-z]:[\\/])/.test(name)) {
    return `There is no file ${name}. ${CHECK_PATH} If it is made by a build, build it first (\`npm run build\`).`;
  }
  const parts = name.split('/');
  const bare = name.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  return `Install the missing package in the server's folder: \`npm install ${bare}\`.`;
}

function missingSetting(name?: string): string {
  return `The server wants a setting${name ? `, ${name}` : ''}: write it into \`env\` of this server in the configuration.`;
}

function topOf(module = ''): string {
  return module.split('.')[0]!;
}

function pipName(module = ''): string {
  const top = topOf(module);
  return PIP_NAMES[top] ?? top;
}
