import { texts as approve } from '../../messages/commands/approve.js';
import { texts as decline } from '../../messages/commands/decline.js';
import { command, type Describe } from './command.js';
import { daemonOptions, duration } from './options.js';

/** What a person decides about. */
export const APPROVAL_COMMANDS: Readonly<Record<'approve' | 'decline', Describe>> = {
  approve: command(approve, (own, words) =>
    daemonOptions(own)
      .argument('[subject]', words.what)
      .argument('[tool]', words.tool)
      .option('--all', words.all)
      .option('--for <time>', words.for, duration(own.words))
      .option('--json', own.words.options.json)
      .runs(async (what, tool, options) =>
        (await import('../commands/approve.js')).approve(what, tool, options),
      ),
  ),
  decline: command(decline, (own, words) =>
    daemonOptions(own)
      .argument('<id...>', words.ids)
      .option('--reason <text>', words.reason)
      .option('--json', own.words.options.json)
      .runs(async (ids, options) => (await import('../commands/approve.js')).declineCalls(ids, options)),
  ),
};
