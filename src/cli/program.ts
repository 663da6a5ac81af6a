import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { messagesFor } from '../observe/messages/index.js';
import { PROTOCOL_REVISIONS } from '../protocol/revisions.js';
import type { RunOptions } from './commands/run.js';
import { addAdd } from './describe/add.js';
import { addCall } from './describe/call.js';
import { addCheck } from './describe/check.js';
import { addCompletion } from './describe/completion.js';
import { addDemo } from './describe/demo.js';
import { addEndpoint } from './describe/endpoint.js';
import { addHealth } from './describe/health.js';
import { addInit } from './describe/init.js';
import { addLeases } from './describe/leases.js';
import {
  type AddCommand,
  configOptions,
  controlOption,
  liveOption,
  logOptions,
  modeOption,
  numberIn,
} from './describe/options.js';
import { addProbe } from './describe/probe.js';
import { addRemove } from './describe/remove.js';
import { addTools } from './describe/tools.js';
import { ExitCode } from './exit-codes.js';
import { explain } from './explain.js';
import { familiarWord } from './familiar-words.js';
import { languageOf } from './language.js';
import { print, printError } from './output.js';
import { version } from './version.js';

/** In the order of the help. */
const COMMANDS: readonly AddCommand[] = [
  addInit,
  addAdd,
  addRemove,
  addCheck,
  addTools,
  addCall,
  addHealth,
  addLeases,
  addProbe,
  addEndpoint,
  addDemo,
  addCompletion,
];

/** Runs a command line, its first word translated where it is another program's. The result is the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const meant = await familiarWord(argv, (word) => isTaken(word, optionOf(argv, '--config', '-c')));
  if (!meant) return runOwn(argv);
  if ('argv' in meant) return runOwn(meant.argv);
  const { familiar } = messagesFor(languageOf(optionOf(argv, '--lang'), process.env));
  printError(`${familiar.said({ word: argv[0]!, text: familiar[meant.instead] })}\n`);
  return ExitCode.usage;
}

/** Whether a word means something here: a configured server, or a file. */
async function isTaken(word: string, config: string | undefined): Promise<boolean> {
  if (existsSync(word)) return true;
  const { serverNames } = await import('../config/server-names.js');
  return serverNames(config, process.env, process.cwd()).includes(word);
}

/** The value of an option, before the command line is read as a whole. */
function optionOf(argv: readonly string[], ...names: string[]): string | undefined {
  const at = argv.findIndex((word) => names.includes(word.split('=')[0]!));
  return at < 0 ? undefined : (/^[^=]*=(.*)$/.exec(argv[at]!)?.[1] ?? argv[at + 1]);
}

/** Parses the command line and runs one command. Commands are imported when needed. */
async function runOwn(argv: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.ok;
  let lang = languageOf(undefined, process.env);
  // Commander cannot tell `mcp-pipe x` from `mcp-pipe -- x`; what follows the dashes is a command of its own.
  const dashes = argv.indexOf('--');
  const command = dashes < 0 ? undefined : argv.slice(dashes + 1);
  const program = describe(command, (code) => {
    exitCode = code;
  });
  program.hook('preAction', (_, chosen) => {
    lang = languageOf(chosen.opts<{ lang?: string }>().lang, process.env);
  });
  if (argv[0] === '__complete') return printCompletion(program, argv.slice(1));
  try {
    await program.parseAsync(dashes < 0 ? argv : argv.slice(0, dashes), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help, version and usage errors have been printed by commander.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const explanation = explain(error, { lang, debug: argv.includes('--debug') });
    printError(`${explanation.lines.join('\n')}\n`);
    return explanation.exitCode;
  }
}

/** `__complete WORDS...`: what the scripts of `mcp-pipe completion` ask; the last word is under the cursor. */
async function printCompletion(program: Command, words: readonly string[]): Promise<number> {
  const { complete, completionText } = await import('./completion/complete.js');
  const completion = await complete(program, words, async (config) => {
    const { serverNames } = await import('../config/server-names.js');
    return serverNames(config, process.env, process.cwd());
  });
  print(completionText(completion));
  return ExitCode.ok;
}

function describe(command: readonly string[] | undefined, done: (exitCode: number) => void): Command {
  const program = new Command('mcp-pipe')
    .description('Keeps MCP servers connected to WebSocket endpoints, and says truthfully why one is down.')
    .version(versions(), '-V, --version', 'print the versions of mcp-pipe, Node.js and MCP')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    // The column of terms leaves room beside it on a terminal of 80 columns; each command's own help has its options.
    .configureHelp({
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}`.trim(),
    })
    // Options of the same name exist on subcommands; what stands before one counts for it, too.
    .enablePositionalOptions()
    .hook('preAction', (_, command) => {
      if (command.parent) inherit(command.parent, command);
    })
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: printError })
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

  for (const add of COMMANDS) add(program, done, command);
  return program;
}

function runOptions(command: Command): Command {
  return liveOption(controlOption(modeOption(configOptions(logOptions(command)))))
    .option(
      '-e, --endpoint <url>',
      'endpoint of servers without one; a token is safer in MCP_ENDPOINT or .env',
    )
    .option('--local', 'connect to an embedded endpoint instead of a real one; needs no token')
    .option('-p, --port <number>', 'port of the embedded endpoint; 0 takes a free one', numberIn(0, 65_535))
    .option('--exit-when-all-failed', 'exit with 1 when no link works, instead of trying for ever');
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

/** Three lines: mcp-pipe, Node.js, and the revisions of MCP that are carried. */
function versions(): string {
  const node = `Node.js ${process.version} (${process.platform} ${process.arch})`;
  return `mcp-pipe ${version()}\n${node}\nMCP ${PROTOCOL_REVISIONS.join(', ')}`;
}

const EXAMPLES = `
Examples:
  mcp-pipe                                   every enabled server of mcp_config.json
  mcp-pipe calculator                        one configured server
  mcp-pipe examples/calculator.js            one script, no configuration needed
  mcp-pipe -- npx -y @modelcontextprotocol/server-memory
                                             any command
  mcp-pipe --local examples/calculator.js    the same on an embedded endpoint, without a token
  mcp-pipe --rotate-every 5m                 servers that share a token take turns of five minutes
  mcp-pipe demo                              see it work
  mcp-pipe check                             what would be started, and what is wrong with it
  mcp-pipe leases                            who holds which token's connections, and who waits
  mcp-pipe probe                             how many connections the token allows

The endpoint of a server is the first of: "endpoint" in the configuration, env.MCP_ENDPOINT there,
MCP_ENDPOINT_<NAME>, --endpoint, MCP_ENDPOINT. Write it into a file called .env:
  MCP_ENDPOINT=wss://api.xiaozhi.me/mcp/?token=...

Exit codes: 0 stopped in good order, 1 failed while running, 2 wrong usage or configuration, 130 interrupted.
`;
