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

/** Default folder of `filesystem`: not the one that has `.env` and the configuration. */
export const OWN_FOLDER = './files';

export const PRESETS = ['calculator', 'memory', 'filesystem'] as const;
/** Path of the calculator, both in a clone and beside a configuration. */
const EXAMPLE = 'examples/calculator.js';
const CALCULATOR = 'calculator.js';
export type Preset = (typeof PRESETS)[number];

/** The entry of a preset. `served`: the folder that `filesystem` may read and write. */
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

/** By default the server writes into its own package, which goes with npm's cache. It takes no relative path. */
function remembered(folder: string): Record<string, string> {
  return { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') };
}

/**
 * Copies the calculator beside a configuration that names it, so that it is there when the package has moved. Returns its
 * path when it was written; an existing file is not overwritten.
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

/** Creates the folder that the `filesystem` server serves by default. */
export function makeOwnFolder(folder: string, servers: readonly NamedEntry[]): void {
  if (servers.some(({ entry }) => entry.args?.at(-1) === OWN_FOLDER)) {
    makeFolder(join(folder, OWN_FOLDER));
  }
}

/** The entry for the value of `--server`. @throws UsageError */
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

/** Returns the absolute path. @throws UsageError when the folder does not exist. */
export function servedFolder(text: string): string {
  const folder = resolve(text);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw usageError('no-such-folder', { folder });
}

/** Splits a command line as a shell does; quotes hold words together. */
function words(line: string): string[] {
  const parts = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return parts.map((part) => part.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}

/** Servers of other programs on this machine. Files that cannot be read are skipped. */
export async function findServers(machine: Machine): Promise<ForeignFile[]> {
  const found: ForeignFile[] = [];
  for (const location of importLocations(machine)) {
    const file = await foreignIn(location).catch(() => undefined);
    if (file !== undefined && file.servers.length > 0) found.push(file);
  }
  return found;
}

/** Reads the file that the user named. @throws UsageError, ConfigError */
export async function importFile(given: string, machine: Machine): Promise<ForeignFile> {
  const file = resolve(given);
  const known = importLocations(machine).find((one) => one.file === file);
  // The error for a folder, a pipe or a device says what it is.
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
  // These findings name the line and the format of the file.
  if (findings.length > 0 && !/\.(ya?ml|toml)$/i.test(file)) throw configError('not-json', findings);
  throw usageError('nothing-to-import', { file, exists: existsSync(file) });
}

async function foreignIn(location: ImportLocation): Promise<ForeignFile | undefined> {
  const stats = statSync(location.file, { throwIfNoEntry: false });
  // Reading a pipe or a device could block.
  if (stats !== undefined && !stats.isFile()) return undefined;
  const read = readTextFile(location.file);
  return read && (await readForeign(read.text, location));
}
