import type { Command } from 'commander';
import type { EditOptions } from '../edit-session.js';
import { type Done, langOption } from './options.js';

export function addRemove(program: Command, done: Done): void {
  langOption(program.command('remove'))
    .description('Removes a server from the configuration, whose comments and order stay.')
    .argument('<server>', 'the name of the server')
    .option('-c, --config <file>', 'configuration file (default: $MCP_CONFIG, then ./mcp_config.json)')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: EditOptions) => {
      const { remove } = await import('../commands/remove.js');
      done(await remove(name, options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe remove memory
  mcp-pipe remove memory --config other.json
`;
