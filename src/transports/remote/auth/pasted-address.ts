/** What a person has pasted: the parameters of the redirect, or why they cannot be used. */
export type Pasted = { parameters: URLSearchParams } | { refused: 'empty' | 'no-code' | 'link-itself' };

/** A code has no blanks and is no word of a sentence. */
const CODE = /^[!-~]{4,4096}$/;
/** Mail programs put addresses in brackets, people in quotes. */
const AROUND = new Set([...' \t\r\n<>()"\'“”‘’\u00a0\u200b\ufeff']);

/**
 * Reads what comes back from the browser: the address of the last page, its part after `?`, or the code alone. A code alone is
 * given the `state` of this login, because a person has carried it here: nobody else could have.
 *
 * @param link The address that was shown, which is pasted at times instead.
 */
export function readPasted(text: string, state: string, link: string): Pasted {
  // Terminals break long lines.
  const line = text
    .split(/[\r\n]/)
    .map((part) => part.trim())
    .join('');
  const bare = decoded(trimmed(line));
  if (bare === '') return { refused: 'empty' };
  if (bare === link) return { refused: 'link-itself' };
  const parameters = parametersOf(bare);
  if (parameters !== undefined) {
    if (parameters.has('code_challenge')) return { refused: 'link-itself' };
    if (!parameters.has('code') && !parameters.has('error')) return { refused: 'no-code' };
    return { parameters };
  }
  if (!CODE.test(bare) || URL.canParse(bare)) return { refused: 'no-code' };
  return { parameters: new URLSearchParams({ code: bare, state }) };
}

/** In one pass: a regular expression would read a long row of blanks once for each of them. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && AROUND.has(text[start]!)) start += 1;
  while (end > start && AROUND.has(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

/** Some programs copy an address as the value of a parameter. */
function decoded(text: string): string {
  if (!/^https?%3A%2F%2F/i.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parametersOf(text: string): URLSearchParams | undefined {
  const query = text.indexOf('?');
  if (query >= 0) return new URLSearchParams(text.slice(query + 1).replace(/#.*$/s, ''));
  if (/(?:^|&)(?:code|error|state)=/.test(text)) return new URLSearchParams(text);
  return undefined;
}
