import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkConfig } from '../../../../src/config/check/check.js';
import { type CheckHost, thisMachine } from '../../../../src/config/check/host.js';
import { scriptOf } from '../../../../src/config/kinds/stdio/script-argument.js';
import { loadConfig } from '../../../../src/config/load.js';
import { folderWith, removeFolders, worded } from '../workspace.js';
import { address, checked, config, SCRIPT, type Scene } from './checked.js';

afterEach(removeFolders);

const v = (name: string) => `\${${name}}`;
/** A PATH on which each of these programs is. */
const PROGRAMS = ['node', 'npx', 'npm', 'pnpm', 'yarn', 'bunx', 'uvx', 'docker', 'podman', 'bash', 'cmd'];
const withPrograms: Partial<CheckHost> = {
  kindOf: (path) => {
    const name = path.split('/').at(-1)!;
    if (dirname(path) === '/tools' && PROGRAMS.includes(name)) return 'file';
    return thisMachine().kindOf(path);
  },
  isExecutable: (path) => dirname(path) === '/tools' || thisMachine().isExecutable(path),
};

async function found(members: object, scene: Scene = {}) {
  const { findings, startable } = await checked({
    host: withPrograms,
    ...scene,
    files: { ...SCRIPT, ...scene.files, 'mcp_config.json': config(members) },
    env: { PATH: '/tools', HOME: '/home/nobody', ...scene.env },
  });
  return { ids: findings.map(({ id }) => id), findings: worded(findings), startable };
}

describe('npx without -y', () => {
  test.each([
    ['npx', ['@scope/package', '/tmp'], 0],
    ['npx', ['package@1.2.3', '-y'], 0],
    ['npx', ['-p', 'package', 'command'], 1],
    ['npx', ['--package=package', 'command'], 0],
    ['npx.cmd', ['package'], 0],
    ['npm', ['exec', 'package'], 1],
    ['npm', ['exec', '--', 'package'], 2],
    ['npm', ['--silent', 'x', 'package'], 2],
    ['npm', ['exec', 'package', '--yes'], 1],
  ])('%s %j is doubted, at the package', async (command, args, at) => {
    const { findings } = await found({ command, args });
    const doubt = findings.find(({ id }) => id === 'npx-asks')!;
    expect(doubt).toMatchObject({ severity: 'warning', path: `mcpServers.calc.args[${at}]` });
    expect(doubt.next).toContain(command === 'npm' ? '"--yes"' : '"-y"');
  });

  test.each([
    ['npx', ['-y', 'package']],
    ['npx', ['--yes', 'package']],
    ['npx', ['-p', 'package', '-y', 'command']],
    ['npx', ['./local']],
    ['npm', ['exec', '--yes', 'package']],
    ['npm', ['--yes', 'x', 'package']],
    ['npm', ['run', 'package']],
    ['pnpm', ['dlx', 'package']],
    ['yarn', ['dlx', 'package']],
    ['bunx', ['package']],
    ['uvx', ['package']],
  ])('%s %j is not', async (command, args) => {
    expect((await found({ command, args })).ids).toEqual([]);
  });

  test('is fine when the package is installed beside cwd or around it, or yes is said elsewhere', async () => {
    const npx = { command: 'npx', args: ['@scope/package'] };
    const installed = { 'node_modules/@scope/package/package.json': '{}' };
    expect((await found(npx, { files: installed })).ids).toEqual([]);
    const below = { 'sub/x': '', ...installed };
    expect((await found({ ...npx, cwd: 'sub' }, { files: below })).ids).toEqual([]);
    expect((await found({ ...npx, env: { npm_config_yes: 'true' } })).ids).toEqual([]);
    expect((await found(npx, { env: { NPM_CONFIG_YES: '1' } })).ids).toEqual([]);
    expect((await found({ ...npx, env: { npm_config_yes: 'false' } })).ids).toEqual(['npx-asks']);
    expect((await found(npx, { files: { '.npmrc': 'yes=true\n' } })).ids).toEqual([]);
    expect((await found({ ...npx, cwd: 'other' }, { files: { 'other/x': '' } })).ids).toEqual(['npx-asks']);
  });
});

describe('code instead of a script', () => {
  test.each([
    ...['bash', 'sh', 'zsh', 'dash', 'ksh', 'fish', '/bin/bash'].flatMap((shell) =>
      ['-c', '-lc', '-ec', '-ic', '-xc', '-euxc'].map((option) => [shell, [option, './gone.sh --port 1.js']]),
    ),
    ['bash', ['--login', '-c', './gone.sh']],
    ['python3', ['-uc', './gone.py']],
    ['python3', ['-Im', './gone.py']],
    ['node', ['-pe', './gone.js']],
    ['perl', ['-ne', './gone.pl']],
    ['pwsh', ['-NoProfile', '-Command', './gone.ps1']],
    ['uv', ['run', 'bash', '-lc', './gone.sh']],
  ] as [string, string[]][])('%s %j names no script', (command, args) => {
    expect(scriptOf(command, args)).toBeUndefined();
  });

  test.each([
    ['bash', ['-l', './server.sh'], 1],
    ['fish', ['./server.sh'], 0],
    ['node', ['--enable-source-maps', './server.js'], 1],
    ['python3', ['-u', './server.py'], 1],
  ] as [string, string[], number][])('%s %j does', (command, args, at) => {
    expect(scriptOf(command, args)).toMatchObject({ at });
  });
});

describe('what could not be filled in', () => {
  test.each([
    { env: { A_TOKEN: v('NOT_SET') } },
    { args: [`${v('NOT_SET')}/gone.js`] },
    { command: `${v('NOT_SET')}/bin/node` },
    { command: `${v('NOT_SET')} a b`, args: [] },
    { cwd: `${v('NOT_SET')}/x` },
    { args: ['-e', '1', `${v('NOT_SET')}/`] },
    { command: 'npx', args: [`${v('NOT_SET')}package`] },
    { endpoint: address(v('NOT_SET')) },
  ])('%j is one finding, about the variable', async (members) => {
    expect((await found(members)).ids).toEqual(['missing-variable']);
  });
});

describe('a folder that a server cannot start in', () => {
  const beside = { other: { command: 'node', args: ['calc.js'], endpoint: address('made-up-token-two') } };

  test.each([
    [{ cwd: 'gone' }, 'no-folder'],
    [{ cwd: 'calc.js' }, 'folder-is-file'],
    [{ cwd: 'closed' }, 'folder-closed'],
    [{ cwd: 'a\0b' }, 'nul-character'],
    [{ args: ['calc.js', 'a\0b'] }, 'nul-character'],
    [{ args: ['a\0b.js'] }, 'nul-character'],
    [{ env: { A: 'a\0b' } }, 'nul-character'],
    [{ command: 'no\0de' }, 'nul-character'],
    [{ cwd: '~/x' }, 'shell-path'],
  ])('%j stops that server alone', async (members, id) => {
    const { findings, startable } = await checked({
      files: { ...SCRIPT, 'closed/x': '', 'mcp_config.json': config(members, beside) },
      host: {
        ...withPrograms,
        isExecutable: (path) => !path.endsWith('/closed') && withPrograms.isExecutable!(path),
      },
      env: { PATH: '/tools' },
    });
    expect(findings.map((finding) => [finding.id, finding.severity])).toEqual([[id, 'error']]);
    expect(startable).toEqual(['other']);
  });
});

describe('paths that only Windows or a shell understands', () => {
  test.each([
    [{ command: 'C:\\tools\\node.exe' }, 'windows-path', 'error'],
    [{ args: ['C:\\servers\\calc.js'] }, 'windows-path', 'error'],
    [{ args: ['C:/servers/calc.js'] }, 'windows-path', 'error'],
    [{ cwd: 'D:\\servers' }, 'windows-path', 'error'],
    [{ args: ['calc.js', 'C:\\data'] }, 'windows-path', 'warning'],
    [{ command: 'C:\new\tool.exe', args: undefined }, 'escaped-path', 'error'],
    [{ command: 'C:\bin\node' }, 'escaped-path', 'error'],
    [{ args: ['D:\tools\new.js'] }, 'escaped-path', 'error'],
    [{ args: ['calc.js', 'D:\notes'] }, 'escaped-path', 'warning'],
    [{ cwd: 'D:\tools' }, 'escaped-path', 'error'],
    [{ cwd: 'my\notes' }, 'escaped-path', 'error'],
    [{ command: 'cmd', args: ['/c', 'node', 'calc.js'] }, 'windows-shell', 'error'],
    [{ command: 'cmd', args: ['/C', 'node calc.js'] }, 'windows-shell', 'error'],
    [{ command: 'powershell', args: ['-Command', 'node calc.js'] }, 'windows-shell', 'error'],
    [{ args: ['.\\calc.js'] }, 'windows-path', 'error'],
    [{ args: ['src\\calc.js'] }, 'windows-path', 'error'],
    [{ command: 'venv\\Scripts\\python.exe' }, 'windows-path', 'error'],
    [{ cwd: 'a\\b' }, 'windows-path', 'error'],
    [{ args: ['%APPDATA%\\calc.js'] }, 'windows-path', 'error'],
    [{ command: 'npx.cmd', args: ['-y', 'package'] }, 'windows-program', 'error'],
    [{ command: '~/bin/node' }, 'shell-path', 'error'],
    [{ command: '$HOME/bin/node' }, 'shell-path', 'error'],
    [{ args: ['~/calc.js'] }, 'shell-path', 'error'],
    [{ args: ['$HOME/calc.js'] }, 'shell-path', 'error'],
    [{ args: ['%USERPROFILE%\\calc.js'] }, 'shell-path', 'error'],
    [{ args: ['calc.js', '$HOME/data'] }, 'shell-path', 'warning'],
    [{ args: ['calc.js', '$API_KEY'] }, 'shell-path', 'warning'],
    [{ cwd: '$HOME/x' }, 'shell-path', 'error'],
    [{ command: 'docker', args: ['run', '-i', '-v', '~/x:/x', 'image'] }, 'shell-path', 'warning'],
    [{ command: 'docker', args: ['run', '-i', '-v', '$PWD:/x', 'image'] }, 'shell-path', 'warning'],
  ])('%j is found once, as %s', async (members, id, severity) => {
    const { findings } = await found(members);
    expect(findings.map((finding) => [finding.id, finding.severity])).toEqual([[id, severity]]);
  });

  test.each([
    { command: 'bash', args: ['-c', 'exec node $HOME/x.js'] },
    { command: 'bash', args: ['-c', '$HOME/run'] },
    { args: ['calc.js', '~/data'] },
    { args: ['calc.js', '\\d+\\.x', '.\\d'] },
    { command: 'bash', args: ['--rcfile', '/nowhere', '-ic', 'exec node calc.js'] },
    { args: ['calc.js', 'x:y', 'a:/b:c', 'first\nsecond', 'a: b\tc'] },
    { command: 'docker', args: ['run', '-i', '-v', '/data:/x', 'image'] },
  ])('%j is as it should be', async (members) => {
    expect((await found(members)).ids.filter((id) => id !== 'windows-path')).toEqual([]);
  });

  test.each([
    ['~/x', 'shell-path'],
    ['C:\\x', 'windows-path'],
  ])('uv --directory %s is found once, as %s', async (folder, id) => {
    const { findings } = await found({ command: 'uv', args: ['--directory', folder, 'run', 'calc.py'] });
    expect(findings.flatMap((one) => (one.path.includes('args') ? [one.id] : []))).toEqual([id]);
  });

  test('what is advised instead can be written', async () => {
    const scene = { files: { 'home/calc.js': '' } };
    const { findings } = await found({ args: ['$FOLDER/home/calc.js'] }, scene);
    const instead = /Write (\S+)$/.exec(findings[0]!.next)![1]!;
    const cwd = folderWith({ 'home/calc.js': '' });
    writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify(config({ args: [instead] })));
    const loaded = await loadConfig({ cwd, env: { PATH: process.env.PATH, FOLDER: cwd } });
    const { findings: left } = await checkConfig(loaded, { cwd }, thisMachine());
    expect(left.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('options of containers', () => {
  const docker = (...args: string[]) => ({ command: 'docker', args });
  test.each([
    [docker('run', '--rm', 'image'), ['docker-no-stdin']],
    [docker('run', '-it', 'image'), ['docker-terminal']],
    [docker('run', '-i', '-t', 'image'), ['docker-terminal']],
    [docker('run', '-i', '--tty', 'image'), ['docker-terminal']],
    [docker('run', '-i', '-d', 'image'), ['docker-detached']],
    [docker('run', '-d', 'image'), ['docker-no-stdin', 'docker-detached']],
    [docker('run', '-e', '-i', 'image', '-i'), ['docker-no-stdin']],
    [docker('container', 'run', 'image'), ['docker-no-stdin']],
    [docker('exec', 'name', 'server'), ['docker-no-stdin']],
    [{ command: 'podman', args: ['run', '--interactive=false', 'image'] }, ['docker-no-stdin']],
  ])('%j is %j', async (members, ids) => {
    expect((await found(members)).ids).toEqual(ids);
  });

  test.each([
    docker('run', '-i', '--rm', 'image'),
    docker('run', '--rm', '--interactive', '-e', 'KEY', 'image', '-t', '-d'),
    docker('run', '-e', 'A=1', '--name', 'x', '-i', 'image'),
    docker('exec', '-i', 'name', 'server'),
    docker('compose', 'run', 'server'),
    docker('mcp', 'gateway', 'run'),
  ])('%j is fine', async (members) => {
    expect((await found(members)).ids).toEqual([]);
  });
});

describe('several arguments in one text', () => {
  test.each([
    [{ command: 'npx', args: ['-y @scope/package /tmp'] }, 3],
    [{ command: 'uvx', args: ['mcp-server-time --local'] }, 2],
    [{ command: 'docker', args: ['run -i image'] }, 3],
    [{ args: ['calc.js --port 1'] }, 3],
    [{ command: 'node', args: ['-r ./x.js'] }, 2],
  ])('%j is said', async (members, count) => {
    const { findings } = await found(members);
    expect(findings.map(({ id, params }) => [id, params.count])).toContainEqual(['args-in-one', count]);
  });

  test.each([
    { command: 'npx', args: ['-y', 'package', 'two words'] },
    { command: 'npx', args: ['--node-options=--a --b', '-y', 'package'] },
    { command: 'node', args: ['-e', 'a b'] },
    { command: 'bash', args: ['-c', 'a b'] },
  ])('%j is not', async (members) => {
    expect((await found(members)).ids).toEqual([]);
  });
});

describe('the folder of .env or of the configuration, handed to a server', () => {
  const files = { '.env': 'A=1\n', 'files/x': '', 'sub/y': '' };
  const npx = (...args: string[]) => ({ command: 'npx', args: ['-y', 'server-filesystem', ...args] });
  const docker = (...args: string[]) => ({ command: 'docker', args: ['run', '-i', ...args, 'image'] });

  test.each([
    npx('.'),
    npx('./'),
    npx('sub/..'),
    npx('..'),
    npx('/'),
    npx('files', '.'),
    npx('--root=.'),
    npx('--root', '.'),
    npx(v('workspaceFolder')),
    npx('link'),
    { ...npx('..'), cwd: 'sub' },
    { args: ['calc.js', '.'] },
    docker('-v', './:/data'),
    docker('-v', '/:/host:ro'),
    docker('--volume=./:/data'),
    docker('--mount', 'type=bind,src=.,dst=/data'),
    docker('--mount=type=bind,source=/,target=/host'),
  ])('%j is doubted', async (members) => {
    const folder = folderWith({ ...SCRIPT, ...files, 'mcp_config.json': config(members) });
    symlinkSync(folder, join(folder, 'link'));
    const loaded = await loadConfig({ cwd: folder, env: { PATH: '/tools' } });
    const { findings } = await checkConfig(loaded, { cwd: folder }, { ...thisMachine(), ...withPrograms });
    expect(findings.map(({ id }) => id).filter((id) => id !== 'file-readable-by-others')).toEqual([
      'served-folder',
    ]);
    expect(worded(findings).find(({ id }) => id === 'served-folder')!.next).toContain('./files');
  });

  test('also when ~ is meant, when .env is a link to elsewhere, and when only the configuration is there', async () => {
    const home = folderWith({ 'conf/mcp_config.json': config(npx('~')), 'conf/calc.js': '' });
    const ids = async (cwd: string, options: object = {}) => {
      const env = { PATH: '/tools', HOME: home };
      const loaded = await loadConfig({ cwd, env, ...options });
      const machine = { ...thisMachine(), ...withPrograms };
      return (await checkConfig(loaded, { cwd }, machine)).findings.map(({ id }) => id);
    };
    expect(await ids(join(home, 'conf'))).toEqual(['served-folder']);
    const store = folderWith({ 'secret.env': 'A=1\n' });
    const own = folderWith({ ...SCRIPT, 'mcp_config.json': config(npx(store)) });
    expect(await ids(own)).toEqual([]);
    symlinkSync(join(store, 'secret.env'), join(own, '.env'));
    expect(await ids(own)).toEqual(['served-folder']);
  });

  test.each([
    npx('./files'),
    npx('sub'),
    npx('https://example.com/'),
    docker('-v', 'data:/data'),
    docker('-v', './files:/data'),
    { command: 'uvx', args: ['--directory', '.', 'server'] },
  ])('%j is fine', async (members) => {
    mkdirSync(join(folderWith({}), 'x'));
    expect((await found(members, { files })).ids).toEqual([]);
  });
});
