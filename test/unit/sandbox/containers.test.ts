import { expect, test } from 'vitest';
import { containerArgs } from '../../../src/sandbox/container-args.js';
import { abandonedIn, mustNotMount } from '../../../src/sandbox/image-step.js';
import { envOf, userIn } from '../../../src/sandbox/user.js';

const image = { name: 'mcp/time@sha256:abc', network: 'none', mounts: [], variables: ['API_KEY'] };
const run = {
  image,
  name: 'mcp-pipe-time-1',
  owner: 'space:1:x',
  limits: {},
  args: ['--tz', 'Asia/Bangkok'],
};

test('a container has no rights, no network, nothing to write and bounds, whatever the entry says', () => {
  const line = containerArgs(run).join(' ');
  expect(line).toBe(
    'run --interactive --rm --init --pull never --name mcp-pipe-time-1 --label mcp-pipe.owner=space:1:x' +
      ' --security-opt no-new-privileges --cap-drop ALL --read-only --tmpfs /tmp --network none' +
      ' --memory 536870912b --memory-swap 536870912b --cpus 1 --pids-limit 256 --env API_KEY' +
      ' mcp/time@sha256:abc --tz Asia/Bangkok',
  );
});

test('the limits of the server take the place of the usual ones, one by one', () => {
  const line = containerArgs({ ...run, limits: { cpuPercent: 50, memoryBytes: undefined, pids: 64 } }).join(
    ' ',
  );
  expect(line).toContain('--memory 536870912b --memory-swap 536870912b --cpus 0.5 --pids-limit 64');
});

test('mounts are read-only unless they say otherwise, and a comma in a path stays in it', () => {
  const mounts = [
    { from: '/srv/a,b', to: '/data', isWritable: false },
    { from: '/srv/out', to: '/out', isWritable: true },
  ];
  const args = containerArgs({ ...run, image: { ...image, mounts } });
  expect(args).toContain('type=bind,"source=/srv/a,b",target=/data,readonly');
  expect(args).toContain('type=bind,source=/srv/out,target=/out');
});

test('what mcp-pipe starts is mounted to be read only, and its own files are not mounted', () => {
  const mount = (from: string, isWritable: boolean) => () =>
    mustNotMount(
      { mounts: [{ from, to: '/x', isWritable }] },
      { own: ['/home/u/pipe/.env'], shared: ['/home/u/.cache/mcp-pipe/compiled'] },
    );
  for (const path of ['/home/u/.cache', '/home/u/.cache/mcp-pipe/compiled/v20']) {
    expect(mount(path, true)).toThrow(/decides what is started next/);
    expect(mount(path, false)).not.toThrow();
  }
  expect(mount('/home/u/pipe', false)).toThrow(/decides what is started next/);
  expect(mount('/home/u/.cache/huggingface', true)).not.toThrow();
});

test('a program of the entry takes the place of that of the image', () => {
  const args = containerArgs({
    ...run,
    user: '1000',
    image: { ...image, entrypoint: 'node', network: 'bridge' },
  });
  expect(args.join(' ')).toContain('--entrypoint node mcp/time@sha256:abc --tz');
  expect(args.join(' ')).toContain('--user 1000');
  expect(args.join(' ')).toContain('--network bridge');
});

test('containers of a mcp-pipe of this machine that has ended are found, and no others', () => {
  const listed = ['c1 aa:10:b1', 'c2 aa:11:b2', 'c3 bb:10:b1', 'c4 nonsense', ''].join('\n');
  expect(abandonedIn(listed, 'aa', ({ pid, birth }) => pid === 11 && birth === 'b2')).toEqual(['c1']);
});

test('a user is found by name and by number', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nmcp:x:998:997::/var/lib/mcp:/usr/sbin/nologin\n';
  const mcp = { name: 'mcp', uid: 998, gid: 997, home: '/var/lib/mcp' };
  expect(userIn(passwd, 'mcp')).toEqual(mcp);
  expect(userIn(passwd, '998')).toEqual(mcp);
  expect(userIn(passwd, '99')).toBeUndefined();
});

test('the home of the user takes the place of that of root, and not of one that the entry sets', () => {
  const user = { name: 'mcp', uid: 1, gid: 1, home: '/home/mcp' };
  const own = { home: '/root', name: 'root' };
  expect(envOf({ HOME: '/root', USER: 'root' }, user, own)).toEqual({
    HOME: '/home/mcp',
    USER: 'mcp',
    LOGNAME: 'mcp',
  });
  expect(envOf({ HOME: '/data', USER: 'x' }, user, own)).toMatchObject({ HOME: '/data', USER: 'x' });
});
