import { parse } from 'dotenv';

/** One line of a `.env` file, with the comment above it. */
export interface EnvLine {
  name: string;
  /** Undefined: the reader has to fill it in; until then the variable counts as missing. */
  value: string | undefined;
  comment?: string;
}

/** `NAME=value` in a spelling of `.env` that reads back the same; undefined when there is none. */
export function envAssignment(name: string, value: string): string | undefined {
  const spellings = ['', "'", '"', '`'].map((quote) => `${name}=${quote}${value}${quote}`);
  // A second variable behind it shows that the value ends where it should.
  return spellings.find((text) => {
    const read = parse(`${text}\nNEXT__=1\n`);
    return read[name] === value && read.NEXT__ === '1' && Object.keys(read).length === 2;
  });
}

/** Undefined when a value cannot be spelt. */
export function envText(lines: readonly EnvLine[], eol = '\n'): string | undefined {
  let text = '';
  for (const { name, value, comment } of lines) {
    if (comment !== undefined) text += `# ${comment.replace(/\s+/g, ' ')}${eol}`;
    const assignment = value === undefined ? `# ${name}=` : envAssignment(name, value);
    if (assignment === undefined) return undefined;
    text += assignment + eol;
  }
  return text;
}

/** Appends the lines to a text; undefined when a value cannot be spelt. */
export function withEnvLines(text: string, lines: readonly EnvLine[]): string | undefined {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const more = envText(lines, eol);
  return more === undefined ? undefined : text + (text === '' || text.endsWith('\n') ? '' : eol) + more;
}

/** The variables that a `.env` file sets. */
export function envValues(text: string): Record<string, string> {
  return parse(text);
}
