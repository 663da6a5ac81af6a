import { statSync, utimesSync, watch } from 'node:fs';
import { thisProcess } from '../process/identity.js';
import type { LeaseHolder, LeaseLoss } from '../protocol/lease-words.js';
import type { Clock } from '../time/clock.js';
import {
  ClaimedFiles,
  type ClaimedFilesOptions,
  type ClaimedSlot,
  type TakenSlot,
  tryTo,
} from './claimed-files.js';
import { holderOf, holderOfFirst, type LeaseContent, type LeaseFile, living, slotsOf } from './files.js';
import type { Claim, Lease, RefusedSlots, SharedSlots } from './lease.js';
import { Turn } from './turn.js';

export interface LockFileOptions extends ClaimedFilesOptions {
  clock: Pick<Clock, 'after'>;
  /** Called once, when lock files cannot be used here: leases then hold within this process only. */
  onUnavailable: (error: Error) => void;
}

/** How often the files are read while a link waits, in milliseconds: a process that dies changes no file. */
const POLL_MS = 1_000;
/** How often a holder checks whether its file still exists, in milliseconds. */
const CHECK_EVERY_MS = 10_000;
/** After this time a file that is empty now has been written, or counts as left behind. */
const CHECK_SOON_MS = 2_500;
/** How often files are touched: programs that clean temporary folders remove files that were not touched for days. */
const TOUCH_AFTER_MS = 86_400_000;
/** Errors that are temporary. Any other error means that files cannot be used here. */
const TEMPORARY_ERRORS: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR']);

/** A slot of each claim is wanted. */
interface WantedSlots {
  claims: readonly Claim[];
  link: string;
  /** Called at most once, when another process turns out to have one of the slots. */
  onLost: (newHolder: LeaseHolder) => void;
}

interface HeldSlot extends TakenSlot, Pick<WantedSlots, 'onLost'> {}

interface TakenSlots {
  release: () => void;
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
  readonly #files: ClaimedFiles;
  readonly #held = new Set<HeldSlot>();
  readonly #turn = new Turn<WantedSlots, TakenSlots | RefusedSlots>((wanted) => this.#takeTogether(wanted));
  #stopChecks: (() => void) | undefined;
  #isUnavailable = false;

  constructor(options: LockFileOptions) {
    this.#options = options;
    this.#files = new ClaimedFiles(options);
  }

  /** As `takeAll` for one claim, at once. `onLost` is called at most once, when another process turns out to have the slot. */
  take(
    claim: Claim,
    link: string,
    onLost: (newHolder: LeaseHolder) => void = () => {},
  ): { taken: () => void } | { holder: LeaseHolder | undefined } {
    const taken = this.#takeTogether([{ claims: [claim], link, onLost }])[0]!;
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
    const taken = await this.#turn.ask({ claims, link, onLost });
    if ('refused' in taken) return taken;
    return { lost: lost.signal, isHeld: () => isHeld, release: async () => taken.release() };
  }

  /**
   * The files of all are created first, so that the folder is read once for all of them afterwards. What does not succeed in
   * this way is undone, and tried again alone.
   */
  // D380
  #takeTogether(all: readonly WantedSlots[]): (TakenSlots | RefusedSlots)[] {
    const begun = all.map((wanted) => this.#begin(wanted));
    this.#files.forgetNames();
    return all.map((wanted, i) => {
      const claimed = begun[i];
      if (claimed && 'refused' in claimed) return claimed;
      return (claimed && this.#finish(claimed, wanted)) ?? this.#takeAlone(wanted);
    });
  }

  /** Creates a file for each claim. Undefined when that fails. */
  #begin({ claims, link }: WantedSlots): ClaimedSlot[] | RefusedSlots | undefined {
    const claimed: ClaimedSlot[] = [];
    try {
      this.#files.prepare();
      const refused = this.#refusedOf(claims);
      if (refused) return refused;
      for (const claim of claims) {
        const before = this.#files.of(claim.key);
        const [slot] = freeSlots(claim, before);
        if (slot === undefined) throw new Error('another process was faster');
        claimed.push(this.#files.create({ claim, slot, content: contentFor(claim, link) }, before));
      }
      return claimed;
    } catch {
      this.#undo(claimed);
      return undefined;
    }
  }

  /** Undefined when another process has one of the slots; then none is taken. */
  #finish(claimed: readonly ClaimedSlot[], { onLost }: WantedSlots): TakenSlots | undefined {
    const taken = claimed.map((one) => tryTo(() => this.#files.confirm(one)));
    const held = taken.flatMap((one) => (one && 'name' in one ? [{ ...one, onLost }] : []));
    if (held.length === claimed.length) return this.#hold(held);
    this.#undo(claimed);
    return undefined;
  }

  #undo(claimed: readonly ClaimedSlot[]): void {
    for (const one of claimed) if (one.isCreated) this.#files.remove(one);
  }

  #takeAlone(wanted: WantedSlots): TakenSlots | RefusedSlots {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#files.prepare();
        return this.#takeAll(wanted);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // The folder was removed just now.
        if (code === 'ENOENT' && attempt === 1) continue;
        if (TEMPORARY_ERRORS.has(code)) return { refused: wanted.claims[0]!, holder: undefined };
        if (!this.#isUnavailable) this.#options.onUnavailable(error as Error);
        this.#isUnavailable = true;
        return { release: () => {} };
      }
    }
  }

  heldElsewhere({ key }: Claim): readonly LeaseHolder[] {
    try {
      const others = living(this.#files.of(key)).flatMap((file) => holderOf(file) ?? []);
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

  #takeAll({ claims, link, onLost }: WantedSlots): TakenSlots | RefusedSlots {
    const refused = this.#refusedOf(claims);
    if (refused) return refused;
    const held: HeldSlot[] = [];
    const giveBack = () => {
      for (const one of held) this.#files.remove(one);
    };
    try {
      for (const claim of claims) {
        const taken = this.#takeOne(claim, link);
        if ('content' in taken) {
          held.push({ ...taken, onLost });
          continue;
        }
        giveBack();
        return { refused: claim, holder: taken.holder };
      }
    } catch (error) {
      giveBack();
      throw error;
    }
    return this.#hold(held);
  }

  /** D77: no file is created unless each claim has a free slot: each change wakes all waiting processes. */
  #refusedOf(claims: readonly Claim[]): RefusedSlots | undefined {
    for (const claim of claims) {
      const others = living(this.#files.of(claim.key));
      if (slotsOf(others) >= claim.slots) return { refused: claim, holder: holderOfFirst(others) };
    }
    return undefined;
  }

  #hold(held: readonly HeldSlot[]): TakenSlots {
    for (const one of held) this.#held.add(one);
    this.#startChecks();
    return {
      release: () => {
        for (const one of held) this.#release(one);
      },
    };
  }

  /** @param earlier Content of this process's file that was removed by another program. */
  #takeOne(
    claim: Claim,
    link: string,
    earlier?: LeaseContent,
  ): TakenSlot | { holder: LeaseHolder | undefined } {
    // Names that are not the newest do no harm: a step of another process may come between any two steps of this one.
    const before = this.#files.of(claim.key);
    let holder = holderOfFirst(living(before));
    for (const slot of freeSlots(claim, before)) {
      const content = earlier ?? contentFor(claim, link);
      const claimed = this.#files.create({ claim, slot, content }, before);
      this.#files.forgetNames();
      const taken = this.#files.confirm(claimed);
      if ('name' in taken) return taken;
      holder ??= taken.holder;
    }
    return { holder };
  }

  #release(held: HeldSlot): void {
    if (this.#held.delete(held)) this.#files.remove(held);
    if (this.#held.size === 0) this.#stopChecks?.();
  }

  /** Checks regularly, and restores, the files of this process, while it holds any slot. */
  #startChecks(): void {
    if (this.#stopChecks) return;
    const { clock } = this.#options;
    const look = () => {
      let soon = false;
      for (const held of [...this.#held]) soon = tryTo(() => this.#checkFile(held)) === 'undecided' || soon;
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
  #checkFile(held: HeldSlot): 'undecided' | undefined {
    if (this.#files.isOwn(held)) {
      const path = this.#files.pathOf(held);
      if (Date.now() - statSync(path).mtimeMs > TOUCH_AFTER_MS) utimesSync(path, new Date(), new Date());
      return undefined;
    }
    this.#files.prepare();
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

function contentFor({ kind, label }: Claim, link: string): LeaseContent {
  return { ...thisProcess(), kind, label, link, since: Date.now() };
}

/** Slots of which no living process has a file; none when as many are taken, of whichever numbers. */
function freeSlots({ slots }: Claim, files: readonly LeaseFile[]): number[] {
  const others = living(files);
  if (slotsOf(others) >= slots) return [];
  return Array.from({ length: slots }, (_, slot) => slot).filter(
    (slot) => !others.some((file) => file.slot === slot),
  );
}
