import { spawn } from 'node:child_process';
import { cpSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';

it('an error ends mcp-pipe also when its files have been replaced while it ran', async () => {
  const home = await folder();
  for (const part of ['bin', 'dist/bundle', 'package.json'])
    cpSync(join(root, part), join(home, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'), 'junction');
  const breaks = "data:text/javascript,process.on('SIGUSR2', () => { throw new Error('broken on purpose') })";
  const child = spawn(
    process.execPath,
    ['--import', breaks, join(home, 'bin/mcp-pipe.js'), 'endpoint', '--port', '0'],
    { env: { ...process.env, LC_ALL: 'C', XDG_STATE_HOME: home } },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await eventually(() => text.includes('ws://127.0.0.1'));
  const bundle = join(home, 'dist/bundle');
  for (const file of readdirSync(bundle)) if (file.startsWith('explain')) rmSync(join(bundle, file));
  child.kill('SIGUSR2');
  expect(await ended).toBe(1);
  expect(text).toContain('broken on purpose');
});
