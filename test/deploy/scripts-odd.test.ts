import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { type Ended, type Running, scripts, startProgram } from './scripts-world.js';

/** A deployment on paper (test/fixtures/deploy/paper-compose.sh): 1.0.0 is in service. */
interface Paper {
  folder: string;
  state: string;
  envFile: string;
  /** A file of the stand-in. */
  paper: (...parts: string[]) => string;
  start: (script: string, args: readonly string[], env?: Record<string, string>) => Running;
  run: (script: string, args: readonly string[], env?: Record<string, string>) => Promise<Ended>;
  /** Versions of gateway-a, gateway-b and pipe; undefined: it does not run. */
  versions: () => (string | undefined)[];
  /** Replicas to which nginx gives nothing. */
  away: () => string[];
  calls: () => string[];
}

const SERVICES = ['gateway-a', 'gateway-b', 'pipe'];
const HISTORY = '2026-11-27T00:00:00Z\tdeployed\t1.0.0\n';

async function onPaper(): Promise<Paper> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe on paper-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const paper = (...parts: string[]) => join(folder, 'paper', ...parts);
  for (const name of ['running', 'kind', 'away', 'on', 'state']) mkdirSync(paper(name), { recursive: true });
  const state = join(folder, 'state/production');
  mkdirSync(join(folder, 'compose/nginx'), { recursive: true });
  mkdirSync(state, { recursive: true });
  for (const service of [...SERVICES, 'nginx']) writeFileSync(paper('running', service), '1.0.0');
  for (const version of ['1.0.0', '1.1.0']) writeFileSync(paper('kind', version), 'healthy');
  writeFileSync(paper('kind', '2.0.0'), 'down');
  writeFileSync(join(folder, 'compose/docker-compose.prod.yml'), 'services: {}\n');
  writeFileSync(join(folder, 'passphrase'), 'a passphrase\n', { mode: 0o600 });
  const envFile = join(folder, 'compose/.env.production');
  const settings = [
    `BACKUP_PASSPHRASE_FILE=${join(folder, 'passphrase')}`,
    'DEPLOY_TIMEOUT=2',
    'DEPLOY_STEADY=0',
  ];
  writeFileSync(envFile, `${settings.join('\n')}\n`, { mode: 0o600 });
  writeFileSync(join(state, 'history'), HISTORY);
  await cp(join(folder, 'compose'), join(state, 'good'), { recursive: true });
  // Nothing runs that would need the time.
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/sleep'), '#!/bin/sh\nexec /bin/sleep 0.05\n', { mode: 0o755 });
  const start: Paper['start'] = (script, args, env = {}) =>
    startProgram('sh', [join(scripts, script), ...args], { ...environment(folder), ...env });
  const contents = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
  return {
    ...{ folder, state, envFile, paper, start },
    run: (...all) => start(...all).ended,
    versions: () => SERVICES.map((service) => contents(paper('running', service))),
    away: () => readdirSync(paper('away')),
    calls: () => contents(paper('calls'))!.split('\n'),
  };
}

const environment = (folder: string) => ({
  PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  LANG: 'C',
  MCP_PIPE_DEPLOY: folder,
  MCP_PIPE_COMPOSE: `sh ${join(root, 'test/fixtures/deploy/paper-compose.sh')}`,
});

describe('after a deploy that was cut off', () => {
  /** As kill -9 leaves it while gateway-b is replaced. */
  async function cutOff(): Promise<Paper> {
    const world = await onPaper();
    writeFileSync(world.paper('running/gateway-a'), '1.1.0');
    writeFileSync(world.paper('away/gateway-b'), '');
    writeFileSync(join(world.state, 'in-progress'), '1.1.0\n');
    return world;
  }

  it('a version that fails is taken back everywhere, not only where it was put', async () => {
    const world = await cutOff();
    writeFileSync(world.paper('running/gateway-b'), '1.1.0');
    const { code, stderr } = await world.run('deploy.sh', ['production', '2.0.0', '--no-backup']);
    expect(code, stderr).toBe(3);
    expect(world.versions()).toEqual(['1.0.0', '1.0.0', '1.0.0']);
    expect(world.away()).toEqual([]);
  });

  it.each(['rollback.sh', 'deploy.sh'])(
    '%s takes no replica out while nginx passes over the other',
    async (script) => {
      const world = await cutOff();
      const both = `[ ! -f $paper/away/gateway-a ] || [ ! -f $paper/away/gateway-b ] || : >$paper/both-away\n`;
      writeFileSync(world.paper('on/stop'), both);
      const args = script === 'deploy.sh' ? ['1.1.0', '--no-backup'] : [];
      const { code, stderr } = await world.run(script, ['production', ...args]);
      expect(code, stderr).toBe(0);
      expect(new Set(world.versions()).size).toBe(1);
      expect(existsSync(world.paper('both-away'))).toBe(false);
      expect(world.away()).toEqual([]);
    },
  );

  it('what does not run is started before what does is replaced', async () => {
    const world = await cutOff();
    await rm(world.paper('running/gateway-b'));
    const { code, stderr } = await world.run('rollback.sh', ['production']);
    expect(code, stderr).toBe(0);
    const calls = world.calls();
    expect(calls.indexOf('1.0.0 up gateway-b')).toBeLessThan(calls.indexOf('1.0.0 stop gateway-a'));
  });

  it('a rollback that was cut off is known, and goes on to where it was going', async () => {
    const world = await onPaper();
    appendFileSync(join(world.state, 'history'), '2026-11-27T01:00:00Z\tdeployed\t1.1.0\n');
    for (const service of SERVICES) writeFileSync(world.paper('running', service), '1.1.0');
    // Killed when the second one was stopped.
    writeFileSync(world.paper('on/stop.gateway-b'), 'kill -9 $(sed "s/.*pid //" ../state/production/lock)\n');
    expect((await world.run('rollback.sh', ['production'])).code).toBe('SIGKILL');
    await rm(world.paper('on/stop.gateway-b'));
    await eventually(() => world.versions()[1] === undefined, { what: 'gateway-b stopped' });
    const told = await world.run('health-check.sh', ['production']);
    expect(told.stderr).toContain('the deploy of 1.0.0 was cut off');
    const { code, stderr } = await world.run('rollback.sh', ['production']);
    expect(code, stderr).toBe(0);
    expect(world.versions()).toEqual(['1.0.0', '1.0.0', '1.0.0']);
    expect((await world.run('health-check.sh', ['production'])).stderr).toBe('');
  });
});

describe('settings', () => {
  it('are read as compose reads them: CRLF, a mark at the start, comments, quotes, spaces, export', async () => {
    const world = await onPaper();
    const text = [
      '\ufeffDEPLOY_TIMEOUT=2',
      `export BACKUP_PASSPHRASE_FILE = "${join(world.folder, 'passphrase')}"  # away from here as well`,
      `DEPLOY_STEADY='0' # no wait`,
      '  BACKUP_KEEP=14\t# two weeks',
      'COMPOSE_PROJECT_NAME=$(touch $0.ran)`touch $0.ran`',
    ];
    writeFileSync(world.envFile, text.join('\r\n'));
    const { code, stderr } = await world.run('deploy.sh', ['production', '1.1.0']);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/Illegal|expecting/);
    expect(readdirSync(join(world.state, 'backups'))).toHaveLength(1);
    expect(existsSync(`${join(scripts, 'deploy.sh')}.ran`)).toBe(false);
  });

  it.each([
    ['DEPLOY_TIMEOUT', '2m'],
    ['DEPLOY_TIMEOUT', '0'],
    ['DEPLOY_STEADY', '08'],
    ['BACKUP_KEEP', '0'],
    ['BACKUP_KEEP', '-3'],
    ['BACKUP_HOOK_WITHIN', '1h'],
  ])('%s=%s is said before anything is done', async (name, value) => {
    const world = await onPaper();
    appendFileSync(world.envFile, `${name}=${value}\n`);
    const { code, stderr } = await world.run('deploy.sh', ['production', '1.1.0']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(`${name} has to be`) });
    expect(world.versions()).toEqual(['1.0.0', '1.0.0', '1.0.0']);
    expect(readdirSync(world.state)).not.toContain('backups');
  });

  it('MCP_PIPE_DEPLOY may be relative', async () => {
    const world = await onPaper();
    const command = `cd '${world.folder}' && MCP_PIPE_DEPLOY=. sh '${scripts}/health-check.sh' production`;
    const { code, stderr } = await startProgram('sh', ['-c', command], environment(world.folder)).ended;
    expect(code, stderr).toBe(0);
  });
});

describe('on a full disk', () => {
  /** A deploy whose state/ has no room for one more line from the moment on in which gateway-a is started. */
  async function deployed(version: string): Promise<{ world: Paper; ended: Ended }> {
    const world = await onPaper();
    const state = `'${world.state}'`;
    writeFileSync(
      world.paper('on/up.gateway-a'),
      `dd if=/dev/zero of=../state/production/fill bs=1k count=1000 2>/dev/null; :\n`,
    );
    // A page of the history that is full: a line more needs another.
    const page = `${'x'.repeat(4096 - 1 - HISTORY.length)}\n${HISTORY}`;
    writeFileSync(join(world.folder, 'history'), page);
    const script = `mount -t tmpfs -o size=300k tmpfs ${state} && cp -R '${world.folder}'/compose ${state}/good &&
      cp '${world.folder}'/history ${state}/history && sh '${scripts}'/deploy.sh production ${version} --no-backup`;
    const ended = await startProgram('unshare', ['-rm', 'sh', '-c', script], environment(world.folder)).ended;
    return { world, ended };
  }

  it('a version that fails is taken back all the same', async () => {
    const { world, ended } = await deployed('2.0.0');
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('1.0.0 runs again, everywhere') });
    expect(world.versions()).toEqual(['1.0.0', '1.0.0', '1.0.0']);
    expect(world.away()).toEqual([]);
  });

  it('a version that is in service is not said to have changed nothing', async () => {
    const { world, ended } = await deployed('1.1.0');
    expect(ended).toMatchObject({ code: 9, stderr: expect.stringContaining('1.1.0 is in service, but') });
    expect(world.versions()).toEqual(['1.1.0', '1.1.0', '1.1.0']);
  });
});

describe('backups', () => {
  const backupOf = async (world: Paper) => {
    const { code, stdout, stderr } = await world.run('backup.sh', ['production']);
    expect(code, stderr).toBe(0);
    return stdout.trim();
  };

  it('what a killed one has left in the clear goes with the next', async () => {
    const world = await onPaper();
    writeFileSync(world.paper('on/exec.pipe'), 'kill -9 $(sed "s/.*pid //" ../state/production/lock)\n');
    expect((await world.run('backup.sh', ['production'])).code).toBe('SIGKILL');
    const backups = join(world.state, 'backups');
    expect(readdirSync(backups)).toEqual([expect.stringMatching(/^\.making_production_/)]);
    await rm(world.paper('on/exec.pipe'));
    // Another one that is at work, of another environment in the same folder, stays.
    const other = `.making_staging_${process.pid}-abc`;
    mkdirSync(join(backups, other));
    const file = await backupOf(world);
    expect(readdirSync(backups).sort()).toEqual([other, basename(file)]);
  });

  it('the newest stays where a clock has gone back', async () => {
    const world = await onPaper();
    appendFileSync(world.envFile, 'BACKUP_KEEP=1\n');
    const backups = join(world.state, 'backups');
    mkdirSync(backups);
    const future = join(backups, 'mcp-pipe_production_1.0.0_20990101T000000Z.backup');
    writeFileSync(future, '');
    utimesSync(future, new Date('2099-01-01'), new Date('2099-01-01'));
    const file = await backupOf(world);
    expect(readdirSync(backups)).toEqual([basename(file)]);
  });

  it('a hook that hangs is ended, and keeps nobody from a deploy meanwhile', async () => {
    const world = await onPaper();
    const hook = join(world.folder, 'hook');
    writeFileSync(hook, '#!/bin/sh\n: >"$0.begun"\nexec /bin/sleep 600\n');
    chmodSync(hook, 0o755);
    const hung = world.start('backup.sh', ['production'], { BACKUP_HOOK: hook });
    await eventually(() => existsSync(`${hook}.begun`), { what: 'the hook' });
    const deployed = await world.run('deploy.sh', ['production', '1.1.0', '--no-backup']);
    expect(deployed.code, deployed.stderr).toBe(0);
    hung.kill('SIGTERM');
    expect(await hung.ended).toMatchObject({ code: 10, stdout: expect.stringContaining('.backup') });
    const late = await world.run('backup.sh', ['production'], { BACKUP_HOOK: hook, BACKUP_HOOK_WITHIN: '1' });
    expect(late).toMatchObject({ code: 10, stderr: expect.stringContaining('took more than 1 s') });
  });

  it('is not restored as another environment, nor from a name with a colon taken for another machine', async () => {
    const world = await onPaper();
    const file = await backupOf(world);
    const command = `cd '${world.folder}' && cp '${file}' host:a.backup && sh '${scripts}/restore.sh' production host:a.backup --check`;
    const colon = await startProgram('sh', ['-c', command], environment(world.folder)).ended;
    expect(colon.code, colon.stderr).toBe(0);
    const key = join(world.folder, 'passphrase');
    const other = await world.run('restore.sh', ['staging', file, '--key', key, '--force']);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('is a backup of production') });
    expect(existsSync(world.envFile)).toBe(true);
    const without = await world.run('restore.sh', ['production', file, '--key']);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--key needs a file') });
  });

  it.each(['mkfifo data', 'ln -s /dev/zero data'])(
    'one in which something else stands for a member is refused: %s',
    async (make) => {
      const world = await onPaper();
      const file = await backupOf(world);
      const script = `mkdir o && cd o && tar -xf '${file}' && rm data && ${make} && tar -cf '${file}' ABOUT data sums mac`;
      execFileSync('sh', ['-c', script], { cwd: world.folder });
      const { code, stderr } = await world.run('restore.sh', ['production', file, '--check']);
      expect(code, stderr).toBe(8);
    },
  );
});
