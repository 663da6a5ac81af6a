import type { Command } from 'commander';
import type { HealthOptions } from '../commands/health.js';
import { controlOption, type Done, langOption } from './options.js';

export function addHealth(program: Command, done: Done): void {
  controlOption(langOption(program.command('health')))
    .description(
      'Asks the running mcp-pipe of this configuration how each link is. Exits with 1 when none can work.',
    )
    .option('-c, --config <file>', 'configuration file (default: $MCP_CONFIG, then ./mcp_config.json)')
    .option('--json', 'print what the daemon says as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: HealthOptions) => {
      const { health } = await import('../commands/health.js');
      done(await health(options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe health                            one line per link, and one per server of those with several
  mcp-pipe health --json                     the same for programs
  mcp-pipe health --lang vi                  in Vietnamese
  HEALTHCHECK CMD ["mcp-pipe", "health"]     in a Dockerfile

Healthy means: at least one link works, or may still come to work. Exit codes: 0 healthy, 1 every link has failed
three times in a row, or no daemon answers within 3 s.
`;
