import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { SteadyCaller } from './caller.js';
import { inService, type ScriptsWorld, TOKEN } from './scripts-world.js';

const ALL = (version: string) => ({
  ...{ 'gateway-a': version, 'gateway-b': version, pipe: version },
  nginx: expect.any(String),
});

const historyOf = (world: ScriptsWorld) =>
  readFileSync(join(world.state, 'history'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t').slice(1).join(' '));

/** Of the pipe, each start has the stop of the one before in front of it. */
function expectOneOwner(world: ScriptsWorld): void {
  const whats = world.events().flatMap(({ what, name }) => (name === 'pipe' ? what : []));
  expect(whats.join(' ')).toMatch(/^start( stop start)*$/);
}

// Each replaces up to six services, one after the other, and each of those starts a dozen processes.
describe('deploy.sh', { timeout: 300_000 }, () => {
  it('puts a version into service while clients call, and rollback.sh the one before', async () => {
    const world = await inService({ '1.1.0': 'good' });
    const caller = new SteadyCaller(world.url);
    const deployed = await world.run('deploy.sh', ['production', '1.1.0']);
    expect(deployed.code, deployed.stderr).toBe(0);
    expect(world.versions()).toEqual(ALL('1.1.0'));
    const back = await world.run('rollback.sh', ['production']);
    expect(back.code, back.stderr).toBe(0);
    expect(world.versions()).toEqual(ALL('1.0.0'));
    await caller.stop();
    expect(caller.failures).toEqual([]);
    expect(caller.answered).toBeGreaterThan(50);
    expectOneOwner(world);
    expect(historyOf(world)).toEqual(['deployed 1.0.0', 'deployed 1.1.0', 'rolled-back 1.0.0']);
    // Nothing that a person reads, and no file of the scripts, has a secret.
    expect(deployed.stdout + deployed.stderr + back.stderr).not.toContain(TOKEN);
    // What was rolled back is not what a second rollback goes to.
    const again = await world.run('rollback.sh', ['production']);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('no version before 1.0.0') });
  });

  it.each([
    ['crashes', 'crashes'],
    ['is unwell', 'unwell'],
  ] as const)('rolls back a version that %s; the one before answers all the while', async (_, kind) => {
    const world = await inService({ '2.0.0': kind });
    const caller = new SteadyCaller(world.url);
    const { code, stderr } = await world.run('deploy.sh', ['production', '2.0.0'], { DEPLOY_TIMEOUT: '6' });
    expect(code, stderr).toBe(3);
    expect(stderr).toContain('1.0.0 runs again, everywhere');
    await caller.stop();
    expect(caller.failures).toEqual([]);
    expect(caller.answered).toBeGreaterThan(50);
    expect(world.versions()).toEqual(ALL('1.0.0'));
    // The second replica and the pipe were not touched.
    expect(world.events().filter(({ name }) => name !== 'gateway-a')).toHaveLength(3);
    expect(historyOf(world)).toEqual(['deployed 1.0.0', 'failed 2.0.0', 'rolled-back 1.0.0']);
    expect(existsSync(join(world.state, 'in-progress'))).toBe(false);
  });

  it('changes nothing for a version that cannot be had, or refuses the configuration', async () => {
    const world = await inService({ '2.0.0': 'refuses' });
    const before = world.events();
    const refused = await world.run('deploy.sh', ['production', '2.0.0', '--no-backup']);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('2.0.0 refuses the configuration'),
    });
    const unknown = await world.run('deploy.sh', ['production', '9.9.9', '--no-backup']);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the image of 9.9.9 cannot be had'),
    });
    expect(world.events()).toEqual(before);
    expect(world.versions()).toEqual(ALL('1.0.0'));
  });

  it('puts the version before back on Ctrl-C, and says so', async () => {
    const world = await inService({ '2.0.0': 'unwell' });
    const caller = new SteadyCaller(world.url);
    const deploy = world.start('deploy.sh', ['production', '2.0.0', '--no-backup']);
    await eventually(() => world.versions()['gateway-a'] === '2.0.0', { what: 'gateway-a replaced' });
    deploy.kill('SIGINT');
    const { code, stderr } = await deploy.ended;
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('2.0.0 is not in service (interrupted). 1.0.0 runs again, everywhere');
    expect(world.versions()).toEqual(ALL('1.0.0'));
    await caller.stop();
    expect(caller.failures).toEqual([]);
    expect(historyOf(world)).toEqual(['deployed 1.0.0', 'interrupted 2.0.0', 'rolled-back 1.0.0']);
  });

  it('puts the version before back when its terminal goes, and writes that down', async () => {
    const world = await inService({ '2.0.0': 'unwell' });
    const deploy = world.start('deploy.sh', ['production', '2.0.0', '--no-backup']);
    await eventually(() => world.versions()['gateway-a'] === '2.0.0', { what: 'gateway-a replaced' });
    deploy.hangUp();
    expect((await deploy.ended).code).toBe(130);
    expect(world.versions()).toEqual(ALL('1.0.0'));
    expect(readFileSync(join(world.state, 'log'), 'utf8')).toContain('1.0.0 runs again, everywhere');
  });

  it('runs once at a time, and a killed one leaves no lock, but a word', async () => {
    const world = await inService({ '2.0.0': 'unwell' });
    const first = world.start('deploy.sh', ['production', '2.0.0', '--no-backup']);
    await eventually(() => world.versions()['gateway-a'] === '2.0.0', { what: 'gateway-a replaced' });
    for (const script of ['deploy.sh', 'rollback.sh', 'backup.sh']) {
      const args = script === 'deploy.sh' ? ['production', '1.0.0'] : ['production'];
      const second = await world.run(script, args);
      expect(second).toMatchObject({
        code: 5,
        stderr: expect.stringMatching(/another script \(deploy, pid \d+\)/),
      });
    }
    first.kill('SIGKILL');
    await first.ended;
    expect((await world.run('health-check.sh', ['production'])).stderr).toContain(
      'the deploy of 2.0.0 was cut off',
    );
    const repaired = await world.run('rollback.sh', ['production']);
    expect(repaired.code, repaired.stderr).toBe(0);
    expect(world.versions()).toEqual(ALL('1.0.0'));
    expect(await world.run('health-check.sh', ['production'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('shows with --dry-run what it would do, and does nothing', async () => {
    const world = await inService({ '1.1.0': 'good' });
    const before = world.events();
    const { code, stdout } = await world.run('deploy.sh', ['production', '1.1.0', '--dry-run']);
    expect(code).toBe(0);
    const steps = [
      'would write ',
      ' pull',
      ' check-gateway',
      ' stop gateway-a',
      ' up -d --no-deps gateway-a',
      ' stop gateway-b',
      ' stop pipe',
    ];
    const places = steps.map((one) => stdout.indexOf(one));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(world.events()).toEqual(before);
    expect(historyOf(world)).toEqual(['deployed 1.0.0']);
  });

  it('puts back the configuration of the last success when the version before refuses the present one', async () => {
    const world = await inService({ '2.0.0': 'crashes' });
    const file = join(world.compose, 'mcp_config.gateway-a.good.json');
    const good = readFileSync(file, 'utf8');
    await writeFile(file, '{"mcpServers": {"calculator": {"kommand": "for 2.0.0 alone"}}}');
    // The stand-in asks the real program: the broken configuration is found before anything is replaced.
    const refused = await world.run('deploy.sh', ['production', '2.0.0', '--no-backup'], {
      DEPLOY_TIMEOUT: '6',
    });
    expect(refused.code, refused.stderr).toBe(1);
    const skipped = { DEPLOY_TIMEOUT: '6', DEPLOY_CHECKS: 'none' };
    expect(readFileSync(file, 'utf8')).not.toBe(good);
    const back = await world.run('rollback.sh', ['production', '1.0.0', '--config'], skipped);
    expect(back.code, back.stderr).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(good);
    expect(world.versions()).toEqual(ALL('1.0.0'));
  });
});
