/** A package of a registry, as a command of a configuration asks for it: `npx -y @scope/name@1 --flag`. */
export interface WantedPackage {
  registry: 'npm' | 'pypi';
  /** The program that fetches it: `npx`, `npm`, `bunx`, `pnpm`, `uvx`, `uv`. */
  runner: string;
  /** Specifications as the command has them, the one of the package first: `@scope/name@1`, `name==1.2`; further ones of `-p`, `--with`. */
  specs: readonly [string, ...string[]];
  /** The command of the package that is started; undefined: the one that the runner would take. */
  bin: string | undefined;
  /** The Python that the command asks for (`--python 3.12`); undefined: any. */
  python?: string | undefined;
  /** Options that decide where it comes from or how it is installed, each in one word: `--registry=https://…`, `--index=…`. */
  options?: readonly string[] | undefined;
  /** Arguments for the package's own program, unchanged. */
  args: readonly string[];
}

/** One package of what is installed with another one. */
export interface InstalledPackage {
  name: string;
  version: string;
  /** Subresource Integrity values, one of which has to fit: `sha512-…` for npm, `sha256-…` for PyPI. */
  integrity: readonly string[];
  /** npm: its place below the folder of the installation, `node_modules/zod`. PyPI has no places. */
  at?: string | undefined;
  /** npm: the address of its archive. PyPI: of the index that has it. */
  resolved?: string | undefined;
  /** npm: whether it wants to run scripts when it is installed. */
  hasInstallScript?: boolean | undefined;
  /** npm: all else that its own lock says and an installation needs: `dependencies`, `bin`, `os`, `cpu`, `optional`, … */
  more?: Readonly<Record<string, unknown>> | undefined;
}

/** A package with everything that it needs, resolved once. An entry of `mcp_lock.json`. */
export interface LockedPackage {
  registry: 'npm' | 'pypi';
  name: string;
  version: string;
  /** Of the package itself. */
  integrity: readonly string[];
  /** The command of the package that is started. */
  bin: string;
  /** What is started, below the folder of the installation: `node_modules/name/dist/index.js`, `bin/name`. */
  entry: string;
  /** Major and minor version of the Python that it was resolved for: `3.12`. */
  python?: string | undefined;
  /** Options that it was resolved with and that installing it needs, each in one word: `--index=https://…`. */
  options?: readonly string[] | undefined;
  /** When it was resolved, ISO 8601, UTC. */
  lockedAt: string;
  /** Names of those who may publish the package, as the registry had them then; undefined where it does not tell. */
  owners?: readonly string[] | undefined;
  /** Everything that is installed, the package itself among them, ordered by place or name. */
  packages: readonly InstalledPackage[];
}

/**
 * What `mcp_lock.json` holds: packages by what asks for them, `npm:@scope/name@1` or `pypi:name`, further specifications behind
 * a space; several servers that ask alike share one.
 */
export interface PackageLock {
  lockVersion: 1;
  packages: Readonly<Record<string, LockedPackage>>;
}
