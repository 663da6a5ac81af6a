import { describe, expect, test } from 'vitest';
import { type ControlPlace, controlPaths } from '../../../src/faces/control/path.js';

const place: ControlPlace = {
  asked: undefined,
  subject: '/home/an/mcp_config.json',
  cwd: '/home/an',
  runtimeDir: '/run/user/1000',
  tmpDir: '/tmp',
  user: '1000',
  platform: 'linux',
};

describe('the path of the control socket', () => {
  test('lies in XDG_RUNTIME_DIR, else in a folder of the user below the temporary one', () => {
    const [first, second] = controlPaths(place);
    expect(first).toMatch(/^\/run\/user\/1000\/mcp-pipe\/[0-9a-f]{12}\.sock$/);
    expect(second).toMatch(/^\/tmp\/mcp-pipe-1000\/[0-9a-f]{12}\.sock$/);
    expect(controlPaths({ ...place, runtimeDir: undefined })).toEqual([second]);
    // XDG Base Directory Specification: relative paths are to be ignored.
    expect(controlPaths({ ...place, runtimeDir: 'run' })).toEqual([second]);
  });

  test('is another one for another configuration', () => {
    expect(controlPaths({ ...place, subject: '/home/an/other.json' })).not.toEqual(controlPaths(place));
  });

  test('is the one that was asked for, and no other', () => {
    expect(controlPaths({ ...place, asked: 'a/b.sock' })).toEqual(['/home/an/a/b.sock']);
  });

  test('is refused when the system could not hold it', () => {
    const of = (bytes: number) => `/${'x'.repeat(bytes - 1)}`;
    expect(controlPaths({ ...place, asked: of(107) })).toEqual([of(107)]);
    expect(() => controlPaths({ ...place, asked: of(108) })).toThrow('108 bytes');
    expect(() => controlPaths({ ...place, asked: of(104), platform: 'darwin' })).toThrow('104 bytes');
  });

  test('is a named pipe on Windows', () => {
    const [pipe] = controlPaths({ ...place, platform: 'win32', user: 'an' });
    expect(pipe).toMatch(/^\\\\\.\\pipe\\mcp-pipe-an-[0-9a-f]{12}$/);
  });

  test('a shell without XDG_RUNTIME_DIR also looks where a service of the user listens, and where one of the machine does', () => {
    const hash = /[0-9a-f]{12}/.exec(controlPaths(place)[0]!)![0];
    const bare = {
      ...place,
      runtimeDir: undefined,
      usualRuntimeDir: '/run/user/1000',
      services: '/run/mcp-pipe',
    };
    expect(controlPaths(bare)).toEqual([
      `/tmp/mcp-pipe-1000/${hash}.sock`,
      `/run/user/1000/mcp-pipe/${hash}.sock`,
      `/run/mcp-pipe/${hash}/control.sock`,
    ]);
    expect(controlPaths({ ...bare, runtimeDir: '/run/user/1000' })).toEqual([
      `/run/user/1000/mcp-pipe/${hash}.sock`,
      `/tmp/mcp-pipe-1000/${hash}.sock`,
      `/run/mcp-pipe/${hash}/control.sock`,
    ]);
  });
});
