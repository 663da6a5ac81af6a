import { describe, expect, test } from 'vitest';
import { launchdPlist } from '../../../../src/cli/service/launchd-plist.js';
import { lastingPath, versionManagerOf } from '../../../../src/cli/service/machine.js';
import { managerOf, unitState } from '../../../../src/cli/service/manager.js';
import { scheduledTask, windowsWord } from '../../../../src/cli/service/scheduled-task.js';
import { madeBy, markOf, type Service } from '../../../../src/cli/service/service.js';
import { fitsIntoUnit, systemdUnit } from '../../../../src/cli/service/systemd-unit.js';

const folder = '/home/Nguyễn/50% off $HOME -- "x" \\ <&>';
const service: Service = {
  name: 'mcp-pipe',
  scope: 'system',
  account: { name: 'nguyen', uid: 1000, home: '/home/Nguyễn' },
  command: ['/opt/no de/bin/node', '/opt/$x/mcp-pipe.js', '--config', `${folder}/mcp_config.json`],
  folder,
  env: { PATH: '/usr/bin:/opt/a b%c', TZ: 'Asia/Ho_Chi_Minh' },
  made: { version: '1.2.3', config: `${folder}/mcp_config.json` },
  control: '/run/mcp-pipe/0123456789ab/control.sock',
  stopSeconds: 27,
  logFile: undefined,
};

/** The values of a key, in order. */
const valuesOf = (unit: string, key: string) =>
  unit
    .split('\n')
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));

describe('the unit file of systemd', () => {
  const unit = systemdUnit(service);

  test('quotes words, doubles percent signs, and dollar signs of arguments only', () => {
    expect(valuesOf(unit, 'ExecStart')).toEqual([
      String.raw`"/opt/no de/bin/node" "/opt/$$x/mcp-pipe.js" --config "/home/Nguyễn/50%% off $$HOME -- \"x\" \\ <&>/mcp_config.json"`,
    ]);
    expect(valuesOf(unit, 'WorkingDirectory')).toEqual([folder.replace('%', '%%')]);
    expect(valuesOf(unit, 'Environment')).toEqual([
      '"PATH=/usr/bin:/opt/a b%%c"',
      'TZ=Asia/Ho_Chi_Minh',
      'MCP_PIPE_CONTROL=/run/mcp-pipe/0123456789ab/control.sock',
    ]);
  });

  test('never gives up, except when the configuration cannot be used', () => {
    expect(valuesOf(unit, 'StartLimitIntervalSec')).toEqual(['0']);
    expect(valuesOf(unit, 'Restart')).toEqual(['on-failure']);
    expect(valuesOf(unit, 'RestartPreventExitStatus')).toEqual(['2']);
  });

  test('lets V8 compile, and finishes calls before its servers are ended', () => {
    expect(valuesOf(unit, 'MemoryDenyWriteExecute')).toEqual([]);
    expect(valuesOf(unit, 'KillMode')).toEqual(['mixed']);
    expect(valuesOf(unit, 'TimeoutStopSec')).toEqual(['27']);
  });

  test('of a user has nothing that needs rights of the machine', () => {
    const { control: _, ...rest } = service;
    const own = systemdUnit({ ...rest, scope: 'user', control: undefined });
    for (const key of ['User', 'PrivateTmp', 'ProtectSystem', 'CapabilityBoundingSet', 'RuntimeDirectory'])
      expect(valuesOf(own, key), key).toEqual([]);
    expect(valuesOf(own, 'NoNewPrivileges')).toEqual(['yes']);
    expect(valuesOf(own, 'WantedBy')).toEqual(['default.target']);
  });

  test('of a user without a home folder keeps caches and leases in a folder of the service', () => {
    const homeless = systemdUnit({ ...service, account: { name: 'x', uid: 990, home: undefined } });
    expect(valuesOf(homeless, 'StateDirectory')).toEqual(['mcp-pipe/mcp-pipe']);
    expect(valuesOf(homeless, 'Environment').at(-1)).toBe(
      '"HOME=%S/mcp-pipe/mcp-pipe" "MCP_PIPE_STATE=%S/mcp-pipe/mcp-pipe"',
    );
  });

  test.each([
    ['/a\nExecStart=/bin/evil', false],
    ['/a\\', false],
    ['/a\\b "c"', true],
  ])('fits %j: %s', (word, fits) => {
    expect(fitsIntoUnit(word)).toBe(fits);
  });
});

test.each([
  ['systemd', systemdUnit(service)],
  ['launchd', launchdPlist(service)],
  ['windows', scheduledTask(service)],
])('the file of %s says who made it, and for which configuration', (_, text) => {
  expect(madeBy(text)).toEqual(service.made);
});

test('the task for Windows is written as UTF-16 with a byte order mark, as schtasks wants it', () => {
  const run = async () => ({ code: 0, output: '' });
  const machine = { platform: 'win32', env: {}, uid: undefined, user: 'x', home: '/home/x', run } as const;
  const bytes = managerOf('windows', 'mcp-pipe', 'user', machine).bytesOf(scheduledTask(service));
  expect([...bytes.subarray(0, 4)]).toEqual([0xff, 0xfe, '<'.charCodeAt(0), 0]);
  expect(madeBy(bytes.toString('utf16le'))).toEqual(service.made);
});

test('a file of others is not taken for one of mcp-pipe', () => {
  expect(madeBy('[Service]\nExecStart=/usr/bin/mcp-pipe')).toBeUndefined();
  expect(madeBy('# mcp-pipe-service: {"config":1}')).toBeUndefined();
  expect(markOf({ version: '1', config: '/a--b---c' }).slice(4)).not.toContain('--');
});

test.each([
  ['plain', 'plain'],
  ['a b', '"a b"'],
  ['C:\\dir with space\\', '"C:\\dir with space\\\\"'],
  ['say "hi"', '"say \\"hi\\""'],
  ['a\\"b', '"a\\\\\\"b"'],
  ['', '""'],
])('Windows reads %j from %s', (word, quoted) => {
  expect(windowsWord(word)).toBe(quoted);
});

test('a PATH for later has no folder of this shell alone, and has Node.js', () => {
  expect(
    lastingPath(
      '/usr/bin:.:/p/node_modules/.bin:/run/user/1/fnm_multishells/2/bin:/usr/bin:/home/me/.local/bin',
      '/home/me/.nvm/versions/node/v22/bin/node',
    ),
  ).toBe('/usr/bin:/home/me/.local/bin:/home/me/.nvm/versions/node/v22/bin');
  expect(versionManagerOf('/home/me/.nvm/versions/node/v22/bin/node')).toBe('nvm');
  expect(versionManagerOf('/usr/bin/node')).toBeUndefined();
});

describe('what systemctl shows', () => {
  test('of a unit that runs', () => {
    const shown =
      'ActiveState=active\nUnitFileState=enabled\nMainPID=42\nActiveEnterTimestamp=@1700000000\nExecMainCode=0\nExecMainStatus=0\nExecMainExitTimestamp=\nNRestarts=3';
    expect(unitState(shown)).toEqual({
      ...{ enabled: true, running: true, pid: 42, since: 1_700_000_000_000, word: 'active' },
      ...{ lastExit: undefined, restarts: 3 },
    });
  });

  test('of a unit that was killed', () => {
    const shown =
      'ActiveState=failed\nUnitFileState=disabled\nMainPID=0\nExecMainCode=2\nExecMainStatus=9\nExecMainExitTimestamp=@1700000000\nNRestarts=0';
    expect(unitState(shown)).toMatchObject({
      ...{ enabled: false, running: false, pid: undefined, since: undefined, word: 'failed' },
      lastExit: { code: undefined, signal: '9', at: 1_700_000_000_000 },
    });
  });
});
