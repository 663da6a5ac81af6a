import type { HelpWords } from '../../messages/help.js';

type Wrong = HelpWords['wrong'];

/** Commander's errors (14.0, `lib/command.js`), and the text that replaces each. */
const COMPLAINTS: readonly [RegExp, (wrong: Wrong, ...parts: string[]) => string][] = [
  [/^missing required argument '(.+)'$/s, (wrong, name) => wrong.argumentMissing(name!)],
  [/^option '(.+)' argument missing$/s, (wrong, option) => wrong.valueMissing(option!)],
  [
    /^option '(.+)' cannot be used with option '(.+)'$/s,
    (wrong, option, other) => wrong.conflicting(option!, other!),
  ],
  [/^unknown option '(.+)'$/s, (wrong, option) => wrong.unknownOption(option!)],
  [/^unknown command '(.+)'$/s, (wrong, name) => wrong.unknownCommand(name!)],
  [
    /^too many arguments(?: for '.+')?\. Expected (\d+) arguments? but got (\d+)\.$/s,
    (wrong, most, given) => wrong.tooMany(Number(most), Number(given)),
  ],
  [
    /^option '(.+?)' argument '(.*)' is invalid\. (.*)$/s,
    (wrong, option, value, why) => because(wrong.optionValue(option!, withoutLogin(value!)), why!, wrong),
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.+?)'\. (.*)$/s,
    (wrong, value, name, why) => because(wrong.argumentValue(name!, value!), why!, wrong),
  ],
];

/** Translates commander's error into the language of `wrong`; an unknown error stays as it is. */
export function formatWrongUsage(said: string, wrong: Wrong): string {
  const [, text = said, meant] =
    /^error: (.*?)(?:\n\(Did you mean (?:one of )?(.+)\?\))?\n*$/s.exec(said) ?? [];
  const found = COMPLAINTS.map(([pattern, say]) => ({ parts: pattern.exec(text), say })).find(
    ({ parts }) => parts !== null,
  );
  const what = found ? found.say(wrong, ...found.parts!.slice(1)) : text;
  const lines = [wrong.error(what), ...(meant === undefined ? [] : [wrong.didYouMean(meant)])];
  return `${lines.join('\n')}\n`;
}

function because(what: string, why: string, wrong: Wrong): string {
  const [, choices] = /^Allowed choices are (.*)\.$/s.exec(why) ?? [];
  return `${what}; ${choices === undefined ? why : wrong.oneOf(choices)}`;
}

/** A refused address is printed without its login. */
function withoutLogin(value: string): string {
  return value.replace(/\/\/[^/@\s]*@/, '//…@');
}
