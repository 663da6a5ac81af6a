import { join } from 'node:path';
import { defineConfig } from 'rolldown';
import { page } from './scripts/bundle-page.js';
import { listPackages } from './scripts/bundled-packages.js';
import { plainExports } from './scripts/plain-exports.js';

const src = (path: string) => join(import.meta.dirname, 'src', path);

/**
 * The files of the command line, each with all that its first modules import and no earlier file has: whatever is
 * needed together is read together, for every file costs as much to open as 30 KB cost to parse.
 */
const FILES: readonly [name: string, first: readonly string[]][] = [
  // What loads the others.
  ['compiled', [src('cli/compiled-code.ts')]],
  // For `mcp-pipe --version` alone.
  ['version', ['cli/version.ts', 'cli/output.ts'].map(src)],
  // All but the first are small, and wanted by commands that want nothing of the files that they would be in.
  [
    'base',
    ['cli/program.ts', 'cli/before-crash.ts', 'config/config-file.ts', 'process/make-folder.ts'].map(src),
  ],
  // Texts that commands and a run have. What follows describes the commands, which a run does without.
  [
    'told',
    [
      ...[
        'commands/status',
        'commands/leases',
        'commands/health',
        'commands/update',
        'en/bounds',
        'vi/bounds',
      ],
    ].map((name) => src(`messages/${name}.ts`)),
  ],
  ['commands', [src('cli/describe/commands.ts')]],
  // What an error says in English, for all that may fail. The others are small, and wanted by more than one file below.
  ['errors', ['messages/worded.ts', 'cli/mode-options.ts', 'protocol/line-decoder.ts'].map(src)],
  ['english', [src('messages/en/index.ts')]],
  ['vietnamese', [src('messages/vi/index.ts')]],
  ['messages', [src('messages/index.ts')]],
  ['names', [src('config/server-names.ts')]],
  // After the first two, what is wanted by more than one file below.
  [
    'config',
    [
      ...['config/load.ts', 'config/plan.ts', 'messages/hints.ts', 'cli/remote-options.ts'],
      ...['config/jwt-defaults.ts', 'config/issuer-plan.ts'],
    ].map(src),
  ],
  // zod, and what is made with it: for a configuration with something wrong.
  ['schema', [src('config/schemas.ts')]],
  // For health, leases and commands that fail.
  [
    'reach',
    [
      'faces/control/client.ts',
      'daemon/control-place.ts',
      'daemon/lease-folder.ts',
      'leases/files.ts',
      'cli/explain.ts',
      'cli/log-options.ts',
    ].map(src),
  ],
  // For probe.
  ['dial', ['daemon/probe.ts', 'messages/words.ts', 'daemon/leases.ts'].map(src)],
  ['run', [src('cli/commands/run.ts')]],
];

const fileOf = new Map<string, string>();

interface Graph {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

function gather(id: string, name: string, graph: Graph): void {
  if (fileOf.has(id)) return;
  const module = graph.getModuleInfo(id);
  if (module === null) return;
  fileOf.set(id, name);
  for (const imported of module.importedIds) gather(imported, name, graph);
}

/** V8 keeps a file of ASCII in one byte a sign and reads it faster; outside of texts there is nothing else. */
export function ascii(code: string): string {
  if (/String\.raw`[^`]*[^\0-\x7f]/.test(code)) throw new Error('String.raw takes no escapes: keep it ASCII');
  return code.replace(
    /(?<!\\)[^\0-\x7f]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export const program = defineConfig({
  input: {
    main: src('cli/main.ts'),
    version: src('cli/print-version.ts'),
    start: src('cli/compiled-code.ts'),
    library: src('index.ts'),
  },
  platform: 'node',
  external: ['bufferutil', 'utf-8-validate'],
  resolve: { mainFields: ['module', 'main'] },
  transform: { target: 'node20' },
  preserveEntrySignatures: 'allow-extension',
  plugins: [
    listPackages(),
    {
      // Whoever imports the library gets its names, and no `default`.
      name: 'library as an ES module',
      generateBundle(_, bundle) {
        const library = bundle['library.cjs'];
        if (library?.type !== 'chunk') throw new Error('the library is no part of the bundle');
        const names = library.exports.join(', ');
        const source = `import library from './library.cjs';\nexport const { ${names} } = library;\n`;
        this.emitFile({ type: 'asset', fileName: 'index.js', source });
      },
    },
    {
      name: 'ascii, plain exports',
      generateBundle(_, bundle) {
        for (const file of Object.values(bundle))
          if (file.type === 'chunk') file.code = plainExports(ascii(file.code), file.exports);
      },
    },
  ],
  // That a module is asked for at once by some and later by others is meant. A package below Koa, which the authorization server
  // has, makes functions of its own texts.
  checks: { ineffectiveDynamicImport: false, eval: false },
  output: {
    dir: 'dist/bundle',
    // What V8 has compiled can be kept of CommonJS only, as long as Node 20 must do (D365).
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    // The names of functions and classes stay, so that a stack tells something; oidc-provider goes by them.
    minify: {
      mangle: { toplevel: false, keepNames: true },
      compress: { keepNames: { function: true, class: true } },
      codegen: true,
    },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        {
          debugName: 'needed together',
          name(id, graph) {
            if (fileOf.size === 0) {
              for (const [name, first] of FILES) {
                for (const one of first) {
                  // Moved or renamed, it would silently be in no group.
                  if (graph.getModuleInfo(one) === null) throw new Error(`${one} is no part of the bundle`);
                  gather(one, name, graph);
                }
              }
            }
            return fileOf.get(id) ?? null;
          },
        },
      ],
    },
  },
});

export default [program, page];
