import { wrapAt } from '../../observe/wrap-words.js';

/** Of texts of our own, in which each letter takes one column: no table of widths is loaded for them at each start. */
const widthOf = (text: string) => text.length;

/**
 * Examples and notes below the help, in lines of that width: a remark beside a command stays in its column, lines at the
 * margin are one paragraph. A command itself is never broken: it is there to be copied.
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
      // What follows a colon stands for itself.
      if (line.endsWith(':')) close();
      continue;
    }
    close();
    const [, before, remark] = /^(\s{20,}|\s+\S.*? {2,})(\S.*)$/.exec(line) ?? [];
    if (before === undefined || remark === undefined) lines.push(line);
    else {
      const column = widthOf(before);
      lines.push(before + wrapAt(widthOf, remark, columns, column, ' '.repeat(column)));
    }
  }
  close();
  return lines.join('\n');
}
