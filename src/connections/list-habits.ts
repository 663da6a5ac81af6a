import type { ListHabit } from '../protocol/renewal.js';

/** What is known of endpoints, by fingerprint, for all links that dial them. */
export interface ListHabits {
  /** What the endpoint does with changed lists, as far as it was seen. */
  of(fingerprint: string): ListHabit;
  /** Notes what was seen; what was known before is replaced. */
  learn(fingerprint: string, habit: Exclude<ListHabit, 'unknown'>): void;
}

/** Keeps it for as long as the process runs. */
export class HabitsInMemory implements ListHabits {
  readonly #habits = new Map<string, ListHabit>();

  of(fingerprint: string): ListHabit {
    return this.#habits.get(fingerprint) ?? 'unknown';
  }

  learn(fingerprint: string, habit: ListHabit): void {
    this.#habits.set(fingerprint, habit);
  }
}
