import { escapeControls, escapeText } from '../messages/human.js';
import { wrapAt } from '../observe/wrap-words.js';

// D97: the only file in which commands write to stdout and stderr (`test/architecture.test.ts`). Foreign text is escaped,
// so that a terminal does not obey it. The log has `observe/log`, the live block `live`.

/** Prints a result for people on stdout; line breaks are kept. */
export function print(text: string): void {
  process.stdout.write(escapeText(text));
}

/** The same for sentences: on a terminal, lines break between words. */
export function printSentences(text: string): void {
  process.stdout.write(wrapLines(escapeText(text), widthOf(process.stdout)));
}

/** Prints a text for people on stderr; on a terminal, lines break between words. */
export function printError(text: string): void {
  process.stderr.write(wrapLines(escapeText(text), widthOf(process.stderr)));
}

/** Breaks lines that are too long between words; what follows keeps the indent. Counts one column for each letter. */
export function wrapLines(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  const wrap = (line: string) => wrapAt(({ length }) => length, line, columns, 0, /^ */.exec(line)![0]);
  return text.split('\n').map(wrap).join('\n');
}

function widthOf({ isTTY, columns }: NodeJS.WriteStream): number | undefined {
  return isTTY && columns > 0 ? columns : undefined;
}

/** Prints a result for programs on stdout. Unprintable characters become JSON escapes, which mean the same. */
export function printJson(value: unknown): void {
  process.stdout.write(`${escapeText(JSON.stringify(value, null, 2))}\n`);
}

/** The same as one line, for programs that read line by line. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${escapeText(JSON.stringify(value))}\n`);
}

/** Prints lines of a JSON log on stderr, one object each. */
export function printLog(lines: readonly object[]): void {
  for (const line of lines) process.stderr.write(`${escapeText(JSON.stringify(line))}\n`);
}

/** Prints text with colours of mcp-pipe. The caller has escaped all foreign text in it. */
export function printStyled(text: string): void {
  process.stdout.write(text);
}

/** Prints a server's text: byte for byte into a file or pipe, escaped on a terminal. */
export function printResult(text: string, to: 'stdout' | 'stderr'): void {
  const stream = process[to];
  stream.write(stream.isTTY ? escapeText(text) : text);
}

/** Prints a line on stderr that the next one overwrites; `cut` shortens it to the width of the terminal. */
export function printOver(line: string, cut: (text: string, columns: number) => string): void {
  const width = (process.stderr.columns || 80) - 1;
  process.stderr.write(`\r\u001b[K${cut(escapeControls(line), width)}`);
}
