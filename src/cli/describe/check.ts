import type { Command } from 'commander';
import type { CheckOptions } from '../commands/check.js';
import { configOptions, type Done, langOption, modeOption } from './options.js';

export function addCheck(program: Command, done: Done, afterDashes: readonly string[] | undefined): void {
  langOption(modeOption(configOptions(program.command('check'))))
    .description('Shows what would be started and everything wrong with it. Dials nothing, starts nothing.')
    .argument('[target]', 'a configured server or a script; default: every enabled server')
    .option('-e, --endpoint <url>', 'endpoint of servers without one')
    .option('--json', 'print JSON for programs')
    .option('--strict', 'exit with 1 when there are warnings')
    .addHelpText('after', EXAMPLES)
    .action(async (target: string | undefined, options: CheckOptions) => {
      const { check } = await import('../commands/check.js');
      done(await check(target, afterDashes, options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe check                             every enabled server of mcp_config.json
  mcp-pipe check calculator --lang vi        one server, explained in Vietnamese
  mcp-pipe check --mode pipe                 the same, each server on a connection of its own
  mcp-pipe check --rotate-every 5m           the same, one at a time for each token
  mcp-pipe check --json --strict             for scripts

Exit codes: 0 no errors; 1 warnings, with --strict; 2 errors.
`;
