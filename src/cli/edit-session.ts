import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkPart } from '../config/check-part.js';
import { findConfigFile } from '../config/config-file.js';
import type { ServerEntry } from '../config/edit.js';
import { type EnvLine, envValues, withEnvLines } from '../config/env-text.js';
import { SECTIONS } from '../config/foreign-keys.js';
import { JsonSource } from '../config/json-source.js';
import { loadConfig } from '../config/load.js';
import { shellWord } from '../config/shell-word.js';
import type { texts } from '../messages/commands/add.js';
import { usageError } from '../messages/worded.js';
import { languageOf } from './language.js';
import { createFile, isReadableByOthers, PRIVATE, readTextFile, replaceFile } from './text-file.js';

export interface EditOptions {
  config?: string;
  control?: string;
  /** False with `--no-reload`. */
  reload?: boolean;
  envFile?: string;
  lang?: string;
}

/** A configuration that is about to be changed. */
export interface Editable {
  /** Absolute path. */
  file: string;
  exists: boolean;
  text: string;
  names: readonly string[];
  servers: readonly Named[];
  agents: readonly Named[];
  envFile: string;
  /** Whether it has a gateway: then a server needs no endpoint, and all run together. */
  hasGateway: boolean;
  /** Checks that the new text has this change and no other. The returned function writes it. @throws UsageError */
  prepare: (text: string, isMeant: IsMeant) => () => void;
}

/** A server or an agent, and whether it is on. */
type Named = { name: string; enabled: boolean };

/** Whether the configuration before became the one after by the change that was meant. */
export type IsMeant = (before: unknown, after: unknown) => boolean;

/** Reads the configuration that `--config` or MCP_CONFIG names. @throws ConfigError when it is no valid JSON. */
export async function openForEdit(options: EditOptions): Promise<Editable> {
  const cwd = process.cwd();
  const { file } = findConfigFile(options.config, process.env, cwd);
  const read = readTextFile(file);
  const text = read?.text ?? '';
  const isBlank = text.trim() === '';
  const envFile = options.envFile ? resolve(cwd, options.envFile) : join(dirname(file), '.env');
  // `loadConfig` throws for a file that is no JSON.
  const { servers, agents, gateway } = isBlank
    ? { servers: [], agents: [], gateway: undefined }
    : await loadConfig({ file, env: process.env, cwd });
  return {
    file,
    exists: read !== undefined,
    text,
    ...{ names: servers.map(({ name }) => name), servers, agents, envFile },
    hasGateway: gateway?.isWritten === true,
    prepare: (next, isMeant) => {
      verify(file, isBlank ? '{}' : text, next, isMeant);
      return () => replaceFile(file, read ? read.encode(next) : Buffer.from(next));
    },
  };
}

/** What the command does after the file is written; see `afterEdit`. */
export function afterEditing({ file }: Editable, options: EditOptions) {
  const { config, control, reload, lang } = options;
  return {
    file,
    lang: languageOf(lang, process.env),
    ...(config === undefined ? {} : { config }),
    ...(control === undefined ? {} : { control }),
    ...(reload === undefined ? {} : { reload }),
    start: config === undefined ? 'mcp-pipe' : `mcp-pipe --config ${shellWord(config)}`,
  };
}

/** Checks that the new text reads as the old one with this one change. */
function verify(file: string, before: string, after: string, isMeant: IsMeant): void {
  const source = new JsonSource(file, after);
  const isRead = source.findings.length === 0 && source.duplicates.length === 0;
  if (isRead && isMeant(new JsonSource(file, before).value, source.value)) return;
  throw usageError('not-readable-back', { file, lines: source.duplicates[0]?.lines });
}

/** The change that gives a server this entry; without one, that removes it. */
export async function ofServer(name: string, entry: ServerEntry | undefined): Promise<IsMeant> {
  const isShaped = entry === undefined || (await checkPart('server', entry)).issues.length === 0;
  return (before, after) =>
    isShaped &&
    isDeepStrictEqual(without(before, name), without(after, name)) &&
    isDeepStrictEqual(serverIn(after, name), plain(entry));
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

type Sections = Record<string, Record<string, unknown> | undefined>;

function serverIn(root: unknown, name: string): unknown {
  return SECTIONS.map((section) => (root as Sections)[section])
    .filter((servers) => servers !== undefined && Object.hasOwn(servers, name))
    .map((servers) => servers![name])[0];
}

/** The configuration without this server, also for agents, and without empty sections, which do not count as a difference. */
function without(root: unknown, name: string): unknown {
  const copy = structuredClone(root) as Sections;
  for (const section of SECTIONS) {
    const servers = copy[section];
    if (typeof servers !== 'object' || servers === null) continue;
    delete servers[name];
    if (Object.keys(servers).length === 0) delete copy[section];
  }
  for (const agent of Object.values(copy.agents ?? {})) {
    if (typeof agent !== 'object' || agent === null) continue;
    const { servers, tools } = agent as { servers?: unknown; tools?: Record<string, unknown> };
    if (Array.isArray(servers)) Object.assign(agent, { servers: servers.filter((one) => one !== name) });
    if (typeof tools === 'object' && tools !== null) delete tools[name];
  }
  return copy;
}

/** Returns a lookup of variables: in the environment first, then in `.env`. */
export function takenIn(envFile: string): (name: string) => string | undefined {
  const values = envValues(readTextFile(envFile)?.text ?? '');
  return (name) => process.env[name] ?? values[name];
}

/** Appends lines to `.env` and makes it readable for its owner only. Returns what was done, as text. @throws UsageError */
export function appendToEnv(envFile: string, lines: readonly EnvLine[], words: typeof texts.en): string[] {
  if (lines.length === 0) return [];
  const read = readTextFile(envFile);
  const text = withEnvLines(read?.text ?? '', lines);
  if (text === undefined) throw usageError('unquotable-value', { file: envFile });
  const wasOpen = isReadableByOthers(envFile);
  if (read) replaceFile(envFile, read.encode(text), PRIVATE);
  else createFile(envFile, text, PRIVATE);
  const names = lines.map(({ name }) => name);
  return [words.inEnv({ names, file: envFile }), ...(wasOpen ? [words.wasReadable({ file: envFile })] : [])];
}
