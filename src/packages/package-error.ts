import type { PackageFailure } from '../protocol/package-start.js';

/** A package could not be resolved or installed. */
export class PackageError extends Error {
  readonly why: PackageFailure;
  /** What the program or the system said, in one line, without logins; the name of the program for `no-program`. */
  readonly said: string;

  constructor(why: PackageFailure, said: string) {
    super(`${why}: ${said}`);
    this.name = 'PackageError';
    this.why = why;
    this.said = said;
  }
}
