/**
 * Why a package could not be resolved or installed: the program that does it is missing; the registry cannot be reached; it has
 * no such package or version; an archive is not the one that was locked; the package has no such command; the folder of the
 * installations cannot be written; what its program said otherwise.
 */
export type PackageFailure =
  | 'no-program'
  | 'unreachable'
  | 'not-found'
  | 'integrity'
  | 'no-command'
  | 'not-writable'
  | 'timeout'
  | 'failed';

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
