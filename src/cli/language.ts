import type { Lang } from '../messages/index.js';

/** `--lang`, else the first of LC_ALL, LC_MESSAGES and LANG that is set, as in POSIX. */
export function languageOf(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Lang {
  const wanted = option ?? (env.LC_ALL || env.LC_MESSAGES || env.LANG || '');
  return /^vi(?![a-z])/i.test(wanted) ? 'vi' : 'en';
}

/** The value of an option, before the command line is parsed. */
export function optionOf(argv: readonly string[], ...names: string[]): string | undefined {
  const at = argv.findIndex((word) => names.includes(word.split('=')[0]!));
  return at < 0 ? undefined : (/^[^=]*=(.*)$/.exec(argv[at]!)?.[1] ?? argv[at + 1]);
}
