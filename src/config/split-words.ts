/** A command line in one text, as its words. */
export interface SplitWords {
  words: string[];
  /** Whether a shell would do more with it than split it: pipes, variables, redirections, patterns. */
  needsShell: boolean;
}

/**
 * Splits a text as a shell splits a simple command (POSIX "Quoting"): quotes hold words together, a backslash takes the next
 * character as it is. On Windows a backslash is a part of a path. Undefined: a quote is not closed.
 */
export function splitWords(text: string, platform: NodeJS.Platform): SplitWords | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  let needsShell = false;
  const escapes = platform !== 'win32';
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    const next = text[i + 1];
    if (quote === "'") {
      if (letter === quote) quote = undefined;
      else word += letter;
    } else if (letter === '\\' && next !== undefined && (!quote || /["\\$`]/.test(next)) && escapes) {
      word = (word ?? '') + next;
      i++;
    } else if (quote) {
      if (letter === quote) quote = undefined;
      else word += letter;
      needsShell ||= letter === '$' || letter === '`';
    } else if (letter === '"' || (letter === "'" && escapes)) {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + letter;
      needsShell ||= /[|&;<>()$`*?[\]{}]/.test(letter) || (letter === '~' && word === '~');
    }
  }
  if (quote) return undefined;
  if (word !== undefined) words.push(word);
  return { words, needsShell };
}

/** The command of a text that another program hands to a shell. */
export function shellCommand(text: string, platform: NodeJS.Platform): string[] | undefined {
  const split = splitWords(text, platform);
  if (split === undefined || !split.needsShell) return split?.words;
  return platform === 'win32' ? ['cmd.exe', '/d', '/s', '/c', text] : ['sh', '-c', text];
}
