import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { DemoOptions } from './commands/demo.js';
import type { EndpointOptions } from './commands/endpoint.js';
import type { RunOptions } from './commands/run.js';
import { ExitCode } from './exit-codes.js';
import { explain } from './explain.js';
import { packageRoot } from './package-root.js';

/** Parses the command line and runs one command; the result is the exit code. Commands are imported when needed. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.ok;
  // Commander cannot tell `mcp-pipe x` from `mcp-pipe -- x`; what follows the dashes is a command of its own.
  const dashes = argv.indexOf('--');
  const command = dashes < 0 ? undefined : argv.slice(dashes + 1);
  const program = describe(command, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(dashes < 0 ? argv : argv.slice(0, dashes), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help, version and usage errors have been printed by commander.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const explanation = explain(error, { debug: argv.includes('--debug') });
    process.stderr.write(`${explanation.lines.join('\n')}\n`);
    return explanation.exitCode;
  }
}

function describe(command: readonly string[] | undefined, done: (exitCode: number) => void): Command {
  const program = new Command('mcp-pipe')
    .description('Keeps MCP servers connected to WebSocket endpoints, and says truthfully why one is down.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    // Options of the same name exist on subcommands; what stands before one counts for it, too.
    .enablePositionalOptions()
    .hook('preAction', (_, command) => {
      if (command.parent) inherit(command.parent, command);
    })
    .exitOverride()
    .showHelpAfterError('(mcp-pipe --help shows what is possible)')
    .addHelpText('after', EXAMPLES);

  runOptions(program)
    .argument(
      '[target]',
      'a configured server, a script (.js .mjs .cjs .ts .py) or an executable; default: every enabled server',
    )
    .action(async (target: string | undefined, options: RunOptions) => {
      const { run } = await import('./commands/run.js');
      done(await run(target, command, options));
    });

  logOptions(program.command('endpoint'))
    .description('Runs the embedded endpoint alone: servers connect to /mcp/, callers to /call/.')
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
    .addHelpText('after', ENDPOINT_EXAMPLES)
    .action(async (options: EndpointOptions) => {
      const { endpoint } = await import('./commands/endpoint.js');
      done(await endpoint(options));
    });

  logOptions(program.command('demo'))
    .description(
      'Pipes real MCP servers to the embedded endpoint, lists their tools and calls one. Needs no token.',
    )
    .addHelpText('after', DEMO_EXAMPLES)
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./commands/demo.js');
      done(await demo(options));
    });
  return program;
}

function runOptions(command: Command): Command {
  return logOptions(command)
    .option('-c, --config <file>', 'configuration file (default: $MCP_CONFIG, then ./mcp_config.json)')
    .option('--env-file <file>', 'file with environment variables (default: .env beside the configuration)')
    .option(
      '-e, --endpoint <url>',
      'endpoint of servers without one; a token is safer in MCP_ENDPOINT or .env',
    )
    .option('--local', 'connect to an embedded endpoint instead of a real one; needs no token')
    .option('-p, --port <number>', 'port of the embedded endpoint; 0 takes a free one', numberIn(0, 65_535))
    .option('--exit-when-all-failed', 'exit with 1 when no link works, instead of trying for ever');
}

function logOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--log-level <level>', 'how much to log (env MCP_PIPE_LOG_LEVEL; default info)').choices([
        'fatal',
        'error',
        'warn',
        'info',
        'debug',
        'trace',
        'silent',
      ]),
    )
    .addOption(
      new Option(
        '--log-format <format>',
        'pretty or json (env MCP_PIPE_LOG_FORMAT; default: pretty on a terminal)',
      ).choices(['pretty', 'json']),
    )
    .option('--debug', 'show where in the program an error came from');
}

/** Options before a subcommand are its own where it has them, and a mistake where it has not. */
function inherit(from: Command, to: Command): void {
  for (const option of from.options) {
    const name = option.attributeName();
    if (from.getOptionValueSource(name) !== 'cli') continue;
    if (!to.options.some((own) => own.attributeName() === name)) {
      to.error(`error: option '${option.long}' does not go with '${to.name()}'`);
    }
    if (to.getOptionValueSource(name) === 'cli') continue;
    to.setOptionValueWithSource(name, from.getOptionValue(name), 'cli');
  }
}

function numberIn(least: number, most = 2 ** 31 - 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  };
}

/** What may be sent in a close frame (RFC 6455 §7.4). */
function closeCode(text: string): number {
  const code = Number(text);
  const sendable = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || code >= 3000;
  if (/^\d{4}$/.test(text) && sendable && code < 5000) return code;
  throw new InvalidArgumentError('expected a WebSocket close code that may be sent, such as 1008 or 4004.');
}

function version(): string {
  const text = readFileSync(new URL('package.json', packageRoot), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const EXAMPLES = `
Examples:
  mcp-pipe                                   every enabled server of mcp_config.json
  mcp-pipe calculator                        one configured server
  mcp-pipe examples/calculator.js            one script, no configuration needed
  mcp-pipe -- npx -y @modelcontextprotocol/server-memory
                                             any command
  mcp-pipe --local examples/calculator.js    the same on an embedded endpoint, without a token
  mcp-pipe demo                              see it work

The endpoint of a server is the first of: "endpoint" in the configuration, env.MCP_ENDPOINT there,
MCP_ENDPOINT_<NAME>, --endpoint, MCP_ENDPOINT. Write it into a file called .env:
  MCP_ENDPOINT=wss://api.xiaozhi.me/mcp/?token=...

Exit codes: 0 stopped in good order, 1 failed while running, 2 wrong usage or configuration, 130 interrupted.
`;

const ENDPOINT_EXAMPLES = `
Examples:
  mcp-pipe endpoint                          listen on 127.0.0.1:8765
  mcp-pipe endpoint --connections-per-token 1
                                             one server per token, 4004 for the next, as real endpoints do
  mcp-pipe endpoint --reject 401             turn everybody away at the door
  MCP_ENDPOINT=ws://127.0.0.1:8765/mcp/?token=test mcp-pipe calculator.js
                                             a server for it, from another terminal
`;

const DEMO_EXAMPLES = `
Examples:
  mcp-pipe demo                              every server that is installed
  mcp-pipe demo --log-level info             with the log of what happens inside
`;
