import { describe, expect, it } from 'vitest';
import { fitHelp } from '../../../src/cli/describe/fit-help.js';
import { displayWidth } from '../../../src/observe/display-width.js';
import { commandTexts } from '../messages/command-texts.js';

describe('the examples and notes of the help', () => {
  const texts = (['en', 'vi'] as const).flatMap((lang) =>
    Object.entries(commandTexts(lang)).flatMap(([name, { help }]) =>
      help === undefined ? [] : [[name, help.more] as const],
    ),
  );

  it.each(texts)('of %s fit into 80 columns, but for commands that are there to be copied', (_, text) => {
    const wide = fitHelp(text, 80)
      .split('\n')
      .filter((line) => displayWidth(line) > 80);
    expect(wide.filter((line) => !/^ {2}\S(?:(?! {2}).)*$/.test(line))).toEqual([]);
    expect(fitHelp(text, 80).replace(/\s+/g, ' ')).toBe(text.replace(/\s+/g, ' '));
  });

  it.each(texts)('of %s are letters of one column each', (_, text) => {
    for (const line of text.split('\n')) expect(displayWidth(line), line).toBe(line.length);
  });

  it('stand below their commands on a narrow terminal', () => {
    const text = `Examples:\n  ${'a'.padEnd(40)}   a remark of words\n${' '.repeat(45)}and more\n`;
    expect(fitHelp(text, 60)).toBe('Examples:\n  a\n      a remark of words\n      and more\n');
    expect(fitHelp(text, 80)).toBe(text);
  });

  it('keep a remark in its column, and lines at the margin in one paragraph', () => {
    const text = 'Examples:\n  a-command   a remark of words\n\nOne sentence.\nAnother one.\n';
    expect(fitHelp(text, 24)).toBe(
      'Examples:\n  a-command   a remark\n              of words\n\nOne sentence. Another\none.\n',
    );
  });
});
