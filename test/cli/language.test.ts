import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';

const configure = async (command: string) => {
  const cwd = await folder();
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { a: { command } } }));
  return cwd;
};

describe('the language of what is said', () => {
  it.each([
    ['the locale', [], { LC_ALL: 'vi_VN.UTF-8' }, 'Không dùng được cấu hình này: 1 lỗi'],
    ['--lang', ['--lang', 'vi'], {}, 'Không dùng được cấu hình này: 1 lỗi'],
    [
      '--lang, which is stronger',
      ['--lang', 'en'],
      { LC_ALL: 'vi_VN' },
      'The configuration cannot be used: one error',
    ],
  ] as const)('of mistakes comes from %s', async (_, args, env, headline) => {
    const cli = new Cli(['--log-format', 'pretty', ...args], { cwd: await configure('x y'), env });
    expect(await cli.exited).toBe(2);
    expect(cli.stderr.split('\n')[0]).toBe(headline);
    expect(cli.stderr).toContain('[CONFIG_');
  });

  it('changes the sentences of the log, and none of the fields', async () => {
    const env = { MCP_ENDPOINT: 'ws://127.0.0.1:1/mcp/?token=made-up-token' };
    const down = async (lang: string) => {
      const cwd = await configure('no-such-program-here');
      const cli = new Cli(['--lang', lang, '--log-format', 'json'], { cwd, env });
      const record = await cli.event('server-down');
      cli.signal('SIGTERM');
      expect(await cli.exited).toBe(0);
      const { msg, ...fields } = record;
      return { msg, fields: { ...fields, time: 0, nextStartMs: 0, livedMs: 0 } };
    };
    const [vi, en] = [await down('vi'), await down('en')];
    expect(vi.msg).toMatch(/^Không khởi động được server: /);
    expect(en.msg).toMatch(/^The server could not be started: /);
    expect(vi.fields).toEqual(en.fields);
  });
});
