import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isBroad, neededPaths } from '../../../src/sandbox/needed-paths.js';
import { placesOf } from '../../../src/sandbox/places.js';

/** A home with a project, keys, and the configuration of mcp-pipe. */
function world() {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-pipe-home-')));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const file = (name: string) => {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), '', { mode: 0o755 });
    return join(home, name);
  };
  file('.ssh/id_ed25519');
  file('.nvm/versions/node/v22/bin/node');
  file('.nvm/versions/node/v22/lib/x.js');
  file('server/package.json');
  file('server/src/main.js');
  file('server/node_modules/zod/index.js');
  file('data/notes.txt');
  const own = [file('pipe/mcp_config.json'), file('pipe/.env')];
  file('pipe/tool.js');
  const env = { PATH: join(home, '.nvm/versions/node/v22/bin'), HOME: home };
  const command = { command: 'node', args: [join(home, 'server/src/main.js')], cwd: join(home, 'data'), env };
  const plan = { read: [], write: [], writesOwnFolder: true, network: true };
  const options = {
    plan,
    own,
    ownFolders: [],
    shared: [join(home, '.cache/mcp-pipe/packages')],
    home,
    isRoot: false,
    scratch: [],
  };
  return { home, file, command, plan, options, at: (name: string) => join(home, name) };
}

test('auto: the own folder is written; the program and its packages are read; the home is not', () => {
  const { command, options, at, home } = world();
  const { read, write } = placesOf(command, options);
  expect(write).toEqual([at('data')]);
  expect(read).toEqual(expect.arrayContaining([at('.nvm/versions/node/v22'), at('server')]));
  expect(read).not.toContain(home);
  expect(read.some((path) => path.startsWith(at('.ssh')) || path.startsWith(at('pipe')))).toBe(false);
});

test('the folder of the configuration is read, without the configuration, and is not written', () => {
  const { command, options, at } = world();
  const { read, write, hidden } = placesOf({ ...command, cwd: at('pipe') }, options);
  expect(write).toEqual([]);
  expect(read).toContain(at('pipe'));
  expect(hidden).toEqual([at('pipe/.env'), at('pipe/mcp_config.json')]);
});

test('a folder to write that holds the configuration is refused, and so is one below it that does not exist', () => {
  const { command, options, plan, at, home } = world();
  const writing = (path: string) => () => placesOf(command, { ...options, plan: { ...plan, write: [path] } });
  expect(writing(home)).toThrow(/mcp_config\.json.*decides what is started next/);
  expect(writing(at('pipe'))).toThrow(/decides what is started next/);
  expect(writing(at('pipe/mcp_config.json'))).toThrow(/decides what is started next/);
  expect(writing(at('pipe/none'))).toThrow(/does not exist/);
});

test('installations that other servers are started from are not written', () => {
  const { command, options, plan, at, file } = world();
  file('.cache/mcp-pipe/packages/npm/server/cli.js');
  for (const path of ['.cache', '.cache/mcp-pipe/packages', '.cache/mcp-pipe/packages/npm/server'])
    expect(() => placesOf(command, { ...options, plan: { ...plan, write: [at(path)] } }), path).toThrow(
      /decides what is started next/,
    );
  for (const path of ['.cache', '.cache/mcp-pipe/packages/npm/server'])
    expect(placesOf({ ...command, cwd: at(path) }, options).write, path).toEqual([]);
});

test('a home that is named is shown without its keys; keys that are named are shown', () => {
  const { command, options, plan, at, home } = world();
  const named = { ...options, plan: { ...plan, read: [home], writesOwnFolder: false } };
  expect(placesOf(command, named)).toMatchObject({
    hidden: [at('.ssh'), at('pipe/.env'), at('pipe/mcp_config.json')],
  });
  const { hidden, read } = placesOf(command, {
    ...named,
    plan: { ...named.plan, read: [home, at('.ssh/id_ed25519')] },
  });
  expect(hidden).toContain(at('.ssh'));
  expect(read).toContain(at('.ssh/id_ed25519'));
  expect(
    placesOf(command, { ...named, plan: { ...named.plan, read: [home, at('.ssh')] } }).hidden,
  ).not.toContain(at('.ssh'));
});

test('a link to the configuration is the configuration', () => {
  const { command, options, plan, at } = world();
  symlinkSync(at('pipe'), at('innocent'));
  const named = { ...options, plan: { ...plan, write: [at('innocent')] } };
  expect(() => placesOf(command, named)).toThrow(/decides what is started next/);
});

test('a home, a folder above it and the root are never given as a whole', () => {
  for (const path of ['/', '/home', '/home/a', '/home/a/.local']) expect(isBroad(path, '/home/a')).toBe(true);
  for (const path of ['/home/a/x', '/home/ab', '/srv']) expect(isBroad(path, '/home/a')).toBe(false);
  const { command, home } = world();
  expect(neededPaths({ ...command, cwd: home, args: [home] }, home)).not.toContain(home);
});

test('an entry in a store needs its packages, and no more of the store', () => {
  const { command, file, at, home } = world();
  const entry = file('store/one/node_modules/pkg/dist/main.js');
  file('store/one/package.json');
  file('store/two/node_modules/other/index.js');
  const needed = neededPaths({ ...command, args: [entry] }, home);
  expect(needed).toEqual(
    expect.arrayContaining([at('store/one/node_modules'), at('store/one/package.json')]),
  );
  expect(needed.some((path) => path.startsWith(at('store/two')))).toBe(false);
});

test('a script needs what its first line names, and an environment the Python that it is made of', () => {
  const { command, file, at, home } = world();
  const python = file('.pyenv/versions/3.12/bin/python3');
  writeFileSync(file('venv/pyvenv.cfg'), `home = ${dirname(python)}\n`);
  file('venv/bin/python');
  const script = file('tools/run');
  writeFileSync(script, `#!${at('venv/bin/python')} -I\n`);
  const needed = neededPaths({ ...command, command: script, args: [] }, home);
  expect(needed).toEqual(expect.arrayContaining([at('tools'), at('venv'), at('.pyenv/versions/3.12')]));
});
