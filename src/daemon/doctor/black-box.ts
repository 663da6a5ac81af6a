import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DOCTOR } from '../../config/doctor-bounds.js';
import { nameOf } from '../../messages/human.js';
import { type BlackBoxFile, isFrameLine, parseBlackBox } from '../../observe/black-box-file.js';
import type { Diagnosis } from '../../protocol/diagnosis.js';
import { boxNames } from '../black-box-files.js';
import { type Item, item } from './item.js';

/** One file of the black box. */
export interface BoxFile {
  /** Absolute path. */
  path: string;
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
    return boxNames(readdirSync(folder))
      .reverse()
      .map((name) => join(folder, name))
      .filter((path) => isSmallFile(path))
      .slice(0, MAX_FILES)
      .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  } catch {
    // The folder cannot be read, or a file was removed in the meantime: there is nothing to show.
    return [];
  }
}

function isSmallFile(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return (status?.isFile() ?? false) && status!.size <= MAX_BYTES;
}

/**
 * The line about the last abnormal end. Pure.
 *
 * @param examined names of the links and servers that are examined
 * @param now milliseconds since 1970
 */
export function judgeBlackBox(
  files: readonly BoxFile[],
  examined: { links: readonly string[]; servers: readonly string[] },
  now: number,
): Item {
  const [last] = files.flatMap(({ path, text }) => {
    const box = parseBlackBox(text);
    if (typeof box === 'string' || box.why === 'asked' || !examined.links.includes(box.link)) return [];
    const server = box.why === 'server-ended' ? serverIn(box) : undefined;
    return server === undefined || examined.servers.includes(server) ? [{ path, box, server }] : [];
  });
  if (!last) return item('ok', 'black-box', '', 'box-none', {});
  const { path: file, box, server } = last;
  const { at, why } = box;
  const about = nameOf(box.link, server);
  const severity = now - at < DOCTOR.recentEndMs ? 'warning' : 'ok';
  const diagnosis = why === 'connection-ended' ? diagnosisIn(box) : undefined;
  return diagnosis
    ? item(severity, 'black-box', about, 'box-connection', { at, file, diagnosis })
    : item(severity, 'black-box', about, 'box-end', { at, file, why });
}

/** The server that ended last; undefined when it has the name of the link. */
function serverIn({ records }: BlackBoxFile): string | undefined {
  const ends = records.flatMap((record) =>
    isFrameLine(record) || record.event !== 'server-down' ? [] : [record],
  );
  return ends.at(-1)?.server;
}

/** The diagnosis of the last end of a connection. */
function diagnosisIn({ records }: BlackBoxFile): Diagnosis | undefined {
  const ends = records.flatMap((record) => {
    if (isFrameLine(record) || record.event !== 'down') return [];
    const { diagnosis } = record as { diagnosis?: Partial<Diagnosis> };
    return typeof diagnosis?.cause === 'string' ? [diagnosis] : [];
  });
  const last = ends.at(-1);
  return last && ({ reason: '', siblings: 0, ...last } as Diagnosis);
}
