import { type Advised, textOf } from './advice.js';
import { excerpt } from './human.js';
import { type Lang, type Messages, messagesFor } from './index.js';

/** The facts about a server that failed. */
export interface ServerFailure {
  /** The system's error word if the server could not be started: `ENOENT`, `EACCES`, … */
  error?: string | undefined;
  exitCode?: number | undefined;
  signal?: string | undefined;
  /** The last lines that the server wrote to stderr. */
  stderrTail: readonly string[];
}

type Hints = Messages['hints'];
type HintId = keyof Hints;
/** Hints without parameters. */
type PlainHintId = { [Id in HintId]: Parameters<Hints[Id]> extends [] ? Id : never }[HintId];

/** A hint and its parameters, before it is worded. */
interface Found {
  id: HintId;
  params: object;
}

function found<Id extends HintId>(id: Id, params: Parameters<Hints[Id]>[0] & object): Found {
  return { id, params };
}

interface Hint {
  pattern: RegExp;
  /** Gets the groups of the match. */
  hint: PlainHintId | ((...groups: (string | undefined)[]) => Found);
}

const PYTHON = { name: 'Python', url: 'https://www.python.org' };
/** Products that bring the programs with which MCP servers are started. */
const TOOLS: readonly { names: RegExp; from: { name: string; url: string } }[] = [
  { names: /^(node|npm|npx|corepack)$/, from: { name: 'Node.js', url: 'https://nodejs.org' } },
  { names: /^uvx?$/, from: { name: 'uv', url: 'https://docs.astral.sh/uv/' } },
  { names: /^(python|py|python3?[\d.]*|pip3?|pipx)$/, from: PYTHON },
  { names: /^docker$/, from: { name: 'Docker', url: 'https://docs.docker.com/get-docker/' } },
  { names: /^bunx?$/, from: { name: 'Bun', url: 'https://bun.sh' } },
  { names: /^deno$/, from: { name: 'Deno', url: 'https://deno.com' } },
];

/** The product that brings a program, and where to get it; undefined for an unknown program. */
export function sourceOf(program: string): { name: string; url: string } | undefined {
  const bare = program.replace(/\.(exe|cmd|bat)$/i, '').toLowerCase();
  return TOOLS.find(({ names }) => names.test(bare))?.from;
}

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

/** The first that matches wins: special patterns stand before general ones. */
const HINTS: readonly Hint[] = [
  // Programs that are missing
  { pattern: /env: ['‘]?([\w.+-]+)['’]?: No such file or directory/, hint: missingTool },
  { pattern: /command not found: ([\w.+-]+)/, hint: missingTool },
  { pattern: /([\w.+-]+): command not found/, hint: missingTool },
  {
    pattern: /^(?:\S*\/)?(?:ba|da|a|z)?sh: (?:(?:line )?\d+: )?(?:\S*\/)?([\w.+-]+): not found/m,
    hint: missingTool,
  },
  { pattern: /'([\w.+-]+)' is not recognized as an internal or external command/, hint: missingTool },
  { pattern: /spawn (?:.*[\\/])?([\w.+-]+) ENOENT/, hint: missingTool },
  {
    pattern: /Cannot connect to the Docker daemon|docker daemon is not running/i,
    hint: 'docker-stopped',
  },

  // Python
  {
    pattern: /can't open file ['"]?(.+?)['"]?: \[Errno 2\]/,
    hint: (file = '') => found('no-script', { file }),
  },
  // Version 2 of the package has no mcp.server.fastmcp; servers of before import it.
  {
    pattern:
      /No module named ['"]?mcp\.server\.fastmcp\b|mcp\.server\.fastmcp\b[\s\S]*No module named ['"]mcp['"]/,
    hint: 'python-mcp-1',
  },
  { pattern: /No module named ['"]?([\w.]+)['"]?/, hint: missingPythonModule },
  {
    pattern: /externally-managed-environment/,
    hint: 'python-of-system',
  },
  {
    pattern:
      /requires a different Python: \S+ not in '([^']+)'|Requires-Python ([<>=!~\d.,]+)|requires Python ([<>=!~\d.,]+)/i,
    hint: (...groups) => found('python-version', { wanted: groups.find((group) => group) || undefined }),
  },
  {
    pattern:
      /unsupported operand type\(s\) for \|: 'type'|File ".*", line \d+[\s\S]*?SyntaxError: invalid syntax/,
    hint: 'python-too-old',
  },
  {
    pattern: /UnicodeEncodeError: '(?:charmap|cp\d+|ascii)' codec/,
    hint: 'python-encoding',
  },
  {
    pattern: /ImportError: cannot import name ['"](\w+)['"] from ['"]([\w.]+)['"]/,
    hint: (_, module) => found('python-package-old', { top: topOf(module), name: pipName(module) }),
  },
  { pattern: /(?:IndentationError|TabError): /, hint: 'indentation' },

  // Node
  { pattern: /Cannot find (?:module|package) ['"]([^'"]+)['"]/, hint: missingNodeModule },
  { pattern: /ERR_MODULE_NOT_FOUND/, hint: 'missing-node-modules' },
  {
    pattern: /Cannot use import statement outside a module|Unexpected token 'export'/,
    hint: 'not-a-module',
  },
  {
    pattern: /ERR_REQUIRE_ESM/,
    hint: 'require-of-module',
  },
  {
    pattern: /ERR_UNKNOWN_FILE_EXTENSION|Unknown file extension "\.ts"/,
    hint: 'typescript-file',
  },
  {
    pattern: /Unsupported engine|engine "node" is incompatible|(?:fetch|WebSocket|File) is not defined/,
    hint: 'node-too-old',
  },
  {
    pattern: /SyntaxError: /,
    hint: 'syntax',
  },

  // Packages
  {
    pattern:
      /npm (?:ERR!|error) (?:code E404|404)[\s\S]*?['\s/]((?:@[\w.-]+\/)?[\w.-]+)@[^\s']*['\s]+is not in (?:this|the npm) registry/i,
    hint: (name) => found('npm-unknown', { name }),
  },
  {
    pattern: /npm (?:ERR!|error) (?:code E404|404)/i,
    hint: () => found('npm-unknown', { name: undefined }),
  },
  {
    // Older versions of npm write the question first, and "canceled" afterwards.
    pattern:
      /npx canceled due to missing packages|Need to install the following packages:[\s\S]*npm (?:ERR!|error) cancell?ed/i,
    hint: 'npx-asks',
  },
  {
    pattern: /could not determine executable to run/i,
    hint: 'npm-no-command',
  },
  {
    pattern:
      /(?:npm (?:ERR!|error) code|FetchError.*) (?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ECONNREFUSED)/i,
    hint: 'npm-offline',
  },
  {
    pattern: /(\S+) was not found in the package registry|no versions of ([\w.-]+)/i,
    hint: (a, b) => found('pypi-unknown', { name: a ?? b ?? '' }),
  },
  {
    pattern:
      /error sending request for url|Temporary failure in name resolution|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)/i,
    hint: 'offline',
  },

  // The machine
  {
    pattern:
      /EADDRINUSE|Address already in use|Errno 98|WinError 10048|Only one usage of each socket address/i,
    hint: 'port-taken',
  },
  {
    pattern: /heap out of memory|MemoryError|Cannot allocate memory|ENOMEM/i,
    hint: 'memory',
  },
  { pattern: /ENOSPC|No space left on device/i, hint: 'disk-full' },
  {
    pattern: /EMFILE|Too many open files/i,
    hint: 'too-many-files',
  },
  {
    pattern: /EACCES|EPERM|Permission denied|Operation not permitted|Access is denied/i,
    hint: 'permission',
  },
  {
    pattern:
      /(?:[Mm]issing|[Rr]equires?d?|[Nn]ot set|[Mm]ust (?:provide|set)|[Pp]lease (?:provide|set)|KeyError:)[^\n]{0,60}?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b/,
    hint: missingSetting,
  },
  {
    pattern:
      /\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b[^\n]{0,60}?(?:missing|required|not set|not defined|must be set|undefined)/,
    hint: missingSetting,
  },
  {
    pattern:
      /(?:missing|required?|no|provide an?|invalid) api[ _-]?key|api[ _-]?key[^\n]{0,40}(?:missing|required|not set)/i,
    hint: missingSetting,
  },
  {
    pattern: /ENOENT: no such file or directory, \w+ '([^']+)'|No such file or directory: '([^']+)'/,
    hint: (a, b) => found('missing-file', { file: a ?? b ?? '' }),
  },
];

const ERROR_WORDS: Readonly<Record<string, PlainHintId>> = {
  ENOENT: 'not-installed',
  EACCES: 'not-executable',
  EPERM: 'not-executable',
};

const EXIT_CODES: Readonly<Record<number, PlainHintId>> = {
  0: 'exit-0',
  126: 'exit-126',
  127: 'exit-127',
  137: 'killed',
};

const SIGNALS: Readonly<Record<string, PlainHintId>> = {
  SIGKILL: 'killed',
  SIGSEGV: 'native-crash',
  SIGILL: 'native-crash',
  SIGBUS: 'native-crash',
};

/** What to do about a server that failed, in one or two sentences; undefined when nothing is recognised. */
export function adviceFor(failure: ServerFailure, lang: Lang): Advised | undefined {
  const hint = recognise(failure);
  if (hint === undefined) return undefined;
  const { id, params } = typeof hint === 'string' ? { id: hint, params: {} } : hint;
  const say = messagesFor(lang).hints[id] as (params: object) => Advised;
  return say(params);
}

/** The same as one text. */
export function hintFor(failure: ServerFailure, lang: Lang): string | undefined {
  const advice = adviceFor(failure, lang);
  return advice === undefined ? undefined : textOf(advice);
}

function recognise({ error, exitCode, signal, stderrTail }: ServerFailure): PlainHintId | Found | undefined {
  // Lines are cut so that patterns stay fast.
  const text = stderrTail.map((line) => line.slice(0, 2_000)).join('\n');
  for (const { pattern, hint } of HINTS) {
    const match = pattern.exec(text);
    if (!match) continue;
    if (typeof hint === 'string') return hint;
    return hint(...match.slice(1).map((group) => (group === undefined ? undefined : excerpt(group, 120))));
  }
  if (error !== undefined) return ERROR_WORDS[error];
  if (signal !== undefined && SIGNALS[signal] !== undefined) return SIGNALS[signal];
  return exitCode === undefined ? undefined : EXIT_CODES[exitCode];
}

function missingTool(name = ''): Found {
  const program = name.replace(/\.(exe|cmd|bat)$/i, '');
  const python = /^(python|py)$/i.test(program);
  return found('missing-tool', { program, from: sourceOf(program), python });
}

function missingPythonModule(module = ''): Found {
  return found('missing-python-module', { name: pipName(module) });
}

function missingNodeModule(name = ''): Found {
  if (/^(file:|[./\\]|[A-Za-z]:[\\/])/.test(name)) return found('missing-node-file', { file: name });
  const parts = name.split('/');
  const bare = name.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
  return found('missing-node-module', { name: bare });
}

function missingSetting(name?: string): Found {
  return found('missing-setting', { name });
}

function topOf(module = ''): string {
  return module.split('.')[0]!;
}

function pipName(module = ''): string {
  const top = topOf(module);
  return PIP_NAMES[top] ?? top;
}
