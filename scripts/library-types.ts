/**
 * Writes `dist/index.d.ts`: the types of the library in one file, which imports nothing but Node's own. TypeScript writes one file for
 * each of src; what they take from packages (zod) is put into the same file, for the package brings none of these (D264).
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { build } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

const root = join(import.meta.dirname, '..');
// Below the root, so that packages are found from there.
const separate = join(root, 'node_modules/.cache/library-types');

rmSync(separate, { recursive: true, force: true });
// Not by npx: below `npm install -g`, it looks among global packages.
await execa('tsc', ['-p', 'tsconfig.build.json', '--outDir', separate], {
  cwd: root,
  preferLocal: true,
  stdio: 'inherit',
});
const { output } = await build({
  input: { index: join(separate, 'index.d.ts') },
  external: [/^node:/],
  plugins: dts({ dtsInput: true, emitDtsOnly: true, resolver: 'oxc' }),
  checks: { pluginTimings: false },
  write: false,
});
const file = output.find(({ fileName }) => fileName === 'index.d.ts');
if (file?.type !== 'chunk') throw new Error('no index.d.ts was made');
const types = file.code
  // The addresses of the parts are of this machine.
  .replace(/^\/\/(#region .*| \S*\.d\.\w+|#endregion)\n/gm, '')
  // A hint of zod's that TypeScript must not check: the comment that says so counts for the next line only, and is no longer above it.
  .replaceAll('/** @ts-ignore Cast variance */out ', '');
const foreign = [...types.matchAll(/\b(?:from|import\()\s*["']((?!node:)[^"']+)["']/g)].map(
  ([, name]) => name,
);
if (foreign.length > 0) throw new Error(`dist/index.d.ts imports ${foreign.join(', ')}`);
mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(join(root, 'dist/index.d.ts'), types);
