import { texts as login } from '../../messages/commands/login.js';
import { texts as logout } from '../../messages/commands/logout.js';
import { command, type Describe } from './command.js';
import { configOptions, controlOption, gather, langOption, numberIn } from './options.js';

/** Commands about logins to remote servers. */
export const LOGIN_COMMANDS: Readonly<Record<'login' | 'logout', Describe>> = {
  login: command(login, (own, words) =>
    controlOption(langOption(configOptions(own)))
      .argument('<server>', words.server)
      .option('--device', words.device)
      .option('--browser', words.browser)
      .option('--no-browser', words.noBrowser)
      .option('--scope <scope>', words.scope, gather)
      .option('--client-id <id>', words.clientId)
      .option('--port <port>', words.port, numberIn(own.words, 1, 65_535))
      .option('--json', words.json)
      .runs(async (server, options) => (await import('../commands/login.js')).login(server, options)),
  ),

  logout: command(logout, (own, words) =>
    controlOption(langOption(configOptions(own)))
      .argument('<server>', words.server)
      .option('--json', words.json)
      .runs(async (server, options) => (await import('../commands/login.js')).logout(server, options)),
  ),
};
