/** What is known of a server that is started on demand, beside its state. */
export interface DemandFacts {
  /** It runs at this time without being asked (`"keep"`). */
  isKept: boolean;
  /** When that changes, in milliseconds since 1970; undefined: never. */
  keepChangesAt?: number | undefined;
  /** Resident memory of its processes when it ran last, in bytes; undefined: it was not measured. */
  memoryBytes?: number | undefined;
}
