import { Option } from 'commander';
import { texts } from '../../messages/commands/stdio.js';
import type { LocalizedCommand } from './localized-command.js';
import { configOptions, controlOption, gather, logOptions, remoteOptions } from './options.js';

/** Programs whose configuration `mcp-pipe stdio` can print. */
const CLIENTS = ['claude', 'claude-code', 'cursor', 'vscode'] as const;
export type Client = (typeof CLIENTS)[number];

/** Arguments and options of `mcp-pipe stdio`. */
export function stdioOptions(command: LocalizedCommand): LocalizedCommand {
  const words = texts[command.line.lang].help;
  return remoteOptions(controlOption(configOptions(logOptions(command))))
    .argument('[target...]', words.target)
    .option('--server <name>', words.server, gather)
    .option('--agent <agent>', words.agent)
    .option('--no-attach', words.noAttach)
    .addOption(new Option('--print-config <program>', words.printConfig).choices(CLIENTS))
    .option('--log-file <file>', words.logFile);
}
