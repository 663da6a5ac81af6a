import { Argument, Option } from 'commander';
import { texts as add } from '../../messages/commands/add.js';
import { texts as alerts } from '../../messages/commands/alerts.js';
import { texts as call } from '../../messages/commands/call.js';
import { texts as completion } from '../../messages/commands/completion.js';
import { texts as demo } from '../../messages/commands/demo.js';
import { texts as disable } from '../../messages/commands/disable.js';
import { texts as enable } from '../../messages/commands/enable.js';
import { texts as endpoint } from '../../messages/commands/endpoint.js';
import { texts as explain } from '../../messages/commands/explain.js';
import { texts as health } from '../../messages/commands/health.js';
import { texts as init } from '../../messages/commands/init.js';
import { texts as leases } from '../../messages/commands/leases.js';
import { texts as logs } from '../../messages/commands/logs.js';
import { texts as pause } from '../../messages/commands/pause.js';
import { texts as probe } from '../../messages/commands/probe.js';
import { texts as reconnect } from '../../messages/commands/reconnect.js';
import { texts as reload } from '../../messages/commands/reload.js';
import { texts as remove } from '../../messages/commands/remove.js';
import { texts as restart } from '../../messages/commands/restart.js';
import { texts as resume } from '../../messages/commands/resume.js';
import { texts as service } from '../../messages/commands/service.js';
import { texts as start } from '../../messages/commands/start.js';
import { texts as status } from '../../messages/commands/status.js';
import { texts as stop } from '../../messages/commands/stop.js';
import { texts as tools } from '../../messages/commands/tools.js';
import { texts as ui } from '../../messages/commands/ui.js';
import { texts as update } from '../../messages/commands/update.js';
import { APPROVAL_COMMANDS } from './approval-commands.js';
import { AUDIT_COMMANDS } from './audit-commands.js';
import { CLIENT_COMMANDS } from './client-commands.js';
import { command, type Describe } from './command.js';
import type { CommandName } from './command-names.js';
import { EXAMINING_COMMANDS } from './examining-commands.js';
import { KEY_COMMANDS } from './key-commands.js';
import { LOGIN_COMMANDS } from './login-commands.js';
import {
  closeCode,
  configOptions,
  controlOption,
  daemonOptions,
  editOptions,
  gather,
  langOption,
  liveOption,
  logLevelOption,
  logOptions,
  numberIn,
  proxyOption,
  remoteOptions,
} from './options.js';
import { PACKAGE_COMMANDS } from './package-commands.js';
import { runOptions } from './run-options.js';

/** `enable` and `disable`: the same but for what they do. */
function switching(texts: typeof enable | typeof disable, isOn: boolean): Describe {
  return command(texts, (own, words) =>
    editOptions(own)
      .argument('<name...>', words.names)
      .option('-c, --config <file>', own.words.options.config)
      .option('--json', words.json)
      .runs(async (names, options) =>
        (await import('../commands/switch.js')).switchEntries(names, isOn, options),
      ),
  );
}

/** `restart`, `pause` and `resume`: the same but for what they do. */
function acting(
  texts: typeof restart | typeof pause | typeof resume,
  act: 'restart' | 'pause' | 'resume',
): Describe {
  return command(texts, (own, words) =>
    daemonOptions(own)
      .argument('<name>', words.name)
      .option('--json', own.words.options.json)
      .runs(async (name, options) => (await import('../commands/act.js')).act(act, name, options)),
  );
}

/** Every command (D131), in the order of the help. A command is imported when it runs, so that the help appears at once. */
export const COMMANDS: Readonly<Record<CommandName, Describe>> = {
  init: command(init, (own, words) =>
    langOption(own)
      .option('-e, --endpoint <url>', words.endpoint)
      .option('--server <server>', words.server, gather)
      .option('--import <file>', words.import, gather)
      .option('--dir <folder>', words.dir)
      .option('--keep-secrets-inline', words.keepSecretsInline)
      .option('-y, --yes', own.words.options.yes)
      .option('--no-reload', own.words.options.noReload)
      .runs(async (options) => (await import('../commands/init.js')).init(options)),
  ),

  add: command(add, (own, words) =>
    configOptions(editOptions(own))
      .argument('<name>', words.name)
      .argument('[url]', words.url)
      .usage('[options] <name> [url | -- <command> [args...]]')
      .option('-t, --transport <type>', words.transport)
      .option('-H, --header <header>', own.words.options.header, gather)
      .option('--client-id <id>', words.clientId)
      .option('--callback-port <port>', words.callbackPort, numberIn(own.words, 1, 65_535))
      // As `claude mcp add` has it; here there is one configuration.
      .addOption(new Option('-s, --scope <scope>').hideHelp())
      .option('-e, --endpoint <url>', words.endpoint)
      .option('--env <name=value>', words.env, gather)
      .option('--cwd <folder>', words.cwd)
      .option('--disabled', words.disabled)
      .option('--force', words.force)
      .option('--keep-secrets-inline', words.keepSecretsInline)
      .runs(async (name, url, options) =>
        (await import('../commands/add.js')).add(name, url, own.line, options),
      ),
  ),

  remove: command(remove, (own, words) =>
    editOptions(own)
      .argument('<server>', words.server)
      .option('-c, --config <file>', own.words.options.config)
      .runs(async (name, options) => (await import('../commands/remove.js')).remove(name, options)),
  ),

  enable: switching(enable, true),
  disable: switching(disable, false),

  ...EXAMINING_COMMANDS,

  tools: command(tools, (own, words) =>
    remoteOptions(controlOption(configOptions(logOptions(own))))
      .argument('[server]', words.server)
      .option('--json', words.json)
      .option('--timeout-ms <ms>', words.timeout, numberIn(own.words, 1), 60_000)
      .runs(async (server, options) =>
        (await import('../commands/tools.js')).tools(server, own.line.afterDashes, options),
      ),
  ),

  call: command(call, (own, words) =>
    remoteOptions(controlOption(configOptions(logOptions(own))))
      .argument('[server]', words.server)
      .argument('[tool]', words.tool)
      .argument('[arguments...]', words.arguments)
      .option('--json', words.json)
      .option('--out <folder>', words.out)
      .option('--timeout-ms <ms>', words.timeout, numberIn(own.words, 1), 60_000)
      .runs(async (server, tool, rest, options) => {
        const typed = [server, tool, ...rest].filter((word) => word !== undefined);
        return (await import('../commands/call.js')).call(typed, own.line.afterDashes, options);
      }),
  ),

  ...CLIENT_COMMANDS,

  start: command(start, (own, words) =>
    runOptions(own)
      .option('-d, --detach', words.detach)
      .addOption(new Option('--daemon').hideHelp())
      .addOption(new Option('--background').hideHelp())
      .option('--json', words.json)
      .runs(async (target, options) =>
        (await import('../commands/start.js')).start(target, own.line, options),
      ),
  ),

  status: command(status, (own, words) =>
    daemonOptions(own)
      .option('-w, --watch', words.watch)
      .addOption(new Option('--calls', words.calls).conflicts('watch'))
      .option('--json', words.json)
      .runs(async (options) => (await import('../commands/status.js')).status(options)),
  ),

  logs: command(logs, (own, words) =>
    logLevelOption(daemonOptions(own), words.level)
      .argument('[name]', words.name)
      .option('-f, --follow', words.follow)
      .option('--since <time>', words.since)
      .option('-n, --lines <number>', words.lines, numberIn(own.words, 0))
      // As docker compose spells it.
      .addOption(new Option('--tail <number>').argParser(numberIn(own.words, 0)).hideHelp())
      .option('--json', words.json)
      .runs(async (name, { tail, ...options }) =>
        (await import('../commands/logs.js')).logs(name, { lines: tail, ...options }),
      ),
  ),

  explain: command(explain, (own, words) =>
    daemonOptions(own)
      .argument('[file|link]', words.what)
      .option('--now', words.now)
      .option('--json', words.json)
      .runs(async (what, options) => (await import('../commands/explain.js')).explainBox(what, options)),
  ),

  restart: acting(restart, 'restart'),
  pause: acting(pause, 'pause'),
  resume: acting(resume, 'resume'),

  reconnect: command(reconnect, (own, words) =>
    daemonOptions(own)
      .argument('<name>', words.name)
      .option('--json', own.words.options.json)
      .runs(async (name, options) => (await import('../commands/act.js')).reconnectLinks(name, options)),
  ),

  ...APPROVAL_COMMANDS,
  reload: command(reload, (own) =>
    daemonOptions(own)
      .option('--json', own.words.options.json)
      .runs(async (options) => (await import('../commands/reload.js')).reload(options)),
  ),
  ui: command(ui, (own) =>
    daemonOptions(own)
      .option('--json', own.words.options.json)
      .runs(async (options) => (await import('../commands/ui.js')).ui(options)),
  ),

  stop: command(stop, (own) =>
    daemonOptions(own)
      .option('--json', own.words.options.json)
      .runs(async (options) => (await import('../commands/stop.js')).stop(options)),
  ),

  ...LOGIN_COMMANDS,
  ...KEY_COMMANDS,

  health: command(health, (own, words) =>
    daemonOptions(own)
      .option('--json', words.json)
      .runs(async (options) => (await import('../commands/health.js')).health(options)),
  ),

  alerts: command(alerts, (own, words) =>
    proxyOption(configOptions(langOption(own)))
      .addArgument(new Argument('[action]', words.action).choices(['test']))
      .option('--json', words.json)
      .runs(async (action, options) => (await import('../commands/alerts.js')).alerts(action, options)),
  ),

  ...AUDIT_COMMANDS,

  leases: command(leases, (own, words) =>
    controlOption(langOption(own))
      .option('-c, --config <file>', own.words.options.config)
      .option('--json', words.json)
      .runs(async (options) => (await import('../commands/leases.js')).leases(options)),
  ),

  service: command(service, (own, words) =>
    configOptions(langOption(own))
      .addArgument(
        new Argument('<action>', words.action).choices(['install', 'uninstall', 'status', 'print']),
      )
      .option('--user', words.user)
      .option('--system', words.system)
      .option('--run-as <user>', words.runAs)
      .option('--name <name>', words.name, 'mcp-pipe')
      .option('--log-file <file>', words.logFile)
      .option('--watch', words.watch)
      .option('--linger', words.linger)
      .option('--dry-run', words.dryRun)
      .option('--force', words.force)
      .addOption(new Option('--as <system>', words.as).choices(['systemd', 'launchd', 'windows']))
      .option('--json', words.json)
      .runs(async (action, options) => (await import('../commands/service.js')).service(action, options)),
  ),

  ...PACKAGE_COMMANDS,

  update: command(update, (own, words) =>
    configOptions(langOption(own))
      .argument('[name...]', words.names)
      .option('--check', words.check)
      .option('--json', words.json)
      .runs(async (names, options) => (await import('../commands/update.js')).update(names, options)),
  ),

  probe: command(probe, (own, words) =>
    proxyOption(configOptions(langOption(own)))
      .option('--token-of <server>', words.tokenOf)
      .option('-e, --endpoint <url>', words.endpoint)
      .option('--max <number>', words.max, numberIn(own.words, 1, 4), 4)
      .option('--watch-ms <ms>', words.watch, numberIn(own.words, 100, 60_000), 3_000)
      .option('-y, --yes', words.yes)
      .option('--json', words.json)
      .runs(async (options) => (await import('../commands/probe.js')).probe(options)),
  ),

  endpoint: command(endpoint, (own, words) =>
    logOptions(own)
      .option('--host <address>', words.host, '127.0.0.1')
      .option('-p, --port <number>', words.port, numberIn(own.words, 0, 65_535), 8765)
      .option('--connections-per-token <number>', words.connectionsPerToken, numberIn(own.words, 1))
      .addOption(
        new Option('--when-full <reaction>', words.whenFull)
          .choices(['4004', 'replace', 'replace-deaf'])
          .default('4004'),
      )
      .option('--token <token...>', words.token)
      .option('--initialize-timeout-ms <ms>', words.initializeTimeout, numberIn(own.words, 0))
      .option('--delay-ms <ms>', words.delay, numberIn(own.words, 0))
      .option('--drop-after-ms <ms>', words.dropAfter, numberIn(own.words, 0))
      .option('--refuse <code>', words.refuse, closeCode(own.words))
      .option('--reject <status>', words.reject, numberIn(own.words, 400, 599))
      .option('--silent', words.silent)
      .option('--ignore-list-changed', words.ignoreListChanged)
      .runs(async (options) => (await import('../commands/endpoint.js')).endpoint(options)),
  ),

  demo: command(demo, (own, words) =>
    liveOption(logOptions(own))
      .option('--chaos', words.chaos)
      .option('--seed <number>', words.seed, numberIn(own.words, 0))
      .option('--seconds <number>', words.seconds, numberIn(own.words, 5, 600))
      .option('--json', words.json)
      .runs(async (options) => {
        if (options.chaos) return (await import('../commands/demo-chaos.js')).demoChaos(options);
        return (await import('../commands/demo.js')).demo(options);
      }),
  ),

  completion: command(completion, (own, words) =>
    own
      .addArgument(new Argument('<shell>', words.shell).choices(['bash', 'zsh', 'fish']))
      .runs(async (shell) => (await import('../commands/completion.js')).completion(shell)),
  ),
};
