import { texts as oauth } from '../../messages/commands/oauth.js';
import { texts as serve } from '../../messages/commands/serve.js';
import { texts as stdio } from '../../messages/commands/stdio.js';
import { command, type Describe } from './command.js';
import { controlOption, langOption } from './options.js';
import { serveOptions } from './serve-options.js';
import { stdioOptions } from './stdio-options.js';

/** Commands that give clients the servers. */
export const CLIENT_COMMANDS: Readonly<Record<'stdio' | 'serve' | 'oauth', Describe>> = {
  stdio: command(stdio, (own) =>
    stdioOptions(own).runs(async (targets, options) =>
      (await import('../commands/stdio.js')).stdio(targets, own.line, options),
    ),
  ),

  serve: command(serve, (own) =>
    serveOptions(own).runs(async (words, options, chosen) =>
      (await import('../commands/serve.js')).serve(
        words,
        own.line,
        options,
        (attribute) => chosen.getOptionValueSource(attribute) === 'cli',
      ),
    ),
  ),

  oauth: command(oauth, (own, words) =>
    controlOption(langOption(own))
      .option('-c, --config <file>', own.words.options.config)
      .option('--end <id>', words.end)
      .option('--json', words.json)
      .runs(async (options) => (await import('../commands/oauth.js')).oauth(options)),
  ),
};
