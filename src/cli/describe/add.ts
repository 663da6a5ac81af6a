import type { Command } from 'commander';
import type { AddOptions } from '../commands/add.js';
import { configOptions, type Done, gather, langOption } from './options.js';

export function addAdd(program: Command, done: Done, afterDashes: readonly string[] | undefined): void {
  configOptions(langOption(program.command('add')))
    .description('Adds a server to the configuration, whose comments and order stay.')
    .argument('<name>', 'the name of the new server')
    .usage('[options] <name> -- <command> [args...]')
    .option(
      '-e, --endpoint <url>',
      'its own endpoint; one with a token goes to .env, not into the configuration',
    )
    .option('--env <name=value>', 'a variable for it; secrets go to .env (repeatable)', gather)
    .option('--cwd <folder>', 'the folder to start it in')
    .option('--disabled', 'add it without starting it')
    .option('--force', 'replace the server of that name')
    .option('--keep-secrets-inline', 'write secrets into the configuration itself')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: AddOptions) => {
      const { add } = await import('../commands/add.js');
      done(await add(name, afterDashes, options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe add memory -- npx -y @modelcontextprotocol/server-memory
  mcp-pipe add calc --endpoint "wss://api.xiaozhi.me/mcp/?token=..." -- node calculator.js
                                             its token goes to .env as MCP_ENDPOINT_CALC
  mcp-pipe add search --env API_KEY=... -- uvx some-search-server
                                             so does the key; the configuration says \${API_KEY}
`;
