import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../process/make-folder.js';
import type { LockedPackage } from '../locked-package.js';
import { isObject, type RegistryFacts } from './registry-facts.js';

/** What a registry has said, and when: milliseconds since 1970. */
export interface KeptFacts {
  askedAt: number;
  facts: RegistryFacts;
  /** Who could publish the package when it was asked for first. */
  ownersAtFirst?: readonly string[] | undefined;
}

const FILE = 'package-facts.json';
/** Of more, those that were asked first are dropped. */
const MOST_ENTRIES = 500;
/** An entry has some hundred bytes, with many weaknesses some ten thousand. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * What registries have said of locked packages, in `package-facts.json` of a folder. A file that is missing or broken is no error:
 * the registries are asked again. What cannot be written is asked again, too.
 */
export class FactsFile {
  readonly #folder: string;
  readonly #entries: Map<string, KeptFacts>;

  private constructor(folder: string, entries: Map<string, KeptFacts>) {
    this.#folder = folder;
    this.#entries = entries;
  }

  static async read(folder: string): Promise<FactsFile> {
    return new FactsFile(folder, await readEntries(join(folder, FILE)));
  }

  of(locked: LockedPackage): KeptFacts | undefined {
    return this.#entries.get(keyOf(locked));
  }

  /** @returns what is kept now */
  keep(locked: LockedPackage, { askedAt, facts }: Pick<KeptFacts, 'askedAt' | 'facts'>): KeptFacts {
    const key = keyOf(locked);
    const ownersAtFirst = this.#entries.get(key)?.ownersAtFirst ?? facts.owners;
    const kept = { askedAt, facts, ...(ownersAtFirst ? { ownersAtFirst } : {}) };
    this.#entries.set(key, kept);
    return kept;
  }

  async write(): Promise<void> {
    const latest = [...this.#entries].sort(([, a], [, b]) => b.askedAt - a.askedAt).slice(0, MOST_ENTRIES);
    const part = join(this.#folder, `${FILE}.${randomBytes(4).toString('hex')}.part`);
    try {
      makeFolder(this.#folder, 0o700);
      await writeFile(part, `${JSON.stringify({ packages: Object.fromEntries(latest) })}\n`, { mode: 0o600 });
      await rename(part, join(this.#folder, FILE));
    } catch {
      await rm(part, { force: true }).catch(() => {});
    }
  }
}

/** Weaknesses are those of everything that is installed with it. */
function keyOf({ registry, name, version, packages }: LockedPackage): string {
  const all = JSON.stringify(packages.map((one) => [one.name, one.version, one.resolved]));
  return `${registry}:${name}@${version}#${createHash('sha256').update(all).digest('hex').slice(0, 12)}`;
}

async function readEntries(file: string): Promise<Map<string, KeptFacts>> {
  const entries = new Map<string, KeptFacts>();
  try {
    if ((await stat(file)).size > MOST_BYTES) return entries;
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!isObject(value) || !isObject(value.packages)) return entries;
    for (const [key, entry] of Object.entries(value.packages)) if (isKept(entry)) entries.set(key, entry);
  } catch {
    // It is not there, or broken.
  }
  return entries;
}

function isKept(entry: unknown): entry is KeptFacts {
  return (
    isObject(entry) &&
    typeof entry.askedAt === 'number' &&
    isObject(entry.facts) &&
    ['there', 'no-version', 'no-package'].includes(String(entry.facts.state)) &&
    (entry.ownersAtFirst === undefined || Array.isArray(entry.ownersAtFirst))
  );
}
