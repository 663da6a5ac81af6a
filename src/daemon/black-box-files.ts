import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlackBoxFile, formatBlackBox, parseBlackBox } from '../observe/black-box-file.js';
import { makeStateFolder } from './state-folder.js';

/** Files of one link that are kept, and their bytes together: the last ends say more than those of last month. */
const MAX_FILES = 10;
const MAX_BYTES = 1024 * 1024;
/** Files of all links: links that are no longer in the configuration leave theirs behind. */
const MAX_FILES_OF_ALL = 200;
/** Files of other programs, and larger ones, are not read. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

/** Where the black boxes of one configuration are, in its state folder. */
export function blackBoxFolder(stateFolder: string): string {
  return join(stateFolder, 'blackbox');
}

/**
 * Writes black boxes into a folder, one after another, and removes the oldest. The folder is made with the first file: 0700,
 * files 0600.
 */
export class BlackBoxFiles {
  readonly #folder: string;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Resolves with the path of the file. @throws the system's error */
  write(box: BlackBoxFile): Promise<string> {
    const written = this.#writing.then(async () => {
      await this.#makeFolder();
      const path = this.#pathFor(box);
      await writeFile(path, formatBlackBox(box), { mode: 0o600, flag: 'wx' });
      await this.#removeOldest(box.link);
      return path;
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  /** As `write`, before it returns: for a process that is about to end. */
  writeNow(box: BlackBoxFile): string {
    makeStateFolder(this.#folder);
    const path = this.#pathFor(box);
    writeFileSync(path, formatBlackBox(box), { mode: 0o600, flag: 'wx' });
    return path;
  }

  /** Resolves when everything is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  #pathFor({ link, at, why }: BlackBoxFile): string {
    // Sorts by time. Colons are not allowed in names on Windows.
    const time = new Date(at).toISOString().replaceAll(':', '-');
    return join(this.#folder, `${time}${markOf(link)}${why}.json`);
  }

  /** Without waiting for the disk, which may be a network drive. */
  async #makeFolder(): Promise<void> {
    try {
      await mkdir(this.#folder, { mode: 0o700 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The state folder itself is missing.
      if (code === 'ENOENT') makeStateFolder(this.#folder);
      else if (code !== 'EEXIST') throw error;
    }
  }

  async #removeOldest(link: string): Promise<void> {
    const mark = markOf(link);
    const names = boxNames(await readdir(this.#folder)).reverse();
    const own = names.filter((name) => name.includes(mark));
    let bytes = 0;
    let isFull = false;
    const old = new Set(names.slice(MAX_FILES_OF_ALL));
    for (const [position, name] of own.entries()) {
      bytes += (await stat(join(this.#folder, name)).catch(() => undefined))?.size ?? 0;
      // The newest one stays, however large it is.
      isFull ||= position > 0 && bytes > MAX_BYTES;
      if (isFull || position >= MAX_FILES) old.add(name);
    }
    // Another process may have removed one of them.
    for (const name of old) await unlink(join(this.#folder, name)).catch(() => {});
  }
}

/** A black box that was read, and where it is. */
export interface FoundBlackBox {
  file: string;
  box: BlackBoxFile;
}

/**
 * The newest black box in the folder, of this link if one is named; undefined when there is none, or when the folder cannot be
 * read. Files that are no black boxes are passed over.
 */
export async function newestBlackBox(folder: string, link?: string): Promise<FoundBlackBox | undefined> {
  const names = boxNames(await readdir(folder).catch(() => [])).reverse();
  for (const name of names) {
    if (link !== undefined && !name.includes(markOf(link))) continue;
    const file = join(folder, name);
    const size = (await stat(file).catch(() => undefined))?.size ?? Number.POSITIVE_INFINITY;
    if (size > MAX_READ_BYTES) continue;
    const box = parseBlackBox(await readFile(file, 'utf8').catch(() => ''));
    if (typeof box !== 'string' && (link === undefined || box.link === link)) return { file, box };
  }
  return undefined;
}

/** The links that have black boxes in the folder, sorted. */
export async function linksWithBoxes(folder: string): Promise<string[]> {
  const links = new Set<string>();
  const marks = new Set<string>();
  for (const name of boxNames(await readdir(folder).catch(() => []))) {
    const mark = /_.*_[0-9a-f]{6}_/.exec(name)?.[0];
    if (mark === undefined || marks.has(mark)) continue;
    marks.add(mark);
    const box = parseBlackBox(await readFile(join(folder, name), 'utf8').catch(() => ''));
    if (typeof box !== 'string') links.add(box.link);
  }
  return [...links].sort();
}

/** The names among these that are those of black boxes, oldest first. */
export function boxNames(names: readonly string[]): string[] {
  return names.filter((name) => /^\d{4}-.*\.json$/.test(name)).sort();
}

/** The link in the name of its files: readable, and different for links whose readable parts are the same. */
function markOf(link: string): string {
  const readable = link.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40);
  const hash = createHash('sha256').update(link).digest('hex').slice(0, 6);
  return `_${readable}_${hash}_`;
}
