import { Option } from 'commander';
import type { EndpointOptions } from '../commands/endpoint.js';
import type { LocalizedCommand } from './localized-command.js';
import { closeCode, type Done, logOptions, numberIn } from './options.js';

export function addEndpoint(program: LocalizedCommand, done: Done): void {
  const words = program.words.endpoint;
  logOptions(program.command('endpoint'))
    .description(words.about)
    .option('--host <address>', words.host, '127.0.0.1')
    .option('-p, --port <number>', words.port, numberIn(program.words, 0, 65_535), 8765)
    .option('--connections-per-token <number>', words.connectionsPerToken, numberIn(program.words, 1))
    .addOption(
      new Option('--when-full <reaction>', words.whenFull)
        .choices(['4004', 'replace', 'replace-deaf'])
        .default('4004'),
    )
    .option('--token <token...>', words.token)
    .option('--initialize-timeout-ms <ms>', words.initializeTimeout, numberIn(program.words, 0))
    .option('--delay-ms <ms>', words.delay, numberIn(program.words, 0))
    .option('--drop-after-ms <ms>', words.dropAfter, numberIn(program.words, 0))
    .option('--refuse <code>', words.refuse, closeCode(program.words))
    .option('--reject <status>', words.reject, numberIn(program.words, 400, 599))
    .option('--silent', words.silent)
    .more(words.more)
    .action(async (options: EndpointOptions) => {
      const { endpoint } = await import('../commands/endpoint.js');
      done(await endpoint(options));
    });
}
