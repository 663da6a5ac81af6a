import type { Lang } from '../observe/messages/index.js';

/** `--lang`, else what the first of LC_ALL, LC_MESSAGES and LANG that is set says, as in POSIX. */
export function languageOf(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Lang {
  const wanted = option ?? (env.LC_ALL || env.LC_MESSAGES || env.LANG || '');
  return /^vi(?![a-z])/i.test(wanted) ? 'vi' : 'en';
}
