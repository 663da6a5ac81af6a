import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FindingWords, wordFinding } from '../../src/messages/index.js';
import type { Finding } from '../../src/protocol/errors.js';

/** A value of the configuration, and how to replace it; undefined removes it. */
interface Spot {
  value: unknown;
  write: (value: unknown) => void;
  /** The list or object that holds it, and its key. */
  around: unknown;
  key: string;
}

type Rule = [says: RegExp, obey: (words: string[], spot: Spot, finding: Finding & FindingWords) => void];

const text = (spot: Spot, change: (text: string) => string) => spot.write(change(String(spot.value)));
const list = (spot: Spot) => spot.around as string[];

/** What a reader does who follows an advice literally. The first rule that matches counts. */
const RULES: readonly Rule[] = [
  [
    /Write (\S+:\/\/) instead of (\S+:\/\/)(?:, and (\S+) as the path)?/,
    ([, to, from, path], spot) =>
      text(spot, (one) => {
        const changed = one.replace(from!, to!);
        return path === undefined ? changed : changed.replace(/(:\/\/[^/]+)[^?]*/, `$1${path}`);
      }),
  ],
  [
    /[Ww]rite (\/\S+\/) instead of (\/\S+\/)\./,
    ([, to, from], spot) => text(spot, (one) => one.replace(from!, to!)),
  ],
  [
    /Write (\/\S+\/) with the slash/,
    ([, path], spot) => text(spot, (one) => one.replace(path!.slice(0, -1), path!)),
  ],
  [/Write (\w+:\/\/) in front of it/, ([, scheme], spot) => text(spot, (one) => scheme + one)],
  [
    /Take the quotation mark away|Write it without them/,
    (_, spot) => text(spot, (one) => one.replace(/["'`“”]/g, '')),
  ],
  [/Write %2B for each \+ in the token/, (_, spot) => text(spot, (one) => one.replaceAll('+', '%2B'))],
  [/each %25 in the token as %/, (_, spot) => text(spot, (one) => one.replaceAll('%25', '%'))],
  [/Write "-i" instead of "(.*)"/, (_, spot) => spot.write('-i')],
  [/Take "(.*)" out of "args"/, (_, spot) => spot.write(undefined)],
  [/Write "-i" behind "(.*)"/, ([, word], spot) => list(spot).splice(list(spot).indexOf(word!) + 1, 0, '-i')],
  [/Write "(-y|--yes)" before the package/, ([, yes], spot) => list(spot).splice(Number(spot.key), 0, yes!)],
  [/Split it: \d+ texts/, (_, spot) => list(spot).splice(0, 1, ...String(spot.value).trim().split(/\s+/))],
  [
    /Write "command": "(.*?)", and in "args" only what follows it, each word in quotes of its own/,
    ([, program], spot) => {
      const entry = spot.around as { command: string; args: string[] };
      const words = entry.args.flatMap((arg) => arg.split(' '));
      entry.args = words.slice(words.indexOf(program!) + 1);
      entry.command = program!;
    },
  ],
  [/Write "command": "(.*?)"/, ([, program], spot) => spot.write(program)],
  [/a folder of its own, such as (\S+):/, ([, folder], spot) => spot.write(folder)],
  [/Leave it out/, (_, spot) => spot.write(undefined)],
  [/Write ((?:\$\{\w+\}|\.\/)\S*)$/, ([, whole], spot) => spot.write(whole)],
];

const FILE_RULES: readonly [says: RegExp, obey: (words: string[], finding: Finding) => void][] = [
  [/Rename it to (\S+)/, ([, name], { file }) => renameSync(file, join(dirname(file), name!))],
  [
    /write (\w+)= and the value behind it/,
    ([, name], { file, line }) =>
      editLine(
        file,
        line!,
        (one) => `${name}=${/((?:wss?|https?):[^"'\s]+|[^"'\s=]+)["']?,?$/.exec(one)![1]}`,
      ),
  ],
  [
    /Write (\w+)=…: the name counts/,
    ([, name], { file, line }) => editLine(file, line!, (one) => one.replace(/^[^=]+/, name!)),
  ],
  [
    /Put (.) before its first line and (.) behind its last one/,
    ([, before, after], { file }) => writeFileSync(file, `${before}${readFileSync(file, 'utf8')}${after}`),
  ],
  [
    /Remove the lines that begin with ```/,
    (_, { file }) => editFile(file, (all) => all.replace(/^```.*$/gm, '')),
  ],
  [
    /Replace each of them with a straight one/,
    (_, { file }) => editFile(file, (all) => all.replace(/[“”„]/g, '"')),
  ],
];

/** Follows the advice of one finding, in the files that it names. @throws when no rule matches the advice. */
export function obey(finding: Finding): void {
  const words = { ...finding, ...wordFinding(finding, 'en') };
  for (const [says, act] of FILE_RULES) {
    const match = says.exec(words.next);
    if (match) return act([...match], finding);
  }
  for (const [says, act] of RULES) {
    const match = says.exec(words.next);
    if (!match) continue;
    if (!finding.file.endsWith('.json')) return inEnv(finding, (spot) => act([...match], spot, words));
    const root = JSON.parse(readFileSync(finding.file, 'utf8')) as unknown;
    act([...match], spotAt(root, finding.path), words);
    writeFileSync(finding.file, JSON.stringify(root, undefined, 2));
    return;
  }
  throw new Error(`nobody knows how to obey: ${words.next}`);
}

function spotAt(root: unknown, path: string): Spot {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const key = keys.pop()!;
  const around = keys.reduce((inner, step) => (inner as Record<string, unknown>)[step], root) as Record<
    string,
    unknown
  >;
  const write = (value: unknown) => {
    if (value !== undefined) around[key] = value;
    else if (Array.isArray(around)) around.splice(Number(key), 1);
    else delete around[key];
  };
  return { value: around[key], write, around, key };
}

function inEnv({ file, line }: Finding, act: (spot: Spot) => void): void {
  if (!existsSync(file)) throw new Error(`the advice stands in no file: ${file}`);
  editLine(file, line!, (one) => {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(one)!;
    let changed = value!;
    act({ value, write: (next) => (changed = String(next)), around: undefined, key: name! });
    return `${name}=${changed}`;
  });
}

function editLine(file: string, line: number, change: (line: string) => string): void {
  editFile(file, (all) =>
    all
      .split('\n')
      .map((one, i) => (i === line - 1 ? change(one) : one))
      .join('\n'),
  );
}

function editFile(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
