import { wrapAt } from '../../observe/wrap-words.js';

/** The help is mcp-pipe's own text, with one column per letter: the table of widths need not be loaded. */
const widthOf = (text: string) => text.length;

/** A column of remarks that is narrower is no column: on a narrow terminal, remarks stand below their commands. */
const LEAST_REMARK = 20;
const BELOW = ' '.repeat(6);

/**
 * Wraps examples and notes below the help: a remark beside a command stays in its column, lines at the margin form one
 * paragraph. A command is not broken, so that it can be copied.
 */
export function fitHelp(text: string, columns: number): string {
  const lines: string[] = [];
  let paragraph = '';
  const close = () => {
    if (paragraph !== '') lines.push(wrapAt(widthOf, paragraph, columns, 0, ''));
    paragraph = '';
  };
  for (const line of text.split('\n')) {
    if (/^\S/.test(line)) {
      paragraph += paragraph === '' ? line : ` ${line}`;
      // A line that ends with a colon ends its paragraph.
      if (line.endsWith(':')) close();
      continue;
    }
    close();
    const [, before, remark] = /^(\s{20,}|\s+\S.*? {2,})(\S.*)$/.exec(line) ?? [];
    if (before === undefined || remark === undefined) lines.push(line);
    else {
      const column = widthOf(before);
      if (column > LEAST_REMARK && columns - column < LEAST_REMARK) {
        if (before.trim() !== '') lines.push(before.trimEnd());
        lines.push(BELOW + wrapAt(widthOf, remark, columns, BELOW.length, BELOW));
        continue;
      }
      lines.push(before + wrapAt(widthOf, remark, columns, column, ' '.repeat(column)));
    }
  }
  close();
  return lines.join('\n');
}
