import type { Command } from 'commander';
import type { CallOptions } from '../commands/call.js';
import { configOptions, controlOption, type Done, logOptions, numberIn } from './options.js';

export function addCall(program: Command, done: Done, afterDashes: readonly string[] | undefined): void {
  controlOption(configOptions(logOptions(program.command('call'))))
    .description('Calls one tool of a server: of the running mcp-pipe, or started for it.')
    .argument('[server]', 'a configured server or a script; left out when a command stands behind --')
    .argument('[tool]', 'name of the tool')
    .argument('[arguments...]', 'key=value, key:=json, one JSON object, or - for stdin')
    .option('--json', 'print the result as the server gave it')
    .option('--out <folder>', 'save images, audio and resources there')
    .option('--timeout-ms <ms>', 'cancel the call after this', numberIn(1), 60_000)
    .addHelpText('after', EXAMPLES)
    .action(
      async (server: string | undefined, tool: string | undefined, rest: string[], options: CallOptions) => {
        const { call } = await import('../commands/call.js');
        const words = [server, tool, ...rest].filter((word) => word !== undefined);
        done(await call(words, afterDashes, options));
      },
    );
}

const EXAMPLES = `
Examples:
  mcp-pipe call calculator calculate expression='6 * 7'
                                             values are read as the tool's schema types them
  mcp-pipe call calculator calculate '{"expression": "6 * 7"}'
                                             all arguments as one JSON object
  mcp-pipe call memory create_entities entities:='[{"name": "An", "entityType": "person", "observations": []}]'
                                             := takes a value as JSON
  echo '{"expression": "1 + 1"}' | mcp-pipe call calculator calculate -
                                             arguments from stdin
  mcp-pipe call calculate expression=1+1 -- node examples/calculator.js
                                             a command; SERVER is left out

Needs no endpoint and no token. Ctrl-C cancels the call.
Exit codes: 0 the tool answered, 1 it answered with an error or failed, 2 wrong usage, 130 interrupted.
`;
