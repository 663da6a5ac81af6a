import type { OtherFormat } from '../messages/parts.js';

const TYPOGRAPHIC = /[“”„‟«»＂‘’]/;
/** Characters that look like a space or like nothing, and that JSON does not accept as white space. */
const ODD_SPACES = /[\u00A0\u1680\u2000-\u200F\u202F\u205F\u2060\u3000\u00AD]/;
/** Full-width characters that an input method writes for `: , { } [ ]`. */
const WIDE_MARKS = /[：，、｛｝［］【】]/;

/**
 * The format of a text that is not JSON, and the line that shows it, 1-based; undefined when the text may be meant as JSON.
 */
export function otherFormat(text: string): { format: OtherFormat; line: number } | undefined {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => !/^\s*(#.*|\/\/.*)?$/.test(line));
  const start = lines[first]?.trim() ?? '';
  const at = (format: OtherFormat, line = first) => ({ format, line: line + 1 });
  // The opening fence of Markdown may be missing: the closing one counts, too.
  const fence = lines.findIndex((line) => /^\s*(```|~~~)/.test(line));
  if (fence >= 0) return at('fence', fence);
  if (start.startsWith('<')) return at('xml');
  if (/^(export\s+default|module\.exports|const\s|let\s|var\s|import\s)/.test(start)) return at('javascript');
  const bare = lines.map((line) => line.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\/\/.*$/, ''));
  for (const [format, marks] of [
    ['typographic-quotes', TYPOGRAPHIC],
    ['odd-spaces', ODD_SPACES],
    ['wide-marks', WIDE_MARKS],
  ] as const) {
    const line = bare.findIndex((one) => marks.test(one));
    if (line >= 0) return at(format, line);
  }
  const behindKey = /^"[^"]*"\s*:\s*(.*)$/.exec(start)?.[1];
  if (behindKey !== undefined && /^[[{"]/.test(behindKey || (lines[first + 1] ?? '').trim())) {
    return at('half-json');
  }
  if (/^[[{]/.test(start) && !isTable(start)) return undefined;
  if (/^(export\s+)?[A-Z_][A-Z0-9_]*=/.test(start)) return at('env');
  if (isTable(start) || /^[\w.-]+\s*=\s*\S/.test(start)) return at('toml');
  if (/^(---|%YAML|- \S)/.test(start) || /^["']?[\w. -]+["']?:(\s|$)/.test(start)) return at('yaml');
  return undefined;
}

/** `[mcp_servers.calc]` is a table of TOML; a JSON list would hold quoted texts. */
function isTable(line: string): boolean {
  return /^\[{1,2}[A-Za-z_][\w."'@/ -]*\]{1,2}\s*(#.*)?$/.test(line);
}
