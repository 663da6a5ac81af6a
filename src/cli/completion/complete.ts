import type { Argument, Command, Option } from 'commander';
import type { ConfiguredNames } from '../../config/server-names.js';

/** What a shell offers for the word under the cursor. */
export interface Completion {
  /** Whether names of files are offered, too. */
  files: boolean;
  candidates: { value: string; about: string }[];
}

/** Arguments and options whose value is the name of a configured server, by their name in the help. */
const SERVER_ARGUMENTS = new Set(['target', 'server', 'servers']);
/** The configured names that a command takes. */
const NAMED: Readonly<Record<string, (names: ConfiguredNames) => string[]>> = {
  enable: ({ disabled }) => disabled,
  disable: running,
  ...Object.fromEntries(
    ['restart', 'pause', 'resume', 'reconnect', 'logs'].map((command) => [command, running]),
  ),
};

/** Servers and agents that may run. */
function running({ servers, agents, disabled }: ConfiguredNames): string[] {
  return [...servers, ...agents].filter((name) => !disabled.includes(name));
}

/** Arguments and options whose value is a path, by their name in the help. */
const FILE_VALUES = new Set(['target', 'file', 'folder', 'path']);

const NOTHING: Completion = { files: false, candidates: [] };

/**
 * Completes the last of `words`, which are the words after the program's name, with the commands and options of `program`.
 * `namesIn` is called only where a server or an agent may stand, with the value of `--config` if it was given.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  namesIn: (config: string | undefined) => Promise<ConfiguredNames>,
): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const line = readLine(program, words.slice(0, -1));
  const { command, position, config } = line;
  const servers = async () =>
    (await namesIn(config)).servers.map((value) => ({ value, about: 'configured server' }));
  const agents = async () =>
    (await namesIn(config)).agents.map((value) => ({ value, about: 'configured agent' }));
  // The words after `--` are a command of their own, which the shell completes.
  if (line.afterDashes) return { files: true, candidates: [] };
  const valuesOf = async (option: Option): Promise<Completion> => {
    const values = fixedValuesOf(option);
    if (valueName(option) === 'agent') return { ...values, candidates: await agents() };
    if (!SERVER_ARGUMENTS.has(valueName(option))) return values;
    return { ...values, candidates: [...values.candidates, ...(await servers())] };
  };
  if (line.pending) return matching(current, '', await valuesOf(line.pending));
  const [, name, given] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  if (name !== undefined) {
    const option = command.options.find(({ long }) => long === name);
    return option ? matching(given!, `${name}=`, await valuesOf(option)) : NOTHING;
  }
  if (current.startsWith('-')) return matching(current, '', { files: false, candidates: optionsOf(command) });
  const argument = argumentAt(command, position);
  const all: Completion = { files: argument !== undefined && takesFile(argument), candidates: [] };
  if (position === 0) all.candidates.push(...commandsOf(command));
  for (const choice of argument?.argChoices ?? []) all.candidates.push({ value: choice, about: '' });
  if (argument && SERVER_ARGUMENTS.has(argument.name())) {
    all.candidates.push(...(await servers()));
  }
  const named = argument && NAMED[command.name()];
  if (named) for (const value of named(await namesIn(config))) all.candidates.push({ value, about: '' });
  return matching(current, '', all);
}

interface Line {
  /** The command that the words before the cursor name. */
  command: Command;
  /** Number of arguments before the cursor. */
  position: number;
  /** The option whose value is under the cursor. */
  pending: Option | undefined;
  /** The value of `--config`. */
  config: string | undefined;
  afterDashes: boolean;
}

function readLine(program: Command, words: readonly string[]): Line {
  const line: Line = {
    command: program,
    position: 0,
    pending: undefined,
    config: undefined,
    afterDashes: false,
  };
  for (const word of words) {
    if (word === '--' && !line.pending) return { ...line, afterDashes: true };
    // bash splits --option=value at the sign.
    if (line.pending && word === '=') continue;
    if (line.pending) {
      if (line.pending.long === '--config') line.config = word;
      line.pending = undefined;
    } else if (word.startsWith('-') && word !== '-') {
      const [name, value] = split(word);
      const option = line.command.options.find(({ long, short }) => name === long || name === short);
      if (option?.long === '--config' && value !== undefined) line.config = value;
      if (option && (option.required || option.optional) && value === undefined) line.pending = option;
    } else {
      const inner = line.position === 0 ? named(line.command, word) : undefined;
      line.command = inner ?? line.command;
      line.position = inner ? 0 : line.position + 1;
    }
  }
  return line;
}

function split(word: string): [name: string, value: string | undefined] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function named(command: Command, word: string): Command | undefined {
  return command.commands.find((inner) => inner.name() === word || inner.aliases().includes(word));
}

function argumentAt(command: Command, position: number): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[position] ?? (last?.variadic ? last : undefined);
}

function takesFile(argument: Argument): boolean {
  return FILE_VALUES.has(argument.name());
}

function commandsOf(command: Command): Completion['candidates'] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((inner) => ({ value: inner.name(), about: inner.summary() || inner.description() }));
}

function optionsOf(command: Command): Completion['candidates'] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, short, description }) =>
      [long, short].flatMap((value) => (value ? [{ value, about: description }] : [])),
    );
}

function valueName({ flags }: Option): string {
  return /<([^>.]+)/.exec(flags)?.[1] ?? '';
}

function fixedValuesOf(option: Option): Completion {
  const candidates = (option.argChoices ?? []).map((value) => ({ value, about: '' }));
  return { files: FILE_VALUES.has(valueName(option)), candidates };
}

function matching(current: string, before: string, { files, candidates }: Completion): Completion {
  return {
    files,
    candidates: candidates
      .filter(({ value }) => value.startsWith(current))
      .map(({ value, about }) => ({ value: before + value, about })),
  };
}

/** First `files` or `only`, then one line for each candidate: the word, a tab, its description. */
export function completionText({ files, candidates }: Completion): string {
  const oneLine = (text: string) => text.replace(/\s+/g, ' ');
  const lines = candidates
    // This format cannot hold a name with a line break.
    .filter(({ value }) => !/[\t\r\n]/.test(value))
    .map(({ value, about }) => `${value}\t${oneLine(about)}`);
  return `${[files ? 'files' : 'only', ...lines].join('\n')}\n`;
}
