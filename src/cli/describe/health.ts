import type { HealthOptions } from '../commands/health.js';
import type { LocalizedCommand } from './localized-command.js';
import { controlOption, type Done, langOption } from './options.js';

export function addHealth(program: LocalizedCommand, done: Done): void {
  const words = program.words.health;
  controlOption(langOption(program.command('health')))
    .description(words.about)
    .option('-c, --config <file>', program.words.options.config)
    .option('--json', words.json)
    .more(words.more)
    .action(async (options: HealthOptions) => {
      const { health } = await import('../commands/health.js');
      done(await health(options));
    });
}
