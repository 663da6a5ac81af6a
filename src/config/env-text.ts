import { parse } from 'dotenv';

/** One line of a `.env` file, with what stands above it. */
export interface EnvLine {
  name: string;
  /** Undefined: the reader has to fill it in; until then the variable is missing, and that is said. */
  value: string | undefined;
  comment?: string;
}

/** `NAME=value` as `.env` spells it, so that it reads back the same; undefined when no spelling does. */
export function envAssignment(name: string, value: string): string | undefined {
  const spellings = ['', "'", '"', '`'].map((quote) => `${name}=${quote}${value}${quote}`);
  // The neighbour shows that the value ends where it should.
  return spellings.find((text) => {
    const read = parse(`${text}\nNEXT__=1\n`);
    return read[name] === value && read.NEXT__ === '1' && Object.keys(read).length === 2;
  });
}

/** Undefined when a value has no spelling. */
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

/** The same text with these lines at its end. */
export function withEnvLines(text: string, lines: readonly EnvLine[]): string | undefined {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const more = envText(lines, eol);
  return more === undefined ? undefined : text + (text === '' || text.endsWith('\n') ? '' : eol) + more;
}

/** What a `.env` file sets. */
export function envValues(text: string): Record<string, string> {
  return parse(text);
}
