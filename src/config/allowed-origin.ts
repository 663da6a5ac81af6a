/** Whether an allowed origin is a pattern: a regular expression between slashes, without flags, as supergateway has it. */
export function isOriginPattern(text: string): boolean {
  return text.length > 2 && text.startsWith('/') && text.endsWith('/');
}

/** An origin as browsers send it, `*`, or a pattern; undefined when it is none of them. */
export function originOf(text: string): string | undefined {
  if (text === '*') return text;
  if (isOriginPattern(text)) return isRegExp(text.slice(1, -1)) ? text : undefined;
  const bare = text.replace(/\/$/, '');
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s\\*]+$/i.test(bare) || !URL.canParse(bare)) return undefined;
  // Of `chrome-extension://id` and the like, URL knows no origin.
  const { origin } = new URL(bare);
  return origin === 'null' ? bare.toLowerCase() : origin;
}

/** Whether a pattern matches origins that only hold what it describes: those of other sites as well. */
export function isLoosePattern(text: string): boolean {
  if (!isOriginPattern(text)) return false;
  // Without escaped characters, classes and groups.
  let bare = text
    .slice(1, -1)
    .replace(/\\./gs, 'x')
    .replace(/\[[^\]]*\]/g, 'x');
  for (let before = ''; before !== bare; ) {
    before = bare;
    bare = bare.replace(/\([^()]*\)/g, 'x');
  }
  return !bare.startsWith('^') || !bare.endsWith('$') || bare.includes('|');
}

function isRegExp(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}
