import type { Command } from 'commander';
import type { LeasesOptions } from '../commands/leases.js';
import { controlOption, type Done, langOption } from './options.js';

export function addLeases(program: Command, done: Done): void {
  controlOption(langOption(program.command('leases')))
    .description('Lists who holds the connections of which token on this machine, and which links wait.')
    .option('-c, --config <file>', 'configuration file (default: $MCP_CONFIG, then ./mcp_config.json)')
    .option('--json', 'print the list for programs')
    .addHelpText('after', EXAMPLES)
    .action(async (options: LeasesOptions) => {
      const { leases } = await import('../commands/leases.js');
      done(await leases(options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe leases                            who holds which connection, and which links of ./mcp_config.json wait
  mcp-pipe leases --json                     the same for programs
  mcp-pipe leases --lang vi                  in Vietnamese

Every mcp-pipe of one user on one machine respects the others: a token has at most "connectionsPerToken" connections,
whichever copy has them. Tokens are shown by their fingerprint, as mcp-pipe check prints it behind #. A lease is left behind
when its process has gone without giving it back; whoever wants it next takes it over.
`;
