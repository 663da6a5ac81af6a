import type { DemoOptions } from '../commands/demo.js';
import type { LocalizedCommand } from './localized-command.js';
import { type Done, liveOption, logOptions } from './options.js';

export function addDemo(program: LocalizedCommand, done: Done): void {
  const words = program.words.demo;
  liveOption(logOptions(program.command('demo')))
    .description(words.about)
    .more(words.more)
    .action(async (options: DemoOptions) => {
      const { demo } = await import('../commands/demo.js');
      done(await demo(options));
    });
}
