/** What holds a server, as far as it is known. */
export interface Holding {
  user?: string | undefined;
  /** 0: undefined. */
  nice?: number | undefined;
  /** `some`: by whichever of them works. */
  sandbox?: 'bubblewrap' | 'landlock' | 'some' | undefined;
  /** It reaches no network. */
  isOffline?: boolean | undefined;
  /** It runs in a container. */
  image?: string | undefined;
  /** The image is named by its digest, and is always the same. */
  isPinned?: boolean | undefined;
}

/** A package, as `mcp_lock.json` has it. */
export interface LockedNow {
  package: string;
  version: string;
}

/** How the next process of a server would be started, beside its command: as the configuration and the lock file are now. */
export interface LaunchFacts {
  /** What holds it; undefined: nothing. */
  holding?: Holding;
  /** The package of its command in the lock; null: it could be there, and is not; undefined: it is no such package. */
  locked?: LockedNow | null;
  /** Its package is never locked, because the configuration says so. */
  isLockOff?: true;
}
