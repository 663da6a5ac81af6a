import { readdirSync, statSync, unlinkSync, utimesSync, watch } from 'node:fs';
import { join } from 'node:path';
import { createExclusively } from '../process/create-exclusively.js';
import { thisProcess } from '../process/identity.js';
import type { LeaseHolder, LeaseLoss } from '../protocol/lease-words.js';
import type { Clock } from '../time/clock.js';
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
import type { Claim, Lease, RefusedSlots, SharedSlots } from './lease.js';
import { prepareFolder } from './lease-folder.js';

export interface LockFileOptions {
  /** Folder for lock files only; created when it is missing. */
  folder: string;
  /** Id of the user that the folder has to belong to; undefined where users have no id (Windows). */
  uid: number | undefined;
  clock: Pick<Clock, 'after'>;
  /** Called once, when lock files cannot be used here: leases then hold within this process only. */
  onUnavailable: (error: Error) => void;
}

/** How often the files are read while a link waits, in milliseconds: a process that dies changes no file. */
const POLL_MS = 1_000;
/** How often a holder checks whether its file still exists, in milliseconds. */
const CHECK_EVERY_MS = 10_000;
/**
 * The names of all files are read again after this time. In a burst of starts each claim reads the folder once, after it has
 * created its file, instead of four times. What they show is only where to begin: the files of a claim are read each time.
 */
const NAMES_KEPT_MS = 100;
/** After this time a file that is empty now has been written, or counts as left behind. */
const CHECK_SOON_MS = 2_500;
/** How often files are touched: programs that clean temporary folders remove files that were not touched for days. */
const TOUCH_AFTER_MS = 86_400_000;
/** Errors that are temporary. Any other error means that files cannot be used here. */
const TEMPORARY_ERRORS: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR']);

/** A slot of this process. */
interface TakenSlot {
  claim: Claim;
  slot: number;
  name: string;
  content: LeaseContent;
}

interface HeldSlot extends TakenSlot {
  onLost: (newHolder: LeaseHolder) => void;
}

/**
 * Slots that all processes of one user on one machine share: one file for each taken slot.
 *
 * Two processes never take the same slot, in whichever order their steps come. A claim is a file that only one process can
 * create (O_EXCL). It counts once its creator has read the folder again and found no file of a living process beside its
 * own. Of two processes that both created a file, the later one finds the file of the other. A file is removed by its
 * creator, or by another process once its own has died; the file of the dead process stays until the next claim, whose
 * number is one higher, counts.
 *
 * Two copies of mcp-pipe may be configured with different numbers of slots; each keeps to its own number. A copy with one
 * slot waits until no file is left, whichever slot it is of.
 */
export class LockFileSlots implements SharedSlots {
  readonly #options: LockFileOptions;
  readonly #held = new Set<HeldSlot>();
  /** Files of this process that could not be removed yet. */
  readonly #notRemoved = new Set<Pick<HeldSlot, 'name' | 'content'>>();
  /** Names of the files in the folder, as they were read last, and when that was. */
  #names: { all: readonly string[]; readAt: number } | undefined;
  #stopChecks: (() => void) | undefined;
  #isUnavailable = false;

  constructor(options: LockFileOptions) {
    this.#options = options;
  }

  /** As `takeAll` for one claim, at once. `onLost` is called at most once, when another process turns out to have the slot. */
  take(
    claim: Claim,
    link: string,
    onLost: (newHolder: LeaseHolder) => void = () => {},
  ): { taken: () => void } | { holder: LeaseHolder | undefined } {
    const taken = this.#takeNow([claim], link, onLost);
    return 'release' in taken ? { taken: taken.release } : { holder: taken.holder };
  }

  async takeAll(claims: readonly Claim[], link: string): Promise<Lease | RefusedSlots> {
    const lost = new AbortController();
    // Asked for each batch of messages; the signal itself takes long to answer.
    let isHeld = true;
    const onLost = (newHolder: LeaseHolder) => {
      isHeld = false;
      lost.abort({ why: 'file-gone', newHolder } satisfies LeaseLoss);
    };
    const taken = this.#takeNow(claims, link, onLost);
    if ('refused' in taken) return taken;
    return { lost: lost.signal, isHeld: () => isHeld, release: async () => taken.release() };
  }

  /** @param onLost Called at most once, when another process turns out to have one of the slots. */
  #takeNow(
    claims: readonly Claim[],
    link: string,
    onLost: (newHolder: LeaseHolder) => void,
  ): { release: () => void } | RefusedSlots {
    for (let attempt = 1; ; attempt++) {
      try {
        prepareFolder(this.#options);
        for (const file of [...this.#notRemoved]) this.#remove(file);
        return this.#takeAll(claims, link, onLost);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // The folder was removed just now.
        if (code === 'ENOENT' && attempt === 1) continue;
        if (TEMPORARY_ERRORS.has(code)) return { refused: claims[0]!, holder: undefined };
        if (!this.#isUnavailable) this.#options.onUnavailable(error as Error);
        this.#isUnavailable = true;
        return { release: () => {} };
      }
    }
  }

  heldElsewhere({ key }: Claim): readonly LeaseHolder[] {
    try {
      const others = living(this.#filesOf(key)).flatMap((file) => holderOf(file) ?? []);
      return others.filter(({ pid }) => pid !== process.pid);
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
      // Several files change at once; one call is enough.
      soon ??= setImmediate(() => {
        soon = undefined;
        wake();
      });
    };
    // Some file systems do not report changes; then the poll is enough.
    const watcher = tryTo(() => watch(folder, { persistent: false }, changed));
    watcher?.on('error', () => watcher.close());
    return () => {
      cancel();
      clearImmediate(soon);
      watcher?.close();
    };
  }

  #takeAll(
    claims: readonly Claim[],
    link: string,
    onLost: (newHolder: LeaseHolder) => void,
  ): { release: () => void } | RefusedSlots {
    // D77: no file is created unless each claim has a free slot: each change wakes all waiting processes.
    for (const claim of claims) {
      const others = living(this.#filesOf(claim.key));
      if (slotsOf(others) >= claim.slots) return { refused: claim, holder: holderOfFirst(others) };
    }
    const held: HeldSlot[] = [];
    const release = () => {
      for (const one of held) this.#release(one);
    };
    try {
      for (const claim of claims) {
        const taken = this.#takeOne(claim, link);
        if ('content' in taken) {
          const one = { ...taken, onLost };
          held.push(one);
          this.#held.add(one);
          continue;
        }
        release();
        return { refused: claim, holder: taken.holder };
      }
    } catch (error) {
      release();
      throw error;
    }
    this.#startChecks();
    return { release };
  }

  /** @param earlier Content of this process's file that was removed by another program. */
  #takeOne(
    claim: Claim,
    link: string,
    earlier?: LeaseContent,
  ): TakenSlot | { holder: LeaseHolder | undefined } {
    // Names that are not the newest do no harm: a step of another process may come between any two steps of this one.
    const before = this.#filesOf(claim.key);
    let holder = holderOfFirst(living(before));
    if (slotsOf(living(before)) >= claim.slots) return { holder };
    for (let slot = 0; slot < claim.slots; slot++) {
      if (living(before).some((file) => file.slot === slot)) continue;
      const { kind, label } = claim;
      const content = earlier ?? { ...thisProcess(), kind, label, link, since: Date.now() };
      const taken = this.#claim({ claim, slot, content }, before);
      if ('name' in taken) return taken;
      holder ??= taken.holder;
    }
    return { holder };
  }

  /** @param before The files of the claim. None of this slot belongs to a living process. */
  #claim(
    wanted: Omit<TakenSlot, 'name'>,
    before: readonly LeaseFile[],
  ): TakenSlot | { holder: LeaseHolder | undefined } {
    const { folder } = this.#options;
    const { claim, slot, content } = wanted;
    const numbers = before.filter((file) => file.slot === slot).map(({ number }) => number);
    const name = nameOf(claim.key, slot, 1 + Math.max(0, ...numbers));
    this.#names = undefined;
    const isCreated = createExclusively(join(folder, name), `${JSON.stringify(content)}\n`);
    const now = this.#filesOf(claim.key);
    const others = living(now).filter((file) => !isCreated || file.name !== name);
    const rival = others.find((file) => file.slot === slot);
    if (!isCreated) return { holder: rival && holderOf(rival) };
    // While the file was empty, another process may have taken it for left behind.
    const isThere = now.some((file) => file.name === name && isSame(file.content, content));
    if (rival || !isThere || slotsOf(others) >= claim.slots) {
      if (isThere) this.#remove({ name, content });
      return { holder: holderOfFirst(rival ? [rival] : others) };
    }
    for (const file of now)
      if (file.slot === slot && !file.isAlive) tryTo(() => unlinkSync(join(folder, file.name)));
    return { ...wanted, name };
  }

  #release(held: HeldSlot): void {
    if (this.#held.delete(held)) this.#remove(held);
    if (this.#held.size === 0) this.#stopChecks?.();
  }

  #isOwnFile({ name, content }: Pick<HeldSlot, 'name' | 'content'>): boolean {
    return isSame(tryTo(() => readLease(join(this.#options.folder, name)))?.content, content);
  }

  #remove(file: Pick<HeldSlot, 'name' | 'content'>): void {
    this.#notRemoved.delete(file);
    // After the folder was removed, a file of this name may belong to another process.
    if (!this.#isOwnFile(file)) return;
    try {
      unlinkSync(join(this.#options.folder, file.name));
    } catch {
      this.#notRemoved.add(file);
    }
  }

  /** The files of a claim. @throws the system's error when the folder cannot be read */
  #filesOf(key: string): LeaseFile[] {
    const { folder } = this.#options;
    const now = performance.now();
    if (!this.#names || now - this.#names.readAt > NAMES_KEPT_MS)
      this.#names = { all: readdirSync(folder), readAt: now };
    return leaseFiles(folder, key, this.#names.all);
  }

  /** Checks regularly, and restores, the files of this process, while it holds any slot. */
  #startChecks(): void {
    if (this.#stopChecks) return;
    const { folder, clock } = this.#options;
    const look = () => {
      let soon = false;
      for (const held of [...this.#held])
        soon = tryTo(() => this.#checkFile(held, join(folder, held.name))) === 'undecided' || soon;
      if (this.#stopChecks) cancel = clock.after(soon ? CHECK_SOON_MS : CHECK_EVERY_MS, look);
    };
    let cancel = clock.after(CHECK_EVERY_MS, look);
    this.#stopChecks = () => {
      cancel();
      this.#stopChecks = undefined;
    };
  }

  /**
   * Two processes may have one slot after a file was removed by another program. The process whose file exists keeps the
   * slot: it does not know of the other, and the other finds its file.
   */
  #checkFile(held: HeldSlot, path: string): 'undecided' | undefined {
    if (this.#isOwnFile(held)) {
      if (Date.now() - statSync(path).mtimeMs > TOUCH_AFTER_MS) utimesSync(path, new Date(), new Date());
      return undefined;
    }
    prepareFolder(this.#options);
    const { claim, content } = held;
    const again = this.#takeOne(claim, content.link, content);
    if ('name' in again) {
      held.name = again.name;
      held.slot = again.slot;
      return undefined;
    }
    const [newHolder] = this.heldElsewhere(claim);
    // Another process is trying to take the slot right now, or this is the process's own file, emptied.
    if (!newHolder) return 'undecided';
    this.#held.delete(held);
    held.onLost(newHolder);
    return undefined;
  }
}

function isSame(content: LeaseContent | undefined, { pid, birth, since, link }: LeaseContent): boolean {
  return content?.pid === pid && content.birth === birth && content.since === since && content.link === link;
}

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
