import type { Command } from 'commander';
import type { DemoOptions } from '../commands/demo.js';
import { type Done, liveOption, logOptions } from './options.js';

export function addDemo(program: Command, done: Done): void {
  liveOption(logOptions(program.command('demo')))
    .description(
      'Pipes real MCP servers to the embedded endpoint, lists their tools and calls one. Needs no token.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: DemoOptions) => {
      const { demo } = await import('../commands/demo.js');
      done(await demo(options));
    });
}

const EXAMPLES = `
Examples:
  mcp-pipe demo                              every server that is installed
  mcp-pipe demo --log-level info             with the log of what happens inside
`;
