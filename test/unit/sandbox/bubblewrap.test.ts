import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inBubblewrap } from '../../../src/sandbox/bubblewrap.js';

const command = { command: '/usr/bin/node', args: ['server.js', '--x'], cwd: '/srv/app', env: { A: 'b' } };
const options = {
  bwrap: '/usr/bin/bwrap',
  places: { read: ['/usr', '/etc'], write: ['/srv/app/data'], hidden: [], links: [] },
  network: true,
  isRoot: false,
  tmp: '/tmp/own',
  empty: ['/root'],
};

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'mcp-pipe-places-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test('the command stands at the end of the arguments, and the environment stays', () => {
  const made = inBubblewrap(command, options);
  expect(made.args.slice(-6)).toEqual([
    'env',
    '--default-signal=TERM',
    '--',
    '/usr/bin/node',
    'server.js',
    '--x',
  ]);
  expect(made).toMatchObject({ command: '/bin/sh', cwd: '/srv/app', env: { A: 'b' } });
});

test('it has a process table, shared memory and a name of its own, no capability, and dies with mcp-pipe', () => {
  const { args } = inBubblewrap(command, options);
  expect(args).toEqual(
    expect.arrayContaining(['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts']),
  );
  expect(args.join(' ')).toContain('--cap-drop ALL --proc /proc --dev /dev --bind /tmp/own /tmp');
  expect(args.join(' ')).toContain('--remount-ro / --chdir /srv/app --');
});

test('for root, what belongs to root below /proc is not written', () => {
  expect(inBubblewrap(command, options).args.join(' ')).not.toContain('--remount-ro /proc');
  expect(inBubblewrap(command, { ...options, isRoot: true }).args.join(' ')).toContain(
    '--proc /proc --remount-ro /proc --dev /dev',
  );
});

test('without network it has one of its own', () => {
  expect(inBubblewrap(command, options).args).not.toContain('--unshare-net');
  expect(inBubblewrap(command, { ...options, network: false }).args).toContain('--unshare-net');
});

test('what lies deeper is mounted later: a folder to write in one to read, a hidden file in both', () => {
  const root = folder();
  mkdirSync(join(root, 'data'));
  writeFileSync(join(root, 'data', '.env'), '');
  mkdirSync(join(root, 'secret'));
  const data = join(root, 'data');
  const places = {
    read: [root],
    write: [data],
    hidden: [join(root, 'secret'), join(data, '.env')],
    links: [],
  };
  const line = inBubblewrap(command, { ...options, places }).args.join(' ');
  const order = [
    `--ro-bind ${root} ${root}`,
    `--bind ${data} ${data}`,
    `--ro-bind /dev/null ${data}/.env`,
  ].map((part) => line.indexOf(part));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order).not.toContain(-1);
  expect(line).toContain(`--tmpfs ${root}/secret --remount-ro ${root}/secret`);
});

test('a folder with a file to hide is shown piece by piece: a link as a link, and nothing twice', () => {
  const root = folder();
  mkdirSync(join(root, 'data', 'deep'), { recursive: true });
  writeFileSync(join(root, 'config.json'), '');
  writeFileSync(join(root, 'plain'), '');
  symlinkSync('/root/private', join(root, 'link'));
  const places = {
    ...{ read: [root], write: [join(root, 'data')], links: [] },
    hidden: [join(root, 'config.json'), join(root, 'data', 'deep')],
  };
  const line = inBubblewrap(command, { ...options, places }).args.join(' ');
  expect(line).toContain(`--bind ${root}/data ${root}/data --tmpfs`);
  expect(line).toContain(`--symlink /root/private ${root}/link`);
  expect(line).toContain(`--ro-bind-try ${root}/plain ${root}/plain`);
  expect(line).not.toContain('config.json');
  expect(line).not.toContain(`--ro-bind ${root}`);
  expect(line.indexOf(`--remount-ro ${root} `)).toBeGreaterThan(line.indexOf(`${root}/data/deep`));
  expect(line).toContain(`--tmpfs ${root}/data/deep --remount-ro ${root}/data/deep`);
  expect(line).not.toContain(`--ro-bind-try ${root}/data`);
});

test('links are made only where nothing shows them already', () => {
  const places = {
    ...options.places,
    links: [
      ['/bin', '/usr/bin'],
      ['/usr/x', '/usr/y'],
    ] as const,
  };
  const line = inBubblewrap(command, { ...options, places }).args.join(' ');
  expect(line).toContain('--symlink /usr/bin /bin');
  expect(line).not.toContain('/usr/x');
});

test('another user is become inside, with the rights for that alone, and enters the folder there', () => {
  const { args } = inBubblewrap(command, { ...options, inside: ['setpriv', '--reuid=5', '--'] });
  const line = args.join(' ');
  expect(line).toContain('--cap-drop ALL --cap-add CAP_SETUID --cap-add CAP_SETGID');
  expect(line).toContain(
    '-- env --default-signal=TERM -- setpriv --reuid=5 -- env -C /srv/app -- /usr/bin/node',
  );
  expect(args).not.toContain('--chdir');
});
