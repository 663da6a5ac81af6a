import type { InstalledPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';
import { normalizedName } from './wanted.js';

/** The most packages of one lock; the largest servers have some 150. */
const MOST_PACKAGES = 2_000;

/**
 * What `uv pip compile --generate-hashes --emit-index-annotation` prints, as packages ordered by name.
 *
 * @returns undefined when a line is no `name==version` with hashes: a package that is taken from an address
 */
export function packagesIn(requirements: string): InstalledPackage[] | undefined {
  const lines = requirements.replace(/\\\r?\n/g, ' ').split(/\r?\n/);
  const packages: InstalledPackage[] = [];
  for (const line of lines) {
    const [, index] = /^\s*# from (https?:\/\/\S+)/.exec(line) ?? [];
    const before = packages.at(-1);
    if (index !== undefined && before !== undefined) before.resolved = index.replace(/\/\/[^/@]*@/, '//');
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, version] = /^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)/.exec(line) ?? [];
    const integrity = [...line.matchAll(/--hash=sha256:([0-9a-f]{64})\b/g)].map(([, hex]) =>
      integrityOf(hex!),
    );
    if (name === undefined || version === undefined || integrity.length === 0) return undefined;
    packages.push({ name: normalizedName(name), version, integrity });
  }
  if (packages.length === 0 || packages.length > MOST_PACKAGES) return undefined;
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The same the other way round: a requirements file that uv installs with `--require-hashes`.
 *
 * @throws PackageError for a name or version that would mean more in such a file; the lock may come from another person
 */
export function requirementsOf(packages: readonly InstalledPackage[]): string {
  const line = ({ name, version, integrity }: InstalledPackage) => {
    if (!/^[\w.-]+$/.test(name) || !/^[\w.!+]+$/.test(version))
      throw new PackageError('failed', `no name and version: ${name} ${version}`);
    return [`${name}==${version}`, ...integrity.map((one) => `--hash=sha256:${hexOf(one)}`)].join(' ');
  };
  return `${packages.map(line).join('\n')}\n`;
}

function integrityOf(hex: string): string {
  return `sha256-${Buffer.from(hex, 'hex').toString('base64')}`;
}

function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha256-/, ''), 'base64').toString('hex');
}
