import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Plugin, RolldownOptions } from 'rolldown';
import { listPackages } from './bundled-packages.js';

const PAGE = join(import.meta.dirname, '../src/page');

/** All that a visit loads, with the longer language, before it is compressed: a phone on a weak network waits for it. 5 kB of it are for what waits for a person. */
const MOST_BYTES = 117_000;

/** How the page is built: `dist/page/{index.html,app.js,app.css,words-en.js,words-vi.js}`, and each as `.gz`. Fails when it is too large. */
export const page: RolldownOptions = {
  input: { app: join(PAGE, 'main.ts') },
  platform: 'browser',
  transform: { target: 'es2022' },
  plugins: [listPackages(), besides()],
  output: {
    dir: 'dist/page',
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    minify: true,
  },
};

/** The files that are no scripts, and all of them compressed. */
function besides(): Plugin {
  return {
    name: 'page',
    async generateBundle(_, bundle) {
      const files = new Map<string, string>();
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        file.code = small(file.code);
        files.set(basename(file.fileName), file.code);
      }
      files.set('app.css', await styles());
      files.set('index.html', html());
      for (const [fileName, source] of files) {
        if (bundle[fileName] === undefined) this.emitFile({ type: 'asset', fileName, source });
        this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(source, { level: 9 }) });
      }
      const bytes = bytesOfVisit(files);
      if (bytes > MOST_BYTES) throw new Error(`the page has ${bytes} bytes, ${MOST_BYTES} at most`);
    },
  };
}

function bytesOfVisit(files: ReadonlyMap<string, string>): number {
  const words: number[] = [];
  let others = 0;
  for (const [name, source] of files) {
    const bytes = Buffer.byteLength(source);
    if (name.startsWith('words-')) words.push(bytes);
    else others += bytes;
  }
  return others + Math.max(...words);
}

/** Without what only a bundler reads, and with a short name for `void 0`, which stands there 250 times. */
function small(code: string): string {
  const plain = code.replaceAll('/* @__PURE__ */ ', '');
  return plain.includes('void 0') ? `const __=void 0;${plain.replaceAll('void 0', '__')}` : plain;
}

async function styles(): Promise<string> {
  const built = await build({
    entryPoints: [join(PAGE, 'app.css')],
    bundle: true,
    minify: true,
    write: false,
    legalComments: 'none',
    logLevel: 'silent',
  });
  return shortNames(built.outputFiles[0]!.text);
}

/** Custom properties get short names, as the variables of a script do: they stand there 300 times. */
function shortNames(css: string): string {
  const names = new Map<string, string>();
  return css.replace(/--[a-z][a-z0-9-]*/g, (name) => {
    if (!names.has(name)) names.set(name, `--${names.size.toString(36)}`);
    return names.get(name)!;
  });
}

/** Without the spaces between its lines. */
function html(): string {
  return readFileSync(join(PAGE, 'index.html'), 'utf8').replace(/\n\s*/g, '\n');
}
