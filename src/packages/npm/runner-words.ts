/** One word of a command line, and where it stands among the arguments. */
export interface Word {
  text: string;
  at: number;
}

/** What a command line of npx, `npm exec`, bunx or `pnpm dlx` asks for. */
export interface RunnerWords {
  /** Specifications of packages: those of `-p`, else the first plain word. */
  specs: readonly Word[];
  /** The command that is named beside `-p`; undefined: the one of the package. */
  bin: string | undefined;
  /** Arguments for the package's own program. */
  rest: readonly string[];
  /** With `-y`: npm does not ask before it downloads. */
  isSure: boolean;
  /** With `--no`: npm downloads nothing. */
  mayNotFetch: boolean;
  /** With `-c`: a shell runs a line of text. */
  isShell: boolean;
  /** Options that decide where the package comes from, or how it is installed: `--registry=https://…`, `--ignore-scripts`. */
  options: readonly string[];
  /** An option whose effect is not known here. */
  unknown: string | undefined;
}

const SURE = /^(-y|--yes|--yes=true)$/;
const NOT_FETCHING = /^(--no|--no-install|--no-yes|--yes=false)$/;
/** They change what is printed, or how a cache is used. */
const HARMLESS =
  /^(-q|-s|-d+|--quiet|--silent|--verbose|--loglevel=.*|--cache=.*|--(?:no-)?(?:prefer-offline|prefer-online|offline|audit|fund|update-notifier|progress|color|ignore-existing|foreground-scripts))$/;
const HARMLESS_WITH_VALUE = /^--(loglevel|cache)$/;
const OF_SOURCE = /^--(registry|@[\w.-]+:registry|userconfig)(=.*)?$/;

/** Whether a word is an option that a lock may have, which may come from another person. */
export function isNpmOption(word: string): boolean {
  return word === '--ignore-scripts' || (OF_SOURCE.test(word) && word.includes('='));
}

/** Options of npm whose value is the next word, beside those above. */
const WITH_VALUE = /^(--prefix|-w|--workspace|--node-options|--script-shell|--shell)$/;

/**
 * Reads the words behind `npx`, or behind `npm exec`.
 *
 * @param isNpm `npm exec` takes options behind the package for its own, up to `--`; npx does not. What is meant by them is not clear.
 */
export function runnerWords(args: readonly string[], from = 0, isNpm = false): RunnerWords {
  const specs: Word[] = [];
  const options: string[] = [];
  const plain: Word[] = [];
  let [isSure, mayNotFetch, isShell] = [false, false, false];
  let unknown: string | undefined;
  let at = from;
  for (; at < args.length; at++) {
    const text = args[at]!;
    if (text === '--') {
      at += 1;
      break;
    }
    if (!text.startsWith('-')) {
      if (!isNpm) break;
      plain.push({ text, at });
    } else if (plain.length > 0) unknown ??= text;
    else if (SURE.test(text)) isSure = true;
    else if (NOT_FETCHING.test(text)) mayNotFetch = true;
    else if (/^(-c|--call)$/.test(text)) {
      isShell = true;
      at += 1;
    } else if (text.startsWith('--call=')) isShell = true;
    else if (/^(-p|--package)$/.test(text)) {
      at += 1;
      specs.push({ text: args[at] ?? '', at });
    } else if (/^(-p|--package)=/.test(text)) specs.push({ text: text.slice(text.indexOf('=') + 1), at });
    else if (OF_SOURCE.test(text)) {
      if (!text.includes('=')) at += 1;
      options.push(text.includes('=') ? text : `${text}=${args[at] ?? ''}`);
    } else if (/^--ignore-scripts(=true)?$/.test(text)) options.push('--ignore-scripts');
    else if (HARMLESS_WITH_VALUE.test(text)) at += 1;
    else if (!HARMLESS.test(text)) {
      unknown ??= text;
      if (WITH_VALUE.test(text)) at += 1;
    }
  }
  const words = [...plain, ...args.slice(at).map((text, i) => ({ text, at: at + i }))];
  const isNamed = specs.length > 0;
  const first = words.shift();
  if (!isNamed && first) specs.push(first);
  return {
    ...{ specs, isSure, mayNotFetch, isShell, options, unknown },
    bin: isNamed ? first?.text : undefined,
    rest: words.map(({ text }) => text),
  };
}

/** The words of `npm exec package` and `npm x package`; options may stand before `exec`, too. Undefined for other commands of npm. */
export function npmWords(args: readonly string[]): RunnerWords | undefined {
  const at = args.findIndex((word) => !word.startsWith('-'));
  if (at < 0 || !/^(exec|x)$/.test(args[at]!)) return undefined;
  const words = runnerWords(args, at + 1, true);
  const before = runnerWords(args.slice(0, at), 0, true);
  return {
    ...words,
    isSure: words.isSure || before.isSure,
    mayNotFetch: words.mayNotFetch || before.mayNotFetch,
    options: [...before.options, ...words.options],
    unknown: before.unknown ?? words.unknown,
  };
}

const NAME = /^(@[\w.-]+\/)?\w[\w.-]*$/;
/** A version, a range in one word, or a tag. */
const VERSION = /^[\w.^~<>=*+-]+$/;

/** Name and version of a specification; undefined for a folder, an archive, an address, an alias: they are not of a registry. */
export function packageSpec(text: string): { name: string; version: string | undefined } | undefined {
  const at = text.indexOf('@', 1);
  const [name, version] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  if (!NAME.test(name) || (version !== undefined && !VERSION.test(version))) return undefined;
  return { name, version };
}
