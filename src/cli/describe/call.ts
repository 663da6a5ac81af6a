import type { CallOptions } from '../commands/call.js';
import type { LocalizedCommand } from './localized-command.js';
import { configOptions, controlOption, type Done, logOptions, numberIn } from './options.js';

export function addCall(
  program: LocalizedCommand,
  done: Done,
  afterDashes: readonly string[] | undefined,
): void {
  const words = program.words.call;
  controlOption(configOptions(logOptions(program.command('call'))))
    .description(words.about)
    .argument('[server]', words.server)
    .argument('[tool]', words.tool)
    .argument('[arguments...]', words.arguments)
    .option('--json', words.json)
    .option('--out <folder>', words.out)
    .option('--timeout-ms <ms>', words.timeout, numberIn(program.words, 1), 60_000)
    .more(words.more)
    .action(
      async (server: string | undefined, tool: string | undefined, rest: string[], options: CallOptions) => {
        const { call } = await import('../commands/call.js');
        const typed = [server, tool, ...rest].filter((word) => word !== undefined);
        done(await call(typed, afterDashes, options));
      },
    );
}
