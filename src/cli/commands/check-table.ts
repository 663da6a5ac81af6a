import type { styleText } from 'node:util';
import { cutToWidth, displayWidth, padToWidth } from '../../observe/display-width.js';

/** Colours a text, where the terminal has colours. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** A narrower column would be useless. */
export const leastWidth = 8;

/** The widths of the columns of these lines: the widest is shortened until all of them fit. */
export function narrowed(
  lines: readonly (readonly string[])[],
  columns: number | undefined,
  least: readonly number[],
): number[] {
  const fitted = lines[0]!.map((_, i) => Math.max(...lines.map((line) => displayWidth(line[i]!))));
  if (columns === undefined) return fitted;
  const room = columns - 2 * (fitted.length - 1);
  for (let over = fitted.reduce((a, b) => a + b, 0) - room; over > 0; over--) {
    const spare = fitted.map((width, i) => width - least[i]!);
    const widest = spare.indexOf(Math.max(...spare));
    if (spare[widest]! <= 0) break;
    fitted[widest]! -= 1;
  }
  return fitted;
}

/** One line of a table. The cell of `kept` keeps its end where it is cut. */
export function inColumns(
  cells: readonly string[],
  widths: readonly number[],
  kept?: { column: number; end: string },
): string {
  return cells
    .map((cell, i) => padToWidth(cut(cell, widths[i]!, kept?.column === i ? kept.end : ''), widths[i]!))
    .join('  ')
    .trimEnd();
}

/** Shortens a text but keeps `end`. */
function cut(text: string, width: number, end: string): string {
  if (displayWidth(text) <= width) return text;
  return end === '' ? cutToWidth(text, width) : `${cutToWidth(text, width - end.length)}${end}`;
}
