/** A known weakness of a package of what is installed. */
export interface Vulnerability {
  id: string;
  /** Name and version of the package that has it. */
  in: string;
  severity?: 'low' | 'moderate' | 'high' | 'critical' | undefined;
  title?: string | undefined;
  /** The first version without it. */
  fixedIn?: string | undefined;
}

/**
 * What a registry says of a package and of its locked version. A member that is undefined is one that this registry does not tell:
 * mirrors leave out a lot. All texts are another person's.
 */
export interface RegistryFacts {
  state: 'there' | 'no-version' | 'no-package';
  /** ISO 8601, of the locked version and of the package's first one. A mirror says when it got them. */
  publishedAt?: string | undefined;
  firstPublishedAt?: string | undefined;
  /** The newest version that is no pre-release. */
  newest?: string | undefined;
  /** Why the version is deprecated (npm) or was yanked (PyPI); empty without a reason; `false`: it is not. */
  deprecated?: string | false | undefined;
  /** What the index says of the whole project (PEP 792). */
  status?: 'archived' | 'deprecated' | 'quarantined' | undefined;
  /** Names of those who may publish the package now; of PyPI `organization:NAME` among them. */
  owners?: readonly string[] | undefined;
  /** Who has published the locked version. */
  publisher?: string | undefined;
  hasProvenance?: boolean | undefined;
  /** The version that was newest before the locked one. */
  before?:
    | { version: string; publisher?: string | undefined; hasProvenance?: boolean | undefined }
    | undefined;
  /** Of the version's archives, as in `LockedPackage`. */
  integrity?: readonly string[] | undefined;
  /** PyPI: packages that come as source alone: installing them runs their code. */
  fromSource?: readonly string[] | undefined;
  /** Of all that is installed. */
  vulnerabilities?: readonly Vulnerability[] | undefined;
}

/** Gets a text over HTTP, without redirections; undefined body and status 0 never: it throws when no answer comes. */
export type GetText = (
  url: string,
  headers: Readonly<Record<string, string>>,
) => Promise<{ status: number; type: string; body: string }>;

/** Texts of registries are cut to this: a reason takes a line. */
const LONGEST = 300;

/** A text of a registry: bounded, on one line. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.replace(/\s+/g, ' ').trim().slice(0, LONGEST) : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A time as registries write it, in ISO 8601 UTC; undefined for anything else. */
export function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
