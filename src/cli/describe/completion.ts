import { Argument, type Command } from 'commander';
import type { Shell } from '../completion/scripts.js';
import { ExitCode } from '../exit-codes.js';
import { print } from '../output.js';
import type { Done } from './options.js';

export function addCompletion(program: Command, done: Done): void {
  program
    .command('completion')
    .description('Prints a script that completes commands, options and server names in your shell.')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell) => {
      const { SCRIPTS } = await import('../completion/scripts.js');
      print(SCRIPTS[shell]);
      done(ExitCode.ok);
    });
}

const EXAMPLES = `
Examples, each to be run once; new terminals complete from then on:
  mcp-pipe completion bash >> ~/.bash_completion
                                             with the package bash-completion installed
  echo 'eval "$(mcp-pipe completion bash)"' >> ~/.bashrc
                                             without it
  echo 'eval "$(mcp-pipe completion zsh)"' >> ~/.zshrc
                                             after compinit, where there is one
  mcp-pipe completion fish > ~/.config/fish/completions/mcp-pipe.fish
`;
