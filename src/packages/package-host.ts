/** How a program ended that was run to its end. */
export interface ProgramEnd {
  /** Undefined when a signal ended it, or when it could not be started. */
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  /** Why it could not be started: `ENOENT`, `EACCES`; undefined when it ran. */
  notStarted?: string | undefined;
  timedOut?: boolean | undefined;
}

/** Where a program runs, and for how long. */
export interface ProgramPlace {
  cwd: string;
  /** The whole environment of the program. */
  env: Readonly<Record<string, string>>;
  /** Written to its standard input, which then ends. */
  input?: string | undefined;
  timeoutMs: number;
}

/** What resolving and installing are given: the server's own place, and a way to run npm and uv. */
export interface PackageHost {
  /** Working folder of the server: relative paths in its options start here. */
  cwd: string;
  /** The whole environment of the server: it names registries, proxies, certificates. */
  env: Readonly<Record<string, string>>;
  /** A new empty folder for files on the way. The one that asks removes it. */
  temporary(): Promise<string>;
  /** Runs a program with low priority to its end, with bounded output. Does not throw but for the reason of `signal`. */
  run(program: string, args: readonly string[], place: ProgramPlace): Promise<ProgramEnd>;
  signal: AbortSignal;
}

/** Why a package cannot be resolved, installed or started directly. */
export class PackageError extends Error {
  /** `program-missing`: npm or uv; `python-missing`; `integrity`: what came is not what is locked; `no-command`: the package has no such command. */
  readonly reason:
    | 'failed'
    | 'integrity'
    | 'no-command'
    | 'program-missing'
    | 'python-missing'
    | 'unreachable';

  /** @param said What the program said, without addresses' passwords. */
  constructor(reason: PackageError['reason'], said: string) {
    super(said);
    this.reason = reason;
  }
}
