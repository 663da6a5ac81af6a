import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { isAlive } from '../helpers/cli.js';
import { ServiceWorld } from '../helpers/service-world.js';

let world: ServiceWorld;
beforeEach(async () => {
  world = await ServiceWorld.open();
});

test('install writes the unit, starts it and waits until it answers; uninstall stops and removes it', async () => {
  const installed = await world.json('install', '--user', '--linger');
  expect(installed).toMatchObject({
    ...{ code: 0, file: world.unit, running: true, answers: true, enabled: true },
    ...{ afterReboot: 'before-login', log: 'journalctl --user-unit mcp-pipe.service -f' },
  });
  expect(installed.pid).toBe(world.startedPid);
  expect(world.orders).toEqual([
    '--user daemon-reload',
    '--user enable mcp-pipe.service',
    '--user restart mcp-pipe.service',
    expect.stringContaining('enable-linger'),
  ]);
  expect(readFileSync(world.unit, 'utf8')).not.toContain('token-of-this-test');
  expect(await world.json('uninstall', '--user')).toMatchObject({ code: 0, removed: true });
  expect(existsSync(world.unit)).toBe(false);
  expect(isAlive(installed.pid)).toBe(false);
});

test('print writes nothing; the files for macOS and Windows are XML that says what was asked', async () => {
  const shown = await Promise.all(
    ['launchd', 'windows'].map((as) => world.json('print', '--user', '--as', as)),
  );
  expect(shown.map(({ code }) => code)).toEqual([0, 0]);
  expect(existsSync(join(world.cwd, '.config'))).toBe(false);
  const [launchd, windows] = shown;
  const script = `
import json, plistlib, sys, xml.etree.ElementTree as tree
launchd, windows = json.load(sys.stdin)
task = tree.fromstring(windows.replace('encoding="UTF-16"', ''))
names = ['Command', 'Arguments', 'WorkingDirectory', 'Count', 'ExecutionTimeLimit']
space = '{http://schemas.microsoft.com/windows/2004/02/mit/task}'
print(json.dumps([plistlib.loads(launchd.encode()), {n: task.find('.//' + space + n).text for n in names}]))`;
  const parsed = execFileSync('python3', ['-c', script], {
    input: JSON.stringify([launchd.content, windows.content]),
    encoding: 'utf8',
  });
  const [plist, task] = JSON.parse(parsed);
  expect(windows.commands).toEqual([
    'schtasks /End /TN mcp-pipe',
    expect.stringContaining('schtasks /Create /TN mcp-pipe /XML '),
    'schtasks /Run /TN mcp-pipe',
  ]);
  expect(launchd.commands[2]).toContain('launchctl bootstrap gui/');
  expect([windows.file, launchd.file]).toEqual([
    expect.stringMatching(/mcp-pipe\.task\.xml$/),
    expect.stringMatching(/Library\/LaunchAgents\/mcp-pipe\.plist$/),
  ]);
  expect(plist).toMatchObject({
    ...{
      Label: 'mcp-pipe',
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      WorkingDirectory: world.cwd,
    },
    ProgramArguments: expect.arrayContaining(['--config', join(world.cwd, 'mcp_config.json')]),
  });
  expect(task).toMatchObject({
    Command: process.execPath,
    WorkingDirectory: world.cwd,
    ExecutionTimeLimit: 'PT0S',
  });
  expect(task.Arguments).toContain(`"${join(world.cwd, 'mcp_config.json').replaceAll('"', '\\"')}"`);
});
