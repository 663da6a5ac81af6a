import { chmodSync, lstatSync, mkdirSync, type Stats, statSync, unlinkSync, watch } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '../process/identity.js';
import type { LeaseHolder } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { createExclusively, type LeaseFile, leaseFiles, nameOf } from './files.js';
import type { Claim, SharedSlots } from './lease.js';

export interface LockFileOptions {
  /** For lock files alone; made when it is not there. */
  folder: string;
  /** Number of the user that the folder has to belong to; undefined where users have none. */
  uid: number | undefined;
  clock: Pick<Clock, 'after'>;
  /** Files cannot be used here: links are no longer held apart from other processes. Called once. */
  onUnavailable: (error: Error) => void;
}

/** The end of a process changes no file, so the files are looked at this often while somebody waits. */
const POLL_MS = 1_000;

/**
 * Slots that all processes of one user on one machine share: one file for each that is taken.
 *
 * Two takers never both win, whatever happens between any two lines of either: a claim is a file that only one can create
 * (O_EXCL); it counts once its creator has looked again and found no living file beside its own. Of two that created
 * theirs, the later one finds the other's. A file is removed by its creator, or when its process is gone for good; the
 * dead one stays until the next claim, which has the number after it, counts.
 */
export class LockFileSlots implements SharedSlots {
  readonly #options: LockFileOptions;
  #isReady = false;
  #isUnavailable = false;

  constructor(options: LockFileOptions) {
    this.#options = options;
  }

  take(claim: Claim, link: string): { taken: () => void } | { holder: LeaseHolder | undefined } {
    try {
      this.#prepare();
      return this.#take(claim, link);
    } catch (error) {
      if (!this.#isUnavailable) this.#options.onUnavailable(error as Error);
      this.#isUnavailable = true;
      return { taken: () => {} };
    }
  }

  strangers({ key }: Claim): readonly LeaseHolder[] {
    try {
      return leaseFiles(this.#options.folder, key).flatMap(({ isAlive, content }) =>
        isAlive && content && content.pid !== process.pid ? [content] : [],
      );
    } catch {
      return [];
    }
  }

  watch(wake: () => void): () => void {
    const { folder, clock } = this.#options;
    let cancel = () => {};
    const poll = () => {
      cancel = clock.after(POLL_MS, poll);
      wake();
    };
    cancel = clock.after(POLL_MS, poll);
    let soon: NodeJS.Immediate | undefined;
    const changed = () => {
      // Several files change at once.
      soon ??= setImmediate(() => {
        soon = undefined;
        wake();
      });
    };
    // Not every system and file system can tell; the poll is enough then.
    const watcher = tryTo(() => watch(folder, { persistent: false }, changed));
    watcher?.on('error', () => watcher.close());
    return () => {
      cancel();
      clearImmediate(soon);
      watcher?.close();
    };
  }

  #prepare(): void {
    const { folder, uid } = this.#options;
    // The folder may be swept away while nobody holds a lease.
    if (this.#isReady && statSync(folder, { throwIfNoEntry: false })) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const status = lstatSync(folder);
    if (!status.isDirectory()) throw new Error(`${folder} is no folder`);
    if (uid !== undefined) own(folder, status, uid);
    this.#isReady = true;
  }

  #take(claim: Claim, link: string): { taken: () => void } | { holder: LeaseHolder | undefined } {
    let holder: LeaseHolder | undefined;
    for (let slot = 0; slot < claim.slots; slot++) {
      const result = this.#takeSlot(claim, slot, link);
      if ('taken' in result) return result;
      holder ??= result.holder;
    }
    return { holder };
  }

  #takeSlot(
    { kind, key, label }: Claim,
    slot: number,
    link: string,
  ): { taken: () => void } | { holder: LeaseHolder | undefined } {
    const { folder } = this.#options;
    const ofSlot = () => leaseFiles(folder, key).filter((file) => file.slot === slot);
    const before = ofSlot();
    const alive = before.find(({ isAlive }) => isAlive);
    if (alive) return { holder: alive.content };
    const name = nameOf(key, slot, 1 + Math.max(0, ...before.map(({ number }) => number)));
    const content = { ...thisProcess(), kind, label, link, since: Date.now() };
    const isCreated = createExclusively(join(folder, name), content);
    const now = ofSlot();
    const isTheirs = (file: LeaseFile) => file.isAlive && file.name !== name;
    if (!isCreated) return { holder: now.find(({ isAlive }) => isAlive)?.content };
    const other = now.find(isTheirs);
    // Somebody may have taken it for dead while it was empty.
    const isThere = now.some((file) => file.name === name && isSame(file, content));
    if (other || !isThere) {
      if (isThere) remove(join(folder, name));
      return { holder: other?.content };
    }
    for (const { name: dead, isAlive } of now) if (!isAlive) remove(join(folder, dead));
    let isHeld = true;
    return {
      taken: () => {
        if (isHeld) remove(join(folder, name));
        isHeld = false;
      },
    };
  }
}

function isSame({ content }: LeaseFile, { pid, birth, since, link }: NonNullable<LeaseFile['content']>) {
  return content?.pid === pid && content.birth === birth && content.since === since && content.link === link;
}

/** Nobody else may read or write it. */
function own(folder: string, { uid: owner, mode }: Stats, uid: number): void {
  if (owner !== uid) throw new Error(`${folder} belongs to somebody else`);
  if ((mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function remove(file: string): void {
  tryTo(() => unlinkSync(file));
}

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
