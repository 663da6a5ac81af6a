import {
  chmodSync,
  lstatSync,
  readdirSync,
  type Stats,
  statSync,
  unlinkSync,
  utimesSync,
  watch,
} from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '../process/identity.js';
import { makeFolder } from '../process/make-folder.js';
import type { LeaseHolder } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import {
  createExclusively,
  holderOf,
  type LeaseContent,
  type LeaseFile,
  leaseFiles,
  nameOf,
  readLease,
} from './files.js';
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
/** Whoever holds a slot sees this often whether its file is still there. */
const KEEP_MS = 10_000;
/** By then a file that is empty now has been written, or counts as left behind. */
const KEEP_SOON_MS = 2_500;
/** Sweepers of temporary folders take files that nobody has touched for days. */
const TOUCH_AFTER_MS = 86_400_000;
/** Errors that pass. Any other one means that files cannot be used here. */
const PASSING: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR']);

/** A slot of this process. */
interface TakenSlot {
  claim: Claim;
  slot: number;
  name: string;
  content: LeaseContent;
}

interface HeldSlot extends TakenSlot {
  onLost: (taker: LeaseHolder) => void;
}

/**
 * Slots that all processes of one user on one machine share: one file for each that is taken.
 *
 * Two takers never both win, whatever happens between any two lines of either: a claim is a file that only one can create
 * (O_EXCL); it counts once its creator has looked again and found no living file beside its own. Of two that created
 * theirs, the later one finds the other's. A file is removed by its creator, or when its process is gone for good; the
 * dead one stays until the next claim, which has the number after it, counts.
 *
 * Where two copies are told different numbers of slots, each keeps to its own: whoever may have one waits for the last
 * file to go, whatever slot that is.
 */
export class LockFileSlots implements SharedSlots {
  readonly #options: LockFileOptions;
  readonly #held = new Set<HeldSlot>();
  /** Own files that could not be removed. */
  readonly #left = new Set<Pick<HeldSlot, 'name' | 'content'>>();
  /** What the folder holds, for one turn of the event loop: hundreds of links may ask in it. */
  #names: readonly string[] | undefined;
  #stopKeeping: (() => void) | undefined;
  #isUnavailable = false;

  constructor(options: LockFileOptions) {
    this.#options = options;
  }

  take(
    claim: Claim,
    link: string,
    onLost: (taker: LeaseHolder) => void = () => {},
  ): { taken: () => void } | { holder: LeaseHolder | undefined } {
    const taken = this.takeAll([claim], link, onLost);
    return 'giveBack' in taken ? { taken: taken.giveBack } : { holder: taken.holder };
  }

  takeAll(
    claims: readonly Claim[],
    link: string,
    onLost: (taker: LeaseHolder) => void = () => {},
  ): { giveBack: () => void } | { refused: Claim; holder: LeaseHolder | undefined } {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#prepare();
        for (const file of [...this.#left]) this.#remove(file);
        return this.#takeAll(claims, link, onLost);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // The folder was swept away just now.
        if (code === 'ENOENT' && attempt === 1) continue;
        if (PASSING.has(code)) return { refused: claims[0]!, holder: undefined };
        if (!this.#isUnavailable) this.#options.onUnavailable(error as Error);
        this.#isUnavailable = true;
        return { giveBack: () => {} };
      }
    }
  }

  heldElsewhere({ key }: Claim): readonly LeaseHolder[] {
    try {
      const others = living(leaseFiles(this.#options.folder, key)).flatMap((file) => holderOf(file) ?? []);
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

  /** Anybody may have removed the folder, or have made another one of its name. */
  #prepare(): void {
    const { folder, uid } = this.#options;
    makeFolder(folder, 0o700);
    const status = lstatSync(folder);
    if (!status.isDirectory()) throw new Error(`${folder} is no folder`);
    if (uid !== undefined) own(folder, status, uid);
  }

  #takeAll(
    claims: readonly Claim[],
    link: string,
    onLost: (taker: LeaseHolder) => void,
  ): { giveBack: () => void } | { refused: Claim; holder: LeaseHolder | undefined } {
    // Nothing is made in vain: each file that comes or goes wakes everybody who waits, this process as well.
    for (const claim of claims) {
      const others = living(this.#look(claim));
      if (slotsOf(others) >= claim.slots) return { refused: claim, holder: holderOfFirst(others) };
    }
    const held: HeldSlot[] = [];
    const giveBack = () => {
      for (const one of held) this.#giveBack(one);
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
        giveBack();
        return { refused: claim, holder: taken.holder };
      }
    } catch (error) {
      giveBack();
      throw error;
    }
    this.#keep();
    return { giveBack };
  }

  /** @param earlier What the file said that has been swept away. */
  #takeOne(
    claim: Claim,
    link: string,
    earlier?: LeaseContent,
  ): TakenSlot | { holder: LeaseHolder | undefined } {
    const before = leaseFiles(this.#options.folder, claim.key);
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

  /** @param before The files of the claim; no living one of that slot is among them. */
  #claim(
    wanted: Omit<TakenSlot, 'name'>,
    before: readonly LeaseFile[],
  ): TakenSlot | { holder: LeaseHolder | undefined } {
    const { folder } = this.#options;
    const { claim, slot, content } = wanted;
    const numbers = before.filter((file) => file.slot === slot).map(({ number }) => number);
    const name = nameOf(claim.key, slot, 1 + Math.max(0, ...numbers));
    this.#names = undefined;
    const isCreated = createExclusively(join(folder, name), content);
    const now = leaseFiles(folder, claim.key);
    const others = living(now).filter((file) => !isCreated || file.name !== name);
    const rival = others.find((file) => file.slot === slot);
    if (!isCreated) return { holder: rival && holderOf(rival) };
    // Somebody may have taken it for dead while it was empty.
    const isThere = now.some((file) => file.name === name && isSame(file.content, content));
    if (rival || !isThere || slotsOf(others) >= claim.slots) {
      if (isThere) this.#remove({ name, content });
      return { holder: holderOfFirst(rival ? [rival] : others) };
    }
    for (const file of now)
      if (file.slot === slot && !file.isAlive) tryTo(() => unlinkSync(join(folder, file.name)));
    return { ...wanted, name };
  }

  #giveBack(held: HeldSlot): void {
    if (this.#held.delete(held)) this.#remove(held);
    if (this.#held.size === 0) this.#stopKeeping?.();
  }

  #isThere({ name, content }: Pick<HeldSlot, 'name' | 'content'>): boolean {
    return isSame(tryTo(() => readLease(join(this.#options.folder, name)))?.content, content);
  }

  #remove(file: Pick<HeldSlot, 'name' | 'content'>): void {
    this.#names = undefined;
    this.#left.delete(file);
    // After the folder was swept away, the file of that name may be another's.
    if (!this.#isThere(file)) return;
    try {
      unlinkSync(join(this.#options.folder, file.name));
    } catch {
      this.#left.add(file);
    }
  }

  /** The files of a claim as they were in this turn of the event loop. */
  #look({ key }: Claim): LeaseFile[] {
    const { folder } = this.#options;
    if (!this.#names) {
      this.#names = readdirSync(folder);
      setImmediate(() => {
        this.#names = undefined;
      });
    }
    return leaseFiles(folder, key, this.#names);
  }

  /** Sees to it that the files of this process stay, for as long as it holds any. */
  #keep(): void {
    if (this.#stopKeeping) return;
    const { folder, clock } = this.#options;
    const look = () => {
      let soon = false;
      for (const held of [...this.#held])
        soon = tryTo(() => this.#see(held, join(folder, held.name))) === 'undecided' || soon;
      if (this.#stopKeeping) cancel = clock.after(soon ? KEEP_SOON_MS : KEEP_MS, look);
    };
    let cancel = clock.after(KEEP_MS, look);
    this.#stopKeeping = () => {
      cancel();
      this.#stopKeeping = undefined;
    };
  }

  /**
   * Of two who have one slot, since a file was swept away, the one whose file stands keeps it: it knows of no other, and
   * the other one sees it.
   */
  #see(held: HeldSlot, path: string): 'undecided' | undefined {
    if (this.#isThere(held)) {
      if (Date.now() - statSync(path).mtimeMs > TOUCH_AFTER_MS) utimesSync(path, new Date(), new Date());
      return undefined;
    }
    this.#prepare();
    const { claim, content } = held;
    const again = this.#takeOne(claim, content.link, content);
    if ('name' in again) {
      held.name = again.name;
      held.slot = again.slot;
      return undefined;
    }
    const [taker] = this.heldElsewhere(claim);
    // Somebody is only trying to take it, or it is our own file, emptied.
    if (!taker) return 'undecided';
    this.#held.delete(held);
    held.onLost(taker);
    return undefined;
  }
}

function living(files: readonly LeaseFile[]): LeaseFile[] {
  return files.filter(({ isAlive }) => isAlive);
}

/** How many slots these are. Two that want the same one just now count once. */
function slotsOf(files: readonly LeaseFile[]): number {
  return new Set(files.map(({ slot }) => slot)).size;
}

function holderOfFirst([first]: readonly LeaseFile[]): LeaseHolder | undefined {
  return first && holderOf(first);
}

function isSame(content: LeaseContent | undefined, { pid, birth, since, link }: LeaseContent): boolean {
  return content?.pid === pid && content.birth === birth && content.since === since && content.link === link;
}

/** Nobody else may read or write it. */
function own(folder: string, { uid: owner, mode }: Stats, uid: number): void {
  if (owner !== uid) throw new Error(`${folder} belongs to somebody else`);
  if ((mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
