import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { cacheFolder } from '../../helpers/gateways.js';
import { noteServer } from '../../helpers/npm-registry.js';
import { ask, packageWorld } from '../../helpers/package-world.js';
import { startPythonIndex } from '../../helpers/python-index.js';
import { installUv } from '../../helpers/uv.js';

/** bun and pnpm themselves, as npm has them. */
const runners = join(cacheFolder, 'runners');
const bin = join(runners, 'node_modules/.bin');
const uv = installUv();
const PATH = [bin, uv, process.env.PATH].join(delimiter);

beforeAll(() => {
  if (existsSync(join(bin, 'bunx'))) return;
  mkdirSync(runners, { recursive: true });
  const quiet = ['--no-audit', '--no-fund', '--loglevel', 'error'];
  execFileSync('npm', ['install', '--prefix', runners, ...quiet, 'bun@1.4.4', 'pnpm@12.4.2']);
}, 300_000);

test.each<[string, string[], Record<string, string>]>([
  ['bunx', ['note-server'], {}],
  ['bun', ['x', 'note-server@1.0.0'], {}],
  ['bunx', ['note-server'], { BUN_INSTALL: 'HERE/bun' }],
  ['bunx', ['note-server'], { XDG_CACHE_HOME: 'HERE/caches' }],
  ['bunx', ['note-server'], { BUN_INSTALL_CACHE_DIR: 'HERE/bun-cache' }],
  ['bunx', ['note-server'], { npm_config_registry: 'http://127.0.0.1:9/', BUN_CONFIG_REGISTRY: 'REGISTRY' }],
  ['pnpm', ['dlx', 'note-server'], { pnpm_config_registry: 'REGISTRY' }],
  ['pnpx', ['note-server@latest'], { PNPM_CONFIG_REGISTRY: 'REGISTRY', XDG_CACHE_HOME: 'HERE/caches' }],
  ['pnpm', ['dlx', '--registry', 'REGISTRY', 'note-server@1.0.0'], {}],
])(
  'what a server of %s %j wrote with %j is there when it is started directly, from the same registry',
  async (command, args, more) => {
    const world = await packageWorld([noteServer('1.0.0')], (folder, registry) => {
      const placed = (text: string) => text.replace('HERE', folder).replace('REGISTRY', registry.url);
      const env = Object.fromEntries(Object.entries(more).map(([name, value]) => [name, placed(value)]));
      return { command: join(bin, command), args: args.map(placed), env: { PATH, ...env } };
    });
    const before = await ask(world.command);
    expect(before.notes).toEqual(['1.0.0']);
    await world.lock();
    const made = (await world.started())!;
    expect(made.start).toMatchObject({ isDirect: true, version: '1.0.0' });
    expect(made.data).toMatchObject({ files: 1, left: [] });
    const now = await ask(made.command);
    expect(now.notes).toHaveLength(2);
    expect(now.dir).toContain(world.places.store);
    expect(readFileSync(join(before.dir as string, 'notes.jsonl'), 'utf8')).toBe('"1.0.0"\n');
  },
);

/** The same server in Python. */
const NOTES = `
import json, pathlib, sys
def main():
    sys.stdin.readline()
    here = pathlib.Path(__file__).parent
    file = here / "notes.jsonl"
    with file.open("a") as notes: notes.write('"1.0"\\n')
    text = json.dumps({"notes": [json.loads(line) for line in file.read_text().splitlines()], "dir": str(here)})
    print(json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": text}]}}), flush=True)
`;

test.each<[string, string[]]>([
  ['uvx', ['note-server']],
  ['uv', ['tool', 'run', '--from', 'note-server==1.0', 'note-server']],
])('what a server of %s %j wrote is there when it is started directly', async (command, args) => {
  const index = await startPythonIndex({
    'note-server': [
      {
        ...{ version: '1.0', files: { 'note_server/__init__.py': NOTES, 'note_server/words.csv': 'words' } },
        scripts: ['note-server = note_server:main'],
      },
    ],
  });
  onTestFinished(() => index.close());
  const world = await packageWorld([], (folder) => ({
    ...{ command, args },
    env: { PATH, UV_DEFAULT_INDEX: index.url, UV_CACHE_DIR: join(folder, 'uv') },
  }));
  const before = await ask(world.command);
  expect(before.notes).toEqual(['1.0']);
  await world.lock();
  const made = (await world.started())!;
  expect(made.data).toMatchObject({ files: 1, left: [] });
  const now = await ask(made.command);
  expect(now.notes).toHaveLength(2);
  expect(now.dir).toContain(world.places.store);
  expect(readFileSync(join(before.dir as string, 'notes.jsonl'), 'utf8')).toBe('"1.0"\n');
});
