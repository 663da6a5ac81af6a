import type { Command } from 'commander';
import type { ToolsOptions } from '../commands/tools.js';
import { configOptions, controlOption, type Done, logOptions, numberIn } from './options.js';

export function addTools(program: Command, done: Done, afterDashes: readonly string[] | undefined): void {
  controlOption(configOptions(logOptions(program.command('tools'))))
    .description(
      'Lists the tools of one or all configured servers: of the running mcp-pipe, or started for it.',
    )
    .argument('[server]', 'a configured server or a script; default: every enabled server')
    .option('--json', 'print the list as the server gave it')
    .option('--timeout-ms <ms>', 'how long a server may take to answer', numberIn(1), 60_000)
    .addHelpText('after', EXAMPLES)
    .action(async (server: string | undefined, options: ToolsOptions) => {
      const { tools } = await import('../commands/tools.js');
      done(await tools(server, afterDashes, options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe tools                             the tools of every enabled server
  mcp-pipe tools calculator                  of one
  mcp-pipe tools examples/calculator.js      of a script, no configuration needed
  mcp-pipe tools -- npx -y @modelcontextprotocol/server-memory
                                             of any command
Needs no endpoint and no token. A star marks the arguments that a tool cannot do without.
`;
