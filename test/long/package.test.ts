import { spawn } from 'node:child_process';
import { cpSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { folder, root, stateFolder } from '../helpers/cli.js';
import { cloneInto } from '../helpers/clone.js';

/** The whole installation: what is written to the disk by `npm install mcp-pipe`, as `du` counts it. Asked for are 15 MB. */
const MOST_INSTALLED_KIB = 8 * 1024;
/** The archive: what a cold `npx mcp-pipe` downloads. */
const MOST_PACKED_BYTES = 2_000_000;

/** What the package is made of. Anything else in it fails the test. */
const PARTS =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|bin\/(?:mcp-pipe\.js|package\.json)|mcp_config\.[\w.-]+\.json|schema\/[\w.-]+\.json|examples\/[\w./-]+|dist\/(bundle\/(?:index\.js|[\w.-]+\.cjs)|page\/[\w.-]+|index\.d\.ts|sbom\.cdx\.json|THIRD-PARTY-LICENSES\.txt))$/;

interface Packed {
  filename: string;
  size: number;
  files: { path: string }[];
}

let there: string;
let packed: Packed;
let archive: Buffer;
/** A folder with nothing in it but the installed package. */
let home: string;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  const { MCP_ENDPOINT: _, MCP_CONFIG: __, NODE_PATH: ___, ...inherited } = process.env;
  // Nothing of this work tree is on the path: npx and npm come from the system.
  const path = process.env.PATH!.split(delimiter).filter((one) => !one.includes('node_modules'));
  const child = spawn(command, args, {
    cwd,
    env: {
      ...inherited,
      PATH: path.join(delimiter),
      npm_config_cache: process.env.npm_config_cache ?? join(homedir(), '.npm'),
      npm_config_prefer_offline: 'true',
      npm_config_update_notifier: 'false',
      XDG_STATE_HOME: stateFolder,
      LC_ALL: 'C',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      ended[name] += text;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ended, code })));
}

const program = (args: readonly string[], cwd = home) =>
  run(process.execPath, [join(home, 'node_modules/mcp-pipe/bin/mcp-pipe.js'), ...args], cwd);

beforeAll(async () => {
  there = await folder();
  home = await folder();
  // Packed from a clone: packing builds, and the other tests need the build of this work tree as it is.
  cloneInto(there);
  symlinkSync(join(root, 'node_modules'), join(there, 'node_modules'));
  const made = await run('npm', ['pack', '--json', '--pack-destination', home], there);
  expect(made.code, made.stderr).toBe(0);
  // Before it, npm prints what its scripts print.
  const listed = JSON.parse(made.stdout.slice(made.stdout.search(/^[[{]\n/m)));
  packed = Array.isArray(listed) ? listed[0] : Object.values(listed)[0];
  archive = readFileSync(join(home, packed.filename));
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }');
  const installed = await run(
    'npm',
    ['install', '--omit=dev', '--no-audit', '--no-fund', join(home, packed.filename)],
    home,
  );
  expect(installed.code, installed.stderr).toBe(0);
}, 300_000);

afterAll(() => {
  for (const one of [there, home]) rmSync(one, { recursive: true, force: true });
});

test('the package holds what it needs to run, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths.filter((path) => !PARTS.test(path))).toEqual([]);
  for (const needed of [
    'dist/bundle/main.cjs',
    'dist/bundle/index.js',
    'dist/index.d.ts',
    'dist/page/app.js',
  ])
    expect(paths).toContain(needed);
  expect(packed.size).toBeLessThan(MOST_PACKED_BYTES);
});

/** KiB of the blocks of 4 KiB that all files below a folder take. */
function kibOf(path: string): number {
  const stat = lstatSync(path);
  const own = Math.ceil(stat.size / 4096) * 4;
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + kibOf(join(path, name)), 4) : own;
}

test('an installation is small, and brings no package but the optional one', () => {
  const packages = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(packages.filter((name) => !/^(mcp-pipe|bufferutil|node-gyp-build)$/.test(name))).toEqual([]);
  const kib = kibOf(join(home, 'node_modules'));
  console.info(`installed: ${kib} KiB, archive: ${packed.size} bytes`);
  expect(kib).toBeLessThan(MOST_INSTALLED_KIB);
});

test('what stands in dist has its license there, and stands in the list of parts', () => {
  const dist = join(home, 'node_modules/mcp-pipe/dist');
  const { components } = JSON.parse(readFileSync(join(dist, 'sbom.cdx.json'), 'utf8')) as {
    components: { name: string; version: string; hashes?: unknown[] }[];
  };
  const licenses = readFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  expect(components.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['ws', 'zod', 'pino', 'commander', 'execa', 'dotenv', 'oidc-provider', 'koa']),
  );
  for (const { name, version, hashes } of components) {
    expect(licenses).toContain(`\n${name}@${version} (`);
    expect(hashes, name).toHaveLength(1);
  }
  // Some pass on code of others, whose licenses ask for it.
  expect(licenses).toContain(
    readFileSync(join(root, 'node_modules/oidc-provider/THIRD-PARTY-NOTICES.md'), 'utf8').trim(),
  );
  // Tools of the build are in no file.
  expect(components.map(({ name }) => name)).not.toContain('rolldown');
});

test('publint finds nothing', async () => {
  const { messages, pkg } = await publint({
    pkgDir: join(home, 'node_modules/mcp-pipe'),
    pack: false,
    strict: true,
  });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test('its types are right for every way to resolve them, but that it cannot be required before Node.js 20.19', async () => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(archive)));
  if (result.types === false) throw new Error('the package has no types');
  // A CommonJS module of TypeScript has to import() it.
  expect(result.problems.map(({ kind }) => kind)).toEqual(['CJSResolvesToESM']);
});

test('a program with strict types is compiled against it, without a package of types but that of Node.js, and runs', async () => {
  const program = readFileSync(join(root, 'test/fixtures/package/program.ts'), 'utf8');
  writeFileSync(join(home, 'program.ts'), program);
  const options = {
    ...{ module: 'nodenext', target: 'es2023', strict: true, skipLibCheck: false },
    ...{ types: ['node'], typeRoots: [join(root, 'node_modules/@types')], outDir: 'out' },
  };
  writeFileSync(
    join(home, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['program.ts'] }),
  );
  const compiled = await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], home);
  expect(compiled.stdout).toBe('');
  const ran = await run(process.execPath, ['out/program.js'], home);
  expect([ran.code, ran.stderr, ran.stdout]).toEqual([0, '', 'calculator: healthy\n']);
});

test('the demo runs in an empty folder', async () => {
  const cwd = await folder();
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const demo = await program(['demo'], cwd);
  expect([demo.code, demo.stderr]).toEqual([0, '']);
  expect(demo.stdout).toMatch(/✔ calculator +1 tool in /);
  expect(demo.stdout).toContain('-> 35');
});

test('a server in TypeScript runs where no tsx is installed, on every Node.js', async () => {
  const cwd = await folder();
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  cpSync(join(root, 'test/fixtures/package/typed-server.ts'), join(cwd, 'server.ts'));
  writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }');
  const call = await program(['call', './server.ts', 'greet', 'name=Lan'], cwd);
  expect([call.code, call.stdout.trim()], call.stderr).toEqual([0, 'Chào Lan']);
}, 240_000);
