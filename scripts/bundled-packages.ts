import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Plugin } from 'rolldown';

const ROOT = join(import.meta.dirname, '..');

/** Package whose code is in a bundle. */
interface Bundled {
  name: string;
  version: string;
  license: string;
  /** Text of its license, and what else it asks to be passed on; empty when it ships none. */
  text: string;
  /** Of its archive in the registry, as the lock file has it (SRI). */
  integrity: string | undefined;
}

/** All builds of one run: each adds the packages it has taken in. */
const folders = new Set<string>();

/**
 * Writes what a bundle is made of, as package.json no longer says it (D264): `dist/THIRD-PARTY-LICENSES.txt`, which the licenses ask for, and
 * `dist/sbom.cdx.json` (CycloneDX 1.6), which scanners of images and packages read. Both list exactly the packages of which some code
 * is in a file of `dist`.
 */
export function listPackages(): Plugin {
  return {
    name: 'packages',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        for (const id of file.moduleIds) {
          const folder = packageFolder(id);
          if (folder !== undefined) folders.add(folder);
        }
      }
    },
    writeBundle() {
      const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
      const packages = [...folders].map((folder) => read(folder, lock));
      packages.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      mkdirSync(join(ROOT, 'dist'), { recursive: true });
      writeFileSync(join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt'), licenses(packages));
      writeFileSync(join(ROOT, 'dist/sbom.cdx.json'), `${JSON.stringify(sbom(packages), null, 1)}\n`);
    },
  };
}

interface Lock {
  packages: Record<string, { integrity?: string }>;
}

const keyOf = ({ name, version }: Bundled) => `${name}@${version}`;

/** The folder, relative to the root, of the package that a module lies in: `node_modules/ajv`, `node_modules/a/node_modules/@b/c`. */
function packageFolder(id: string): string | undefined {
  const path = id.split('?')[0]!.replaceAll(sep, '/');
  const [, folder] = /.*?\/(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  return folder;
}

function read(folder: string, lock: Lock): Bundled {
  const place = join(ROOT, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${folder}/package.json names no license`);
  const texts = readdirSync(place).filter((one) => /^(licen[cs]e|copying|notice|third-party-)/i.test(one));
  return {
    ...{ name, version, license },
    text: texts.map((one) => readFileSync(join(place, one), 'utf8').trim()).join('\n\n'),
    integrity: lock.packages[folder]?.integrity,
  };
}

function licenses(packages: readonly Bundled[]): string {
  const parts = packages.map(
    (one) =>
      `${keyOf(one)} (${one.license})\n\n${one.text || 'The package ships no text of its license; its package.json names it.'}\n`,
  );
  const head = 'The files of mcp-pipe contain code of these packages, under their licenses.\n';
  return [head, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}

function sbom(packages: readonly Bundled[]): object {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const component = { type: 'application', name: own.name, version: own.version };
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        ...component,
        'bom-ref': purl(own),
        purl: purl(own),
        licenses: [{ license: { id: own.license } }],
      },
    },
    components: packages.map((one) => ({
      type: 'library',
      'bom-ref': purl(one),
      name: one.name,
      version: one.version,
      purl: purl(one),
      licenses: [/[ (]/.test(one.license) ? { expression: one.license } : { license: { id: one.license } }],
      ...(one.integrity?.startsWith('sha512-')
        ? { hashes: [{ alg: 'SHA-512', content: hex(one.integrity.slice('sha512-'.length)) }] }
        : {}),
    })),
    dependencies: [{ ref: purl(own), dependsOn: packages.map(purl) }],
  };
}

const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex');

/** A package URL: `pkg:npm/%40scope/name@1.2.3`. */
function purl({ name, version }: { name: string; version: string }): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}
