/** A challenge of `WWW-Authenticate` with the scheme Bearer (RFC 6750 §3, RFC 9728 §5.1). */
export interface BearerChallenge {
  error: string | undefined;
  scope: string | undefined;
  resourceMetadata: string | undefined;
}

const TOKEN = /[!#$%&'*+.^_`|~\w-]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const BLANKS = /[ \t]*/y;
const LIST = /[ \t,]*/y;
/** A header is refused by Node long before this. */
const MAX_LENGTH = 32_768;

/**
 * The first Bearer challenge of a `WWW-Authenticate` header, which may hold several, of several schemes (RFC 9110 §11.6.1);
 * undefined when there is none. Reads the header once from start to end.
 */
export function bearerChallenge(header: string | undefined): BearerChallenge | undefined {
  if (header === undefined) return undefined;
  const text = header.slice(0, MAX_LENGTH);
  let at = 0;
  const next = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  let found: Map<string, string> | undefined;
  let current: Map<string, string> | undefined;
  while (at < text.length) {
    next(LIST);
    const word = next(TOKEN)?.[0];
    if (word === undefined) break;
    next(BLANKS);
    if (text[at] !== '=') {
      // A scheme: what follows up to the next one belongs to it.
      current = new Map();
      if (word.toLowerCase() === 'bearer') found ??= current;
      continue;
    }
    at++;
    next(BLANKS);
    const quoted = next(QUOTED);
    const value = quoted ? quoted[1]!.replace(/\\(.)/g, '$1') : next(TOKEN)?.[0];
    if (value === undefined) {
      // token68 with padding, or no grammar at all: goes on after the next comma.
      const comma = text.indexOf(',', at);
      at = comma < 0 ? text.length : comma;
      continue;
    }
    const name = word.toLowerCase();
    if (current && !current.has(name)) current.set(name, value);
  }
  if (!found) return undefined;
  return {
    error: found.get('error'),
    scope: found.get('scope')?.trim() || undefined,
    resourceMetadata: found.get('resource_metadata'),
  };
}
