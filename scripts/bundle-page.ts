import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Plugin, RolldownOptions } from 'rolldown';

const PAGE = join(import.meta.dirname, '../src/page');

/** All that a browser loads, together, before it is compressed (120 KB): a phone on a weak network waits for it. */
const MOST_BYTES = 122_880;

/** How the page is built: `dist/page/{index.html,app.js,app.css}`, and each as `.gz`. Fails when it is too large. */
export const page: RolldownOptions = {
  input: { app: join(PAGE, 'main.ts') },
  platform: 'browser',
  transform: { target: 'es2022' },
  plugins: [besides()],
  output: { dir: 'dist/page', format: 'iife', entryFileNames: '[name].js', minify: true },
};

/** The other two files, and all of them compressed. */
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
      const bytes = [...files.values()].reduce((sum, source) => sum + Buffer.byteLength(source), 0);
      if (bytes > MOST_BYTES) throw new Error(`the page has ${bytes} bytes, ${MOST_BYTES} at most`);
    },
  };
}

/** Without what only a bundler reads, and with a short name for `void 0`, which stands there 250 times. */
function small(code: string): string {
  return `const __=void 0;${code.replaceAll('/* @__PURE__ */ ', '').replaceAll('void 0', '__')}`;
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
