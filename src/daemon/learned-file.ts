import { join } from 'node:path';
import { BOUNDS } from '../config/bounds.js';
import { decodeText, readOrdinaryFile } from '../config/text-file.js';
import type { ListHabits } from '../connections/list-habits.js';
import type { ListHabit } from '../protocol/renewal.js';
import { replaceStateFile } from './state-file.js';

type Known = Exclude<ListHabit, 'unknown'>;

/** An entry of the file: what the endpoint does, and when that was seen last to differ from before (milliseconds since 1970). */
interface Entry {
  listChanges: Known;
  at: number;
}

/** Endpoints that are kept; of more, those that were learned first are dropped. A token that is not used any more stays until then. */
const MOST_ENDPOINTS = 500;
const FINGERPRINT = /^[0-9a-f]{8}$/;
const HABITS: readonly unknown[] = ['reads-list-changed', 'ignores-list-changed'] satisfies Known[];

/**
 * What was learned of endpoints, kept in `learned.json` of the state folder, by fingerprint:
 *
 *     { "endpoints": { "994c9b41": { "listChanges": "ignores-list-changed", "at": 1790000000000 } } }
 *
 * A file that is missing, cannot be read or cannot be written is no error: the endpoint is watched once more.
 */
export class LearnedFile implements ListHabits {
  readonly #folder: string;
  readonly #entries: Map<string, Entry>;
  readonly #now: () => number;

  /** @param now Milliseconds since 1970. */
  constructor(folder: string, now: () => number = Date.now) {
    this.#folder = folder;
    this.#now = now;
    this.#entries = new Map(readEntries(join(folder, FILE)));
  }

  of(fingerprint: string): ListHabit {
    return this.#entries.get(fingerprint)?.listChanges ?? 'unknown';
  }

  learn(fingerprint: string, listChanges: Known): void {
    this.#entries.delete(fingerprint);
    this.#entries.set(fingerprint, { listChanges, at: this.#now() });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENDPOINTS) break;
      this.#entries.delete(oldest);
    }
    this.#write();
  }

  #write(): void {
    const text = `${JSON.stringify({ endpoints: Object.fromEntries(this.#entries) }, null, 2)}\n`;
    try {
      replaceStateFile(this.#folder, FILE, text);
    } catch {
      // It is learned once more by the next run.
    }
  }
}

const FILE = 'learned.json';

/** The entries of the file that can be read, the oldest first. */
function readEntries(file: string): [string, Entry][] {
  try {
    const { endpoints } = JSON.parse(decodeText(readOrdinaryFile(file, BOUNDS.nearbyFileBytes)));
    return Object.entries(endpoints as Record<string, Partial<Entry> | null>)
      .flatMap(([fingerprint, entry]): [string, Entry][] =>
        FINGERPRINT.test(fingerprint) && HABITS.includes(entry?.listChanges) && Number.isFinite(entry?.at)
          ? [[fingerprint, { listChanges: entry!.listChanges!, at: entry!.at! }]]
          : [],
      )
      .sort(([, a], [, b]) => a.at - b.at)
      .slice(-MOST_ENDPOINTS);
  } catch {
    return [];
  }
}
