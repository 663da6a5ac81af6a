import type { Command } from 'commander';
import type { InitOptions } from '../commands/init.js';
import { type Done, gather, langOption } from './options.js';

export function addInit(program: Command, done: Done): void {
  langOption(program.command('init'))
    .description('Writes mcp_config.json and .env: asks on a terminal, else goes by these options.')
    .option('-e, --endpoint <url>', 'the endpoint of all servers; goes to .env')
    .option(
      '--server <server>',
      'calculator, memory, filesystem=FOLDER, or NAME="COMMAND ARGS" (repeatable)',
      gather,
    )
    .option(
      '--import <file>',
      'take the servers of Claude Desktop, Cursor, VS Code, ... (repeatable)',
      gather,
    )
    .option('--dir <folder>', 'where to write; default: here')
    .option('--keep-secrets-inline', 'leave imported secrets in the configuration, instead of .env')
    .option('-y, --yes', 'ask nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (options: InitOptions) => {
      const { init } = await import('../commands/init.js');
      done(await init(options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe init                              two or three questions
  mcp-pipe init --yes --server calculator --server filesystem=./notes
  mcp-pipe init --yes --server 'clock=uvx mcp-server-time'
  mcp-pipe init --yes --import ~/.cursor/mcp.json
  mcp-pipe init --yes --endpoint "wss://api.xiaozhi.me/mcp/?token=..." --server memory

Nothing is overwritten: with a mcp_config.json there it ends with 2. A .env that is there stays as it is.
`;
