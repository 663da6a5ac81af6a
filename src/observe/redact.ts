const REDACTED = '[redacted]';

/** Shorter values cannot be told from ordinary text; only the pattern `token=…` still hides them. */
const MIN_LENGTH = 4;
/** A shorter secret counts only as a whole word: the token "test" must not remove the end of "latest". */
const MIN_LENGTH_INSIDE_WORDS = 8;
/** Values of query parameters and settings that are passed as secrets and never are secret. */
const PLAIN_WORDS = /^(true|false|null|none|undefined)$/i;

/**
 * Text that looks like a secret, known or not. Groups 1 to 4 are kept, the rest of each match is removed. Not removed:
 * `token=#1a2b3c4d`, which is a fingerprint; `token=…` in advice; the punctuation behind a secret.
 */
const GENERIC = new RegExp(
  [
    String.raw`(token(?:=|%3[dD]))${notPlaceholder()}[^\s&"'<>#\\]*[^\s&"'<>#\\.,;)\u2026]`,
    String.raw`\b([Bb]earer\s+)${notPlaceholder()}[^\s"'<>\\,;]*[^\s"'<>\\,;.)\u2026]`,
    String.raw`(:\/\/[^\s:/?#@"']*:)[^\s/?#@"']+(?=@)`,
    // Bounded, and starting at the start of a word only: unbounded, a long line of dashes would take minutes.
    String.raw`((?<![\w-])--?[\w-]{0,40}?(?:api[_-]?key|token|secret|password|passwd)[\w-]{0,40}(?:=|\s{1,8}))(?!-)${notPlaceholder()}[^\s"'\\]*[^\s"'\\.,;)\u2026]`,
    // A JWT (RFC 7519 §3), complete or cut off: base64url spells {" as "eyJ". Two dots in a row are the empty payload of a
    // detached JWT (RFC 7515 appendix F).
    String.raw`\beyJ[\w-]{8,}(?:\.{1,2}[\w-]+){0,2}`,
  ].join('|'),
  'g',
);

/** Excludes placeholders of documentation: `…`, `...`, `eyJ...`, `TOKEN`, and references to variables. */
function notPlaceholder(): string {
  return String.raw`(?!(?:(?:eyJ)?(?:\u2026|\.{3})|(?:YOUR_)?TOKEN(?:_\d+)?|\$\{\w+\})[.,;:)!?]*(?:[\s&"'<>#\\]|$))`;
}

/**
 * Secrets that are kept. Tokens that a file renews every few minutes would otherwise make each line of the log slower for as
 * long as mcp-pipe runs; those of weeks ago are not valid any more.
 */
const MAX_KEPT = 2_000;

interface Secret {
  value: string;
  /** Its longest part with only one spelling; a text without this part does not contain the secret. */
  core: string;
  /** Made when the core is first found: most secrets never appear in a text. */
  pattern: RegExp | undefined;
  /** Its spellings that a cut text may end in; made when the first such text comes. */
  cut: readonly string[] | undefined;
}

interface Span {
  start: number;
  end: number;
}

/**
 * Removes secrets from texts in every spelling: plain, percent-encoded (RFC 3986 §2.1), JSON-escaped (RFC 8259 §7), or
 * both, several times over. A text without secrets costs one pass, and one substring search for each secret whose core is no
 * longer than the longest word of the text: few of the tokens of a thousand links.
 */
export class Redactor {
  /** By value; those that were added last at the end. */
  readonly #known = new Map<string, Secret>();
  /** Longest first. */
  #secrets: Secret[] = [];
  /** Those with the shortest core first. */
  #byCore: Secret[] = [];

  constructor(secrets: Iterable<string> = []) {
    this.add(secrets);
  }

  /** Adds secrets, all that are valid now: of earlier ones, those that were added longest ago are forgotten at last. */
  add(secrets: Iterable<string>): void {
    const added = new Set<string>();
    for (const secret of secrets) {
      // A log shows a key file line by line, so each long line of a secret counts as a secret, too.
      const lines = secret.split(/\r?\n/).filter((line) => line.length >= 16);
      for (const value of [secret.trim(), ...(lines.length > 1 ? lines : [])]) {
        if (value.length < MIN_LENGTH || PLAIN_WORDS.test(value) || added.has(value)) continue;
        added.add(value);
        const secret = this.#known.get(value) ?? {
          value,
          core: coreOf(value),
          pattern: undefined,
          cut: undefined,
        };
        this.#known.delete(value);
        this.#known.set(value, secret);
      }
    }
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= Math.max(MAX_KEPT, added.size)) break;
      this.#known.delete(oldest);
    }
    this.#secrets = [...this.#known.values()].sort((a, b) => b.value.length - a.value.length);
    this.#byCore = [...this.#secrets].sort((a, b) => a.core.length - b.core.length);
  }

  /** Returns the text with `[redacted]` in place of every secret. */
  redact(text: string): string {
    const spans: Span[] = [];
    const longest = longestRun(text);
    for (const secret of this.#byCore) {
      if (secret.core.length > longest) break;
      if (!text.includes(secret.core)) continue;
      secret.pattern ??= patternOf(secret.value);
      for (const match of text.matchAll(secret.pattern)) {
        spans.push({ start: match.index, end: match.index + match[0].length });
      }
    }
    for (const match of text.matchAll(GENERIC)) {
      const kept = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
      spans.push({ start: match.index + kept.length, end: match.index + match[0].length });
    }
    return spans.length === 0 ? text : without(text, spans);
  }

  /** As `redact`, for a text that was cut off: the beginning of a secret at its end is removed, too. */
  redactCut(text: string): string {
    const whole = this.redact(text);
    // A cut inside a UTF-8 character leaves a replacement character.
    const end = whole.replace(/\ufffd+$/, '');
    for (const secret of this.#secrets) {
      // Made once: a thousand links have a thousand tokens, and each line of stderr is searched for all of them.
      secret.cut ??= cutSpellings(secret.value);
      for (const spelling of secret.cut) {
        const start = startOfCut(end, spelling);
        if (start !== undefined) return `${end.slice(0, start)}${REDACTED}`;
      }
    }
    return whole;
  }
}

/** Plain, percent-encoded and JSON-escaped; most tokens have one spelling. */
function cutSpellings(value: string): string[] {
  return [...new Set([value, encodeURIComponent(value.toWellFormed()), JSON.stringify(value).slice(1, -1)])];
}

/** Index in `text` of a beginning of `secret` at its end, at least `MIN_LENGTH` characters of it. */
function startOfCut(text: string, secret: string): number | undefined {
  const head = secret.slice(0, MIN_LENGTH);
  let at = text.indexOf(head, Math.max(0, text.length - secret.length));
  while (at >= 0) {
    if (secret.startsWith(text.slice(at))) return at;
    at = text.indexOf(head, at + 1);
  }
  return undefined;
}

/** Overlapping secrets are removed together: the rest of one may be half of the other. */
function without(text: string, spans: Span[]): string {
  spans.sort((a, b) => a.start - b.start);
  let result = '';
  let end = 0;
  let last: Span | undefined;
  for (const span of spans) {
    if (last && span.start < end) {
      end = Math.max(end, span.end);
      continue;
    }
    result += text.slice(end, span.start) + REDACTED;
    end = span.end;
    last = span;
  }
  return result + text.slice(end);
}

/** The length of the longest run of ASCII letters and digits, of which every core consists. */
function longestRun(text: string): number {
  let longest = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = text.charCodeAt(at) | 0x20;
    // A letter of either case; digits have that bit anyway. NaN, behind the end, is neither.
    if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) continue;
    if (at - start > longest) longest = at - start;
    start = at + 1;
  }
  return longest;
}

function coreOf(secret: string): string {
  const runs = secret.split(/[^A-Za-z0-9]+/);
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}

function patternOf(secret: string): RegExp {
  let pattern = '';
  for (const [, slashes = '', char = ''] of secret.matchAll(/(\\*)([^\\]|$)/gsu)) {
    pattern += spellings(slashes.length, char);
  }
  const digits = /^\d+$/.test(secret);
  if (!digits && secret.length >= MIN_LENGTH_INSIDE_WORDS) return new RegExp(pattern, 'gu');
  // A secret number does not count inside a longer number, such as a time.
  const neighbour = digits ? '\\d' : '[A-Za-z0-9_]';
  return new RegExp(`(?<!${neighbour})${pattern}(?!${neighbour})`, 'gu');
}

/** Backslashes that three rounds of JSON escaping put before a character. */
const ESCAPES = 7;

/**
 * Pattern for one character in every spelling, with the backslashes before it. Its length is bounded and a run of
 * backslashes can match in one way only, so that no text makes it slow.
 */
function spellings(slashes: number, char: string): string {
  if (slashes === 0 && char === '') return '';
  if (slashes === 0 && /^[A-Za-z0-9]$/.test(char)) return char;
  const { itself, escaped, encoded } = spellingsOf(char);
  const escapes = (least: number) => `\\\\{${least},${slashes * (ESCAPES + 1) + ESCAPES}}`;
  const plain = escapes(slashes) + itself;
  const after = escaped.map((rest) => escapes(slashes + 1) + rest);
  const percent = slashes > 0 && char !== '' ? [escapes(slashes) + encoded] : [];
  const all = slashes > 0 ? `${hex('\\').repeat(slashes)}${spellings(0, char)}` : encoded;
  return `(?:${[plain, ...after, ...percent, all].join('|')})`;
}

/** Spellings of a character: itself, what may follow a backslash, and its percent-encodings. */
function spellingsOf(char: string): { itself: string; escaped: string[]; encoded: string } {
  if (char === '') return { itself: '', escaped: [], encoded: '' };
  const units = Array.from({ length: char.length }, (_, i) => `u${anyCase(char.charCodeAt(i), 4)}`);
  const short = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' }[char];
  return {
    itself: `\\u{${char.codePointAt(0)!.toString(16)}}`,
    escaped: [units.join(`\\\\{1,${ESCAPES}}`), ...(short ? [short] : [])],
    encoded: char === ' ' ? `(?:${hex(char)}|\\+)` : hex(char),
  };
}

/** The character percent-encoded one to four times. */
function hex(char: string): string {
  return [...Buffer.from(char, 'utf8')].map((byte) => `%(?:25){0,3}${anyCase(byte, 2)}`).join('');
}

function anyCase(value: number, digits: number): string {
  const text = value.toString(16).padStart(digits, '0');
  return text.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
