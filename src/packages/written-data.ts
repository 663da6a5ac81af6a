import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { contentOf, DATA, type Manifest } from './manifest.js';
import { PackageError } from './package-error.js';
import type { Listed, ListedFile, PackageKind } from './package-kind.js';

/** A file that a server has written beside its code. */
export interface DataFile {
  /** Below the folder of the installation, with slashes. */
  path: string;
  bytes: number;
  /** When it was written last, in milliseconds since 1970. */
  at: number;
}

/** What a server keeps is copied at a start. What is larger is a model or a browser, and no memory of anything. */
const MOST_BYTES = 1024 ** 3;
const MOST_FILES = 5_000;
/** Files of a server with all that it needs: some thousands. */
const MOST_LOOKED = 100_000;

/** Of a process that runs: another one must not find them. */
const OF_PROCESS = /\.(lock|pid|tmp|part|sock)$/i;
const OF_PYTHON = /(^|\/)__pycache__$/;

/** What an installation of ours has brought. */
export function listedIn({ entries }: Manifest): Listed {
  return new Map(Object.entries(entries).map(([path, { is, stat }]) => [path, { bytes: stat[0], is }]));
}

/**
 * The data that a server has written below a folder: regular files that the package did not bring, and databases and the like that
 * it brought and the server has changed. Never code, nothing that may be executed, no links.
 *
 * @param under The folder that is looked through, below `root`; empty: all of it.
 * @param isNested Whether a `node_modules` below `under` is looked through, too.
 * @throws PackageError `data` when it is more than can be carried over
 */
export async function writtenData(
  root: string,
  under: string,
  listed: Listed,
  kind: Pick<PackageKind, 'isOwnFile'>,
  isNested = true,
): Promise<DataFile[]> {
  const found: DataFile[] = [];
  let [looked, bytes] = [0, 0];
  const tooMuch = () => new PackageError('data', join(root, under));
  const look = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (++looked > MOST_LOOKED) throw tooMuch();
      if (entry.isDirectory()) {
        if (!OF_PYTHON.test(path) && (isNested || entry.name !== 'node_modules')) await look(path);
        continue;
      }
      if (!entry.isFile() || !mayBeData(path, listed, kind)) continue;
      const stats = await lstat(join(root, path)).catch(() => undefined);
      if (stats === undefined || !(await isData(join(root, path), stats, listed.get(path)))) continue;
      found.push({ path, bytes: stats.size, at: stats.mtimeMs });
      bytes += stats.size;
      if (found.length > MOST_FILES || bytes > MOST_BYTES) throw tooMuch();
    }
  };
  await look(under);
  return found;
}

/** By its name alone: the other files of a package need not be looked at. */
function mayBeData(path: string, listed: Listed, kind: Pick<PackageKind, 'isOwnFile'>): boolean {
  return listed.has(path) ? DATA.test(path) : kind.isOwnFile(path) && !OF_PROCESS.test(path);
}

async function isData(file: string, stats: Stats, known: ListedFile | undefined): Promise<boolean> {
  if (known === undefined) return (stats.mode & 0o111) === 0;
  if (known.bytes !== undefined && known.bytes !== stats.size) return true;
  return known.is !== undefined && known.is !== (await contentOf(file, stats));
}
