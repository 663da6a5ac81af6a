import { type Argument, Command, Help, type Option } from 'commander';
import type { HelpWords } from '../../messages/help.js';
import { fitHelp } from './fit-help.js';

/** A command whose help and errors, and those of its subcommands, are in one language. */
export class LocalizedCommand extends Command {
  constructor(
    name: string | undefined,
    readonly words: HelpWords,
  ) {
    super(name);
  }

  override createCommand(name?: string): LocalizedCommand {
    return new LocalizedCommand(name, this.words);
  }

  /** Examples and notes below the help. */
  more(text: string): this {
    // Wrapped to the width of the help above.
    return this.addHelpText('after', ({ command }) =>
      fitHelp(text, command.configureOutput().getOutHelpWidth?.() ?? 80),
    );
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
