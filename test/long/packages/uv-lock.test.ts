import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LockedPackage, WantedPackage } from '../../../src/packages/locked-package.js';
import { PackageError } from '../../../src/packages/package-error.js';
import type { PackageHost } from '../../../src/packages/package-kind.js';
import { pypi } from '../../../src/packages/pypi/pypi.js';
import { wantedOfPypi } from '../../../src/packages/pypi/wanted.js';
import { type PythonIndex, startPythonIndex } from '../../helpers/python-index.js';
import { installUv } from '../../helpers/uv.js';

const bin = installUv();
const root = mkdtempSync(join(tmpdir(), 'mcp-pipe-uv-lock-'));
const cache = join(root, 'cache');
let index: PythonIndex;

/** Prints what a program sees of how it was started. */
const SEEN = `
import json, os, sys, thin_part
def main():
    print(json.dumps({"argv": sys.argv, "prefix": sys.prefix, "path": os.environ["PATH"], "ppid": os.getppid(),
        "virtual": os.environ.get("VIRTUAL_ENV"), "part": thin_part.NAME}))
`;

beforeAll(async () => {
  index = await startPythonIndex({
    'seen-server': ['1.0', '1.1'].map((version) => ({
      version,
      files: { 'seen_server.py': SEEN },
      scripts: ['seen-server = seen_server:main'],
      requires: ['thin-part>=2'],
    })),
    'thin-part': ['1.0', '2.0', '2.5'].map((version) => ({
      version,
      files: { 'thin_part.py': `NAME = "${version}"\n` },
    })),
    'loud-server': [
      {
        version: '1',
        files: {
          'loud_server.py': 'def main(): print("here")\n',
          'loud.pth': `import os; open(${JSON.stringify(join(root, 'has-run'))}, "w")\n`,
        },
        scripts: ['loud-server = loud_server:main'],
      },
    ],
    'from-the-future': [{ version: '1', files: { 'future.py': '' }, requiresPython: '>=3.99' }],
  });
});
afterAll(async () => {
  await index.close();
  rmSync(root, { recursive: true, force: true });
});

function host(more: Record<string, string> = {}): PackageHost {
  const { UV_INDEX_URL: _, ...env } = process.env as Record<string, string>;
  return {
    cwd: root,
    env: {
      ...env,
      PATH: [bin, env.PATH].join(delimiter),
      UV_CACHE_DIR: cache,
      UV_DEFAULT_INDEX: index.url,
      ...more,
    },
    signal: new AbortController().signal,
    inBackground: false,
  };
}

function wanted(line: string): WantedPackage {
  const [command = '', ...args] = line.split(' ');
  const asked = wantedOfPypi(command, args);
  if (asked === undefined || !('wanted' in asked)) throw new Error(`not lockable: ${line}`);
  return asked.wanted;
}

async function installed(line: string, name: string): Promise<{ locked: LockedPackage; folder: string }> {
  const locked = await pypi.resolve(wanted(line), host());
  const folder = join(root, name);
  await pypi.install(locked, `${folder}.new`, host());
  renameSync(`${folder}.new`, folder);
  return { locked, folder };
}

async function run(locked: LockedPackage, folder: string, line: string) {
  const command = await pypi.entryCommand(
    locked,
    folder,
    { command: 'uvx', args: [], cwd: root, env: host().env },
    wanted(line),
  );
  const { stdout, stderr } = spawnSync(command.command, command.args, {
    cwd: command.cwd,
    env: command.env,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return { command, seen: JSON.parse(stdout) };
}

describe('servers of uvx from a lock', () => {
  it('has the whole set with versions and hashes, and starts the entry without uv', async () => {
    const line = 'uvx seen-server --one two';
    const { locked, folder } = await installed(line, 'newest');
    expect(locked).toMatchObject({
      registry: 'pypi',
      name: 'seen-server',
      version: '1.1',
      entry: 'bin/seen-server',
    });
    expect(locked.packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'seen-server 1.1',
      'thin-part 2.5',
    ]);
    for (const { integrity } of locked.packages) expect(integrity.join()).toMatch(/^sha256-[\w+/]{43}=$/);
    const before = index.asked.length;
    const { command, seen } = await run(locked, folder, line);
    expect(index.asked.slice(before)).toEqual([]);
    expect(command.command).toBe(join(folder, 'bin', 'python'));
    // As uvx starts it: its own name, its commands first in PATH, no VIRTUAL_ENV.
    expect(seen).toMatchObject({
      argv: [join(folder, 'bin', 'seen-server'), '--one', 'two'],
      prefix: folder,
      virtual: null,
      part: '2.5',
    });
    expect(seen.ppid).toBe(process.pid);
    expect(seen.path.split(delimiter)[0]).toBe(join(folder, 'bin'));
  });

  it('gives the environment that uvx gives, but for UV', async () => {
    const say = 'import os, json; print(json.dumps(dict(os.environ)))';
    const { env } = host();
    // Not synchronously: the index is in this process.
    const { stdout } = await promisify(execFile)(
      join(bin!, 'uvx'),
      ['--from', 'seen-server', 'python', '-c', say],
      { env },
    );
    const seen = JSON.parse(stdout) as Record<string, string>;
    const changed = Object.keys(seen).filter((name) => seen[name] !== env[name] && name !== 'LC_CTYPE');
    expect(changed.sort()).toEqual(['PATH', 'UV']);
  });

  it('keeps to versions, further packages and the Python that the command names', async () => {
    const python = execFileSync(join(bin!, 'uv'), ['python', 'find', '--no-project'], {
      env: host().env,
      encoding: 'utf8',
    });
    const minor = /^\d+\.\d+/.exec(
      execFileSync(python.trim(), ['-c', 'import platform; print(platform.python_version())'], {
        encoding: 'utf8',
      }),
    )![0];
    const locked = await pypi.resolve(
      wanted(`uvx --python ${minor} --with thin-part==2.0 seen-server@1.0`),
      host(),
    );
    expect(locked).toMatchObject({ version: '1.0', python: minor });
    expect(locked.packages.map(({ version }) => version)).toEqual(['1.0', '2.0']);
  });

  it('takes the index that the command names', async () => {
    const away = host({ UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple' });
    const locked = await pypi.resolve(wanted(`uvx --default-index ${index.url} seen-server`), away);
    expect(locked.options).toEqual([`--default-index=${index.url}`]);
    await pypi.install(locked, join(root, 'named-index'), away);
  });

  it('survives that the cache of uv is cleaned, and its folder is moved', async () => {
    const line = 'uvx seen-server';
    const { locked, folder } = await installed(line, 'before-cleaning');
    execFileSync(join(bin!, 'uv'), ['cache', 'clean', '--quiet'], { env: host().env });
    expect(existsSync(join(cache, 'archive-v0'))).toBe(false);
    const moved = join(root, 'moved');
    renameSync(folder, moved);
    const { seen } = await run(locked, moved, line);
    expect(seen).toMatchObject({ part: '2.5', prefix: moved });
    const links = readdirSync(moved, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isSymbolicLink(),
    );
    // Those of Python itself only.
    expect(links.map(({ name }) => name).filter((name) => !/^(python[\d.]*|lib64)$/.test(name))).toEqual([]);
  });

  it('has byte code for all, so that nothing is written by a start', async () => {
    const line = 'uvx seen-server';
    const { locked, folder } = await installed(line, 'compiled');
    const files = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    const before = files();
    const sources = before.filter((path) => /site-packages\/\w+\.py$/.test(path));
    const compiled = before.filter((path) => /site-packages\/__pycache__\/\w+\.cpython-\d+\.pyc$/.test(path));
    expect(compiled.length).toBe(sources.length);
    await run(locked, folder, line);
    expect(files()).toEqual(before);
  });

  it('refuses an archive that is not the locked one', async () => {
    const locked = await pypi.resolve(wanted('uvx seen-server'), host());
    const [own, part] = locked.packages;
    const other = { ...locked, packages: [{ ...own!, integrity: part!.integrity }, part!] };
    await expect(pypi.install(other, join(root, 'tampered'), host())).rejects.toMatchObject({
      why: 'integrity',
    });
  });

  it('says that the index is away, that there is no such package, no such command, no uv', async () => {
    const away = host({
      UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple',
      UV_CACHE_DIR: join(root, 'empty'),
      UV_HTTP_RETRIES: '0',
    });
    await expect(pypi.resolve(wanted('uvx seen-server'), away)).rejects.toMatchObject({ why: 'unreachable' });
    await expect(pypi.resolve(wanted('uvx no-such-server'), host())).rejects.toMatchObject({
      why: 'not-found',
    });
    await expect(pypi.resolve(wanted('uvx seen-server@9'), host())).rejects.toMatchObject({
      why: 'not-found',
    });
    const nameless = await pypi.resolve(wanted('uvx --from seen-server other'), host());
    await expect(pypi.install(nameless, join(root, 'nameless'), host())).rejects.toMatchObject({
      why: 'no-command',
    });
    await expect(
      pypi.resolve(wanted('uvx from-the-future'), host({ UV_PYTHON_DOWNLOADS: 'never' })),
    ).rejects.toBeInstanceOf(PackageError);
  });

  it('runs nothing of the packages of a server that is held, and compiles their byte code', async () => {
    const isHeld = { ...host(), isHeld: true };
    const folder = join(root, 'held');
    const locked = await pypi.resolve(wanted('uvx loud-server'), isHeld);
    await pypi.install(locked, folder, isHeld);
    expect(existsSync(join(root, 'has-run'))).toBe(false);
    const site = join(folder, 'lib', `python${locked.python}`, 'site-packages');
    expect(readdirSync(join(site, '__pycache__'))).toEqual([
      expect.stringMatching(/^loud_server\..*\.pyc$/) as string,
    ]);
  });

  it('says that its Python is gone or another one, and starts nothing', async () => {
    const line = 'uvx seen-server';
    const { locked, folder } = await installed(line, 'old-python');
    const start = (of: LockedPackage) =>
      pypi.entryCommand(of, folder, { command: 'uvx', args: [], cwd: root, env: {} }, wanted(line));
    await expect(start({ ...locked, python: '3.1' })).rejects.toMatchObject({
      why: 'no-program',
      said: 'python3.1',
    });
    expect(lstatSync(join(folder, 'bin', 'python')).isSymbolicLink()).toBe(true);
    unlinkSync(join(folder, 'bin', 'python'));
    await expect(start(locked)).rejects.toMatchObject({ why: 'no-program' });
    expect(readFileSync(join(folder, 'bin', 'seen-server'), 'utf8')).toMatch(/^#!/);
  });
});
