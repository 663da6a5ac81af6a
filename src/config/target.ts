import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { usageError } from '../messages/worded.js';
import type { Finding, UsageError } from '../protocol/errors.js';
import { commandName, scriptName } from './command-name.js';
import { warningAt } from './finding.js';
import type { LoadedConfig } from './load.js';
import { nearest } from './nearest.js';
import { isProgram } from './on-path.js';
import { type RemoteTarget, readRemoteTarget } from './remote-target.js';
import { isFile, type ScriptHost, scriptCommand } from './script.js';
import { defaultOptions } from './server-options.js';
import type { ServerConfig, ServerDefinition } from './servers.js';
import { shellWord } from './shell-word.js';

/** The target on the command line: a server's name or a script, a command with its arguments, or a remote server. */
export type Target =
  | { name: string; args?: readonly string[]; mayBeProgram?: boolean }
  | { command: readonly string[] }
  | { remote: RemoteTarget }
  | { commands: readonly NamedCommand[]; withConfigured: boolean };

/** A command with what a command line says of it. */
export interface NamedCommand {
  /** Undefined: a name is made of the command. */
  name?: string | undefined;
  command: readonly string[];
  /** Default: the current folder. */
  cwd?: string | undefined;
  env?: Readonly<Record<string, string>>;
  /** False: it gets a few common variables only, beside `env`. */
  inherits?: boolean;
}

/** Whether every enabled server of the configuration is meant. */
export function meansConfigured(target: Target | undefined): boolean {
  return target === undefined || ('commands' in target && target.withConfigured);
}

/** The target of a command line: a server or script, with arguments after `--`, or a command after it. */
export function targetOf(
  name: string | undefined,
  afterDashes: readonly string[] | undefined,
): Target | undefined {
  if (name === undefined) return afterDashes && { command: afterDashes };
  return afterDashes ? { name, args: afterDashes } : { name };
}

/** Where a target is searched, beside the configuration. */
export interface TargetContext {
  /** Folder in which scripts are searched and started. */
  cwd: string;
  /** Default: the machine that this process runs on. */
  host?: ScriptHost;
  /** Names of commands that the word may be meant as; default: none. */
  commandNames?: readonly string[];
}

/** A server, before its endpoint is chosen and its environment completed. */
export type ResolvedServer = ServerDefinition & {
  /** Variables that the inherited environment overrides. */
  fallbackEnv: Readonly<Record<string, string>>;
  /** Values that were read from files named by variables. */
  secrets: readonly string[];
  /** Its entry in the configuration; undefined when it comes from the command line. */
  entry: ServerConfig | undefined;
  /** False: it inherits a few common variables only. */
  inherits?: boolean;
};

/**
 * The servers that a target means.
 *
 * @throws UsageError when the target is nothing that could be started.
 */
export function resolveTarget(
  config: LoadedConfig,
  target: Target | undefined,
  { cwd, host, commandNames = [] }: TargetContext,
): ResolvedServer[] {
  if (target === undefined)
    return config.servers.filter(({ enabled }) => enabled).map((server) => configured(server));
  if ('command' in target) return [asCommand(target.command, cwd)];
  if ('commands' in target) return allOf(target, config, cwd);
  if ('remote' in target) return [asRemote(target.remote, config, cwd)];
  const server = config.servers.find(({ name }) => name === target.name);
  const file = resolve(cwd, target.name);
  if (server) return [chosenByName(server, isFile(file) ? file : undefined, target.args)];
  if (isFile(file)) return [asScript(file, target.args ?? [], config, cwd, host)];
  if (target.mayBeProgram && isProgram(target.name, config.environment)) {
    return [asCommand([target.name, ...(target.args ?? [])], cwd)];
  }
  throw notFound(target.name, file, config, commandNames, target.mayBeProgram === true);
}

function configured(server: ServerConfig, notes: readonly Finding[] = []): ResolvedServer {
  return { ...server, findings: [...notes, ...server.findings], fallbackEnv: {}, entry: server };
}

function chosenByName(
  server: ServerConfig,
  file: string | undefined,
  args: readonly string[] = [],
): ResolvedServer {
  if (args.length > 0) {
    throw usageError('takes-no-arguments', { name: server.name, path: server.place.path });
  }
  const notes: Finding[] = [];
  if (!server.enabled) {
    notes.push(warningAt(server.place, 'disabled-server', { name: server.name }));
  }
  if (file !== undefined) {
    notes.push(warningAt(server.place, 'name-is-file', { name: server.name }));
  }
  return configured(server, notes);
}

function asScript(
  file: string,
  args: readonly string[],
  { environment }: LoadedConfig,
  cwd: string,
  host: ScriptHost | undefined,
): ResolvedServer {
  const { env, ...start } = scriptCommand(file, args, environment, host);
  return { ...BARE, ...start, kind: 'stdio', name: scriptName(file), cwd, fallbackEnv: env };
}

/** The configured servers if they are meant, and each command under a name of its own. */
function allOf(
  { commands, withConfigured }: { commands: readonly NamedCommand[]; withConfigured: boolean },
  config: LoadedConfig,
  cwd: string,
): ResolvedServer[] {
  const configuredOnes = withConfigured
    ? config.servers.filter(({ enabled }) => enabled).map((server) => configured(server))
    : [];
  const taken = new Set([...config.servers, ...commands].flatMap(({ name }) => name ?? []));
  const named = commands.map(({ name, command, cwd: folder, env = {}, inherits = true }) => {
    const server = asCommand(command, folder === undefined ? cwd : resolve(cwd, folder));
    return { ...server, env, inherits, name: name ?? freeName(server.name, taken) };
  });
  return [...configuredOnes, ...named];
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}

function asCommand([command, ...args]: readonly string[], cwd: string): ResolvedServer {
  if (!command) {
    throw usageError('no-command');
  }
  return { ...BARE, kind: 'stdio', name: commandName(command, args), command, args, cwd };
}

function asRemote(target: RemoteTarget, config: LoadedConfig, cwd: string): ResolvedServer {
  const { name, reached, findings, secrets } = readRemoteTarget(target, config, cwd);
  return { ...BARE, ...reached, name, findings, secrets };
}

const BARE = {
  env: {},
  fileEnv: {},
  fallbackEnv: {},
  options: defaultOptions,
  endpointFields: [],
  findings: [],
  secrets: [],
  entry: undefined,
} as const;

const ADDRESS_WITHOUT_SCHEME = /^[\w-]+(?:\.[\w-]+)*:\d{2,5}(?:[/?]|$)/;
const LOOKS_LIKE_FILE = /[\\/]|\.(?:[cm]?js|ts|py)$/;
function notFound(
  name: string,
  path: string,
  { servers, agents, file }: LoadedConfig,
  commandNames: readonly string[],
  isServed: boolean,
): UsageError {
  const agent = agents.find((one) => one.name === name);
  if (agent) {
    const its = agent.servers ?? servers.filter(({ enabled }) => enabled).map((server) => server.name);
    return usageError('target-is-agent', { name, word: shellWord(name), servers: its });
  }
  if (name.includes('://')) {
    // The address is not repeated: it may hold a token.
    return usageError('address-for-target', { isHttp: /^https?:/i.test(name) });
  }
  if (ADDRESS_WITHOUT_SCHEME.test(name)) return usageError('address-for-target', { isHttp: true });
  const names = servers.map((server) => server.name);
  const meant = nearest(name, [...names, ...commandNames]);
  const isFolder = existsSync(path);
  if (isFolder || (LOOKS_LIKE_FILE.test(name) && meant.length === 0)) {
    return usageError('no-such-path', { path, isFolder, file, names });
  }
  return usageError('no-such-target', { name, meant, file, names, isServed });
}
