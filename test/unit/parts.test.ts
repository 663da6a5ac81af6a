import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const script = readFileSync(join(root, 'scripts/install-parts.sh'), 'utf8');
const parts = /^PARTS='\n([^']*)'$/m.exec(script)![1]!.trim().split('\n');
const installed = new Set(
  parts.flatMap((line) =>
    line
      .replace(/^[^:]*:/, '')
      .trim()
      .split(/\s+/),
  ),
);

/** Debian has them wherever Node runs. */
const EVERYWHERE =
  /^(bash|cat|chmod|cp|ln|mkdir|mkfifo|mv|node|npm|npx|rm|sh|sha256sum|sleep|tar|setpriv|tail|true|unshare)$/;
/** Tests that use these say by themselves that they are missing: scripts/install-kubernetes.sh has etcd, `npm run test:docker` the engine. */
const SKIPPED = /^(zsh|fish|docker|etcd)$/;

/** `spawn('nginx', …)`, `needed('go')`, `Program.start('redis-server', …)`, `has('zsh')`: what a test starts. */
const STARTS =
  /\b(?:spawn|spawnSync|execFile|execFileSync|execute|run|needed|Program\.start|has)\(\s*(?:needed\()?'([a-z][a-z0-9.-]+)'[,)]/g;

const started = ['deploy', 'long', 'browser', 'helpers']
  .flatMap((folder) =>
    readdirSync(join(root, 'test', folder)).map((name) => join(root, 'test', folder, name)),
  )
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(STARTS)].map(([, program]) => ({ program: program!, file })),
  );

it('scripts/install-parts.sh installs every program that long tests start', () => {
  const missing = started.filter(
    ({ program }) =>
      !installed.has(program) &&
      !EVERYWHERE.test(program) &&
      !SKIPPED.test(program) &&
      // Those of deploy/scripts.
      !/\.sh$/.test(program),
  );
  expect(missing).toEqual([]);
});

it('the programs are found in what tests say', () => {
  const names = new Set(started.map(({ program }) => program));
  for (const program of ['go', 'curl', 'nginx', 'promtool', 'redis-server', 'shellcheck', 'python3'])
    expect(names, program).toContain(program);
});
