import type { Lang } from '../../messages/index.js';
import type { LocalizedCommand } from './localized-command.js';

/** The texts above and below the options in the help of a command. */
interface HelpOfCommand {
  about: string;
  more: string;
}

/** Adds arguments, options, help and action to a new command. */
export type Describe = (own: LocalizedCommand) => void;

/** Describes a command with its texts, in the language of the command line. */
export function command<Words extends HelpOfCommand>(
  texts: Readonly<Record<Lang, { help: Words }>>,
  describe: (own: LocalizedCommand, words: Words) => LocalizedCommand,
): Describe {
  return (own) => {
    const { help } = texts[own.line.lang];
    describe(own, help).description(help.about).more(help.more);
  };
}
