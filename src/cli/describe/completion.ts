import { Argument } from 'commander';
import type { Shell } from '../completion/scripts.js';
import { ExitCode } from '../exit-codes.js';
import { print } from '../output.js';
import type { LocalizedCommand } from './localized-command.js';
import type { Done } from './options.js';

export function addCompletion(program: LocalizedCommand, done: Done): void {
  const words = program.words.completion;
  program
    .command('completion')
    .description(words.about)
    .addArgument(new Argument('<shell>', words.shell).choices(['bash', 'zsh', 'fish']))
    .more(words.more)
    .action(async (shell: Shell) => {
      const { SCRIPTS } = await import('../completion/scripts.js');
      print(SCRIPTS[shell]);
      done(ExitCode.ok);
    });
}
