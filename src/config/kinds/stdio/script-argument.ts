import { programName } from '../../../process/program-name.js';
import { SHELLS } from '../../command-name.js';

/** The script file among a command's arguments. */
export interface ScriptArgument {
  file: string;
  /** Index among the arguments. */
  at: number;
  /** The folder that the runner changes to, and the index of that argument. */
  folder?: string;
  folderAt?: number;
  /** True when Node runs it: Node adds missing extensions. */
  isNode: boolean;
}

const NODE = /^(node|nodejs)$/;
const INTERPRETER =
  /^(node|nodejs|tsx|ts-node|python[\d.]*w?|py|ruby|php|perl|pwsh|powershell|bash|sh|zsh|dash|ash|ksh|mksh|fish)$/;
const RUNNER = /^(uv|npx|bunx|bun|deno|poetry|pipenv|pnpm|yarn)$/;
const SCRIPT = /\.([cm]?[jt]s|py|rb|php|pl|sh|ps1)$/i;
/** Options followed by code or a module, not by a file. */
const NO_FILE = /^(-c|-e|-m|-p|--eval|--print|--test|-Command|-command|-|--version|-v|-V|--help|-h)$/;
/** The same options inside combined letters, such as `bash -lc` and `python3 -uc`. */
const CODE_LETTERS: readonly { programs: RegExp; option: RegExp }[] = [
  { programs: SHELLS, option: /^[-+][A-Za-z]*[cs][A-Za-z]*$|^--command(=|$)/ },
  { programs: /^(python[\d.]*w?|py)$/, option: /^-[A-Za-z]*[cm]$/ },
  { programs: NODE, option: /^-[ep]+$/ },
  { programs: /^(perl|ruby)$/, option: /^-[A-Za-z0-9]*[eE]$/ },
  { programs: /^(pwsh|powershell)$/, option: /^-(c|command|enc|encodedcommand|ec)$/i },
];
/** Options that take a value, so the next word is not the file. */
const WITH_VALUE =
  /^(-r|--require|--import|--loader|--experimental-loader|-W|-X|--conditions|-C|--tsconfig|-P|--project|--python|-p|--with|--with-requirements|--extra|--group|--env-file|--index-url|--package|--config|-I|--rcfile|--init-file)$/;
const SUBCOMMANDS = new Set(['run', 'exec', 'tool', 'x', 'dlx']);

/** Undefined when no file is run, or when that cannot be decided. */
export function scriptOf(command: string, args: readonly string[]): ScriptArgument | undefined {
  const program = programName(command);
  if (INTERPRETER.test(program)) return fileIn(program, args, 0);
  return RUNNER.test(program) ? behindRunner(program, args) : undefined;
}

/** Whether the value behind this option may be a secret, so that it is not repeated. */
export function isSecretOption(word = ''): boolean {
  return /^--?[\w-]*(token|key|secret|passw|auth|credential|header)/i.test(word);
}

/** Whether a word looks like a file. Another word may be the value of an option that is not known here. */
function isFileLike(word: string): boolean {
  return (SCRIPT.test(word) || /^(\.{0,2}[\\/]|[A-Za-z]:[\\/])/.test(word)) && !word.includes('://');
}

/** The first plain word behind an interpreter. */
function fileIn(program: string, args: readonly string[], from: number): ScriptArgument | undefined {
  const isNode = NODE.test(program);
  const isCode = CODE_LETTERS.filter(({ programs }) => programs.test(program));
  for (let at = from; at < args.length; at++) {
    const word = args[at]!;
    if (NO_FILE.test(word) || isCode.some(({ option }) => option.test(word))) return undefined;
    if (WITH_VALUE.test(word)) at += 1;
    else if (word === '--' || word.startsWith('-')) continue;
    else return isFileLike(word) && !isSecretOption(args[at - 1]) ? { file: word, at, isNode } : undefined;
  }
  return undefined;
}

/** `uv run --directory x server.py`, `npx tsx server.ts`: behind a runner, a word is a file only when it looks like one. */
function behindRunner(program: string, args: readonly string[]): ScriptArgument | undefined {
  let folder: { folder: string; folderAt: number } | undefined;
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    const value = args[at + 1];
    if (program === 'uv' && word === '--directory' && value !== undefined) {
      folder = { folder: value, folderAt: at + 1 };
      at += 1;
    } else if (/^(-m|--module|-c)$/.test(word)) return undefined;
    else if (WITH_VALUE.test(word)) at += 1;
    else if (word.startsWith('-') || SUBCOMMANDS.has(word)) continue;
    else {
      const name = programName(word);
      const inner = INTERPRETER.test(name) ? fileIn(name, args, at + 1) : undefined;
      const own =
        SCRIPT.test(word) && !word.includes('://') && !isSecretOption(args[at - 1])
          ? { file: word, at, isNode: false }
          : undefined;
      const found = inner ?? own;
      return found && { ...found, ...folder };
    }
  }
  return undefined;
}
