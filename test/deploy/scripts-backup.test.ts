import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  emptyCopyOf,
  inService,
  type ScriptsWorld,
  scriptEnvironment,
  scripts,
  scriptsWorld,
  startProgram,
  TOKEN,
} from './scripts-world.js';

/** What a service of mcp-pipe keeps: a key, an approval, a login, an audit log. */
const STATE = {
  '.mcp-pipe/0123/keys.json': '{"keys":[{"name":"an"}]}',
  '.mcp-pipe/0123/oauth.json': '{"logins":["a login"]}',
  '.mcp-pipe/0123/tools.json': '{"approved":["sum of a definition"]}',
  '.mcp-pipe/0123/audit.jsonl': '{"kind":"call"}\n'.repeat(1000),
  'a folder of a server/memory.jsonl': 'kept\n',
};

/** A world that nothing runs in, whose services have state. */
async function atRest(): Promise<ScriptsWorld> {
  const world = await scriptsWorld({ '1.0.0': 'good' });
  for (const service of ['gateway-a', 'gateway-b', 'pipe']) {
    for (const [name, text] of Object.entries(STATE)) {
      const file = join(world.home(service), name);
      await mkdir(join(file, '..'), { recursive: true });
      writeFileSync(file, `${text}${service}`, { mode: 0o600 });
    }
  }
  await mkdir(world.keys);
  writeFileSync(join(world.keys, 'keys.json'), 'keys of both');
  return world;
}

async function backupOf(world: ScriptsWorld, env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await world.run('backup.sh', ['production'], env);
  expect(code, stderr).toBe(0);
  const file = stdout.trim();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // What `mcp-pipe check --production` looks for, wherever the file is.
  expect(readFileSync(join(world.state, 'last-backup'), 'utf8')).toBe(stdout);
  return file;
}

function expectState(folder: string): void {
  for (const service of ['gateway-a', 'gateway-b', 'pipe']) {
    const home = join(folder, 'world', service, 'home');
    for (const [name, text] of Object.entries(STATE)) {
      expect(readFileSync(join(home, name), 'utf8')).toBe(`${text}${service}`);
      expect(statSync(join(home, name)).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(home)).toEqual(['.mcp-pipe', 'a folder of a server']);
  }
  expect(readFileSync(join(folder, 'world/gateway-a/keys/keys.json'), 'utf8')).toBe('keys of both');
}

const restore = (folder: string, file: string, args: readonly string[], env: Record<string, string> = {}) =>
  startProgram('sh', [join(scripts, 'restore.sh'), 'production', file, ...args], {
    ...scriptEnvironment(folder),
    ...env,
  }).ended;

describe('backup.sh and restore.sh', () => {
  it('restores configuration, keys and state in an empty folder, from which deploy.sh goes on', async () => {
    const world = await atRest();
    const file = await backupOf(world, { VERSION: '1.0.0' });
    const folder = await emptyCopyOf(world);
    const key = ['--key', world.passphraseFile];
    const checked = await restore(folder, file, [...key, '--check']);
    expect(checked).toMatchObject({ code: 0, stderr: expect.stringContaining('is complete: version 1.0.0') });
    expect(existsSync(join(folder, 'compose'))).toBe(false);
    const { code, stderr } = await restore(folder, file, key);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Now: deploy.sh production 1.0.0');
    expectState(folder);
    for (const name of readdirSync(world.compose, { recursive: true, encoding: 'utf8' })) {
      const original = join(world.compose, name);
      const copy = join(folder, 'compose', name);
      expect(statSync(copy).mode).toBe(statSync(original).mode);
      if (statSync(original).isFile()) expect(readFileSync(copy)).toEqual(readFileSync(original));
    }
    // A second time there is something in the way, which stays as it is.
    expect(await restore(folder, file, key)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
    writeFileSync(join(folder, 'world/pipe/home/newer'), 'newer');
    const forced = await restore(folder, file, [...key, '--force']);
    expect(forced.code, forced.stderr).toBe(0);
    const home = join(folder, 'world/pipe/home');
    expect(readdirSync(home)).toEqual(['.before-restore', '.mcp-pipe', 'a folder of a server']);
    expect(readFileSync(join(home, '.before-restore/newer'), 'utf8')).toBe('newer');
  });

  it('is taken while services run, and one of them that runs is not restored over', async () => {
    const world = await inService({});
    const file = await backupOf(world);
    const { code, stderr } = await world.run('restore.sh', ['production', file, '--config-only']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') });
    await rm(world.compose, { recursive: true });
    const running = await world.run('restore.sh', ['production', file, '--key', world.passphraseFile]);
    expect(running).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('gateway-a runs: its state is in use'),
    });
    expect(existsSync(join(world.compose, '.env.production'))).toBe(true);
  });

  it('holds nothing in the clear, and says apart a wrong passphrase, a truncated and a changed archive', async () => {
    const world = await atRest();
    const file = await backupOf(world);
    for (const text of [TOKEN, 'mcpServers', '"logins"'])
      expect(readFileSync(file).includes(text)).toBe(false);
    const folder = await emptyCopyOf(world);
    const wrong = join(world.folder, 'wrong');
    writeFileSync(wrong, 'another passphrase\n', { mode: 0o600 });
    const tried = await restore(folder, file, ['--key', wrong]);
    expect(tried).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(/does not open .*the file itself is complete/),
    });
    const bytes = readFileSync(file);
    // Behind it stands what fills up the last block of a tar.
    const size = bytes.findLastIndex((byte) => byte !== 0);
    for (const length of [0, 100, 1000, Math.floor(size / 2), size - 10]) {
      writeFileSync(file, bytes);
      truncateSync(file, length);
      const cut = await restore(folder, file, ['--key', world.passphraseFile]);
      expect({ length, ...cut }).toMatchObject({
        code: 8,
        stderr: expect.stringContaining('is incomplete or was changed'),
      });
    }
    // One bit of the encrypted data, where CBC alone would not tell.
    const changed = Buffer.from(bytes);
    const at = changed.indexOf('Salted__') + 600;
    changed[at] = changed[at]! ^ 1;
    writeFileSync(file, changed);
    expect(await restore(folder, file, ['--key', world.passphraseFile])).toMatchObject({ code: 8 });
    expect(existsSync(join(folder, 'compose'))).toBe(false);
    expect(readdirSync(join(folder, 'state/production'))).toEqual(['lock']);
  });

  it('is changed by no one without the passphrase: new sums of changed data do not agree with its keyed sum', async () => {
    const world = await atRest();
    const file = await backupOf(world);
    const opened = await mkdtemp(join(tmpdir(), 'mcp-pipe-opened-'));
    onTestFinished(() => rm(opened, { recursive: true, force: true }));
    execFileSync('tar', ['-xf', file, '-C', opened]);
    const data = readFileSync(join(opened, 'data'));
    data[600] = data[600]! ^ 1;
    writeFileSync(join(opened, 'data'), data);
    const sum = execFileSync('sha256sum', [join(opened, 'data')], { encoding: 'utf8' }).split(' ')[0];
    writeFileSync(join(opened, 'sums'), `${sum}\n`);
    execFileSync('tar', ['-cf', file, '-C', opened, 'ABOUT', 'data', 'sums', 'mac']);
    expect(await world.run('restore.sh', ['production', file, '--check'])).toMatchObject({ code: 7 });
  });

  it('can be opened by hand with what stands in it', async () => {
    const world = await atRest();
    const file = await backupOf(world);
    const opened = await mkdtemp(join(tmpdir(), 'mcp-pipe-opened-'));
    onTestFinished(() => rm(opened, { recursive: true, force: true }));
    const about = execFileSync('tar', ['-xOf', file, 'ABOUT'], { encoding: 'utf8' });
    const commands = about.split('\n').filter((line) => line.startsWith('  '));
    const script = commands
      .join('\n')
      .replace('FILE data', `${file} data`)
      .replace('PASSPHRASE_FILE', world.passphraseFile);
    execFileSync('sh', ['-e', '-c', script], { cwd: opened });
    expect(readdirSync(opened)).toEqual(
      expect.arrayContaining([
        'config.tar',
        'state-1-gateway-a.tar',
        'state-2-gateway-b.tar',
        'state-4-pipe.tar',
        'states',
      ]),
    );
  });

  it('works with age: the machine that makes a backup cannot open it', async () => {
    const world = await atRest();
    const identity = join(world.folder, 'identity');
    execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' });
    const recipients = join(world.folder, 'recipients');
    writeFileSync(recipients, execFileSync('age-keygen', ['-y', identity]));
    const env = { BACKUP_AGE_RECIPIENTS: recipients };
    const file = await backupOf(world, env);
    const folder = await emptyCopyOf(world);
    expect(await restore(folder, file, [], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--key FILE'),
    });
    const other = join(world.folder, 'other');
    execFileSync('age-keygen', ['-o', other], { stdio: 'ignore' });
    expect(await restore(folder, file, ['--key', other])).toMatchObject({ code: 7 });
    const { code, stderr } = await restore(folder, file, ['--key', identity]);
    expect(code, stderr).toBe(0);
    expectState(folder);
  });

  it('says when a disk is full, and leaves no half of a backup or of a restore', async () => {
    const world = await atRest();
    writeFileSync(join(world.home('pipe'), 'large'), Buffer.alloc(3 << 20, 'abcdefg'));
    const small = await mkdtemp(join(tmpdir(), 'mcp-pipe-small-'));
    onTestFinished(() => rm(small, { recursive: true, force: true }));
    const run = (script: string) =>
      startProgram('unshare', ['-rm', 'sh', '-c', `mount -t tmpfs -o size=1m tmpfs ${small}\n${script}`], {
        ...scriptEnvironment(world.folder),
        BACKUP_DIR: small,
      }).ended;
    // Compressed it is small; while it is made it is not. It names the owner that files have there: whoever runs the test is root.
    const whole = await run(`unset BACKUP_DIR; sh ${scripts}/backup.sh production`);
    expect(whole.code, whole.stderr).toBe(0);
    const file = whole.stdout.trim();
    const made = await run(`sh ${scripts}/backup.sh production; code=$?; ls -A ${small}; exit $code`);
    expect(made).toMatchObject({
      code: 9,
      stdout: '',
      stderr: expect.stringContaining('is full. No backup was made'),
    });
    const folder = join(small, 'deploy');
    const put = await run(
      `mkdir ${folder}; MCP_PIPE_DEPLOY=${folder} sh ${scripts}/restore.sh production ${file} --key ${world.passphraseFile}; code=$?; find ${folder} -type f; exit $code`,
    );
    expect(put).toMatchObject({
      code: 9,
      stdout: `${folder}/state/production/lock\n`,
      stderr: expect.stringContaining('a disk is full'),
    });
  });

  it('needs a key, keeps as many as asked for, and says when its hook failed', async () => {
    const world = await atRest();
    const hook = join(world.folder, 'hook');
    writeFileSync(hook, '#!/bin/sh\ntest -s "$1" && echo "$1" >>"$0.got"\nexit $HOOK_CODE\n');
    chmodSync(hook, 0o755);
    const env = { BACKUP_KEEP: '2', BACKUP_HOOK: hook };
    const made: string[] = [];
    for (const VERSION of ['1.0.0', '1.1.0', '1.2.0']) made.push(await backupOf(world, { ...env, VERSION }));
    expect(made.map((file) => existsSync(file))).toEqual([false, true, true]);
    expect(readFileSync(`${hook}.got`, 'utf8').trim().split('\n')).toEqual(made);
    const failed = await world.run('backup.sh', ['production'], { ...env, HOOK_CODE: '3' });
    expect(failed).toMatchObject({
      code: 10,
      stderr: expect.stringContaining('it is on this machine alone'),
    });
    expect(existsSync(failed.stdout.trim())).toBe(true);
    writeFileSync(join(world.compose, '.env.production'), '');
    const without = await world.run('backup.sh', ['production']);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('openssl rand -base64 33') });
  });

  it('has the passphrase, and what is made of it, in no list of processes', async () => {
    const world = await atRest();
    const passphrase = readFileSync(world.passphraseFile, 'utf8').trim();
    // Every program that a script starts writes its arguments down first.
    const bin = join(world.folder, 'bin');
    await mkdir(bin);
    for (const program of [
      'openssl',
      'tar',
      'sha256sum',
      'setsid',
      'sed',
      'awk',
      'cat',
      'cut',
      'grep',
      'mktemp',
      'flock',
    ]) {
      const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
      const text = `#!/bin/sh\nprintf '%s\\n' "${program} $*" >>${bin}.log\nexec ${real} "$@"\n`;
      writeFileSync(join(bin, program), text, { mode: 0o755 });
    }
    const file = await backupOf(world, { PATH: `${bin}:${process.env.PATH}` });
    const checked = await world.run('restore.sh', ['production', file, '--check'], {
      PATH: `${bin}:${process.env.PATH}`,
    });
    expect(checked.code, checked.stderr).toBe(0);
    const shown = readFileSync(`${bin}.log`, 'utf8');
    expect(shown).toContain('openssl enc');
    expect(shown).toContain('openssl enc -d');
    expect(shown).not.toContain(passphrase);
    // The derived key is 64 signs; sums are compared by the shell itself.
    expect(shown).not.toMatch(/[0-9A-Fa-f]{64}/);
    expect(shown).not.toContain(TOKEN);
  });
});
