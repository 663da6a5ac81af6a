import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ServiceWorld } from '../helpers/service-world.js';

/** Higher is more exposed, of 10. What is left is what servers need: network, devices, home folders, control groups, Node.js that compiles. */
const EXPOSURE = { system: 2.4, user: 7.4 };

const isLinux = process.platform === 'linux';

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...world?.env },
  });
  return { status, output: `${stdout}${stderr}` };
}

let world: ServiceWorld;
beforeAll(() => {
  if (!isLinux || run('systemd-analyze', '--version').status === 0) return;
  throw new Error('systemd-analyze is missing: scripts/install-parts.sh installs it');
});
beforeEach(async () => {
  world = await ServiceWorld.open();
});

/** The unit as install would write it, in a file of that name. */
async function unitFile(...args: string[]): Promise<string> {
  const { content } = await world.json('print', '--as', 'systemd', ...args);
  const file = join(world.cwd, 'run', 'checked.service');
  writeFileSync(file, content);
  return file;
}

describe.runIf(isLinux)('what systemd itself says of the unit', () => {
  test.each(['system', 'user'] as const)(
    'of a %s: it is correct, whatever the folder is called',
    async (scope) => {
      const file = await unitFile(`--${scope}`, ...(scope === 'system' ? ['--run-as', 'daemon'] : []));
      const manager = scope === 'user' ? ['--user'] : [];
      expect(run('systemd-analyze', ...manager, 'verify', '--man=no', file)).toEqual({
        status: 0,
        output: '',
      });
    },
  );

  test('a unit with an unknown key is not correct, so that the test above can fail', async () => {
    const file = join(world.cwd, 'run', 'wrong.service');
    writeFileSync(file, '[Service]\nExecStart=/bin/true\nProtectSistem=yes\n');
    expect(run('systemd-analyze', 'verify', '--man=no', file).output).toContain('ProtectSistem');
  });

  test.each(['system', 'user'] as const)(
    'of a %s: it is no more exposed than is documented',
    async (scope) => {
      const file = await unitFile(`--${scope}`, ...(scope === 'system' ? ['--run-as', 'daemon'] : []));
      const { output } = run('systemd-analyze', 'security', '--offline=true', file);
      const exposure = Number(/exposure level for checked\.service: ([\d.]+)/.exec(output)?.[1]);
      expect(exposure, output).toBeLessThanOrEqual(EXPOSURE[scope]);
    },
  );
});

test('the folder of the runtime files is that of the socket, and systemd makes it', async () => {
  const { content } = await world.json('print', '--system', '--as', 'systemd');
  const [, folder] = /^RuntimeDirectory=(.+)$/m.exec(content)!;
  expect(content).toContain(`MCP_PIPE_CONTROL=/run/${folder}/control.sock`);
  expect(existsSync(`/run/${folder}`)).toBe(false);
});
