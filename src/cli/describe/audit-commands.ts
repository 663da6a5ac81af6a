import { Option } from 'commander';
import { texts as audit } from '../../messages/commands/audit.js';
import { command, type Describe } from './command.js';
import { configOptions, langOption, numberIn } from './options.js';

/** The command about the audit log, and about what the servers' packages are. */
export const AUDIT_COMMANDS: Readonly<Record<'audit', Describe>> = {
  audit: command(audit, (own, words) =>
    configOptions(langOption(own))
      .option('--since <when>', words.since)
      .option('--until <when>', words.until)
      .option('--key <name>', words.key)
      .option('--server <name>', words.server)
      .option('--tool <glob>', words.tool)
      .option('--outcome <word>', words.outcome)
      .addOption(
        new Option('--kind <kind>', words.kind).choices([
          ...['call', 'refused', 'approval', 'drift', 'key', 'login', 'act'],
        ]),
      )
      .option('--request-id <id>', words.requestId)
      .option('-f, --follow', words.follow)
      .option('-n, --lines <number>', words.lines, numberIn(own.words, 0))
      .option('--summary', words.summary)
      .option('--json', words.json)
      .option('--packages [server]', words.packages)
      .option('--fresh', words.fresh)
      .option('--strict', words.strict)
      .runs(async (options) =>
        options.packages === undefined
          ? (await import('../commands/audit.js')).audit(options)
          : (await import('../commands/audit-packages.js')).packageAudit(options),
      ),
  ),
};
