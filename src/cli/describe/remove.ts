import type { EditOptions } from '../edit-session.js';
import type { LocalizedCommand } from './localized-command.js';
import { type Done, langOption } from './options.js';

export function addRemove(program: LocalizedCommand, done: Done): void {
  const words = program.words.remove;
  langOption(program.command('remove'))
    .description(words.about)
    .argument('<server>', words.server)
    .option('-c, --config <file>', program.words.options.config)
    .more(words.more)
    .action(async (name: string, options: EditOptions) => {
      const { remove } = await import('../commands/remove.js');
      done(await remove(name, options));
    });
}
