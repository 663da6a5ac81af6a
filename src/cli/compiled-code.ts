import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { constants as ofVm, Script } from 'node:vm';

// Compiling is the largest part of a cold start. What V8 has compiled is kept in the user's cache and taken from there at the
// next start (D365).

/** As Node.js wraps CommonJS. */
const PARAMETERS = '(function (exports, require, module, __filename, __dirname) { ';
/** Those of other versions of mcp-pipe and Node.js, and for other flags, of which one user has a few; each has about 2 MB. */
const MOST_FILES = 4;
/** Before the code: its checksum, and the length of the index, both 4 bytes. V8 runs damaged code as it is. */
const HEAD_BYTES = 8;
const NOT_FOR_OTHERS = 0o077;
/**
 * A name that says what is in the file. Of others no code is kept: where packages are unpacked all files may have one time, and
 * `main.cjs` of the next version is as long as this one, but names other files.
 */
const NAMED_BY_CONTENT = /-[\w-]{8}\.cjs$/;
/** A link at the place of the file could lead to another one of this user. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** Where the code of a file of the bundle stands among the rest, and of which file it is. */
interface Entry {
  /** Size and time of change; its name says what is in it as well. */
  of: string;
  from: number;
  to: number;
}

/** Creates a folder and its parents. Given, for this file is loaded without any other. */
type MakeFolder = (folder: string, mode: number) => void;

interface Module {
  exports: unknown;
}

class Bundle {
  readonly #folder: string;
  readonly #place: string | undefined;
  readonly #modules = new Map<string, Module>();
  readonly #scripts = new Map<string, { script: Script; of: string }>();
  #kept: { index: Record<string, Entry>; code: Buffer } | undefined;
  readonly #flags = cachedDataVersionTag();
  /** Something was compiled that the file does not have. */
  #isNews = false;

  constructor(folder: string, place: string | undefined) {
    this.#folder = folder;
    this.#place = place;
    if (place !== undefined) this.#kept = read(place);
  }

  /** Runs a file of the bundle, once; returns what it exports. */
  require(name: string): unknown {
    const known = this.#modules.get(name);
    if (known) return known.exports;
    const file = join(this.#folder, name);
    const source = readFileSync(file, 'latin1');
    const of = stateOf(file);
    const entry = this.#kept?.index[name];
    const cachedData = entry?.of === of ? this.#kept?.code.subarray(entry.from, entry.to) : undefined;
    const script = new Script(`${PARAMETERS}${source}\n})`, {
      filename: file,
      columnOffset: -PARAMETERS.length,
      // For `import()` of Node's own modules, which packages do.
      importModuleDynamically: ofVm.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      ...(cachedData ? { cachedData } : {}),
    });
    if (NAMED_BY_CONTENT.test(name)) {
      // Under other flags it is refused at each start, and keeping it again would change nothing.
      const isRefused = script.cachedDataRejected && cachedDataVersionTag() === this.#flags;
      if (!cachedData || isRefused) this.#isNews = true;
      this.#scripts.set(name, { script, of });
    }
    const module: Module = { exports: {} };
    this.#modules.set(name, module);
    const native = createRequire(file);
    const required = (id: string) =>
      id.startsWith('./') && id !== OWN_ID ? this.require(id.slice('./'.length)) : native(id);
    try {
      const run = script.runInThisContext() as (...given: unknown[]) => void;
      run.call(module.exports, module.exports, Object.assign(required, native), module, file, this.#folder);
    } catch (error) {
      this.#modules.delete(name);
      throw error;
    }
    return module.exports;
  }

  keep(makeFolder: MakeFolder): void {
    const kept = this.#kept;
    const scripts = [...this.#scripts];
    this.#kept = undefined;
    this.#scripts.clear();
    // Code is of the flags under which it is kept, and taken under no other.
    if (this.#place === undefined || !this.#isNews || cachedDataVersionTag() !== this.#flags) return;
    if (!makeOwnFolder(dirname(this.#place), makeFolder)) return;
    const index: Record<string, Entry> = {};
    const parts: Buffer[] = [];
    let at = 0;
    for (const [name, { script, of }] of scripts) {
      const code = script.createCachedData();
      index[name] = { of, from: at, to: at + code.length };
      parts.push(code);
      at += code.length;
    }
    // What an earlier run had needed besides.
    for (const [name, entry] of Object.entries(kept?.index ?? {})) {
      if (index[name] !== undefined || stateOf(join(this.#folder, name)) !== entry.of) continue;
      const code = kept!.code.subarray(entry.from, entry.to);
      index[name] = { of: entry.of, from: at, to: at + code.length };
      parts.push(code);
      at += code.length;
    }
    write(this.#place, index, parts);
  }
}

/** Size and time of change; empty when there is none. */
function stateOf(file: string): string {
  const about = statSync(file, { throwIfNoEntry: false });
  return about ? `${about.size} ${about.mtimeMs}` : '';
}

/** Node.js has loaded it. */
const OWN_ID = `./${basename(import.meta.filename)}`;
let bundle: Bundle | undefined;

/**
 * Runs a file of a folder of files in CommonJS, all of ASCII, which know each other by `./name`.
 *
 * @throws what the file throws; `MODULE_NOT_FOUND` when a file is missing
 */
export function runFrom(folder: string, name: string, env: NodeJS.ProcessEnv): unknown {
  bundle = new Bundle(folder, env.NODE_DISABLE_COMPILE_CACHE ? undefined : placeOf(folder, env));
  return bundle.require(name);
}

/** Keeps what is compiled by now, if the file does not have it: once, when the start is over. Flags of V8 must be as they were then. */
export function keepCompiled(makeFolder: MakeFolder): void {
  try {
    bundle?.keep(makeFolder);
  } catch {
    // A cache that cannot be written is none.
  }
}

/** The file for this installation and this V8 with these flags; undefined where the user has no folder of caches. */
function placeOf(folder: string, env: NodeJS.ProcessEnv): string | undefined {
  const caches = cachesOf(env);
  if (caches === undefined) return undefined;
  // Of a long path, its end: names of files have 255 bytes.
  const where = folder.replace(/[^\w.-]+/g, '_').slice(-100);
  const name = [process.version, process.arch, cachedDataVersionTag(), where].join('-');
  return join(caches, 'mcp-pipe', 'compiled', name);
}

/** Node.js 22.0 and 22.1 have none: there, no code is kept. Loaded now, for without kept code few commands need it. */
function checksum(bytes: Uint8Array): number {
  const { crc32 } = createRequire(import.meta.url)('node:zlib') as typeof import('node:zlib');
  return crc32(bytes);
}

function cachesOf(env: NodeJS.ProcessEnv): string | undefined {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  if (process.platform === 'win32') return local;
  const home = env.HOME ?? homedir();
  return isAbsolute(home) ? join(home, '.cache') : undefined;
}

/** Code is taken only from what this user alone may write. */
function isOwn({ uid, mode }: { uid: number; mode: number }): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & NOT_FOR_OTHERS) === 0);
}

function read(place: string): { index: Record<string, Entry>; code: Buffer } | undefined {
  let file: number | undefined;
  try {
    if (!isOwn(lstatSync(dirname(place)))) return undefined;
    file = openSync(place, READ_FLAGS);
    const about = fstatSync(file);
    if (!about.isFile() || !isOwn(about)) return undefined;
    const bytes = readFileSync(file);
    if (checksum(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return undefined;
    const start = HEAD_BYTES + bytes.readUInt32LE(4);
    const index = JSON.parse(bytes.toString('latin1', HEAD_BYTES, start)) as Record<string, Entry>;
    return { index, code: bytes.subarray(start) };
  } catch {
    // There is none yet, or it is damaged: then it is made again.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Makes the folder. Returns false when others could write there, or replace it or a folder above: root with the HOME of a user
 * (`sudo`) would leave folders that the user cannot use, and could be led to other files.
 */
function makeOwnFolder(folder: string, makeFolder: MakeFolder): boolean {
  const uid = process.getuid?.();
  for (let at = folder, below = ''; uid !== undefined && at !== below; below = at, at = dirname(at)) {
    const owner = statSync(at, { throwIfNoEntry: false })?.uid ?? 0;
    if (owner !== uid && owner !== 0) return false;
  }
  makeFolder(folder, 0o700);
  const about = lstatSync(folder);
  return about.isDirectory() && isOwn(about);
}

function write(place: string, index: Record<string, Entry>, parts: readonly Buffer[]): void {
  const said = Buffer.from(JSON.stringify(index), 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(said.length);
  const bytes = Buffer.concat([Buffer.alloc(4), length, said, ...parts]);
  bytes.writeUInt32LE(checksum(bytes.subarray(4)));
  // Another process may start meanwhile: it finds all of the old file or all of the new one.
  const draft = `${place}.${process.pid}`;
  try {
    writeFileSync(draft, bytes, { mode: 0o600, flag: 'wx' });
    renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  removeOld(dirname(place), basename(place));
}

function removeOld(folder: string, own: string): void {
  const others = readdirSync(folder)
    .filter((name) => name !== own)
    .map((name) => ({ path: join(folder, name), changed: lstatSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.changed - a.changed);
  for (const { path } of others.slice(MOST_FILES - 1)) rmSync(path, { force: true });
}
