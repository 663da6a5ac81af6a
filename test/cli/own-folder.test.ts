import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';

let cwd: string;
beforeEach(async () => {
  cwd = await folder();
});

async function ended(args: readonly string[], lang = 'C') {
  const cli = new Cli(args, { cwd, env: { XDG_RUNTIME_DIR: cwd, LC_ALL: lang } });
  const code = await cli.exited;
  return { code, text: cli.stdout + cli.stderr, stdout: cli.stdout };
}

describe('the folder that init gives filesystem', () => {
  const config = () =>
    JSON.parse(readFileSync(join(cwd, 'mcp_config.json'), 'utf8')).mcpServers as Record<
      string,
      { args: string[]; env?: Record<string, string> }
    >;

  it('gives filesystem a folder of its own, which check has nothing to say about', async () => {
    await ended(['init', '--yes', '--endpoint', 'ws://127.0.0.1:1/', '--server', 'filesystem']);
    expect(config().filesystem!.args.at(-1)).toBe('./files');
    expect(statSync(join(cwd, 'files')).isDirectory()).toBe(true);
    expect((await ended(['check'])).text).not.toContain('CHECK_SERVED_FOLDER');
  });

  it('is doubted by check where the folder with .env was asked for', async () => {
    await ended(['init', '--yes', '--endpoint', 'ws://127.0.0.1:1/', '--server', 'filesystem=.']);
    expect((await ended(['check'])).text).toContain('CHECK_SERVED_FOLDER');
  });

  it('is not made where nobody asked for it', async () => {
    await ended(['init', '--yes', '--server', 'calculator']);
    expect(existsSync(join(cwd, 'files'))).toBe(false);
  });
});
