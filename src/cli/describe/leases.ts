import type { LeasesOptions } from '../commands/leases.js';
import type { LocalizedCommand } from './localized-command.js';
import { controlOption, type Done, langOption } from './options.js';

export function addLeases(program: LocalizedCommand, done: Done): void {
  const words = program.words.leases;
  controlOption(langOption(program.command('leases')))
    .description(words.about)
    .option('-c, --config <file>', program.words.options.config)
    .option('--json', words.json)
    .more(words.more)
    .action(async (options: LeasesOptions) => {
      const { leases } = await import('../commands/leases.js');
      done(await leases(options));
    });
}
