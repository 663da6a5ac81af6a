import { posix, win32 } from 'node:path';
import type { LeftOutReason } from '../../messages/parts.js';
import { bridged } from '../bridges.js';
import type { NamedEntry, ServerEntry } from '../edit.js';
import { isBlank, isPlain } from '../entry-forms.js';
import { isComment } from '../finding.js';
import { partOfProgram } from '../foreign-entry.js';
import { ADDRESS_KEYS } from '../foreign-keys.js';
import { isFalse, isRecord, isTrue } from '../foreign-root.js';
import { kindNamed } from '../kinds/kinds.js';
import { moveSecrets, reference } from '../move-secrets.js';
import { secretArguments } from '../secret-shape.js';
import { OPTION_CHANGES } from '../server-options.js';
import { HARMLESS_KEYS, reasonFor } from './entry-keys.js';
import { filterOf } from './filter.js';
import { importedLogin } from './login.js';
import { type ForeignServer, isRemote } from './read.js';
import { type VariableOptions, VariableWriter } from './variables.js';

export interface EntryOptions extends VariableOptions {
  keepSecretsInline: boolean;
}

/** Keys of mcp-pipe itself: taken unchanged. What `tools` means differs between programs. */
const OWN_KEYS = Object.keys(OPTION_CHANGES).filter((key) => key !== 'tools');

/** Keys of remote servers that no other program has. */
const REMOTE_KEYS = ['headersCommand', 'headersHelper', 'ca', 'cert', 'key', 'ipv4Only', 'insecureHost'];

/** The entry as `mcpServers` has it; undefined when it cannot be started. */
export function entryOf(
  name: string,
  server: ForeignServer,
  options: EntryOptions,
): Omit<NamedEntry, 'name'> | undefined {
  const type = partOfProgram(server.raw);
  if (type !== undefined) {
    options.notes.add('not-a-process', { name, type });
    return undefined;
  }
  return new EntryConversion(name, server, options).convert();
}

class EntryConversion {
  readonly #left: [key: string, reason: LeftOutReason][] = [];
  readonly #taken = new Set<string>();
  readonly #variables: VariableWriter;

  constructor(
    readonly name: string,
    readonly server: ForeignServer,
    readonly options: EntryOptions,
  ) {
    this.#variables = new VariableWriter(name, server, options);
  }

  convert(): Omit<NamedEntry, 'name'> {
    const { notes, variables, keepSecretsInline } = this.options;
    const remote = isRemote(this.server);
    const entry = this.#direct(this.#entry(remote));
    const isReached = entry.url !== undefined && entry.command === undefined;
    if (isReached && !entry.headers && !entry.oauth) notes.add('may-want-login', { names: [this.name] });
    if (remote && entry.url === undefined) notes.add('no-url', { name: this.name });
    else if (!isReached && entry.command === undefined) notes.add('no-command', { name: this.name });
    if (this.#isOff() || (!isReached && (remote || entry.command === undefined))) entry.disabled = true;
    this.#leaveRest();
    notes.leaveOut(this.name, this.#left);
    if (secretArguments(entry.args ?? []).length > 0) notes.add('secret-arguments', { names: [this.name] });
    const before = variables.kept.length;
    const finished = keepSecretsInline ? entry : moveSecrets(this.name, entry, variables);
    for (const variable of variables.kept.slice(before))
      notes.add('secret-kept', { name: this.name, variable });
    return { entry: finished };
  }

  /** The entry of the server behind a bridge, where the bridge does nothing else; any other entry stays. */
  #direct(entry: ServerEntry): ServerEntry {
    const { command, args = [], env = {}, cwd, envFile, ...rest } = entry;
    const found = command === undefined || envFile !== undefined ? undefined : bridged(command, args, env);
    if (found === undefined) return entry;
    const { bridge, type, url, headers } = found;
    this.options.notes.add('bridge-left-out', { names: [this.name], bridge });
    const { MCP_ENDPOINT } = env;
    return {
      ...(type === undefined ? {} : { type }),
      url,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(MCP_ENDPOINT === undefined ? {} : { env: { MCP_ENDPOINT } }),
      ...rest,
    };
  }

  #entry(remote: boolean): ServerEntry {
    const { workspace } = this.server.location;
    const entry: ServerEntry = {};
    const type = this.#type(remote);
    if (type !== undefined) entry.type = type;
    const command = this.#own('command');
    if (command !== undefined) entry.command = this.#variables.text(command);
    const args = this.#args();
    if (args !== undefined) entry.args = args;
    const cwd = this.#own('cwd');
    if (cwd !== undefined) entry.cwd = this.#path(cwd);
    // Relative paths started at the workspace.
    else if (!remote && workspace !== undefined && workspace !== this.options.folder) entry.cwd = workspace;
    const env = this.#env();
    if (env !== undefined) entry.env = env;
    const envFile = this.#own('envFile');
    if (envFile !== undefined) entry.envFile = this.#path(envFile);
    const endpoint = this.#endpoint();
    if (endpoint !== undefined) entry.endpoint = endpoint;
    const url = this.#first(...ADDRESS_KEYS, 'uri');
    if (url !== undefined) entry.url = this.#variables.text(url);
    const headers = this.#headers();
    if (headers !== undefined) entry.headers = headers;
    if (remote) Object.assign(entry, this.#ofRemote());
    const { filter, taken, second } = filterOf(this.server.raw, this.server.location.program);
    for (const key of taken) this.#taken.add(key);
    for (const key of second) this.#left.push([key, 'allowed-twice']);
    if (filter !== undefined) entry.tools = filter;
    for (const key of OWN_KEYS) {
      if (this.server.raw[key] === undefined) continue;
      this.#taken.add(key);
      Object.assign(entry, { [key]: this.server.raw[key] });
    }
    return entry;
  }

  /** The `type`; left out for a process, which is the default. */
  #type(remote: boolean): string | undefined {
    const type = this.#first('type', 'transportType', 'transport');
    if (type === undefined || /^(stdio|local)$/i.test(type)) return undefined;
    return (remote && kindNamed(type)) || type;
  }

  /** A text of the entry; a value of another type is left out and noted. */
  #endpoint(): string | string[] | undefined {
    const given = this.server.raw.endpoint;
    if (!Array.isArray(given) || !given.every((one) => typeof one === 'string')) {
      const one = this.#own('endpoint');
      return one === undefined ? undefined : this.#variables.text(one);
    }
    this.#taken.add('endpoint');
    return given.map((one: string) => this.#variables.text(one));
  }

  #own(key: string): string | undefined {
    const value = this.server.raw[key];
    if (value === undefined) return undefined;
    this.#taken.add(key);
    if (typeof value === 'string') return value;
    this.#leave(key, value);
    return undefined;
  }

  /** The first of several keys with the same meaning; a later one with another value is left out. */
  #first(...keys: readonly string[]): string | undefined {
    let first: string | undefined;
    for (const key of keys) {
      const text = this.#own(key);
      if (first === undefined) first = text;
      else if (text !== undefined && text !== first) this.#left.push([key, reasonFor(key)]);
    }
    return first;
  }

  #args(): string[] | undefined {
    const { args } = this.server.raw;
    if (args === undefined) return undefined;
    this.#taken.add('args');
    if (!Array.isArray(args)) {
      this.#leave('args', args);
      return undefined;
    }
    return args.flatMap((arg, i) => {
      const text = plain(arg);
      if (text === undefined) this.#left.push([`args[${i}]`, 'shape']);
      return text === undefined ? [] : [this.#variables.text(text)];
    });
  }

  #env(): Record<string, string> | undefined {
    const env = this.#texts('env') ?? {};
    for (const name of this.#names('env_keys')) {
      const isKnown = this.options.variables.isSet(name);
      env[name] ??= isKnown ? reference(name) : this.#variables.ask(name, undefined, [name]);
    }
    // Codex passes these variables on from its own environment; a missing one is no error.
    for (const name of this.#names('env_vars')) env[name] ??= reference(`${name}:-`);
    return Object.keys(env).length === 0 ? undefined : env;
  }

  /** Names of variables: a list of texts, or of objects with a name. */
  #names(key: string): string[] {
    const value = this.server.raw[key];
    if (value === undefined) return [];
    this.#taken.add(key);
    if (!Array.isArray(value)) this.#leave(key, value);
    return (Array.isArray(value) ? value : []).flatMap((one, i) => {
      const name = isRecord(one) ? one.name : one;
      const isName = typeof name === 'string' && /^[A-Za-z_]\w*$/.test(name);
      if (!isName) this.#left.push([`${key}[${i}]`, 'shape']);
      return isName ? [name] : [];
    });
  }

  /** Keys of mcp-pipe for remote servers, and how others write them. */
  #ofRemote(): Partial<ServerEntry> {
    const { raw } = this.server;
    const own = REMOTE_KEYS.filter((key) => raw[key] !== undefined);
    for (const key of own) this.#taken.add(key);
    const login = importedLogin(raw, (text) => this.#variables.text(text));
    for (const key of login?.taken ?? []) this.#taken.add(key);
    return {
      ...Object.fromEntries(own.map((key) => [key, raw[key]])),
      ...(login?.oauth === undefined ? {} : { oauth: login.oauth }),
    };
  }

  #headers(): Record<string, string> | undefined {
    const headers = { ...this.#texts('headers') };
    const add = (header: string, value: string, from: string) => {
      if (headers[header] === undefined) headers[header] = value;
      else this.#left.push([from, reasonFor(from)]);
    };
    for (const [header, value] of Object.entries(this.#texts('http_headers') ?? {})) {
      add(header, value, `http_headers.${header}`);
    }
    for (const [header, variable] of Object.entries(this.#texts('env_http_headers') ?? {})) {
      add(header, reference(variable), `env_http_headers.${header}`);
    }
    const bearer = this.#own('bearer_token_env_var');
    if (bearer !== undefined) add('Authorization', `Bearer ${reference(bearer)}`, 'bearer_token_env_var');
    return Object.keys(headers).length === 0 ? undefined : headers;
  }

  #texts(key: string): Record<string, string> | undefined {
    const record = this.server.raw[key];
    if (record === undefined) return undefined;
    this.#taken.add(key);
    if (!isRecord(record)) {
      this.#leave(key, record);
      return undefined;
    }
    const entries = Object.entries(record).flatMap(([name, value]): [string, string][] => {
      const text = plain(value);
      if (text === undefined) this.#left.push([`${key}.${name}`, 'shape']);
      return text === undefined ? [] : [[name, this.#variables.text(text)]];
    });
    return Object.fromEntries(entries);
  }

  #isOff(): boolean {
    const { raw, isOff } = this.server;
    for (const key of ['disabled', 'enabled', 'isActive']) {
      const value = raw[key];
      if (value === undefined) continue;
      this.#taken.add(key);
      if (!isTrue(value) && !isFalse(value)) this.#leave(key, value);
    }
    return isOff || isTrue(raw.disabled) || isFalse(raw.enabled) || isFalse(raw.isActive);
  }

  /** Makes a path absolute that was relative to the workspace. */
  #path(written: string): string {
    const { workspace } = this.server.location;
    const path = this.#variables.text(written);
    const { isAbsolute, resolve } = this.options.pathSeparator === '/' ? posix : win32;
    return workspace === undefined || isAbsolute(path) || path.startsWith('${')
      ? path
      : resolve(workspace, path);
  }

  #leave(key: string, value: unknown): void {
    if (!isBlank(value)) this.#left.push([key, 'shape']);
  }

  #leaveRest(): void {
    const entries = Object.entries(this.server.raw).filter(([key]) => !this.#taken.has(key));
    for (const [key, value] of [...entries, ...this.server.rest]) {
      if (isBlank(value) || HARMLESS_KEYS.has(key) || isComment(key)) continue;
      this.#left.push([key, reasonFor(key)]);
    }
  }
}

/** Also a number or boolean that was written for a text. */
function plain(value: unknown): string | undefined {
  return isPlain(value) ? String(value) : undefined;
}
