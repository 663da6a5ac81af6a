import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError, type Finding } from '../protocol/errors.js';
import { findConfigFile } from './config-file.js';
import { defaults, type Settings } from './defaults.js';
import { decodeText, Environment } from './environment.js';
import { describe, errorAt, isComment, unknownKey, warningAt } from './finding.js';
import { FOREIGN_TOP_KEYS, SECTIONS } from './foreign-keys.js';
import { JsonSource, type Place } from './json-source.js';
import { nearest } from './nearest.js';
import type { ServerConfig } from './servers.js';

/** What the user asked for, variables filled in. Nothing has been started and no endpoint chosen. */
export interface LoadedConfig {
  /** Absolute; undefined when there is none, which is fine for a script or a command. */
  file: string | undefined;
  /** The folder of the configuration, else the current one. */
  folder: string;
  /** Where `.env` is read from, absolute; it need not exist. */
  envFile: string;
  /** The real environment and, below it, what `.env` adds. */
  environment: Environment;
  /** The same as a plain record. */
  env: Readonly<Record<string, string>>;
  servers: readonly ServerConfig[];
  settings: Settings;
  /** Mistakes and doubts that do not belong to one server. */
  findings: readonly Finding[];
}

export interface LoadOptions {
  /** `--config`; else the variable MCP_CONFIG, else `mcp_config.json` in `cwd`. */
  file?: string | undefined;
  /** `--env-file`; else `.env` beside the configuration. */
  envFile?: string | undefined;
  /** The real environment; it is read, never changed. */
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  platform?: NodeJS.Platform;
}

const TOP_KEYS = [...SECTIONS, 'settings', '$schema'];

/**
 * Finds and reads the configuration and `.env`.
 *
 * @throws ConfigError when a file that was asked for is missing, or the JSON cannot be read. Every other mistake
 *   is kept as a finding, so that `makePlan` can report all of them at once.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { cwd } = options;
  const { file, by } = findConfigFile(options.file, options.env, cwd);
  const text = readText(file);
  if (text === undefined && by) throw missingFile(file, by);
  const folder = text === undefined ? cwd : dirname(file);

  const envFile = options.envFile ? resolve(cwd, options.envFile) : join(folder, '.env');
  const envText = readText(envFile);
  if (envText === undefined && options.envFile) throw missingFile(envFile, '--env-file');
  const environment = new Environment(options.env, folder, options.platform);
  environment.addEnvFile(envFile, envText ?? '');

  const content = text === undefined ? NOTHING : await readContent(new JsonSource(file, text), environment);
  const env = environment.record();
  return { file: text === undefined ? undefined : file, folder, envFile, environment, env, ...content };
}

interface Content {
  servers: readonly ServerConfig[];
  settings: Settings;
  findings: readonly Finding[];
}

const NOTHING: Content = { servers: [], settings: defaults, findings: [] };

async function readContent(source: JsonSource, environment: Environment): Promise<Content> {
  if (source.findings.length > 0) {
    throw new ConfigError('The configuration is not valid JSON', source.findings);
  }
  // zod costs about 70 ms to load, so only whoever has a configuration pays for it.
  const { checkRoot } = await import('./schema.js');
  const findings: Finding[] = [];
  const { issues, value } = checkRoot(source.value);
  for (const { path, expected } of issues) {
    const got = describe(
      path.length === 0 ? source.value : (source.value as Record<string, unknown>)[String(path[0])],
    );
    findings.push(
      errorAt(source.place(path), { code: 'CONFIG_TYPE', expected, got, next: 'Correct the value.' }),
    );
  }
  const servers = await readServers(source, value, environment, findings);
  findings.push(...doubles(source), ...unknownTopKeys(source, value, servers.length));
  const settings = await readSettings(source, value.settings, findings);
  return { servers, settings, findings };
}

type Root = { [key: string]: unknown } & { [Section in (typeof SECTIONS)[number]]?: Record<string, unknown> };

async function readServers(
  source: JsonSource,
  root: unknown,
  environment: Environment,
  findings: Finding[],
): Promise<ServerConfig[]> {
  const { readServer } = await import('./servers.js');
  const found = new Map<string, ServerConfig>();
  for (const section of SECTIONS) {
    for (const [name, raw] of Object.entries((root as Root)[section] ?? {})) {
      if (isComment(name) && typeof raw !== 'object') continue;
      const server = readServer(source, [section, name], raw, environment, findings);
      const earlier = found.get(name);
      if (earlier) findings.push(errorAt(server.place, twice(earlier.place.line, server.place.line)));
      else found.set(name, server);
    }
  }
  return [...found.values()];
}

function twice(first: number | undefined, second: number | undefined) {
  return {
    code: 'CONFIG_DUPLICATE_NAME',
    expected: 'a name for each server',
    got: `the same name on lines ${first} and ${second}`,
    next: 'Rename one of the two servers, or remove it.',
  };
}

/** JSON lets the last of two equal keys win, silently; for a server that means one of them never runs. */
function doubles(source: JsonSource): Finding[] {
  return source.duplicates.map(({ path, lines }) => {
    const place = source.place(path);
    if (path.length === 2 && SECTIONS.some((section) => section === path[0])) {
      return errorAt(place, twice(...lines));
    }
    const got = `the same key on lines ${lines[0]} and ${lines[1]}`;
    const next = 'Remove one; the last one counts.';
    return warningAt(place, { code: 'CONFIG_DUPLICATE_KEY', expected: 'each key once', got, next });
  });
}

function unknownTopKeys(source: JsonSource, root: unknown, serverCount: number): Finding[] {
  return Object.entries(root as Root)
    .filter(([key]) => !TOP_KEYS.includes(key) && !Object.hasOwn(FOREIGN_TOP_KEYS, key) && !isComment(key))
    .map(([key, value]) => {
      const place = source.place([key]);
      const isServer = typeof value === 'object' && value !== null && ('command' in value || 'url' in value);
      if (!isServer || serverCount > 0) return unknownKey(place, key, TOP_KEYS);
      const said = {
        expected: '"mcpServers" around the servers',
        got: `the server ${JSON.stringify(key)} at the top`,
      };
      const next = 'Put the servers into { "mcpServers": { … } }.';
      return errorAt(place, { code: 'CONFIG_NO_SERVERS', ...said, next });
    });
}

async function readSettings(source: JsonSource, raw: unknown, findings: Finding[]): Promise<Settings> {
  if (raw === undefined) return defaults;
  const { checkSettings } = await import('./schema.js');
  const { issues, value } = checkSettings(raw);
  for (const { path, expected, unknownKey: unknown } of issues) {
    const place = source.place(['settings', ...path]);
    if (unknown === undefined) {
      const got = describe(path.length === 0 ? raw : (raw as Record<string, unknown>)[String(path[0])]);
      findings.push(errorAt(place, { code: 'CONFIG_TYPE', expected, got, next: 'Correct the value.' }));
      continue;
    }
    const [meant] = nearest(unknown, Object.keys(defaults));
    const next = meant ? `Did you mean ${meant}?` : `The settings are ${Object.keys(defaults).join(', ')}.`;
    findings.push(
      errorAt(place, { code: 'CONFIG_UNKNOWN_SETTING', expected, got: JSON.stringify(unknown), next }),
    );
  }
  const settings = { ...defaults, ...value } as Settings;
  if (settings.minDelayMs > settings.maxDelayMs) {
    const got = `minDelayMs ${settings.minDelayMs} and maxDelayMs ${settings.maxDelayMs}`;
    const said = {
      code: 'CONFIG_TYPE',
      expected: 'minDelayMs of at most maxDelayMs',
      got,
      next: 'Correct one of them.',
    };
    findings.push(errorAt(source.place(['settings']), said));
  }
  return settings;
}

/** The finding beside it names the file and what is wrong with it. */
const CANNOT_READ = 'The configuration cannot be read';

/** Undefined when there is no such file. */
function readText(file: string): string | undefined {
  try {
    return decodeText(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const place: Place = { file, path: '', line: undefined };
    const next =
      code === 'EISDIR' ? 'Name the file itself, not its folder.' : 'Make the file readable for this user.';
    const said = {
      code: 'CONFIG_FILE_UNREADABLE',
      expected: 'a file that can be read',
      got: code ?? String(error),
      next,
    };
    throw new ConfigError(CANNOT_READ, [errorAt(place, said)]);
  }
}

function missingFile(file: string, by: string): ConfigError {
  const next = `Create it, or correct ${by}.`;
  const said = {
    code: 'CONFIG_FILE_NOT_FOUND',
    expected: `the file that ${by} names`,
    got: 'no such file',
    next,
  };
  return new ConfigError(CANNOT_READ, [errorAt({ file, path: '', line: undefined }, said)]);
}
