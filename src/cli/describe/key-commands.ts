import { Argument } from 'commander';
import { texts as key } from '../../messages/commands/key.js';
import { command, type Describe } from './command.js';
import { configOptions, controlOption, gather, langOption, numberIn } from './options.js';

/** Commands about keys of the gateway. */
export const KEY_COMMANDS: Readonly<Record<'key', Describe>> = {
  key: command(key, (own, words) =>
    controlOption(langOption(configOptions(own)))
      .addArgument(
        new Argument('<action>', words.action).choices(['add', 'list', 'rotate', 'revoke', 'hash']),
      )
      .argument('[name]', words.name)
      .option('--servers <servers>', words.servers, gather)
      .option('--agents <agents>', words.agents, gather)
      .option('--tools <globs>', words.tools, gather)
      .option('--read-only', words.readOnly)
      .option('--rate <rate>', words.rate)
      .option('--concurrent <calls>', words.concurrent, numberIn(own.words, 1))
      .option('--expires <when>', words.expires)
      .option('--key-file <file>', words.keyFile)
      .option('--json', words.json)
      .runs(async (action, name, options) => (await import('../commands/key.js')).key(action, name, options)),
  ),
};
