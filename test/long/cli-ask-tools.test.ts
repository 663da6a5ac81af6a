import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Cli, descendants, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive } from '../helpers/is-alive.js';

const server = (name: string) =>
  join(root, 'node_modules/@modelcontextprotocol', `server-${name}`, 'dist/index.js');
const calculator = join(root, 'examples/calculator.js');
const fixture = (name: string) => join(root, 'test/fixtures/servers', name);

let cwd: string;
let env: Record<string, string>;
beforeEach(async () => {
  cwd = await folder();
  // Sockets of the test's own.
  env = { XDG_RUNTIME_DIR: cwd, NO_COLOR: '1' };
});

async function end(args: string[], more: { env?: Record<string, string> } = {}) {
  const cli = new Cli(args, { cwd, env: { ...env, ...more.env } });
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
}

function configure(servers: Record<string, string[]>, settings = {}) {
  const mcpServers = Object.fromEntries(
    Object.entries(servers).map(([name, args]) => [name, { command: process.execPath, args }]),
  );
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, settings }));
}

describe('without a running mcp-pipe', () => {
  test('health says that none answers, and exits with 1', async () => {
    const { code, stdout, stderr } = await end(['health']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('No running mcp-pipe answers for this configuration');
    const json = await end(['health', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ healthy: false, error: { code: 'DAEMON_NOT_RUNNING' } });
    expect(json.code).toBe(1);
  });

  test('tools lists a script, a command and every configured server, and ends them', async () => {
    const script = await end(['tools', calculator]);
    expect(script.code).toBe(0);
    expect(script.stdout).toMatch(/^calculate\(expression\*: string\)\n {4}Calculates/);
    const command = await end(['tools', '--json', '--', process.execPath, calculator]);
    expect(JSON.parse(command.stdout)).toMatchObject([
      { name: 'calculate', inputSchema: { type: 'object' } },
    ]);
    configure({ calc: [calculator], memory: [server('memory')] });
    const all = await end(['tools']);
    expect(all.stdout).toMatch(/^calc: 1 tool\n {2}calculate\(/);
    expect(all.stdout).toContain('\nmemory: 9 tools\n');
  });

  test('tools names what strict clients would refuse a list for', async () => {
    const page = {
      tools: [
        { name: 'bing_search' },
        { title: 'no name' },
        { name: 'fine', inputSchema: { type: 'object' } },
      ],
    };
    const SCRIPT = JSON.stringify({ pages: { 'tools/list': [JSON.stringify(page)] } });
    const args = ['tools', '--', process.execPath, fixture('scripted.mjs')];
    const { code, stdout, stderr } = await end(args, { env: { SCRIPT } });
    expect(code).toBe(0);
    expect(stdout).toBe('bing_search()\nfine()\n');
    expect(stderr).toContain('tool "bing_search" (inputSchema; repaired), "#2" (name; left out)');
    const { stderr: vietnamese } = await end([...args.slice(0, 1), '--lang', 'vi', ...args.slice(1)], {
      env: { SCRIPT },
    });
    expect(vietnamese).toContain('tool "bing_search" (inputSchema; đã được sửa), "#2" (name; bị bỏ ra)');
  });

  test('tools shows what a server has, hidden from endpoints or not, and which token it shares is no matter', async () => {
    const entry = { command: process.execPath, args: [calculator], tools: { deny: ['*'] } };
    const mcpServers = { calc: entry, same: { ...entry, tools: {} } };
    writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, mode: 'mux' }));
    writeFileSync(join(cwd, '.env'), 'MCP_ENDPOINT=ws://127.0.0.1:1/mcp/?token=never-dialled');
    const all = await end(['tools']);
    expect(all.stdout).toMatch(/^calc: 1 tool\n {2}calculate\([\s\S]*\nsame: 1 tool\n/);
    expect((await end(['call', 'calc', 'calculate', 'expression=6*7'])).stdout).toBe('42\n');
  });

  test('call answers on stdout, and errors on stderr with exit code 1', async () => {
    configure({ calc: [calculator] });
    expect(await end(['call', 'calc', 'calculate', 'expression=6 * 7'])).toEqual({
      code: 0,
      stdout: '42\n',
      stderr: '',
    });
    const failed = await end(['call', 'calc', 'calculate', 'expression=1/0']);
    expect([failed.code, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toContain('division by zero');
    const raw = await end([
      'call',
      '--json',
      'calculate',
      '{"expression":"1+1"}',
      '--',
      process.execPath,
      calculator,
    ]);
    expect(JSON.parse(raw.stdout)).toEqual({ content: [{ type: 'text', text: '2' }] });
  });

  test('what is misspelt is usage, with the nearest name', async () => {
    configure({ calc: [calculator] });
    const wrongTool = await end(['call', 'calc', 'calculat', 'expression=1']);
    expect([wrongTool.code, wrongTool.stderr]).toEqual([
      2,
      expect.stringContaining('Did you mean calculate?'),
    ]);
    const wrongServer = await end(['call', 'clac', 'calculate', 'expression=1']);
    expect([wrongServer.code, wrongServer.stderr]).toEqual([
      2,
      expect.stringContaining('Did you mean calc?'),
    ]);
    const wrongKey = await end(['call', 'calc', 'calculate', 'expresion=1']);
    expect([wrongKey.code, wrongKey.stderr]).toEqual([
      2,
      expect.stringContaining('did you mean "expression"?'),
    ]);
    expect((await end(['call', 'calc'])).code).toBe(2);
  });

  test('a server that ends or cannot be started is said, with its last words', async () => {
    const ended = await end(['tools', '--', process.execPath, fixture('crash-on-start.mjs')]);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('[SERVER_FAILED]')]);
    const missing = await end(['tools', '--', 'no-such-program-here']);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('[LAUNCH_FAILED]')]);
  });

  test('images are described, and saved where they are wanted', async () => {
    configure({ everything: [server('everything'), 'stdio'] });
    const { stdout } = await end(['call', 'everything', 'get-tiny-image', '--out', 'pictures']);
    expect(stdout).toMatch(/\[image image\/png, 3\.9 KiB, saved as pictures\/get-tiny-image-1\.png\]/);
    expect(readFileSync(join(cwd, 'pictures/get-tiny-image-1.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  test('files are read through the filesystem server', async () => {
    writeFileSync(join(cwd, 'note.txt'), 'xin chào');
    configure({ files: [server('filesystem'), cwd] });
    const read = ['call', 'files', 'read_text_file', `path=${join(cwd, 'note.txt')}`, 'head=1'];
    // The whole answer, so that a failure says why.
    expect(await end(read)).toEqual({ code: 0, stdout: 'xin chào\n', stderr: '' });
  });

  test('a call that takes too long is cancelled, and Ctrl-C cancels with 130; the server is ended', async () => {
    const command = ['--', process.execPath, fixture('basic.mjs')];
    const late = await end(['call', 'slow', 'ms=60000', '--timeout-ms', '300', ...command]);
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('No answer within 300 ms')]);
    const cli = new Cli(['call', 'slow', 'ms=60000', ...command], { cwd, env });
    const [child] = await eventually(() => {
      const found = descendants(cli.pid);
      return found.length > 0 && found;
    });
    cli.signal('SIGINT');
    expect(await cli.exited).toBe(130);
    await eventually(() => !isAlive(child!));
  });
});

describe('beside a running mcp-pipe', () => {
  /** A daemon that works on the embedded endpoint. */
  async function running(args: string[] = []): Promise<Cli> {
    const daemon = new Cli(['--local', ...args], { cwd, env: { ...env, MCP_PIPE_LOG_LEVEL: 'debug' } });
    await daemon.event('client-initialized');
    return daemon;
  }

  test('health names each link, and says what a program wants to know as JSON', async () => {
    configure({ calc: [calculator] });
    const daemon = await running();
    const { code, stdout } = await end(['health']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^calc {2}works for [\d.]+ m?s {2}server ready \(calculator 1\.0\.0\)( {2}1 call answered, the last came .* ago)?\n$/,
    );
    const json = JSON.parse((await end(['health', '--json'])).stdout);
    expect(json).toMatchObject({ healthy: true, pid: daemon.pid, links: [{ name: 'calc', ready: true }] });
  });

  test('tools and call use its server, with the state it has', async () => {
    configure({ basic: [fixture('basic.mjs')] });
    const daemon = await running();
    const [pid] = descendants(daemon.pid);
    expect((await end(['tools', 'basic'])).stdout).toContain('whoami()');
    expect((await end(['call', 'basic', 'whoami'])).stdout).toBe(`${pid}\n`);
    expect((await end(['call', 'basic', 'counter'])).stdout).toBe('1\n');
    expect((await end(['call', 'basic', 'counter'])).stdout).toBe('2\n');
    const ended = await end(['call', 'basic', 'exit', 'code=3']);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('(-31001)')]);
    const inVietnamese = await end(['call', 'basic', 'exit', 'code=3', '--lang', 'vi']);
    expect(inVietnamese.stderr).toMatch(
      /^Server basic đã dừng trong lúc lời gọi này đang chạy\. .*\(-31001\)\n$/,
    );
    const late = await end(['call', 'basic', 'slow', 'ms=60000', '--timeout-ms', '300']);
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('No answer within 300 ms')]);
  });

  test('health turns to 1 when every link has failed, says why, and keeps the token to itself', async () => {
    configure({ calc: [calculator] }, { minDelayMs: 20, maxDelayMs: 100 });
    const token = 'hush-hush-hush-1234';
    const daemon = new Cli([], {
      cwd,
      env: { ...env, MCP_ENDPOINT: `ws://127.0.0.1:1/mcp/?token=${token}` },
    });
    await daemon.event('down');
    const failed = await eventually(async () => {
      const answer = await end(['health']);
      return answer.code === 1 && answer;
    });
    expect(failed.stdout).toMatch(
      /^unhealthy: every link has failed\ncalc {2}failed, .*ECONNREFUSED.*next try (in|now)/i,
    );
    expect(failed.stdout + (await end(['health', '--json'])).stdout).not.toContain(token);
  });

  test('servers that share a connection are asked by their own names, and health tells of each', async () => {
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    configure({ calc: [calculator], basic: [fixture('basic.mjs')], broken: [fixture('crash-on-start.mjs')] });
    const daemon = new Cli([], { cwd, env: { ...env, MCP_ENDPOINT: fake.endpoint().href } });
    await (await fake.connection()).greet();
    await eventually(() => daemon.log.filter(({ event }) => event === 'server-ready').length === 2);
    await daemon.event('server-down');
    expect((await end(['call', 'calc', 'calculate', 'expression=6*7'])).stdout).toBe('42\n');
    const whoami = await end(['call', 'basic', 'whoami']);
    expect(descendants(daemon.pid)).toContain(Number(whoami.stdout));
    const all = await end(['tools']);
    expect(all.stdout).toMatch(/^calc: 1 tool\n {2}calculate\([\s\S]*\nbasic: \d+ tools\n/);
    expect([all.code, all.stderr]).toEqual([1, expect.stringMatching(/^broken: /)]);
    const down = await end(['tools', 'broken', '--lang', 'vi']);
    expect(down.stderr).toMatch(
      /^(?!.*MCP server)[^:]*Server broken hiện không chạy\. .*(mã thoát|thoát).*\(-31002\)/s,
    );
    const { code, stdout } = await end(['health']);
    expect(code).toBe(0);
    const time = '[\\d.]+ m?s';
    expect(stdout).toMatch(
      new RegExp(
        `^mux {7}works for ${time} {2}2 of 3 servers ready\\n {2}calc {4}ready \\(calculator 1\\.0\\.0\\) for ${time}.*\\n {2}basic {3}ready \\(.*\\) for ${time}.*\\n {2}broken {2}[\\w ]+ for ${time}`,
      ),
    );
    const { links } = JSON.parse((await end(['health', '--json'])).stdout);
    expect(links).toMatchObject([
      {
        name: 'mux',
        ready: true,
        members: [{ name: 'calc', state: 'ready' }, { name: 'basic' }, { name: 'broken' }],
      },
    ]);
    const wrong = await end(['call', 'mux', 'calculate', 'expression=1']);
    expect(wrong.code).toBe(2);
    daemon.signal('SIGTERM');
    expect(await daemon.exited).toBe(0);
  });

  test('a script is found by the name of its link', async () => {
    await running([calculator]);
    expect((await end(['call', 'calculator', 'calculate', 'expression=2+2'])).stdout).toBe('4\n');
    expect((await end(['tools'])).stdout).toContain('calculate(');
  });

  test('a second copy runs without a control socket and warns; the first is still the one that answers', async () => {
    configure({ calc: [calculator] });
    const first = await running();
    const second = await running();
    expect(second.log.find(({ code }) => code === 'CONTROL_TAKEN')).toMatchObject({ level: 'warn' });
    second.signal('SIGTERM');
    expect(await second.exited).toBe(0);
    expect(JSON.parse((await end(['health', '--json'])).stdout).pid).toBe(first.pid);
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);
    expect((await end(['health'])).code).toBe(1);
  });

  test('MCP_PIPE_CONTROL and --control name the socket; where it cannot be made, the daemon runs and warns', async () => {
    configure({ calc: [calculator] });
    await running(['--control', 'here.sock']);
    expect((await end(['health'])).code).toBe(1);
    expect((await end(['health'], { env: { MCP_PIPE_CONTROL: 'here.sock' } })).code).toBe(0);
    writeFileSync(join(cwd, 'file'), '');
    const second = await running(['--control', 'file/control.sock']);
    expect(second.log.find(({ code }) => code === 'CONTROL_UNAVAILABLE')).toMatchObject({ level: 'warn' });
  });

  test.runIf(process.platform === 'linux')(
    'a folder that nobody can write costs only the socket',
    async () => {
      configure({ calc: [calculator] });
      // Not even root makes files there.
      const daemon = await running(['--control', '/proc/self/control.sock']);
      expect(daemon.log.find(({ code }) => code === 'CONTROL_UNAVAILABLE')).toMatchObject({ level: 'warn' });
    },
  );
});
