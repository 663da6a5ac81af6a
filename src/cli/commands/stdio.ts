import { clientPlan } from '../../config/client-plan.js';
import { type LoadedConfig, loadConfig } from '../../config/load.js';
import { nearest } from '../../config/nearest.js';
import { makePlan, type Plan } from '../../config/plan.js';
import type { Target } from '../../config/target.js';
import { App } from '../../daemon/app.js';
import { ATTACH_PROTOCOL, type Attached, type AttachParams } from '../../daemon/attach.js';
import { type AttachAnswer, askToAttach, NOT_RUNNING } from '../../daemon/attached-server.js';
import { controlPathsOf } from '../../daemon/control-place.js';
import { knownServersOf } from '../../daemon/known-of-run.js';
import { listenForStop } from '../../daemon/shutdown.js';
import { type ServedClient, serveAttached, serveHere } from '../../daemon/stdio-client.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/stdio.js';
import { formatError } from '../../messages/format-error.js';
import { usageError } from '../../messages/worded.js';
import { Endpoint } from '../../protocol/endpoint.js';
import { ConfigError } from '../../protocol/errors.js';
import type { Status } from '../../protocol/status.js';
import { METHOD_NOT_FOUND } from '../ask-daemon.js';
import { clientBlock } from '../client-block.js';
import type { CommandLine } from '../describe/localized-command.js';
import type { Client } from '../describe/stdio-options.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import type { LogOptions } from '../log-options.js';
import { openLog, type RunningLog } from '../logging.js';
import { printError, printJson } from '../output.js';
import { type RemoteOptions, targetFrom } from '../remote-options.js';
import { version } from '../version.js';

export interface StdioOptions extends LogOptions, RemoteOptions {
  config?: string;
  envFile?: string;
  control?: string;
  server?: string[];
  agent?: string;
  /** False with `--no-attach`. */
  attach?: boolean;
  printConfig?: Client;
}

/** A client that has ended stdin kills this process two seconds after SIGTERM: servers get half of that to exit. */
const FORCE_AFTER_MS = 1_000;

/** `mcp-pipe stdio [target...]`: serves MCP on stdin and stdout until the client goes. Returns the exit code. */
export async function stdio(
  words: readonly string[],
  { afterDashes }: CommandLine,
  options: StdioOptions,
): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const { printConfig } = options;
  if (printConfig) return printBlock(printConfig, words, afterDashes, options);
  if (process.stdin.isTTY) printError(`${texts[lang].onTerminal}\n`);
  const names = [...(options.server ?? []), ...(words.length > 1 ? words : [])];
  const target = words.length > 1 ? undefined : targetFrom(words[0], afterDashes, options, true);
  const attached = mayAttach(target, options) ? await attach(names, target, options) : undefined;
  return attached ? serveByDaemon(attached, options) : servedHere(names, target, options);
}

/** A command, a script with arguments and an address are opened here: the daemon has what is configured. */
function mayAttach(target: Target | undefined, { attach = true }: StdioOptions): boolean {
  return attach && (target === undefined || ('name' in target && !target.args));
}

interface Attaching {
  paths: readonly string[];
  params: AttachParams;
  first: AttachAnswer & { result: Attached };
}

/** Asks the running daemon for its servers. Undefined when they are to be started here; the log says why. */
async function attach(
  names: readonly string[],
  target: Target | undefined,
  options: StdioOptions,
): Promise<Attaching | undefined> {
  const lang = languageOf(options.lang, process.env);
  const { paths } = controlPathsOf(options);
  const servers = target && 'name' in target ? [...names, target.name] : names;
  const params: AttachParams = {
    ...{ protocol: ATTACH_PROTOCOL, lang },
    ...(servers.length > 0 ? { servers } : {}),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
  };
  const instead = (why: string) => void printError(`${texts[lang].startedHere({ why })}\n`);
  try {
    const { result, error, socket } = await askToAttach(paths, params);
    if (result) return { paths, params, first: { result, socket } };
    if (error?.code === METHOD_NOT_FOUND) instead(texts[lang].olderDaemon);
    else instead(error?.message ?? '');
  } catch (error) {
    if (!(error instanceof NoDaemonError)) throw error;
    if (error.code !== 'DAEMON_NOT_RUNNING') instead(formatError(error, lang).what);
  }
  return undefined;
}

async function serveByDaemon({ paths, params, first }: Attaching, options: StdioOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  const log = await openLog(plain(options), process.env, [], { keepsFile: true });
  const { logger } = log;
  const onAttached = ({ pid, version: its, servers, leftOut }: Attached) => {
    logger.info({ event: 'attached', pid, servers }, words.attached({ pid, servers }));
    if (leftOut.length > 0) logger.info({ event: 'attached', leftOut }, words.leftOut({ servers: leftOut }));
    if (its !== version())
      logger.warn({ event: 'attached', version: its }, words.otherVersion({ its, own: version() }));
  };
  onAttached(first.result);
  let isLost = false;
  let refusal: string | undefined;
  const onStatus = (status: Status) => {
    // A connection that ends may be made again at once: clients of a changed configuration are.
    if (status.type !== 'server-down' || isLost) return;
    if (status.end.kind !== 'unreachable' || status.end.reason !== NOT_RUNNING) return;
    isLost = true;
    logger.warn({ event: 'detached' }, words.detached);
  };
  const served = serveAttached({
    ...{ paths, params, first, onStatus },
    streams: { input: process.stdin, output: process.stdout },
    onAnswer: ({ result, error }) => {
      if (error && error.message !== refusal)
        logger.warn({ event: 'detached' }, words.refused({ message: error.message }));
      refusal = error?.message;
      if (!result) return;
      isLost = false;
      onAttached(result);
    },
  });
  return untilGone(served, log);
}

async function servedHere(
  names: readonly string[],
  target: Target | undefined,
  options: StdioOptions,
): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const cwd = process.cwd();
  const config = await loadConfig({ file: options.config, envFile: options.envFile, env: process.env, cwd });
  const plan = planned(config, names, target, options);
  const client = clientPlan(plan, {
    ...(names.length > 0 ? { servers: names } : {}),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
  });
  if ('unknown' in client) {
    const [name = ''] = client.unknown;
    const { known } = client;
    if (client.unknown.length === 0) throw usageError('stdio-nothing');
    throw usageError('no-such-target', {
      name,
      meant: nearest(name, known),
      file: config.file,
      names: [...known],
    });
  }
  const log = await openLog(plain(options), config.env, plan.secrets, { keepsFile: true });
  if (client.leftOut.length > 0)
    log.logger.info({ leftOut: client.leftOut }, texts[lang].leftOut({ servers: client.leftOut }));
  // No link of the plan is dialled.
  const app = new App(
    { ...plan, links: [] },
    {
      ...{ version: version(), lang, observers: log.observers, onObserverFailed: log.onObserverFailed },
      knownServers: knownServersOf(options.config),
    },
  );
  app.start();
  const served = serveHere(app, client, { input: process.stdin, output: process.stdout });
  return untilGone(served, log);
}

/** @throws ConfigError, UsageError */
function planned(
  config: LoadedConfig,
  names: readonly string[],
  target: Target | undefined,
  { agent, config: file, lang }: StdioOptions,
): Plan {
  // These addresses are not dialled: one for each agent, and one for all other servers.
  const addresses = new Map<string, Endpoint>();
  const endpointFor = (_: string, __: Endpoint | undefined, of = '') => {
    const known = addresses.get(of) ?? new Endpoint(`ws://localhost/not-dialled/${addresses.size + 1}`);
    addresses.set(of, known);
    return known;
  };
  // Of one server, what is wrong with the others does not matter.
  const [first, ...others] = names;
  const only = target ?? (first !== undefined && others.length === 0 ? { name: first } : undefined);
  try {
    return makePlan(config, { target: only, endpointFor, agent, cwd: process.cwd() });
  } catch (error) {
    if (error instanceof ConfigError && config.file === undefined && file === undefined)
      printError(`${texts[languageOf(lang, process.env)].whichFolder({ folder: process.cwd() })}\n`);
    throw error;
  }
}

/** Waits until the client has gone, or a signal stops this process. */
async function untilGone(served: ServedClient, log: RunningLog): Promise<number> {
  const stop = listenForStop(() => served.force());
  const why = await Promise.race([stop.asked, served.gone.then(() => 'gone' as const)]);
  const timer = setTimeout(() => served.force(), FORCE_AFTER_MS);
  // A client that waits for this process to end sends SIGTERM if that takes long.
  if (why === 'gone') {
    clearTimeout(timer);
    void stop.asked.then(() => setTimeout(() => served.force(), FORCE_AFTER_MS).unref());
  }
  await served.stop();
  clearTimeout(timer);
  stop.dispose();
  await log.flush();
  return why === 'SIGINT' ? ExitCode.interrupted : ExitCode.ok;
}

/** Clients put stderr into a file that people read. */
function plain(options: StdioOptions): LogOptions {
  return {
    ...options,
    logFormat: options.logFormat ?? process.env.MCP_PIPE_LOG_FORMAT ?? 'pretty',
    live: false,
  };
}

function printBlock(
  client: Client,
  words: readonly string[],
  command: readonly string[] | undefined,
  options: StdioOptions,
): number {
  const { block, file } = clientBlock(client, words, command, options, {
    env: process.env,
    node: process.execPath,
    platform: process.platform,
    cwd: process.cwd(),
  });
  printJson(block);
  printError(`${texts[languageOf(options.lang, process.env)].paste({ file })}\n`);
  return ExitCode.ok;
}
