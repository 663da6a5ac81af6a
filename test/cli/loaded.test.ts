import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { folder, root } from '../helpers/cli.js';

const run = promisify(execFile);
const bundle = join(root, 'dist/bundle');

/** The files of the bundle that a command has loaded. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const cwd = await folder();
  const coverage = join(cwd, 'coverage');
  await run(process.execPath, [join(root, 'bin/mcp-pipe.js'), ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, LANG: 'C.UTF-8', NODE_V8_COVERAGE: coverage },
  });
  const report = JSON.parse(readFileSync(join(coverage, readdirSync(coverage)[0]!), 'utf8')) as {
    result: { url: string }[];
  };
  return report.result.flatMap(({ url }) => /\/dist\/bundle\/([^/]+\.js)$/.exec(url)?.[1] ?? []);
}

const hasZod = (name: string) => readFileSync(join(bundle, name), 'utf8').includes('ZodError');

it.each([[['--help']], [['--version']], [['check', '--help']]])(
  '%j loads the file `base` of the bundle and no other',
  async (args) => {
    const loaded = await loadedBy(...args);
    // rolldown-runtime is the bundler's own, 1 KB.
    expect(loaded.map((name) => name.replace(/-[\w-]{8}\.js$/, '')).sort()).toEqual([
      ...['base', 'main.js', 'rolldown-runtime'],
    ]);
    expect(loaded.filter(hasZod)).toEqual([]);
  },
);

it('what reads a configuration loads zod, so that the tests above can tell', async () => {
  expect((await loadedBy('leases')).filter(hasZod)).not.toEqual([]);
});
