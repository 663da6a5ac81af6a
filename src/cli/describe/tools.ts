import type { ToolsOptions } from '../commands/tools.js';
import type { LocalizedCommand } from './localized-command.js';
import { configOptions, controlOption, type Done, logOptions, numberIn } from './options.js';

export function addTools(
  program: LocalizedCommand,
  done: Done,
  afterDashes: readonly string[] | undefined,
): void {
  const words = program.words.tools;
  controlOption(configOptions(logOptions(program.command('tools'))))
    .description(words.about)
    .argument('[server]', words.server)
    .option('--json', words.json)
    .option('--timeout-ms <ms>', words.timeout, numberIn(program.words, 1), 60_000)
    .more(words.more)
    .action(async (server: string | undefined, options: ToolsOptions) => {
      const { tools } = await import('../commands/tools.js');
      done(await tools(server, afterDashes, options));
    });
}
