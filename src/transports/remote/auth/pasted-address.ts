/** What a person has pasted: the parameters of the redirect, or why they cannot be used. */
export type Pasted = { parameters: URLSearchParams } | { refused: 'empty' | 'no-code' | 'link-itself' };

/** A code has no blanks and is no word of a sentence. */
const CODE = /^[!-~]{4,4096}$/;
/** Terminals break long lines, mail programs put them in brackets, people in quotes. */
const AROUND = /^[\s<"'“”‘’(]+|[\s>"'“”‘’)]+$/g;

/**
 * Reads what comes back from the browser: the address of the last page, its part after `?`, or the code alone. A code alone is
 * given the `state` of this login, because a person has carried it here: nobody else could have.
 *
 * @param link The address that was shown, which is pasted at times instead.
 */
export function readPasted(text: string, state: string, link: string): Pasted {
  const bare = text.replace(AROUND, '').replace(/\s*[\r\n]+\s*/g, '');
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

function parametersOf(text: string): URLSearchParams | undefined {
  const query = text.indexOf('?');
  if (query >= 0) return new URLSearchParams(text.slice(query + 1).replace(/#.*$/s, ''));
  if (/(?:^|&)(?:code|error|state)=/.test(text)) return new URLSearchParams(text);
  return undefined;
}
