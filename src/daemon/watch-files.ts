import { statSync } from 'node:fs';
import type { Clock } from '../time/clock.js';

export interface WatchFilesOptions {
  /** The files to look at now; read for each look. */
  files: () => readonly string[];
  /**
   * Called when a file may have changed, and has then stayed as it is from one look to the next; also after other files
   * count. The next look waits for it.
   */
  onChange: () => Promise<unknown>;
  clock: Pick<Clock, 'after'>;
  /** Milliseconds between two looks. */
  everyMs?: number;
}

/** A person who has saved a file looks at the terminal after about a second. A look is one system call for each file. */
const LOOK_EVERY_MS = 1_000;

/**
 * Looks at files regularly until the returned function is called. Watching by the system's events misses bind mounts of
 * containers, network file systems, and files that editors and secret stores replace by a rename.
 */
// D159
export function watchFiles({
  files,
  onChange,
  clock,
  everyMs = LOOK_EVERY_MS,
}: WatchFilesOptions): () => void {
  let isOver = false;
  let cancel = () => {};
  let known = stampsOf(files());
  let last = known;
  const look = async () => {
    const now = stampsOf(files());
    const isSettled = now === last;
    last = now;
    if (isSettled && now !== known) {
      known = now;
      await onChange();
    }
    if (!isOver) cancel = clock.after(everyMs, () => void look());
  };
  cancel = clock.after(everyMs, () => void look());
  return () => {
    isOver = true;
    cancel();
  };
}

/** What tells two states of the files apart: their times, sizes and inodes. */
function stampsOf(files: readonly string[]): string {
  return files.map(stampOf).join('\n');
}

function stampOf(file: string): string {
  try {
    // Through links: secret stores point a link at a new folder.
    const { mtimeMs, ctimeMs, size, ino } = statSync(file);
    return `${file} ${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch (error) {
    return `${file} ${(error as NodeJS.ErrnoException).code}`;
  }
}
