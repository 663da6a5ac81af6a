import { texts as lock } from '../../messages/commands/lock.js';
import { command, type Describe } from './command.js';
import { configOptions, langOption } from './options.js';

/** Packages that servers are. */
export const PACKAGE_COMMANDS: Readonly<Record<'lock', Describe>> = {
  lock: command(lock, (own, words) =>
    configOptions(langOption(own))
      .argument('[name...]', words.names)
      .option('--offline', words.offline)
      .option('--json', words.json)
      .runs(async (names, options) => (await import('../commands/lock.js')).lock(names, options)),
  ),
};
