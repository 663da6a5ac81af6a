import { texts as run } from '../../messages/commands/run.js';
import type { LocalizedCommand } from './localized-command.js';
import {
  configOptions,
  controlOption,
  liveOption,
  logOptions,
  modeOption,
  numberIn,
  proxyOption,
  remoteOptions,
  watchingOptions,
} from './options.js';

/** Argument and options of the run itself: of `mcp-pipe` without a command, and of `mcp-pipe start`. */
export function runOptions(command: LocalizedCommand): LocalizedCommand {
  const words = run[command.line.lang].help;
  const described = liveOption(controlOption(proxyOption(modeOption(configOptions(logOptions(command))))));
  return watchingOptions(remoteOptions(described.argument('[target]', words.target)))
    .option('-e, --endpoint <url>', words.endpoint)
    .option('--agent <agent>', words.agent)
    .option('--local', words.local)
    .option('-p, --port <number>', words.port, numberIn(command.words, 0, 65_535))
    .option('--exit-when-all-failed', words.exitWhenAllFailed)
    .option('--watch', words.watch)
    .option('--take-over', words.takeOver)
    .option('--log-calls', words.logCalls)
    .option('--insecure-no-auth', command.words.options.insecureNoAuth)
    .option('--audit', words.audit)
    .option('--log-file <file>', words.logFile);
}
