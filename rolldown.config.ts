import { join } from 'node:path';
import { defineConfig } from 'rolldown';

const src = (path: string) => join(import.meta.dirname, 'src', path);

/**
 * The files of the command line, each with all that its first modules import and no earlier file has: whatever is
 * needed together is read together, for every file costs as much to open as 30 KB cost to parse.
 */
const FILES: readonly [name: string, first: readonly string[]][] = [
  ['base', [src('cli/program.ts')]],
  ['messages', [src('observe/messages/index.ts')]],
  ['names', [src('config/server-names.ts')]],
  ['config', [src('config/load.ts'), src('config/plan.ts')]],
  ['schema', [src('config/schema.ts'), src('config/servers.ts')]],
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

export default defineConfig({
  input: { main: src('cli/main.ts') },
  platform: 'node',
  external: ['pino-pretty', 'tsx', 'bufferutil', 'utf-8-validate'],
  resolve: { mainFields: ['module', 'main'] },
  transform: { target: 'node20' },
  preserveEntrySignatures: false,
  // That a module is asked for at once by some and later by others is meant.
  checks: { ineffectiveDynamicImport: false },
  output: {
    dir: 'dist/bundle',
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Names stay, so that a stack tells something.
    minify: { mangle: false, compress: true, codegen: true },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        {
          name(id, graph) {
            if (fileOf.size === 0) {
              for (const [name, first] of FILES) for (const one of first) gather(one, name, graph);
            }
            return fileOf.get(id) ?? null;
          },
        },
      ],
    },
  },
});
