import type { CheckOptions } from '../commands/check.js';
import { configOptions, type Done, langOption, modeOption, proxyOption } from './options.js';
import type { Spoken } from './spoken.js';

export function addCheck(program: Spoken, done: Done, afterDashes: readonly string[] | undefined): void {
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
