import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Cli, descendants, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';

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

describe('beside a running mcp-pipe', () => {
  /** A daemon that works on the embedded endpoint. */
  async function running(args: string[] = []): Promise<Cli> {
    const daemon = new Cli(['--local', ...args], { cwd, env: { ...env, MCP_PIPE_LOG_LEVEL: 'debug' } });
    await daemon.event('client-initialized');
    return daemon;
  }

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
