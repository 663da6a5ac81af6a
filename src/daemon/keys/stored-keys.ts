import { timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KEYS } from '../../config/key-defaults.js';
import { idleClock } from '../../time/clock.js';
import type { Authenticator, Identity, Known, Revocations } from '../http/authenticator.js';
import { watchFiles } from '../watch-files.js';
import { type HashQueue, NO_ROOM } from './hash-queue.js';
import { KeyFileError, type KeyFileProblem, type KeyRecord, readKeyFile } from './key-file.js';
import { checkOf, keyParts } from './key-text.js';
import { KnownHash } from './known-hash.js';
import { BUSY, expired } from './refusals.js';
import { writeUsed } from './used-file.js';

/** What happens to a file of keys. It holds names and no secrets. */
export type KeysEvent =
  | {
      type: 'keys-changed';
      file: string;
      added: string[];
      removed: string[];
      changed: string[];
      left: number;
    }
  /** The keys of before go on. */
  | { type: 'keys-unusable'; file: string; problem: KeyFileProblem; left: number }
  | { type: 'keys-gone'; file: string };

interface Entry {
  record: KeyRecord;
  hash: KnownHash;
}

type Listener = Parameters<Revocations['onRevoked']>[0];

/** Stands for the record of an id that there is not: the same work is done for it. */
const NOBODY = { salt: Buffer.alloc(16), check: Buffer.alloc(3) };

/**
 * The keys in a file of `mcp-pipe key`, as it is now. Once there has been a file, a key is asked for as long as this process
 * runs; one that cannot be read changes nothing.
 */
// D238
export class StoredKeys implements Authenticator {
  readonly file: string;
  readonly #queue: HashQueue;
  readonly #tell: (event: KeysEvent) => void;
  #entries: ReadonlyMap<string, Entry> = new Map();
  #isAsked = false;
  /** What was told last of a file that cannot be used. */
  #told: string | undefined;
  readonly #listeners = new Set<Listener>();
  /** When keys were used last, by id. */
  readonly #used = new Map<string, number>();
  #cancelUsed: (() => void) | undefined;
  #unwatch: (() => void) | undefined;
  #uses = 0;

  /** @param tell hears of each change */
  constructor(file: string, queue: HashQueue, tell: (event: KeysEvent) => void) {
    this.file = file;
    this.#queue = queue;
    this.#tell = tell;
  }

  get isAsked(): boolean {
    return this.#isAsked;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether a plan has it. */
  get isUsed(): boolean {
    return this.#uses > 0;
  }

  /** Reads the file, and watches it until the returned function is called. */
  use(): () => void {
    this.#uses += 1;
    this.#unwatch ??= watchFiles({
      ...{ files: () => [this.file], clock: idleClock, everyMs: KEYS.lookEveryMs },
      onChange: async () => void this.refresh(),
    });
    this.refresh(this.#uses === 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#uses -= 1;
      if (this.#uses > 0) return;
      this.#unwatch?.();
      this.#unwatch = undefined;
      this.#writeUsed();
    };
  }

  /** Hears when keys are no longer good, until the returned function is called. */
  onRevoked(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  identify(credential: string): Known | Promise<Known> {
    const entry = this.#entryOf(credential);
    if (!entry) return undefined;
    const known = entry.hash.matches(credential);
    if (known !== undefined) return known ? this.#known(entry) : undefined;
    const options = { address: '', most: KEYS.waiting };
    return entry.hash.compute(credential, this.#queue, options).then((isRight) => {
      if (isRight === NO_ROOM) return BUSY;
      // It may have been revoked meanwhile.
      return isRight && this.#entries.get(entry.record.id)?.hash === entry.hash
        ? this.#known(entry)
        : undefined;
    });
  }

  /** Guesses are found out without a hash: see `checkOf`. */
  vouches(credential: string): boolean {
    return this.#entryOf(credential) !== undefined;
  }

  /** The only key that it can be, if it is one at all. */
  #entryOf(credential: string): Entry | undefined {
    const parts = keyParts(credential);
    if (!parts) return undefined;
    const entry = this.#entries.get(parts.id);
    const { salt, check } = entry ? { salt: entry.record.hash.salt, check: entry.record.check } : NOBODY;
    const isLikely = timingSafeEqual(checkOf(parts.secret, salt), check);
    return isLikely ? entry : undefined;
  }

  /** The record of a key. */
  named(name: string): KeyRecord | undefined {
    return [...this.#entries.values()].find(({ record }) => record.name === name)?.record;
  }

  /** Reads the file again. `isSilent`: nothing is told of keys that are there from the beginning. */
  refresh(isSilent = false): void {
    let records: readonly KeyRecord[] | undefined;
    try {
      records = readKeyFile(this.file);
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      return this.#unusable(error);
    }
    this.#told = undefined;
    if (records === undefined && !this.#isAsked) return;
    const isFirst = !this.#isAsked;
    this.#isAsked = true;
    const before = this.#entries;
    const isGone = records === undefined && before.size > 0;
    this.#entries = new Map((records ?? []).map((record) => [record.id, entryOf(record, before)]));
    if (isGone) this.#tell({ type: 'keys-gone', file: this.file });
    this.#changed(before, isFirst, isSilent);
  }

  #unusable(error: KeyFileError): void {
    const isFirst = !this.#isAsked;
    this.#isAsked = true;
    if (isFirst) this.#end(() => false);
    if (this.#told === error.message) return;
    this.#told = error.message;
    const { problem } = error;
    this.#tell({ type: 'keys-unusable', file: this.file, problem, left: this.#entries.size });
  }

  #changed(before: ReadonlyMap<string, Entry>, isFirst: boolean, isSilent: boolean): void {
    const [earlier, now] = [before, this.#entries].map(byName) as [ByName, ByName];
    const added = [...now.keys()].filter((name) => !earlier.has(name));
    const removed = [...earlier.keys()].filter((name) => !now.has(name));
    const changed = [...now].flatMap(([name, record]) => {
      const was = earlier.get(name);
      return was && !isDeepStrictEqual(was, record) ? [name] : [];
    });
    const narrower = changed.filter((name) => isOtherFor(earlier.get(name)!, now.get(name)!));
    const over = new Set([...removed, ...narrower]);
    if (over.size > 0 || isFirst) this.#end(({ key }) => over.has(key));
    if (isSilent || added.length + removed.length + changed.length === 0) return;
    this.#tell({ type: 'keys-changed', file: this.file, added, removed, changed, left: now.size });
  }

  #end(isOver: Parameters<Listener>[0]): void {
    for (const listener of [...this.#listeners]) listener(isOver);
  }

  #known({ record: { id, name, grant, until } }: Entry): Known {
    const now = Date.now();
    if (until !== undefined && until <= now) return expired(until);
    this.#used.set(id, now);
    this.#cancelUsed ??= idleClock.after(KEYS.usedEveryMs, () => this.#writeUsed());
    const identity: Identity = { key: name };
    if (grant) identity.grant = grant;
    if (until !== undefined) identity.until = until;
    return identity;
  }

  #writeUsed(): void {
    this.#cancelUsed?.();
    this.#cancelUsed = undefined;
    if (this.#used.size > 0) writeUsed(this.file, this.#used, new Set(this.#entries.keys()));
    this.#used.clear();
  }
}

type ByName = ReadonlyMap<string, KeyRecord>;

function byName(entries: ReadonlyMap<string, Entry>): ByName {
  return new Map([...entries.values()].map(({ record }) => [record.name, record]));
}

/** What is known of a key that has not changed goes on to be known. */
function entryOf(record: KeyRecord, before: ReadonlyMap<string, Entry>): Entry {
  const earlier = before.get(record.id);
  const isSame = earlier && isDeepStrictEqual(earlier.record.hash, record.hash);
  return { record, hash: isSame ? earlier.hash : new KnownHash(record.hash) };
}

/** Whether clients of the key have to come again: it is another one, allows something else, or ends earlier. */
function isOtherFor(was: KeyRecord, now: KeyRecord): boolean {
  const endsEarlier = (now.until ?? Number.POSITIVE_INFINITY) < (was.until ?? Number.POSITIVE_INFINITY);
  const isSame = was.id === now.id && isDeepStrictEqual(was.hash, now.hash);
  return !isSame || endsEarlier || !isDeepStrictEqual(was.grant ?? {}, now.grant ?? {});
}
