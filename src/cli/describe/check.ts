import type { CheckOptions } from '../commands/check.js';
import type { LocalizedCommand } from './localized-command.js';
import { configOptions, type Done, langOption, modeOption, proxyOption } from './options.js';

export function addCheck(
  program: LocalizedCommand,
  done: Done,
  afterDashes: readonly string[] | undefined,
): void {
  const words = program.words.check;
  langOption(proxyOption(modeOption(configOptions(program.command('check')))))
    .description(words.about)
    .argument('[target]', words.target)
    .option('-e, --endpoint <url>', words.endpoint)
    .option('--json', words.json)
    .option('--strict', words.strict)
    .more(words.more)
    .action(async (target: string | undefined, options: CheckOptions) => {
      const { check } = await import('../commands/check.js');
      done(await check(target, afterDashes, options));
    });
}
