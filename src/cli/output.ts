import { escapeControls, escapeText } from '../messages/human.js';

// The only file that writes to stdout and stderr for the commands (`test/architecture.test.ts`): whatever a server, a
// file or an endpoint calls itself, on a terminal it stays text. The log has `observe/log`, the live block `live`.

/** An answer for people on stdout; with its line breaks. */
// D97: one file writes, and it escapes.
export function print(text: string): void {
  process.stdout.write(escapeText(text));
}

/** Words for people on stderr. */
export function printError(text: string): void {
  process.stderr.write(escapeText(text));
}

/** An answer for programs on stdout. What is unprintable stands in JSON's spelling: it means the same. */
export function printJson(value: unknown): void {
  process.stdout.write(`${escapeText(JSON.stringify(value, null, 2))}\n`);
}

/** Lines for a log of JSON on stderr, one object each. */
export function printLog(lines: readonly object[]): void {
  for (const line of lines) process.stderr.write(`${escapeText(JSON.stringify(line))}\n`);
}

/** Text whose own colours must stay. The caller has escaped everything in it that is not ours. */
export function printStyled(text: string): void {
  process.stdout.write(text);
}

/** What a server said, byte for byte where a file or a program reads it, escaped on a terminal. */
export function printResult(text: string, to: 'stdout' | 'stderr'): void {
  const stream = process[to];
  stream.write(stream.isTTY ? escapeText(text) : text);
}

/** A line on stderr that is written over by the next one; `cut` makes it fit into so many columns. */
export function printOver(line: string, cut: (text: string, columns: number) => string): void {
  const width = (process.stderr.columns || 80) - 1;
  process.stderr.write(`\r\u001b[K${cut(escapeControls(line), width)}`);
}
