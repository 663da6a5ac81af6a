import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
