import type { ProbeOptions } from '../commands/probe.js';
import type { LocalizedCommand } from './localized-command.js';
import { configOptions, type Done, langOption, numberIn, proxyOption } from './options.js';

export function addProbe(program: LocalizedCommand, done: Done): void {
  const words = program.words.probe;
  proxyOption(configOptions(langOption(program.command('probe'))))
    .description(words.about)
    .option('--token-of <server>', words.tokenOf)
    .option('-e, --endpoint <url>', words.endpoint)
    .option('--max <number>', words.max, numberIn(program.words, 1, 4), 4)
    .option('--watch-ms <ms>', words.watch, numberIn(program.words, 100, 60_000), 3_000)
    .option('-y, --yes', words.yes)
    .option('--json', words.json)
    .more(words.more)
    .action(async (options: ProbeOptions) => {
      const { probe } = await import('../commands/probe.js');
      done(await probe(options));
    });
}
