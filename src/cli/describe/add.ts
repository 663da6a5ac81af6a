import type { AddOptions } from '../commands/add.js';
import type { LocalizedCommand } from './localized-command.js';
import { configOptions, type Done, gather, langOption } from './options.js';

export function addAdd(
  program: LocalizedCommand,
  done: Done,
  afterDashes: readonly string[] | undefined,
): void {
  const words = program.words.add;
  configOptions(langOption(program.command('add')))
    .description(words.about)
    .argument('<name>', words.name)
    .usage('[options] <name> -- <command> [args...]')
    .option('-e, --endpoint <url>', words.endpoint)
    .option('--env <name=value>', words.env, gather)
    .option('--cwd <folder>', words.cwd)
    .option('--disabled', words.disabled)
    .option('--force', words.force)
    .option('--keep-secrets-inline', words.keepSecretsInline)
    .more(words.more)
    .action(async (name: string, options: AddOptions) => {
      const { add } = await import('../commands/add.js');
      done(await add(name, afterDashes, options));
    });
}
