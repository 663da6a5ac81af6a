import { displayWidth, wrapWords } from '../../observe/display-width.js';

/**
 * Examples and notes below the help, in lines of that width: a remark beside a command stays in its column, lines at the
 * margin are one paragraph. A command itself is never broken: it is there to be copied.
 */
export function fitHelp(text: string, columns: number): string {
  const lines: string[] = [];
  let paragraph = '';
  const close = () => {
    if (paragraph !== '') lines.push(wrapWords(paragraph, columns, 0, ''));
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
      const column = displayWidth(before);
      lines.push(before + wrapWords(remark, columns, column, ' '.repeat(column)));
    }
  }
  close();
  return lines.join('\n');
}
