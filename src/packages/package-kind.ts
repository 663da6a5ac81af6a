import type { ServerCommand } from '../process/launch.js';
import type { LockedPackage, WantedPackage } from './locked-package.js';

/** The server that a package is for: its folder and its whole environment, in which the registry's settings stand. */
export interface PackageHost extends Pick<ServerCommand, 'cwd' | 'env'> {
  /** Ends what runs. */
  signal: AbortSignal;
  /** True: what is started gets the lowest priority, because servers work beside it. */
  inBackground: boolean;
  /**
   * A sandbox holds the server. What resolves and installs its package is outside of it: nothing of the package is run there, and
   * nothing is read that stands in the server's folder, which the server may be able to write.
   */
  isHeld?: boolean | undefined;
  /** Variables that its sandbox sets beside `env`: there its runner keeps what it downloads. */
  sandboxEnv?: Readonly<Record<string, string>> | undefined;
}

/** What is known of the packages of one registry. */
export interface PackageKind {
  /**
   * Asks the registry, and installs nothing.
   *
   * @throws PackageError
   */
  resolve(wanted: WantedPackage, host: PackageHost): Promise<LockedPackage>;
  /**
   * Installs what is locked, and nothing else, into an empty folder that exists. Its path is not the final one, if the kind says
   * that an installation can be moved.
   *
   * @throws PackageError; `integrity` when an archive is not the one that was locked.
   */
  install(locked: LockedPackage, folder: string, host: PackageHost): Promise<void>;
  /** Whether an installation may be renamed: a venv of Python holds its own path, unless its scripts look for it. */
  readonly isMovable: boolean;
  /** What is started instead of the runner: the same folder, the environment as the runner would give it. Pure but for reading the entry. */
  entryCommand(
    locked: LockedPackage,
    folder: string,
    command: ServerCommand,
    wanted: WantedPackage,
  ): Promise<ServerCommand>;
  /** Whether a file that was not installed is expected in an installation, as byte code is. @param path below the folder, with slashes */
  isOwnFile(path: string): boolean;
  /**
   * Folders in which the runner of a command may have installed the package, the likeliest first; those that exist. They are laid
   * out as an installation of ours is.
   */
  runnerFolders(wanted: WantedPackage, locked: LockedPackage, host: PackageHost): Promise<RunnerFolder[]>;
  /** Where a file of another installation of the package stands in the one of what is locked. Pure. */
  placeIn(path: string, locked: LockedPackage): string;
}

/** A folder in which a runner has installed a package. */
export interface RunnerFolder {
  root: string;
  /** The part of it where the package's own code is, below `root`. */
  under: string;
  /** What the package has brought there; `same`: as into the installation of what is locked; undefined: it is not known. */
  listed(): Promise<Listed | 'same' | undefined>;
}

/** What a package itself has brought, by path below the folder of the installation; what is not known of a file is undefined. */
export type Listed = ReadonlyMap<string, ListedFile>;

/** A file that a package has brought: its size, and what stands for its content in a manifest. */
export interface ListedFile {
  bytes?: number | undefined;
  is?: string | undefined;
}
