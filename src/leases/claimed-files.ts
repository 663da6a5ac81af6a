import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createExclusively } from '../process/create-exclusively.js';
import type { LeaseHolder } from '../protocol/lease-words.js';
import {
  holderOf,
  holderOfFirst,
  type LeaseContent,
  type LeaseFile,
  leaseFiles,
  living,
  nameOf,
  readLease,
  slotsOf,
} from './files.js';
import { FolderNames } from './folder-names.js';
import type { Claim } from './lease.js';
import { prepareFolder } from './lease-folder.js';

/** A slot of this process. */
export interface TakenSlot {
  claim: Claim;
  slot: number;
  name: string;
  content: LeaseContent;
}

/** A slot that this process has as soon as the folder, read again, shows no file of another living process. */
export interface ClaimedSlot extends TakenSlot {
  /** False when another process had created a file of that name. */
  isCreated: boolean;
}

export type OwnFile = Pick<TakenSlot, 'name' | 'content'>;

export interface ClaimedFilesOptions {
  /** Folder for lock files only; created when it is missing. */
  folder: string;
  /** Id of the user that the folder has to belong to; undefined where users have no id (Windows). */
  uid: number | undefined;
}

/** The files of `LockFileSlots`, one for each slot: how one is created, counts, and goes. */
export class ClaimedFiles {
  readonly #options: ClaimedFilesOptions;
  readonly #names: FolderNames;
  /** Files of this process that could not be removed yet. */
  readonly #notRemoved = new Set<OwnFile>();

  constructor(options: ClaimedFilesOptions) {
    this.#options = options;
    this.#names = new FolderNames(options.folder);
  }

  /** To be called before anything else is done with the files. @throws when the folder cannot be used */
  prepare(): void {
    prepareFolder(this.#options);
    for (const file of [...this.#notRemoved]) this.remove(file);
  }

  pathOf({ name }: Pick<TakenSlot, 'name'>): string {
    return join(this.#options.folder, name);
  }

  /** The files of a claim. @throws the system's error when the folder cannot be read */
  of(key: string): LeaseFile[] {
    return leaseFiles(this.#options.folder, key, this.#names.of(key));
  }

  /** @param before The files of the claim. None of this slot belongs to a living process. */
  create(wanted: Omit<TakenSlot, 'name'>, before: readonly LeaseFile[]): ClaimedSlot {
    const { claim, slot, content } = wanted;
    const numbers = before.filter((file) => file.slot === slot).map(({ number }) => number);
    const name = nameOf(claim.key, slot, 1 + Math.max(0, ...numbers));
    const isCreated = createExclusively(this.pathOf({ name }), `${JSON.stringify(content)}\n`);
    return { ...wanted, name, isCreated };
  }

  /** To be called after `create` and before `confirm`, so that the folder is read in between. */
  forgetNames(): void {
    this.#names.forget();
  }

  /** The slot is taken; or another process has it, and the file is gone. */
  confirm({ isCreated, ...claimed }: ClaimedSlot): TakenSlot | { holder: LeaseHolder | undefined } {
    const { claim, slot, name, content } = claimed;
    const now = this.of(claim.key);
    const others = living(now).filter((file) => !isCreated || file.name !== name);
    const rival = others.find((file) => file.slot === slot);
    if (!isCreated) return { holder: rival && holderOf(rival) };
    // While the file was empty, another process may have taken it for left behind.
    const isThere = now.some((file) => file.name === name && isSame(file.content, content));
    if (rival || !isThere || slotsOf(others) >= claim.slots) {
      if (isThere) this.remove(claimed);
      return { holder: holderOfFirst(rival ? [rival] : others) };
    }
    for (const file of now)
      if (file.slot === slot && !file.isAlive) tryTo(() => unlinkSync(this.pathOf(file)));
    return claimed;
  }

  isOwn(file: OwnFile): boolean {
    return isSame(tryTo(() => readLease(this.pathOf(file)))?.content, file.content);
  }

  remove(file: OwnFile): void {
    this.#notRemoved.delete(file);
    // After the folder was removed, a file of this name may belong to another process.
    if (!this.isOwn(file)) return;
    try {
      unlinkSync(this.pathOf(file));
    } catch {
      this.#notRemoved.add(file);
    }
  }
}

function isSame(content: LeaseContent | undefined, { pid, birth, since, link }: LeaseContent): boolean {
  return content?.pid === pid && content.birth === birth && content.since === since && content.link === link;
}

export function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
