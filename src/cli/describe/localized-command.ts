import { type Argument, Command, Help, type Option } from 'commander';
import type { HelpWords } from '../../messages/help.js';
import type { Lang } from '../../messages/index.js';
import { fitHelp } from './fit-help.js';

/** Spaces before a term, and between its column and that of descriptions, as commander lays them out. */
const INDENT = 2;

/** The values that all commands of one command line share. */
export interface CommandLine {
  readonly lang: Lang;
  /** Texts of all commands, in that language. */
  readonly words: HelpWords;
  /** All words, those after `--` included; a word of another program is translated. */
  readonly argv: readonly string[];
  /** The words after `--`: a command to run; undefined without `--`. */
  readonly afterDashes: readonly string[] | undefined;
  /** Names of commands, which a first word may be meant as. */
  readonly commandNames: readonly string[];
  /** Exit code of the command that ran. */
  exitCode: number;
}

/** A command whose help and errors, and those of its subcommands, are in one language. */
export class LocalizedCommand extends Command {
  constructor(
    name: string | undefined,
    readonly line: CommandLine,
  ) {
    super(name);
  }

  get words(): HelpWords {
    return this.line.words;
  }

  override createCommand(name?: string): LocalizedCommand {
    return new LocalizedCommand(name, this.line);
  }

  /** Examples and notes below the help. */
  more(text: string): this {
    // Wrapped to the width of the help above.
    return this.addHelpText('after', ({ command }) =>
      fitHelp(text, command.configureOutput().getOutHelpWidth?.() ?? 80),
    );
  }

  /** Sets the action of the command, which returns the exit code. */
  // biome-ignore lint/suspicious/noExplicitAny: commander gives what the arguments and options before it say.
  runs(act: (...given: any[]) => Promise<number>): this {
    return this.action(async (...given) => {
      this.line.exitCode = await act(...given);
    });
  }

  override createHelp(): Help {
    return Object.assign(new LocalizedHelp(this.words), this.configureHelp());
  }
}

class LocalizedHelp extends Help {
  readonly #words: HelpWords;

  constructor(words: HelpWords) {
    super();
    this.#words = words;
  }

  override styleTitle(title: string): string {
    return (this.#words.headings as Readonly<Record<string, string>>)[title] ?? title;
  }

  override optionDescription(option: Option): string {
    // The default of a switch is not shown.
    const shown = option.required || option.optional ? option.defaultValue : undefined;
    return this.#with(option.description, option.argChoices, shown);
  }

  /** Where the terminal is too narrow for two columns, the description stands below its term. */
  override formatItem(term: string, termWidth: number, description: string, helper: Help): string {
    const width = helper.helpWidth ?? 80;
    const isWide = width - termWidth - 2 * INDENT >= helper.minWidthToWrap;
    if (isWide || description === '') return super.formatItem(term, termWidth, description, helper);
    const below = ' '.repeat(3 * INDENT);
    const lines = helper
      .boxWrap(description, Math.max(width - below.length, helper.minWidthToWrap))
      .split('\n');
    return [' '.repeat(INDENT) + term, ...lines.map((line) => below + line)].join('\n');
  }

  override argumentDescription(argument: Argument): string {
    return this.#with(argument.description, argument.argChoices, argument.defaultValue);
  }

  #with(description: string, choices: readonly string[] | undefined, value: unknown): string {
    const more = [
      ...(choices ? [this.#words.choices(choices.join(', '))] : []),
      ...(value === undefined ? [] : [this.#words.defaultIs(String(value))]),
    ];
    return more.length > 0 ? `${description} (${more.join(', ')})` : description;
  }
}
