import { type Command, Option } from 'commander';
import type { EndpointOptions } from '../commands/endpoint.js';
import { closeCode, type Done, logOptions, numberIn } from './options.js';

export function addEndpoint(program: Command, done: Done): void {
  logOptions(program.command('endpoint'))
    .description(
      'Runs the embedded endpoint alone: servers connect to /mcp/, callers to /call/ by WebSocket or to /call/<token> by HTTP.',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('-p, --port <number>', 'port to listen on; 0 takes a free one', numberIn(0, 65_535), 8765)
    .option('--connections-per-token <number>', 'how many servers one token may connect', numberIn(1))
    .addOption(
      new Option('--when-full <reaction>', 'what happens to one server too many')
        .choices(['4004', 'replace', 'replace-deaf'])
        .default('4004'),
    )
    .option('--token <token...>', 'accept only these tokens (others are closed with 1008)')
    .option(
      '--initialize-timeout-ms <ms>',
      'close with 4004 when initialize is unanswered; 0 waits for ever',
      numberIn(0),
    )
    .option('--delay-ms <ms>', 'deliver every message to a server that much later', numberIn(0))
    .option(
      '--drop-after-ms <ms>',
      'cut every connection after that long, without a close frame',
      numberIn(0),
    )
    .option('--refuse <code>', 'accept, then close with this code, for instance 1008', closeCode)
    .option('--reject <status>', 'answer with this HTTP status instead, for instance 401', numberIn(400, 599))
    .option('--silent', 'accept, then never say anything')
    .addHelpText('after', EXAMPLES)
    .action(async (options: EndpointOptions) => {
      const { endpoint } = await import('../commands/endpoint.js');
      done(await endpoint(options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe endpoint                          listen on 127.0.0.1:8765
  mcp-pipe endpoint --connections-per-token 1
                                             one server per token, 4004 for the next, as real endpoints do
  mcp-pipe endpoint --reject 401             turn everybody away at the door
  MCP_ENDPOINT=ws://127.0.0.1:8765/mcp/?token=test mcp-pipe calculator.js
                                             a server for it, from another terminal; MCP clients
                                             that speak Streamable HTTP find it at
                                             http://127.0.0.1:8765/call/test
`;
