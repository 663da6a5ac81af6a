import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { Cli, folder, root } from '../helpers/cli.js';
import { englishIn } from '../helpers/english.js';
import { eventually } from '../helpers/eventually.js';

const run = async (args: readonly string[]) => {
  const cli = new Cli(args, { cwd: await folder(), env: { LC_ALL: 'vi_VN.UTF-8' } });
  await cli.exited;
  return { out: cli.stdout, err: cli.stderr, code: await cli.exited };
};

/** As `run`, in this process: for what needs none, of which there is much. */
const say = async (args: readonly string[]) => {
  const said = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => (text: unknown) => {
    said[stream] += text;
    return true;
  };
  vi.stubEnv('LC_ALL', 'vi_VN.UTF-8');
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  try {
    const code = await runProgram(args);
    return { code, ...said };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
    vi.unstubAllEnvs();
  }
};

/** What can be typed first, as the shell's completion lists it. */
const words = (text: string) =>
  text
    .split('\n')
    .map((line) => line.split('\t')[0]!.trim())
    .filter((word) => word !== '');
const completed = execFileSync(process.execPath, [join(root, 'bin/mcp-pipe.js'), '__complete', ''], {
  encoding: 'utf8',
});
const commands = words(completed).filter((word) => /^[a-z]+$/.test(word) && word !== 'files');

describe('in Vietnamese', () => {
  it('there are commands to ask', () => {
    expect(commands).toEqual(expect.arrayContaining(['init', 'check', 'endpoint', 'completion']));
    expect(commands.length).toBeGreaterThan(10);
  });

  it.each([[], ...commands.map((command) => [command])].map((args) => [args.join(' ') || 'mcp-pipe', args]))(
    'the help of %s has no English sentence',
    async (_, args) => {
      const { out, code } = await say([...args, '--help']);
      expect(code).toBe(0);
      expect(out).toMatch(/^Cách dùng: /);
      expect(out.split('\n').flatMap((line) => englishIn(line).map((word) => `${word}: ${line}`))).toEqual(
        [],
      );
    },
  );

  it.each([...commands, ''].flatMap((command) => [[`${command} --no-such-option`], [`${command} --lang`]]))(
    'what is wrong with "%s" has no English sentence',
    async (line) => {
      const { err, code } = await say(line.split(' ').filter((word) => word !== ''));
      // `call` takes any number of words.
      if (code === 0) return;
      expect(code).not.toBe(0);
      expect(err.split('\n').flatMap((each) => englishIn(each).map((word) => `${word}: ${each}`))).toEqual(
        [],
      );
    },
  );

  it.each([
    ['--port abc', /số nguyên từ 0 đến 65535/],
    ['--rotate-every soon', /khoảng thời gian/],
    ['endpoint --refuse 12', /mã đóng WebSocket/],
    ['completion ksh', /cần một trong: bash, zsh, fish/],
    ['add', /thiếu đối số <name>\nXem mọi cách dùng: mcp-pipe add --help/],
    ['add memory npx -y package', /không có tùy chọn -y\nXem mọi cách dùng: mcp-pipe add --help/],
    ['--mode pipe init', /không dùng được tùy chọn --mode với init/],
    ['--endpiont ws://h/', /Ý bạn là --endpoint\?/],
  ])('%s is said to be wrong', async (line, says) => {
    const { err, code } = await run(line.split(' '));
    expect(code).toBe(2);
    expect(err).toMatch(says);
    expect(englishIn(err)).toEqual([]);
  });
});

describe('what commands do is said in Vietnamese', () => {
  const english = (text: string) =>
    text.split('\n').flatMap((line) => englishIn(line).map((word) => `${word}: ${line}`));
  const basic = join(root, 'test/fixtures/servers/basic.mjs');

  it('by a run, from its beginning to its end, and by the endpoint alone', async () => {
    const cwd = await folder();
    const env = { LC_ALL: 'vi_VN.UTF-8', XDG_RUNTIME_DIR: cwd };
    const local = new Cli(['--local', '--log-format', 'pretty', '--', 'node', basic], { cwd, env });
    await eventually(() => /tool: /.test(local.stdout));
    local.signal('SIGTERM');
    expect(await local.exited).toBe(0);
    expect(local.stderr).toMatch(/Đang khởi động .*[\s\S]*Đã dừng\./);
    expect(english(local.stdout.replace(/tool: .*/g, ''))).toEqual([]);
    expect(english(local.stderr)).toEqual([]);
    const alone = new Cli(['endpoint', '--port', '0', '--token', 'made-up'], { cwd, env });
    await eventually(() => alone.stdout.includes('Chỉ chấp nhận'));
    alone.signal('SIGTERM');
    expect(await alone.exited).toBe(0);
    expect(english(alone.stdout.replace('(MCP Streamable HTTP)', ''))).toEqual([]);
  });
});

describe('the search for English', () => {
  it.each([
    ['Nothing was written.', ['Nothing', 'was']],
    ['server đang chạy; the endpoint is not there', ['the', 'is', 'not', 'there']],
    ['Connection 2: closing the socket.', ['the']],
    ['Hãy chạy `run the server`, ghi "is not" vào /the/path hoặc --not-this', []],
    ['in ra log, an toàn, so với trước, can thiệp, to lớn', []],
    ['MCP_ENDPOINT=… của server, OR và 4004', []],
  ])('of "%s"', (text, found) => {
    expect(englishIn(text)).toEqual(found);
  });
});
