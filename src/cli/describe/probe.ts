import type { Command } from 'commander';
import type { ProbeOptions } from '../commands/probe.js';
import { configOptions, type Done, langOption, numberIn } from './options.js';

export function addProbe(program: Command, done: Done): void {
  configOptions(langOption(program.command('probe')))
    .description('Finds out how many connections a token allows, by opening idle ones one by one.')
    .option('--token-of <server>', 'the token of that server; default: the only one there is')
    .option('-e, --endpoint <url>', 'an address instead')
    .option('--max <number>', 'open no more than this, 1 to 4', numberIn(1, 4), 4)
    .option(
      '--watch-ms <ms>',
      'how long to watch what the endpoint does after each',
      numberIn(100, 60_000),
      3_000,
    )
    .option('-y, --yes', 'do not ask first')
    .option('--json', 'print the result for programs')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ProbeOptions) => {
      const { probe } = await import('../commands/probe.js');
      done(await probe(options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe probe                             the only token of the configuration
  mcp-pipe probe --token-of calculator       the token of one server
  mcp-pipe probe --endpoint "wss://…"        an address that stands in no file
  mcp-pipe probe --max 2 --yes --json        for programs

It starts no server, and stops when a running mcp-pipe uses the token. Connections are closed in order, newest first.
Whatever else uses the token, on another machine for instance, may be interrupted, and is counted in.

Exit codes: 0 the limit was found, or is not below --max; 1 it could not be found, or the token is in use; 2 wrong
usage, or no terminal to ask on and no --yes; 130 not confirmed, or interrupted.
`;
