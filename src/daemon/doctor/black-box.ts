import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DOCTOR } from '../../config/doctor-bounds.js';
import { type Item, item } from './item.js';

/** One file of the black box. */
export interface BoxFile {
  /** Absolute path. */
  path: string;
  /** When it was written, in milliseconds since 1970. */
  at: number;
  text: string;
}

/** A file of the black box is a few hundred lines; a larger one is foreign. */
const MAX_BYTES = 1024 * 1024;
/** The newest files say what happened last. */
const MAX_FILES = 10;

/** The files of the black box of one configuration, newest first; empty when there is none. */
export function boxFiles(folder: string): BoxFile[] {
  if (!existsSync(folder)) return [];
  try {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({ path: join(folder, name), ...statOf(join(folder, name)) }))
      .filter(({ isFile, size }) => isFile && size <= MAX_BYTES)
      .sort((a, b) => b.at - a.at)
      .slice(0, MAX_FILES);
    return files.map(({ path, at }) => ({ path, at, text: readFileSync(path, 'utf8') }));
  } catch {
    // The folder cannot be read, or a file was removed in the meantime: there is nothing to show.
    return [];
  }
}

function statOf(path: string): { isFile: boolean; size: number; at: number } {
  const status = statSync(path, { throwIfNoEntry: false });
  return { isFile: status?.isFile() ?? false, size: status?.size ?? 0, at: status?.mtimeMs ?? 0 };
}

/** The line about the last abnormal end. Pure. @param now milliseconds since 1970 */
export function judgeBlackBox(files: readonly BoxFile[], now: number): Item {
  const [last] = files.flatMap((file) => readEnd(file) ?? []);
  if (!last) return item('ok', 'black-box', '', 'box-none', {});
  const isRecent = now - last.at < DOCTOR.recentEndMs;
  return isRecent
    ? item('warning', 'black-box', last.link, 'box-recent', last)
    : item('ok', 'black-box', last.link, 'box-last', last);
}

/** Reads who ended, when and why, out of one file; undefined for a foreign file, and for one that was only asked for. */
function readEnd({
  path,
  at,
  text,
}: BoxFile): { link: string; at: number; what: string; file: string } | undefined {
  try {
    const box = JSON.parse(text) as { link?: unknown; at?: unknown; why?: unknown } | null;
    if (typeof box?.link !== 'string' || typeof box.why !== 'string' || box.why === 'asked') return undefined;
    return { link: box.link, at: typeof box.at === 'number' ? box.at : at, what: box.why, file: path };
  } catch {
    return undefined;
  }
}
