import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scriptEnvironment, scripts, startProgram } from './scripts-world.js';

const FILES = readdirSync(scripts).filter((name) => name.endsWith('.sh'));
const COMMANDS = FILES.filter((name) => !name.startsWith('lib'));

const run = (name: string, args: readonly string[], env: Record<string, string> = {}) =>
  startProgram('sh', [join(scripts, name), ...args], { ...scriptEnvironment('/nonexistent'), ...env }).ended;

describe('the scripts of deploy/', () => {
  it('are what shellcheck accepts as POSIX sh', () => {
    const { status, stdout } = spawnSync('shellcheck', ['-x', '-P', 'SCRIPTDIR/../..', ...FILES], {
      cwd: scripts,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    for (const name of COMMANDS) expect(readFileSync(join(scripts, name), 'utf8')).toMatch(/^#!\/bin\/sh\n/);
  });

  it.each(COMMANDS)(
    '%s has help with examples in both languages, and refuses what it does not know',
    async (name) => {
      const english = await run(name, ['--help']);
      expect(english).toMatchObject({ code: 0, stderr: '' });
      expect(english.stdout).toMatch(/^Examples:\n {2}\S/m);
      expect(english.stdout).toContain('Exit codes: 0 done');
      for (const env of [{ LANG: 'vi_VN.UTF-8' }, { LANG: 'en_US.UTF-8', LC_ALL: 'vi' }]) {
        const vietnamese = await run(name, ['--help'], env);
        expect(vietnamese.stdout).toMatch(/^Ví dụ:\n {2}\S/m);
        // The same options and examples.
        const options = (text: string) => text.match(/--[a-z-]+/g)!.sort();
        expect(options(vietnamese.stdout)).toEqual(options(english.stdout));
      }
      expect(await run(name, ['--help'], { LANG: 'vital' })).toEqual(english);
      expect(await run(name, ['--frobnicate'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--frobnicate'),
      });
    },
  );

  it('have each text in both languages, with the same places for what is filled in', () => {
    let compared = 0;
    for (const name of FILES) {
      const text = readFileSync(join(scripts, name), 'utf8');
      const pairs = text.matchAll(/'((?:[^'])*)' (?:\\\n\s*)?'((?:[^'])*)'/g);
      for (const [, english = '', vietnamese = ''] of pairs) {
        if (!/[À-ỹ]/.test(vietnamese)) continue;
        expect(vietnamese.match(/%s/g), `${name}: ${english}`).toEqual(english.match(/%s/g));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(80);
  });

  it('say what is missing before they do anything', async () => {
    for (const [name, args] of [
      ['deploy.sh', ['production', '1.0.0']],
      ['rollback.sh', ['production']],
      ['backup.sh', ['production']],
      ['health-check.sh', ['production']],
    ] as const)
      expect(await run(name, args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('docker-compose.prod.yml is missing'),
      });
    expect(await run('deploy.sh', ['production', 'latest'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('latest is not a version'),
    });
    for (const [args, said] of [
      [['production'], 'which backup?'],
      [['production', 'a.backup', '--key'], '--key'],
    ] as const)
      expect(await run('restore.sh', args)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect(await run('deploy.sh', ['production', '1.0;reboot'])).toMatchObject({ code: 2 });
    expect(await run('deploy.sh', ['../etc', '1.0.0'])).toMatchObject({ code: 2 });
  });
});

describe('init-vps.sh', () => {
  /** Stand-ins for everything that changes a system: each writes down how it was called, and remembers that it was. */
  async function server() {
    const root = await mkdtemp(join(tmpdir(), 'mcp-pipe-vps-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const bin = join(root, 'bin');
    for (const one of [bin, join(root, 'etc'), join(root, 'done')]) await mkdir(one, { recursive: true });
    writeFileSync(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\n');
    const done = join(root, 'done');
    const standIns: Record<string, string> = {
      'apt-get': `[ $1 = update ] && : >${done}/lists; for one in "$@"; do case $1 in install) : >${done}/package-$one ;; esac; done`,
      'apt-cache': `[ "$2" = docker.io ] && [ -e ${done}/lists ]`,
      'dpkg-query': `eval last=\\\${$#}; [ -e ${done}/package-$last ] && printf installed`,
      docker: 'exit 1',
      id: `[ "$1" = -u ] && echo 0 || [ -e ${done}/user-$1 ]`,
      getent: 'exit 2',
      useradd: `eval last=\\\${$#}; : >${done}/user-$last`,
      sshd: 'echo port 2222; echo listenaddress 0.0.0.0:2223; echo "listenaddress [::]:2222"',
      ss: `echo 'LISTEN 0 128 [::]:2224 [::]:* users:(("sshd",pid=1,fd=3))'; echo 'LISTEN 0 128 0.0.0.0:2229 0.0.0.0:* users:(("x",pid=2,fd=3))'`,
      ufw: `case $1 in status) cat ${done}/ufw 2>/dev/null ;; allow) echo "$2                    ALLOW       Anywhere" >>${done}/ufw ;; --force) echo 'Status: active' >>${done}/ufw ;; esac`,
      swapon: `case $1 in --show) cat ${done}/swap 2>/dev/null ;; *) echo "$1" >${done}/swap ;; esac`,
      fallocate: ': >"$3"',
      mkswap: ':',
      systemctl: `eval last=\\\${$#}; case "$*" in *ssh.socket) [ $1 = is-active ] || echo '[::]:2225 (Stream)'; exit 0 ;; enable*) : >${done}/unit-$last ;; daemon-reload) ;; *) [ -e ${done}/unit-$last ] ;; esac`,
    };
    for (const [name, text] of Object.entries(standIns)) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>${root}/calls\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      INIT_ROOT: root,
      SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 2226',
    };
    const calls = () => {
      const all = existsSync(join(root, 'calls'))
        ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n')
        : [];
      rm(join(root, 'calls'), { force: true }).catch(() => {});
      const isLook =
        /^(dpkg-query|apt-cache|docker|id|getent|sshd|ss |ufw status|swapon --show|systemctl (is-|show))/;
      return all.filter((line) => !isLook.test(line));
    };
    return { root, env, calls };
  }

  it('shows everything with --dry-run and changes nothing; does it; and finds nothing to do the second time', async () => {
    const { root, env, calls } = await server();
    const shown = await run('init-vps.sh', ['--dry-run'], env);
    expect(shown).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing was done') });
    expect(calls()).toEqual([]);
    expect(existsSync(join(root, 'opt'))).toBe(false);
    const done = await run('init-vps.sh', [], env);
    expect(done.code, done.stderr).toBe(0);
    const made = calls();
    // Each command that was called had been shown, in the same order.
    const places = made.map((line) =>
      shown.stdout.indexOf(line.replace(/^apt-get install/, 'apt-get install')),
    );
    expect(places, shown.stdout).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    // The way in for SSH is opened before the firewall is closed.
    expect(made.indexOf('ufw allow 2222/tcp')).toBeLessThan(made.indexOf('ufw --force enable'));
    const opened = made.flatMap((line) => /^ufw allow (\d+)\/tcp$/.exec(line)?.[1] ?? []);
    expect(opened).toEqual(['2222', '2223', '2224', '2225', '2226', '80', '443']);
    // Docker is started by its installation, and reads its settings then.
    expect(shown.stdout.indexOf('daemon.json')).toBeLessThan(shown.stdout.indexOf('apt-get install'));
    // A new server learns what packages there are before one is chosen.
    expect(made[0]).toBe('apt-get update');
    expect(readFileSync(join(root, 'etc/apt/apt.conf.d/20auto-upgrades'), 'utf8')).toContain(
      'Unattended-Upgrade "1"',
    );
    expect(readFileSync(join(root, 'etc/fstab'), 'utf8')).toBe('/swapfile none swap sw 0 0\n');
    expect(JSON.parse(readFileSync(join(root, 'etc/docker/daemon.json'), 'utf8'))).toHaveProperty('log-opts');
    expect(made.slice(-2)).toEqual([
      'systemctl daemon-reload',
      'systemctl enable --now mcp-pipe-certificate.timer',
    ]);
    const units = ['service', 'timer'].map((kind) =>
      join(root, `etc/systemd/system/mcp-pipe-certificate.${kind}`),
    );
    const [service = '', timer = ''] = units.map((file) => readFileSync(file, 'utf8'));
    expect(service).toContain('ExecStart=/opt/mcp-pipe/deploy/scripts/renew-certificate.sh production\n');
    expect(timer).toContain('Persistent=true\n');
    if (existsSync('/usr/bin/systemd-analyze'))
      expect(spawnSync('systemd-analyze', ['verify', units[1]!], { encoding: 'utf8' }).stderr).not.toContain(
        'mcp-pipe-certificate',
      );
    const again = await run('init-vps.sh', [], env);
    expect(again).toMatchObject({
      code: 0,
      stderr: 'init-vps: everything was there; nothing was changed.\n',
    });
    expect(calls()).toEqual([]);
  });

  it('installs the program docker where it is a package of its own, as in Debian 13', async () => {
    const { root, env } = await server();
    const packages = async () =>
      (await run('init-vps.sh', ['--dry-run'], env)).stdout.match(/apt-get install .*/)![0];
    expect(await packages()).not.toContain('docker-cli');
    writeFileSync(join(root, 'bin/apt-cache'), '#!/bin/sh\n[ "$2" = docker-cli ]\n');
    expect(await packages()).toMatch(/ docker-cli docker\.io .* docker-compose\b/);
  });

  it('says that compose 1 is too old before it does anything', async () => {
    const { root, env, calls } = await server();
    writeFileSync(
      join(root, 'bin/apt-cache'),
      '#!/bin/sh\n[ $1 = policy ] && echo "  Candidate: 1.29.2-3"\n',
    );
    const told = await run('init-vps.sh', [], env);
    expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining('docker-compose-plugin') });
    expect(calls()).toEqual([]);
    expect(existsSync(join(root, 'etc/docker'))).toBe(false);
  });

  it('opens 80 where only 8080 is open, and 443 where it is denied', async () => {
    const { root, env, calls } = await server();
    const rules = [
      'Status: active',
      '8080/tcp  ALLOW  Anywhere',
      '443/tcp  DENY  Anywhere',
      '2222/tcp (v6)  ALLOW  Anywhere (v6)',
    ];
    writeFileSync(join(root, 'done/ufw'), `${rules.join('\n')}\n2222/tcp  LIMIT  10.0.0.0/8\n`);
    expect((await run('init-vps.sh', ['--no-swap'], env)).code).toBe(0);
    const made = calls();
    expect(made).toEqual(expect.arrayContaining(['ufw allow 80/tcp', 'ufw allow 443/tcp']));
    expect(made).not.toContain('ufw allow 2222/tcp');
  });

  it('refuses a system that it does not know, and sizes and names that are none', async () => {
    const { root, env, calls } = await server();
    expect(await run('init-vps.sh', ['--swap', 'lots'], env)).toMatchObject({ code: 2 });
    expect(await run('init-vps.sh', ['--user', 'a b'], env)).toMatchObject({ code: 2 });
    for (const option of ['--swap', '--user'])
      expect(await run('init-vps.sh', [option], env)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(option),
      });
    writeFileSync(join(root, 'etc/os-release'), 'ID=fedora\n');
    expect(await run('init-vps.sh', ['--dry-run'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('fedora'),
    });
    expect(calls()).toEqual([]);
  });
});
