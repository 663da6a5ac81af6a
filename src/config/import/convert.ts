import { posix, win32 } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ToolFilter } from '../../strategies/mux/budgets.js';
import type { NamedEntry, ServerEntry } from '../edit.js';
import { type EnvVariables, moveSecrets, reference, secretArguments, variableName } from '../move-secrets.js';
import { addressOf, type ForeignServer, isRecord, isRemote } from './read.js';

export interface ConvertOptions {
  variables: EnvVariables;
  /** Names that other servers have already. */
  taken: readonly string[];
  /** Leave secrets where they are. */
  keepSecretsInline: boolean;
  /** The folder of the new configuration, absolute. */
  folder: string;
  home: string;
  pathSeparator: '/' | '\\';
}

export interface Converted {
  servers: NamedEntry[];
  /** What the reader should know, one sentence each; without secrets. */
  notes: string[];
}

const REMOTE_COMMENT =
  'Remote servers cannot run yet, so this one is disabled; a stdio bridge such as mcp-remote can reach it.';

/** Servers of other programs in the shape of `mcpServers`. Equal ones become one; others of one name get their program's. */
export function convert(found: readonly ForeignServer[], options: ConvertOptions): Converted {
  const notes: string[] = [];
  const inputNames = new Map<string, string>();
  const originals = new Map<string, ForeignServer>();
  const servers: NamedEntry[] = [];
  for (const server of found) {
    if ([...originals.values()].some((other) => isSame(other, server))) continue;
    const name = freeName(server, (one) => originals.has(one) || options.taken.includes(one));
    originals.set(name, server);
    servers.push(new Conversion(name, server, options, inputNames, notes).convert());
  }
  return { servers, notes };
}

function isSame(one: ForeignServer, other: ForeignServer): boolean {
  const isHere = one.name === other.name && one.location.workspace === other.location.workspace;
  return isHere && isDeepStrictEqual(one.raw, other.raw);
}

function freeName(server: ForeignServer, isTaken: (name: string) => boolean): string {
  const other = `${server.name}-${server.location.program.toLowerCase().replaceAll(' ', '-')}`;
  let name = isTaken(server.name) ? other : server.name;
  for (let i = 2; isTaken(name); i++) name = `${other}-${i}`;
  return name;
}

class Conversion {
  constructor(
    readonly name: string,
    readonly server: ForeignServer,
    readonly options: ConvertOptions,
    /** Name of the file and id of the input -> variable. */
    readonly inputNames: Map<string, string>,
    readonly notes: string[],
  ) {}

  convert(): NamedEntry {
    const { raw } = this.server;
    const remote = isRemote(this.server);
    const entry = remote ? this.#remote() : this.#local();
    const isOff = remote || isTrue(raw.disabled) || isFalse(raw.enabled);
    if (isOff) entry.disabled = true;
    const secretArgs = secretArguments(entry.args ?? []).length;
    if (secretArgs > 0) {
      this.#note(
        `has what looks like a secret in "args"; write \${NAME} there and NAME=… into .env to take it out`,
      );
    }
    const { variables, keepSecretsInline } = this.options;
    const finished = keepSecretsInline ? entry : moveSecrets(this.name, entry, variables);
    return { name: this.name, entry: finished, ...(remote ? { comment: REMOTE_COMMENT } : {}) };
  }

  #remote(): ServerEntry {
    const { raw } = this.server;
    const entry: ServerEntry = { url: this.#text(addressOf(raw)!) };
    if (typeof raw.type === 'string') entry.type = raw.type;
    const headers = this.#texts(raw.headers);
    if (headers) entry.headers = headers;
    this.#note('is a remote server; it was imported as disabled, for remote servers cannot run yet');
    return entry;
  }

  #local(): ServerEntry {
    const { raw, location } = this.server;
    const entry: ServerEntry = {};
    if (typeof raw.command === 'string') entry.command = this.#text(raw.command);
    else this.#note('has no "command"; write one before you start it');
    if (Array.isArray(raw.args)) entry.args = raw.args.map((arg) => this.#text(String(arg)));
    if (typeof raw.cwd === 'string') entry.cwd = this.#path(raw.cwd);
    else if (location.workspace !== undefined && location.workspace !== this.options.folder) {
      // Relative paths were meant from there.
      entry.cwd = location.workspace;
    }
    const env = this.#texts(raw.env);
    if (env) entry.env = env;
    if (typeof raw.envFile === 'string') entry.envFile = this.#path(raw.envFile);
    if (typeof raw.endpoint === 'string') entry.endpoint = this.#text(raw.endpoint);
    const tools = filterOf(raw);
    if (tools) entry.tools = tools;
    return entry;
  }

  /** A path, which was relative to the workspace. */
  #path(text: string): string {
    const { workspace } = this.server.location;
    const path = this.#text(text);
    const { isAbsolute, resolve } = this.options.pathSeparator === '/' ? posix : win32;
    return workspace === undefined || isAbsolute(path) || path.startsWith('${')
      ? path
      : resolve(workspace, path);
  }

  #texts(record: unknown): Record<string, string> | undefined {
    if (!isRecord(record)) return undefined;
    const entries = Object.entries(record).filter(([, value]) => value !== null);
    if (entries.length === 0) return undefined;
    return Object.fromEntries(entries.map(([key, value]) => [key, this.#text(String(value))]));
  }

  /** Fills in what only an editor knows; variables become references of ours. */
  #text(text: string): string {
    const { home, pathSeparator, folder } = this.options;
    const workspace = this.server.location.workspace ?? folder;
    return text.replace(/\$\{([^}]*)\}/g, (whole, inside: string) => {
      const [, kind, rest] = /^(env|input):(.*)$/s.exec(inside) ?? [];
      if (kind === 'env') return `\${${rest}}`;
      if (kind === 'input') return reference(this.#input(rest!));
      switch (inside) {
        case 'workspaceFolder':
        case 'workspaceRoot':
          return workspace;
        case 'workspaceFolderBasename':
          return workspace.split(/[\\/]/).findLast((part) => part !== '') ?? '';
        case 'userHome':
          return home;
        case 'pathSeparator':
        case '/':
          return pathSeparator;
        default:
          if (inside.includes(':') && !inside.includes(':-')) {
            this.#note(`uses ${whole}, which only its editor can fill in; write the value itself`);
          }
          return whole;
      }
    });
  }

  #input(id: string): string {
    const { file } = this.server.location;
    const key = `${file}\n${id}`;
    const known = this.inputNames.get(key);
    if (known !== undefined) return known;
    const input = this.server.inputs.find((one) => one.id === id);
    const name = variableName(id);
    const comment = input?.description ?? `What ${this.server.location.program} asked for as "${id}"`;
    const names = [`INPUT_${name}`, name];
    const isFilled = input?.default !== undefined && input.default !== '';
    const chosen = this.options.variables.add(names, isFilled ? input.default : undefined, comment);
    if (!isFilled) this.#note(`needs ${chosen}; fill it in in .env`);
    this.inputNames.set(key, chosen);
    return chosen;
  }

  #note(what: string): void {
    const sentence = `${this.name} ${what}.`;
    if (!this.notes.includes(sentence)) this.notes.push(sentence);
  }
}

/** What other programs are told to hide stays hidden; an empty list says nothing. */
function filterOf(raw: Readonly<Record<string, unknown>>): ToolFilter | undefined {
  const names = (...keys: string[]) =>
    keys.flatMap((key) => (Array.isArray(raw[key]) ? raw[key].map(String) : []));
  const allow = names('includeTools').length > 0 ? names('includeTools') : names('enabledTools');
  const deny = names('excludeTools', 'disabledTools');
  if (allow.length === 0 && deny.length === 0) return undefined;
  return { ...(allow.length > 0 ? { allow } : {}), ...(deny.length > 0 ? { deny } : {}) };
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function isFalse(value: unknown): boolean {
  return value === false || (typeof value === 'string' && value.toLowerCase() === 'false');
}
