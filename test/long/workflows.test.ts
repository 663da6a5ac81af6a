import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { folder, root } from '../helpers/cli.js';

interface Ended {
  code: number;
  output: string;
}

function sh(script: string, args: readonly string[] = []): Promise<Ended> {
  return new Promise((resolve) => {
    execFile('sh', [script, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

interface Workflow {
  permissions: object;
  jobs: Record<
    string,
    {
      needs?: string;
      permissions: Record<string, string>;
      'timeout-minutes': number;
      env?: Record<string, string>;
      steps: { name?: string; uses?: string; run?: string; with?: Record<string, string> }[];
      strategy?: { matrix: Record<string, unknown[]> };
    }
  >;
}

const workflow = (name: string) =>
  parse(readFileSync(join(root, `.github/workflows/${name}.yml`), 'utf8')) as Workflow;

/** Where the script looks for tools beside the path. zizmor comes ready from PyPI; actionlint would have to be compiled for two minutes. */
function installZizmor(): void {
  const tools = join(root, 'node_modules/.cache/workflow-tools');
  if (existsSync(join(tools, 'bin/zizmor'))) return;
  const [, version] = /^ZIZMOR=(\S+)$/m.exec(readFileSync(join(root, 'scripts/check-workflows.sh'), 'utf8'))!;
  execFileSync('python3', ['-m', 'venv', tools]);
  execFileSync(join(tools, 'bin/pip'), [
    ...['install', '--quiet', '--disable-pip-version-check', `zizmor==${version}`],
  ]);
}

test('the workflows are pinned by digests, and neither zizmor nor, where it is installed, actionlint has anything to say', async () => {
  installZizmor();
  const { code, output } = await sh(join(root, 'scripts/check-workflows.sh'));
  expect(code, output).toBe(0);
  expect(output).toContain('every action is pinned by its digest');
  expect(output).toContain('zizmor has found nothing');
}, 240_000);

test('an action that is named by its tag is found, with its line', async () => {
  const there = await folder();
  onTestFinished(() => rmSync(there, { recursive: true, force: true }));
  for (const one of ['.github', 'scripts/check-workflows.sh'])
    cpSync(join(root, one), join(there, one), { recursive: true });
  const file = join(there, '.github/workflows/ci.yml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/checkout@\S+ # \S+/, 'checkout@v7'));
  const { code, output } = await sh(join(there, 'scripts/check-workflows.sh'));
  expect(code).toBe(1);
  expect(output).toMatch(/ci\.yml:\d+: +- uses: actions\/checkout@v7\n/);
});

test('ci runs on the versions and systems that are supported, and no job may do more than it needs', () => {
  const { jobs } = workflow('ci');
  expect(jobs.test?.strategy?.matrix.node).toEqual([20, 22, 24]);
  expect(jobs.elsewhere?.strategy?.matrix).toEqual({
    system: ['macos-latest', 'windows-latest'],
    node: [20, 22, 24],
  });
  for (const name of ['ci', 'codeql', 'release']) {
    const { permissions, jobs } = workflow(name);
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  }
  for (const job of Object.values(jobs)) expect(job.permissions).toEqual({ contents: 'read' });
});

test('a release publishes one step after the other: checks, image, npm, GitHub', () => {
  const { jobs } = workflow('release');
  const needs = Object.entries(jobs).map(([name, job]) => [name, job.needs]);
  expect(needs).toEqual([
    ['package', undefined],
    ['image', 'package'],
    ['npm', 'image'],
    ['github', 'npm'],
  ]);
  expect(jobs.package?.permissions).toEqual({ contents: 'read' });
});

/** Runs what a job types, with programs that write down how they were called; a file that they are given has to be there. */
async function typed(job: string, there: string, tag: string): Promise<string[]> {
  const script = workflow('release')
    .jobs[job]!.steps.flatMap(({ run }) => run ?? [])
    .join('\n');
  const called = join(there, 'called');
  const recording = [
    '#!/bin/sh',
    `echo "$(basename "$0") $*" >>${called}`,
    'for one; do case $one in ./*|parts/*|*.md) [ -e "$one" ] || { echo "no $one" >&2; exit 1; } ;; esac; done',
  ].join('\n');
  mkdirSync(join(there, 'bin'), { recursive: true });
  for (const program of ['npm', 'gh']) writeFileSync(join(there, 'bin', program), recording, { mode: 0o755 });
  rmSync(called, { force: true });
  const env = {
    PATH: `${join(there, 'bin')}:${process.env.PATH}`,
    GITHUB_REF_NAME: tag,
    GITHUB_REPOSITORY: 'a/b',
  };
  execFileSync('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: there, env });
  return readFileSync(called, 'utf8').trim().split('\n');
}

test('each job of a release downloads by name what one before it has uploaded', () => {
  const { jobs } = workflow('release');
  const uploaded = new Set<string>();
  for (const [name, { steps }] of Object.entries(jobs)) {
    for (const { uses = '', with: options } of steps) {
      if (uses.includes('/download-artifact@')) {
        // Without a name all are taken, and one that cannot be read ends a release that npm has by then.
        expect([...uploaded], name).toContain(options?.name);
      }
      if (uses.includes('/upload-artifact@')) uploaded.add(options!.name!);
    }
  }
  expect([...uploaded]).toEqual(['release', 'signed']);
  // These actions upload records of builds, unless they are told not to.
  const building = Object.values(jobs).filter(({ steps }) =>
    steps.some(({ uses = '' }) => uses.includes('/build-push-action@')),
  );
  expect(building.map(({ env }) => env?.DOCKER_BUILD_RECORD_UPLOAD)).toEqual(['false']);
});

test('npm and GitHub get the archive, the lists of parts and the signature; a version of a candidate is not the latest', async () => {
  const there = await folder();
  onTestFinished(() => rmSync(there, { recursive: true, force: true }));
  const files = {
    release: ['mcp-pipe-1.2.3.tgz', 'mcp-pipe.cdx.json', 'notes.md'],
    signed: ['image.cdx.json', 'package.sigstore.json', 'image.txt'],
  };
  for (const [name, list] of Object.entries(files)) {
    mkdirSync(join(there, 'parts', name), { recursive: true });
    for (const file of list) writeFileSync(join(there, 'parts', name, file), `${file}\n`);
  }
  cpSync(join(there, 'parts/release'), join(there, 'release'), { recursive: true });
  expect(await typed('npm', there, 'v1.2.3')).toEqual([
    'npm publish --provenance --access public --tag latest ./release/mcp-pipe-1.2.3.tgz',
  ]);
  expect(await typed('npm', there, 'v1.2.3-rc.1')).toEqual([expect.stringContaining(' --tag next ')]);
  const [created] = await typed('github', there, 'v1.2.3');
  expect(created).toContain('gh release create v1.2.3 --repo a/b --verify-tag --latest');
  for (const file of [...files.release.slice(0, 2), ...files.signed.slice(0, 2)])
    expect(created).toContain(`/${file}`);
  expect(readFileSync(join(there, 'notes.md'), 'utf8')).toBe('notes.md\n\nImage: image.txt\n');
  expect((await typed('github', there, 'v1.2.3-rc.1'))[0]).toContain('--prerelease');
  rmSync(join(there, 'parts/signed/image.cdx.json'));
  await expect(typed('github', there, 'v1.2.3')).rejects.toThrow();
});

test('Dependabot looks at each place that names packages', () => {
  const { updates } = parse(readFileSync(join(root, '.github/dependabot.yml'), 'utf8')) as {
    updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[];
  };
  const watched = updates.flatMap(({ directory, directories = [] }) => [...directories, directory]);
  const modules = readdirSync(join(root, 'test/fixtures'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('go.mod'))
    .map((name) => `/test/fixtures/${name.replace('/go.mod', '')}`);
  expect(modules.length).toBeGreaterThan(1);
  expect(watched).toEqual(expect.arrayContaining(modules));
});

const CHANGELOG = `# Changelog

## [1.3.0] - Unreleased

### Added

- Not yet.

## [1.2.0] - 2026-12-01

### Added

- What is new.

## [1.1.0] - 2026-11-30

### Added

- What is old.
`;

test('the text of a release is its section of the changelog; versions that differ are an error with what to do', async () => {
  const there = await folder();
  onTestFinished(() => rmSync(there, { recursive: true, force: true }));
  mkdirSync(join(there, 'scripts'));
  const script = join(there, 'scripts/release-notes.sh');
  cpSync(join(root, 'scripts/release-notes.sh'), script);
  const is = (version: string) => {
    for (const file of ['package.json', 'package-lock.json'])
      writeFileSync(join(there, file), JSON.stringify({ name: 'x', version, private: true }, null, 2));
    writeFileSync(
      join(there, 'Dockerfile'),
      `LABEL a="b" \\\n  org.opencontainers.image.version="${version}"`,
    );
  };
  writeFileSync(join(there, 'CHANGELOG.md'), CHANGELOG);
  is('1.2.0');
  expect(await sh(script, ['v1.2.0'])).toEqual({ code: 0, output: '### Added\n\n- What is new.\n' });
  expect(await sh(script, ['v1.1.0'])).toEqual({
    code: 1,
    output:
      'release-notes: package.json says 1.2.0, not 1.1.0: run `npm version --no-git-tag-version 1.1.0`\n',
  });
  is('1.3.0');
  expect((await sh(script, ['v1.3.0'])).output).toContain('write the day of the release');
  is('1.4.0');
  expect((await sh(script, ['v1.4.0'])).output).toContain('CHANGELOG.md has no section "## [1.4.0]');
  for (const wrong of ['', 'v1', 'v1.2.0; echo x', '../1.2.0'])
    expect((await sh(script, [wrong])).code, wrong).toBe(1);
});

test('the version of this work tree is the same in every place that a release looks at', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { code, output } = await sh(join(root, 'scripts/release-notes.sh'), [`v${version}`]);
  // Until the day of the release is written, that is the only thing to say.
  if (code !== 0) expect(output).toContain('write the day of the release');
});
