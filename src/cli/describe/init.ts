import type { InitOptions } from '../commands/init.js';
import type { LocalizedCommand } from './localized-command.js';
import { type Done, gather, langOption } from './options.js';

export function addInit(program: LocalizedCommand, done: Done): void {
  const words = program.words.init;
  langOption(program.command('init'))
    .description(words.about)
    .option('-e, --endpoint <url>', words.endpoint)
    .option('--server <server>', words.server, gather)
    .option('--import <file>', words.import, gather)
    .option('--dir <folder>', words.dir)
    .option('--keep-secrets-inline', words.keepSecretsInline)
    .option('-y, --yes', program.words.options.yes)
    .more(words.more)
    .action(async (options: InitOptions) => {
      const { init } = await import('../commands/init.js');
      done(await init(options));
    });
}
