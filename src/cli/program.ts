import { statSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { isInContainer } from '../config/in-container.js';
import { texts as run } from '../messages/commands/run.js';
import { type HelpWords, help } from '../messages/help.js';
import type { Lang } from '../messages/index.js';
import { isInBackground } from './background.js';
import type { StartOptions } from './commands/start.js';
import { COMMAND_NAMES } from './describe/command-names.js';
import { type CommandLine, LocalizedCommand } from './describe/localized-command.js';
import { withValues } from './describe/options.js';
import { runOptions } from './describe/run-options.js';
import { formatWrongUsage } from './describe/wrong-usage.js';
import { ExitCode } from './exit-codes.js';
import { familiarWord } from './familiar-words.js';
import { languageOf, optionOf } from './language.js';
import type { LogOptions } from './log-options.js';
import { print, printError, printLog } from './output.js';
import { versions } from './version.js';

/** Runs a command line and returns the exit code. A first word of another program is translated. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const meant = await familiarWord(argv, (word) => isTaken(word, optionOf(argv, '--config', '-c')));
  if (!meant) return runOwn(argv);
  if ('argv' in meant) return runOwn(meant.argv);
  const { messagesFor } = await import('../messages/index.js');
  const { familiar } = messagesFor(languageOf(optionOf(argv, '--lang'), process.env));
  const text = familiar[meant.instead];
  printError(`${meant.isOurs ? text : familiar.said({ word: argv[0]!, text })}\n`);
  return ExitCode.usage;
}

/** Whether a word is the name of a configured server, or a file; a folder cannot be run. */
async function isTaken(word: string, config: string | undefined): Promise<boolean> {
  if (statSync(word, { throwIfNoEntry: false })?.isFile()) return true;
  const { configuredNames } = await import('../config/server-names.js');
  return configuredNames(config, process.env, process.cwd()).servers.includes(word);
}

/** Parses the command line and runs one command. Commands are imported when needed. */
async function runOwn(argv: readonly string[]): Promise<number> {
  // When the links cannot start, the error has the format of the log.
  let logOptionsOfRun: LogOptions | undefined;
  // Commander cannot tell `mcp-pipe x` from `mcp-pipe -- x`. The words after `--` are a command to run.
  const dashes = argv.indexOf('--');
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  let lang = languageOf(optionOf(own, '--lang'), process.env);
  const line: CommandLine = {
    lang,
    words: help[lang],
    argv,
    afterDashes: dashes < 0 ? undefined : argv.slice(dashes + 1),
    commandNames: COMMAND_NAMES,
    exitCode: ExitCode.ok,
  };
  const program = await describe(line, argv[0] === '__complete' || wantsCommands(own));
  program.hook('preAction', (_, chosen) => {
    lang = languageOf(chosen.opts<{ lang?: string }>().lang, process.env);
    const { detach, daemon, background, ...options } = chosen.opts<StartOptions>();
    const isRun =
      chosen === program ||
      chosen.name() === 'serve' ||
      (chosen.name() === 'start' && !(detach || daemon || background));
    if (isRun) logOptionsOfRun = options;
  });
  if (argv[0] === '__complete') return printCompletion(program, argv.slice(1));
  try {
    await program.parseAsync(await asTyped(own, program), { from: 'user' });
    // A command that has done its work does not fail for this: its files may have been replaced while it ran.
    if (process.stdout.isTTY && process.stderr.isTTY) await noticeUpdate(lang).catch(() => {});
    return line.exitCode;
  } catch (error) {
    // Commander has printed help, version and usage errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const inContainer = isInContainer(process.env);
    const options = { lang, debug: argv.includes('--debug'), inContainer };
    // Imported here, because the messages are long and help does not need them.
    const { explain, explainToLog } = await import('./explain.js');
    const { logFormat } = await import('./log-options.js');
    const { lines, exitCode } = explain(error, options);
    const format = logOptionsOfRun && logFormat(logOptionsOfRun, process.env, process.stderr.isTTY === true);
    // `start -d` prints what the process that it started has written.
    if (format === 'json' && !isInBackground()) printLog(explainToLog(error, options));
    else printError(`${lines.join('\n')}\n`);
    return exitCode;
  }
}

/** The words of `serve` as its options take them: other gateways write the same options otherwise. */
async function asTyped(words: readonly string[], program: Command): Promise<readonly string[]> {
  const at = words.indexOf('serve');
  // Options of the program may stand before the command.
  if (at < 0 || words.slice(0, at).some((word) => !word.startsWith('-'))) return withValues(words);
  const command = program.commands.find((one) => one.name() === 'serve')!;
  const { serveArguments } = await import('./serve/arguments.js');
  return [...withValues(words.slice(0, at + 1)), ...serveArguments(words.slice(at + 1), command.options)];
}

/** Says once a day that there is a newer version, as far as a running mcp-pipe has asked. */
async function noticeUpdate(lang: Lang): Promise<void> {
  const { noticeForTerminal } = await import('./update/notice.js');
  const notice = noticeForTerminal(process.env, lang);
  if (notice !== undefined) printError(`${notice}\n`);
}

/** `__complete WORDS...`: called by the scripts of `mcp-pipe completion`; the last word is under the cursor. */
async function printCompletion(program: Command, words: readonly string[]): Promise<number> {
  const { complete, completionText } = await import('./completion/complete.js');
  const completion = await complete(program, words, async (config) => {
    const { configuredNames } = await import('../config/server-names.js');
    return configuredNames(config, process.env, process.cwd());
  });
  print(completionText(completion));
  return ExitCode.ok;
}

/** Whether a command may be meant, or the help that lists them all. The run itself does without, for they are long. */
function wantsCommands(words: readonly string[]): boolean {
  const names: ReadonlySet<string> = new Set([...COMMAND_NAMES, '-h', '--help']);
  return words.some((word) => names.has(word));
}

async function describe(line: CommandLine, withCommands: boolean): Promise<LocalizedCommand> {
  const program = new LocalizedCommand('mcp-pipe', line);
  const { words } = line;
  const main = run[line.lang].help;
  program
    .description(main.about)
    .version(versions(), '-V, --version', main.version)
    .helpOption('-h, --help', words.options.help)
    .helpCommand(false)
    // The column of terms is short enough for 80 columns; each command's help lists its options.
    .configureHelp({
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}`.trim(),
    })
    // Subcommands have options of the same name; an option before the subcommand counts for it, too.
    .enablePositionalOptions()
    .hook('preAction', (_, command) => {
      if (command.parent) inherit(command.parent, command, words);
    })
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: printError,
      outputError: (text, write) => write(formatWrongUsage(text, words.wrong)),
    })
    .showHelpAfterError(words.wrong.seeHelp('mcp-pipe'))
    .more(main.more);

  runOptions(program).runs(async (target, options) =>
    (await import('./commands/run.js')).run(target, line, options),
  );

  if (!withCommands) return program;
  const { COMMANDS } = await import('./describe/commands.js');
  for (const [name, describeCommand] of Object.entries(COMMANDS))
    describeCommand(program.command(name).showHelpAfterError(words.wrong.seeHelp(`mcp-pipe ${name}`)));
  return program;
}

/** Passes options before a subcommand on to it; an option that it does not have is an error. */
function inherit(from: Command, to: Command, { wrong }: HelpWords): void {
  for (const option of from.options) {
    const name = option.attributeName();
    if (from.getOptionValueSource(name) !== 'cli') continue;
    if (!to.options.some((own) => own.attributeName() === name)) {
      to.error(`error: ${wrong.notWith(option.long!, to.name())}`);
    }
    if (to.getOptionValueSource(name) === 'cli') continue;
    to.setOptionValueWithSource(name, from.getOptionValue(name), 'cli');
  }
}
