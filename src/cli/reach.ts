import { type LoadedConfig, loadConfig } from '../config/load.js';
import { nearest } from '../config/nearest.js';
import { type LinkPlan, makePlan, type Plan, type ServerPlan, serversOf } from '../config/plan.js';
import type { Target } from '../config/target.js';
import { type ControlChoice, controlPathsOf, userId } from '../daemon/control-place.js';
import { placesOf } from '../daemon/packages/lock-step.js';
import { startStandaloneServer } from '../daemon/start-standalone.js';
import { type ControlClient, NoDaemonError, openControl } from '../faces/control/client.js';
import type { Lang } from '../messages/index.js';
import { usageError } from '../messages/worded.js';
import { Redactor } from '../observe/redact.js';
import type { AskOptions, AskOutcome } from '../protocol/ask.js';
import { Endpoint } from '../protocol/endpoint.js';
import { ConfigError, UsageError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import { askDaemon } from './ask-daemon.js';
import { languageOf } from './language.js';
import type { LogOptions } from './log-options.js';
import { openLog } from './logging.js';
import { version } from './version.js';

export interface ReachOptions extends LogOptions, ControlChoice {
  envFile?: string;
}

/** A server that can take requests now. */
export interface ReachedServer {
  readonly name: string;
  /** Requests all pages of `tools/list`; the result is `{ tools }`. */
  tools(options: AskOptions): Promise<AskOutcome>;
  call(tool: string, args: Record<string, unknown>, options: AskOptions): Promise<AskOutcome>;
  /** Ends the process or the connection that `open` made. Idempotent. */
  close(): Promise<void>;
}

/** A server that can be reached. Nothing has been started for it yet. */
export interface Reachable {
  readonly name: string;
  /** `signal` cancels the wait for a slow start, `forceSignal` the wait for the server's end. */
  open(signal: AbortSignal, forceSignal: AbortSignal): Promise<ReachedServer>;
}

/** A running daemon answers at once. */
const DAEMON_TIMEOUT_MS = 2_000;

/**
 * The servers of a target. A server of the running daemon is reached through the daemon; others are started as configured.
 *
 * @throws UsageError, ConfigError
 */
export async function reachables(target: Target | undefined, options: ReachOptions): Promise<Reachable[]> {
  const paths = controlPathsOf(options).paths;
  const running = await serversOfDaemon(paths);
  const lang = languageOf(options.lang, process.env);
  const inDaemon = (name: string): Reachable => ({ name, open: () => openInDaemon(paths, name, lang) });
  if (target && 'name' in target && !target.args && running.includes(target.name))
    return [inDaemon(target.name)];
  const plan = await planFor(target, options, running);
  const all = plan.links.flatMap((link) => serversOf(plan, link).map((server) => ({ server, link })));
  const name = target && 'name' in target && !target.args ? target.name : undefined;
  const named = all.filter(({ server }) => server.name === name);
  const planned = named.length > 0 ? named : all;
  // Beside the running process of an agent, a second one could write the same file.
  const mayRun = (server: string) =>
    target === undefined || (name !== undefined && server.startsWith(`${name}@`));
  const ofPlan = planned.map(({ server, link }) =>
    mayRun(server.name) && running.includes(server.name)
      ? inDaemon(server.name)
      : toStart(server, link, plan, options),
  );
  const known = new Set(planned.map(({ server }) => server.name));
  const others = target === undefined ? running.filter((name) => !known.has(name)) : [];
  return [...ofPlan, ...others.map(inDaemon)];
}

type RunPlan = Plan & { env: Readonly<Record<string, string>> };

async function planFor(
  target: Target | undefined,
  options: ReachOptions,
  running: readonly string[],
): Promise<RunPlan> {
  const cwd = process.cwd();
  const config = await loadConfig({ file: options.config, envFile: options.envFile, env: process.env, cwd });
  try {
    // These addresses are never dialled. Each server has its own, so that none counts as shared, and one for all its agents.
    const addresses = new Map<string, Endpoint>();
    const endpointFor = (name: string) => {
      const given = addresses.get(name) ?? new Endpoint(`ws://localhost/not-dialled/${addresses.size + 1}`);
      addresses.set(name, given);
      return given;
    };
    return { ...makePlan(config, { target: entryOf(target, config), endpointFor, cwd }), env: config.env };
  } catch (error) {
    const nothing = { servers: [], links: [], warnings: [], secrets: [], env: config.env };
    if (error instanceof ConfigError && target === undefined && running.length > 0 && !config.file)
      return nothing;
    if (error instanceof UsageError && target && 'name' in target && !isAgent(config, target.name)) {
      const [meant] = nearest(target.name, running);
      if (meant) throw usageError('meant-running', { name: target.name, meant });
    }
    throw error;
  }
}

/** The entry that a process of an agent comes from: `memory` for `memory@kitchen`. Other targets stay as they are. */
function entryOf(target: Target | undefined, config: LoadedConfig): Target | undefined {
  if (target === undefined || !('name' in target)) return target;
  const { name } = target;
  const at = name.lastIndexOf('@');
  const entry = config.servers.find((server) => server.name === name.slice(0, at));
  const agent = config.agents.find((one) => one.name === name.slice(at + 1));
  const has = (server: string) => agent !== undefined && (agent.servers?.includes(server) ?? true);
  const isProcess = at > 0 && entry?.options.share === 'agent' && has(entry.name);
  const isServer = config.servers.some((server) => server.name === name);
  return isProcess && !isServer ? { ...target, name: entry.name } : target;
}

function isAgent({ agents }: { agents: readonly { name: string }[] }, name: string): boolean {
  return agents.some((agent) => agent.name === name);
}

async function serversOfDaemon(paths: readonly string[]): Promise<string[]> {
  try {
    const { result } = await askDaemon(paths, 'links', DAEMON_TIMEOUT_MS);
    const { links } = (result ?? {}) as { links?: { name: string; members?: { name: string }[] }[] };
    const names = (links ?? []).flatMap(({ name, members }) => members?.map((one) => one.name) ?? [name]);
    return [...new Set(names)];
  } catch (error) {
    if (error instanceof NoDaemonError) return [];
    throw error;
  }
}

/** A server of the running daemon that listens at one of these paths. */
export async function openInDaemon(
  paths: readonly string[],
  name: string,
  lang: Lang,
): Promise<ReachedServer> {
  const ask = async (
    method: string,
    params: object,
    { signal, onProgress }: AskOptions,
  ): Promise<AskOutcome> => {
    // One connection per request: closing it cancels the request.
    const client: ControlClient = await openControl(paths, { uid: userId(), timeoutMs: DAEMON_TIMEOUT_MS });
    const cancel = () => client.close();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      const onTold = (_: string, told: unknown) => onProgress?.((told ?? {}) as Record<string, unknown>);
      const { result, error } = await client.ask(method, { server: name, ...params }, onTold);
      if (error?.code !== ErrorCode.serverDown && error?.code !== ErrorCode.serverExited)
        return error ? { error } : { result };
      const why = await whyDown(client, name, lang);
      if (why === undefined) return { error };
      // Why it has ended stands in the text already.
      if (error.code === ErrorCode.serverExited) return { error: { ...error, data: { why } } };
      return { error: { ...error, message: `${error.message}. ${why}`, data: { why } } };
    } finally {
      signal.removeEventListener('abort', cancel);
      client.close();
    }
  };
  return {
    name,
    tools: (options) => ask('tools/list', {}, options),
    call: (tool, args, options) => ask('tools/call', { name: tool, arguments: args }, options),
    close: async () => {},
  };
}

interface DownServer {
  name: string;
  why?: string;
  serverWhy?: string;
  lastExit?: { text: string };
}

/**
 * Why a server is down and what to do, from the daemon's health report: the daemon's error reply is written for endpoints
 * and shorter.
 */
async function whyDown(client: ControlClient, name: string, lang: Lang): Promise<string | undefined> {
  const { result } = await client.ask('health', { lang }).catch(() => ({ result: undefined }));
  const { links = [] } = (result ?? {}) as { links?: (DownServer & { members?: DownServer[] })[] };
  const server = links.flatMap(({ members, ...link }) => members ?? [link]).find((one) => one.name === name);
  return server?.serverWhy ?? server?.why ?? server?.lastExit?.text;
}

function toStart(
  server: ServerPlan,
  { settings }: LinkPlan,
  plan: RunPlan,
  options: ReachOptions,
): Reachable {
  const { name } = server;
  return {
    name,
    open: async (signal, forceSignal) => {
      const log = await openLog(options, plan.env, plan.secrets, { fallbackLevel: 'silent' });
      const redactor = new Redactor(plan.secrets);
      const alone = await startStandaloneServer(server, settings, {
        clientInfo: { name: 'mcp-pipe', version: version() },
        onStatus: log.onStatus,
        onSecrets: (secrets) => {
          redactor.add(secrets);
          for (const observer of log.observers) observer.onSecrets?.(secrets);
        },
        lang: languageOf(options.lang, plan.env),
        redact: (text) => redactor.redact(text),
        packages: { places: placesOf(options.config) },
        signal,
      });
      return {
        name,
        tools: (asked) => alone.tools(asked),
        call: (tool, args, asked) => alone.ask('tools/call', { name: tool, arguments: args }, asked),
        close: async () => {
          await alone.stop(forceSignal);
          await log.flush();
        },
      };
    },
  };
}
