import { constants, copyFileSync, existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NamedEntry } from '../config/edit.js';
import { workspaceFolder } from '../config/editor-variables.js';
import { configError } from '../config/finding.js';
import { type ImportLocation, importLocations, type Machine } from '../config/import/locations.js';
import { ForeignSyntaxError } from '../config/import/parse.js';
import { type ForeignFile, readForeign } from '../config/import/read.js';
import { JsonSource } from '../config/json-source.js';
import { usageError } from '../messages/worded.js';
import { makeFolder } from '../process/make-folder.js';
import { packageRoot } from './package-root.js';
import { readTextFile } from './text-file.js';

/** The default folder of `filesystem`: not the one with `.env` and the configuration in it. */
export const OWN_FOLDER = './files';

export const PRESETS = ['calculator', 'memory', 'filesystem'] as const;
/** Where the calculator is in a clone, and beside a configuration of its own. */
const EXAMPLE = 'examples/calculator.js';
const CALCULATOR = 'calculator.js';
export type Preset = (typeof PRESETS)[number];

/** A server to begin with; `served` is the folder that `filesystem` may read and write. */
export function presetServer(preset: Preset, folder: string, served: string = OWN_FOLDER): NamedEntry {
  switch (preset) {
    case 'calculator': {
      const file = existsSync(join(folder, EXAMPLE)) ? EXAMPLE : CALCULATOR;
      return { name: preset, entry: { command: 'node', args: [file] } };
    }
    case 'memory':
      return {
        name: preset,
        entry: { ...npx(preset, '@modelcontextprotocol/server-memory').entry, env: remembered(folder) },
      };
    case 'filesystem':
      return npx(preset, '@modelcontextprotocol/server-filesystem', served);
  }
}

/** Without it the server writes into its own package, which goes with npm's cache. It takes no relative path. */
function remembered(folder: string): Record<string, string> {
  return { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') };
}

/**
 * Copies the calculator beside a configuration that names it, so that it is there when the package has moved. Returns its
 * path when it was written; a file that is there already stays as it is.
 */
export function copyCalculator(folder: string, servers: readonly NamedEntry[]): string | undefined {
  const file = join(folder, CALCULATOR);
  const isNamed = servers.some(({ entry }) => entry.command === 'node' && entry.args?.[0] === CALCULATOR);
  if (!isNamed || existsSync(file)) return undefined;
  copyFileSync(fileURLToPath(new URL(EXAMPLE, packageRoot)), file, constants.COPYFILE_EXCL);
  return file;
}

function npx(name: string, ...args: string[]): NamedEntry {
  return { name, entry: { command: 'npx', args: ['-y', ...args] } };
}

/** Makes the folder that a server has for its own. */
export function makeOwnFolder(folder: string, servers: readonly NamedEntry[]): void {
  if (servers.some(({ entry }) => entry.args?.at(-1) === OWN_FOLDER)) {
    makeFolder(join(folder, OWN_FOLDER));
  }
}

/** What `--server` asks for. @throws UsageError */
export function serverFromOption(text: string, folder: string): NamedEntry {
  const split = text.indexOf('=');
  const name = split < 0 ? text : text.slice(0, split);
  const value = split < 0 ? '' : text.slice(split + 1);
  const preset = PRESETS.find((one) => one === name);
  if (preset === 'filesystem' && value !== '') return presetServer(preset, folder, servedFolder(value));
  if (preset !== undefined && value === '') return presetServer(preset, folder);
  const [command, ...args] = words(value);
  if (name.trim() === '' || command === undefined) {
    throw usageError('server-option');
  }
  return { name, entry: { command, ...(args.length > 0 ? { args } : {}) } };
}

/** Absolute. @throws UsageError when there is no such folder. */
export function servedFolder(text: string): string {
  const folder = resolve(text);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw usageError('no-such-folder', { folder });
}

/** Words as a shell splits them; quotes hold words together. */
function words(line: string): string[] {
  const parts = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return parts.map((part) => part.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}

/** The servers of other programs on this machine. What cannot be read is passed over. */
export async function findServers(machine: Machine): Promise<ForeignFile[]> {
  const found: ForeignFile[] = [];
  for (const location of importLocations(machine)) {
    const file = await foreignIn(location).catch(() => undefined);
    if (file !== undefined && file.servers.length > 0) found.push(file);
  }
  return found;
}

/** One file that was asked for. @throws UsageError, ConfigError */
export async function importFile(given: string, machine: Machine): Promise<ForeignFile> {
  const file = resolve(given);
  const known = importLocations(machine).find((one) => one.file === file);
  // A folder, a pipe or a device is refused as what it is.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) readTextFile(file);
  try {
    const read = await foreignIn(known ?? { program: '', file, workspace: workspaceFolder(file) });
    if (read) return read;
  } catch (error) {
    if (!(error instanceof ForeignSyntaxError)) throw error;
    throw usageError('import-syntax', { file, syntax: error.syntax, line: error.line });
  }
  const text = statSync(file, { throwIfNoEntry: false })?.isFile() ? readTextFile(file)?.text : undefined;
  const { findings } = new JsonSource(file, text ?? '{}');
  // It says where, and what the file is instead.
  if (findings.length > 0 && !/\.(ya?ml|toml)$/i.test(file)) throw configError('not-json', findings);
  throw usageError('nothing-to-import', { file, exists: existsSync(file) });
}

async function foreignIn(location: ImportLocation): Promise<ForeignFile | undefined> {
  const stats = statSync(location.file, { throwIfNoEntry: false });
  // A pipe or a device would be waited for.
  if (stats !== undefined && !stats.isFile()) return undefined;
  const read = readTextFile(location.file);
  return read && (await readForeign(read.text, location));
}
