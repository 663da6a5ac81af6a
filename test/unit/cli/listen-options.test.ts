import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { LocalizedCommand } from '../../../src/cli/describe/localized-command.js';
import { withValues } from '../../../src/cli/describe/options.js';
import { runOptions } from '../../../src/cli/describe/run-options.js';
import { serveOptions } from '../../../src/cli/describe/serve-options.js';
import { serveArguments } from '../../../src/cli/serve/arguments.js';
import { help } from '../../../src/messages/help.js';

const line = {
  ...{ lang: 'en' as const, words: help.en, argv: [], afterDashes: undefined },
  ...{ commandNames: [], exitCode: 0 },
};
const made = (name: string) =>
  new LocalizedCommand(name, line).exitOverride().configureOutput({ writeErr: () => {} });

function ran(words: readonly string[]): unknown[] {
  let given: unknown[] = [];
  const command = runOptions(made('mcp-pipe') as LocalizedCommand).action((target, { ui, metrics }) => {
    given = [target, ui, metrics];
  });
  command.parse(withValues(words), { from: 'user' });
  return given;
}

function served(words: readonly string[]): unknown[] {
  let given: unknown[] = [];
  const command: Command = serveOptions(made('serve') as LocalizedCommand).action((target, { ui }) => {
    given = [target, ui];
  });
  command.parse(serveArguments(words, command.options), { from: 'user' });
  return given;
}

const AT = { host: '127.0.0.1', port: 7421 };

test.each([
  [['--ui'], [undefined, true, undefined]],
  [
    ['--ui', 'calculator.js'],
    ['calculator.js', true, undefined],
  ],
  [
    ['calculator', '--ui'],
    ['calculator', true, undefined],
  ],
  [
    ['--ui', '7421'],
    [undefined, AT, undefined],
  ],
  [
    ['--ui', '127.0.0.1:7421', 'calculator.js'],
    ['calculator.js', AT, undefined],
  ],
  [
    ['--ui=7421', 'calculator.js'],
    ['calculator.js', AT, undefined],
  ],
  [
    ['--ui', '--metrics', '0.0.0.0:9464', 'a'],
    ['a', true, { host: '0.0.0.0', port: 9464 }],
  ],
  [
    ['--metrics', 'localhost'],
    ['localhost', undefined, true],
  ],
])('mcp-pipe %j', (words, given) => {
  expect(ran(words)).toEqual(given);
});

test('an address that is none is wrong usage', () => {
  expect(() => ran(['--ui=nowhere'])).toThrow(/--ui/);
});

test.each([
  [
    ['--ui', 'npx', '-y', 'server'],
    [['npx', '-y', 'server'], true],
  ],
  [
    ['--ui', '7421', 'npx', '--ui', '9'],
    [['npx', '--ui', '9'], AT],
  ],
  [['--ui=7421'], [[], AT]],
])('mcp-pipe serve %j leaves the words of the server alone', (words, given) => {
  expect(served(words)).toEqual(given);
});
