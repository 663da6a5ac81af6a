import type { Option } from 'commander';
import { isOriginPattern } from '../../config/allowed-origin.js';
import { WITH_VALUES } from '../describe/options.js';

/** Other spellings of options, by their name without dashes. */
const SPELLINGS: Readonly<Record<string, string>> = {
  headers: 'header',
  logLevel: 'log-level',
  streamableHttp: 'http',
  'streamable-http': 'http',
  config: 'config',
};
/** Levels of other programs. */
const LEVELS: Readonly<Record<string, string>> = {
  warning: 'warn',
  critical: 'fatal',
  none: 'silent',
};

/** Which further words are values of the option as well: some parsers take several behind one option. */
const MORE: Readonly<Record<string, (word: string) => boolean>> = {
  'allow-origin': isOrigin,
  cors: isOrigin,
  healthEndpoint: (word) => word.startsWith('/'),
  header: (word) => /^[\w-]+:\s/.test(word),
  'expose-header': () => false,
};

function isOrigin(word: string): boolean {
  return word === '*' || /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(word) || isOriginPattern(word);
}

// D193
/**
 * The words behind `serve`, as its options take them. mcp-proxy (argparse) and supergateway (yargs) write options with two
 * values or with several, in either spelling of a name; here each option has one value. Everything from the first word on that
 * is no option belongs to the server, and stays as it is.
 */
export function serveArguments(words: readonly string[], options: readonly Option[]): string[] {
  const byFlag = new Map(
    options.flatMap((option) =>
      [option.long, option.short].flatMap((flag) => (flag ? [[flag, option] as const] : [])),
    ),
  );
  const done: string[] = [];
  let i = 0;
  while (i < words.length) {
    const word = words[i]!;
    if (!word.startsWith('-') || word === '-' || word === '--') break;
    const [, given = '', value] = /^(--?[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const flag = spelled(given, byFlag);
    const name = flag.replace(/^--?/, '');
    const values = value === undefined ? words.slice(i + 1) : [value, ...words.slice(i + 1)];
    const used = valuesOf(flag, name, values, byFlag.get(flag));
    done.push(...used.words);
    i += used.count + (value === undefined ? 1 : 0);
  }
  return [...done, ...words.slice(i)];
}

/** The option's own spelling of a flag; the flag itself when there is none. */
function spelled(flag: string, known: ReadonlyMap<string, Option>): string {
  if (known.has(flag) && flag !== '--headers') return flag;
  const name = flag.replace(/^--?/, '');
  const camel = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const other = [SPELLINGS[name], SPELLINGS[camel], camel, kebab].find(
    (one) => one !== undefined && known.has(`--${one}`),
  );
  return other === undefined ? flag : `--${other}`;
}

/** The words of one option with its values, and how many words of `values` they are. */
function valuesOf(
  flag: string,
  name: string,
  values: readonly string[],
  option: Option | undefined,
): { words: string[]; count: number } {
  const [first, second] = values;
  if (name === 'named-server' && first !== undefined && second !== undefined)
    return { words: [flag, `${first}\0${second}`], count: 2 };
  if (name === 'e' || name === 'env') {
    // `-e wss://…` is --endpoint, as everywhere else.
    if (/^wss?:\/\//i.test(first ?? '')) return { words: ['--endpoint', first!], count: 1 };
    const isPair = first === undefined || second === undefined || /^[A-Za-z_]\w*=/.test(first);
    return isPair ? one(flag, first) : { words: [flag, `${first}=${second}`], count: 2 };
  }
  if (
    (name === 'H' || name === 'header') &&
    first !== undefined &&
    !first.includes(':') &&
    second !== undefined
  )
    return { words: ['--header', `${first}: ${second}`], count: 2 };
  const isMore = Object.hasOwn(MORE, name) ? MORE[name] : undefined;
  if (isMore) {
    const least = option?.optional === true ? 0 : 1;
    let count = Math.min(least, values.length);
    while (count < values.length && isMore(values[count]!)) count++;
    const taken = values.slice(0, count);
    // `--cors` alone is every page; the next word may be the command.
    const given = taken.length === 0 && name === 'cors' ? ['*'] : taken;
    return { words: given.length === 0 ? [flag] : given.map((value) => `${flag}=${value}`), count };
  }
  if (name === 'log-level' && first !== undefined) {
    const level = first.toLowerCase();
    return { words: [flag, LEVELS[level] ?? level], count: 1 };
  }
  const isValue = WITH_VALUES.get(flag);
  if (isValue) {
    return isValue(first) ? { words: [`${flag}=${first}`], count: 1 } : { words: [`${flag}=`], count: 0 };
  }
  if (option?.required) return one(flag, first);
  if (option?.optional && first !== undefined && !first.startsWith('-')) return one(flag, first);
  return { words: [flag], count: 0 };
}

function one(flag: string, value: string | undefined): { words: string[]; count: number } {
  return value === undefined ? { words: [flag], count: 0 } : { words: [flag, value], count: 1 };
}
