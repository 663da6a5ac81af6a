import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Cli, folderAndEndpoint } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import type { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';
import { hasPty, Pty } from '../helpers/pty.js';

let cwd: string;
let fake: FakeEndpoint;
beforeEach(async () => {
  ({ cwd, fake } = await folderAndEndpoint());
  const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
  const broken = { command: process.execPath, args: [fixture('crash-on-start.mjs')] };
  const config = { mcpServers: { 'máy tính': basic, broken }, settings: { minDelayMs: 60_000 } };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(config));
});

const env = () => ({ MCP_ENDPOINT: fake.endpoint().href });

describe.skipIf(!hasPty)('a terminal (needs python3)', () => {
  it('shows one line for each link, whose state changes in place, below the log', async () => {
    const pty = new Pty(['--mode', 'pipe'], { cwd, env: env() });
    await pty.shows(/✓ máy tính +connected, not asked yet/);
    const connection = await fake.connection();
    await connection.greet();
    const both =
      /✓ máy tính +connected, asked by \S+.*pid \d+\n 2 ✗ broken +server down: next start in (\d+ s).*\n\? for keys, Ctrl-C stops$/;
    await pty.shows(both);
    expect(pty.screen.text).toMatch(/INFO: \[máy tính\] Working/);
    // Each link has one line, however often it was drawn.
    expect(pty.screen.lines.filter((line) => /^ \d . broken /.test(line))).toHaveLength(1);
    expect(pty.screen.lines.filter((line) => /^ \d . máy tính /.test(line))).toHaveLength(1);
    expect(pty.raw).toContain('\u001b[32m');
    expect(pty.screen.unknown).toEqual([]);
    // By chance the next start comes soon; then the wait after it is seen.
    const seen = new Set<string>();
    await eventually(() => {
      const seconds = both.exec(pty.screen.text)?.[1];
      return seconds !== undefined && seen.add(seconds).size > 2;
    });
    process.kill(pty.pid, 'SIGTERM');
    expect(await pty.exited).toBe(0);
    expect(pty.screen.cursorHidden).toBe(false);
  });

  it('shows the servers that share a connection below it, each with its own state', async () => {
    const pty = new Pty([], { cwd, env: env() });
    const connection = await fake.connection();
    await connection.greet();
    await pty.shows(
      /✓ mux +connected, asked by .*\n 2 ✓ {3}máy tính +ready .*pid \d+\n 3 ✗ {3}broken +server down: next start in \d+ s/,
    );
    expect(pty.screen.text).toMatch(/INFO: \[mux\/máy tính\] The server .* is ready/);
    expect(pty.screen.text).toMatch(/INFO: \[mux\] Working/);
    pty.resize(4, 80);
    await pty.shows(/\n 1 ✗ mux +connected, asked by .* +1\/2 servers ready/);
    pty.press('\u0003');
    expect(await pty.exited).toBe(130);
  });

  it('shows the drain after Ctrl-C, gives the cursor back, and exits 130', async () => {
    const pty = new Pty(['máy tính'], { cwd, env: env() });
    const connection = await fake.connection();
    await connection.greet();
    connection.begin(1, 'slow', { ms: 60_000 });
    await connection.tool(2, 'echo', { text: 'the slow call is running' });
    await pty.shows('connected, asked by');
    pty.press('\u0003');
    await pty.shows(/Stopping: 1 call still running, \d+ s left; Ctrl-C again to stop now$/);
    expect(pty.screen.lines.at(-2)).toMatch(/^ 1 … máy tính +1 call still running$/);
    pty.press('\u0003');
    expect(await pty.exited).toBe(130);
    expect(pty.screen.cursorHidden).toBe(false);
    expect(pty.raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(pty.raw.lastIndexOf('\u001b[?25l'));
    expect(pty.screen.lines.at(-1)).toMatch(/INFO: Stopped\.$/);
    expect(pty.screen.text).not.toContain('… máy tính');
  });

  it('has no colours with NO_COLOR, but the block', async () => {
    const pty = new Pty(['máy tính'], { cwd, env: { ...env(), NO_COLOR: '1' } });
    await pty.shows(/✓ máy tính +connected/);
    expect(pty.raw).not.toMatch(/\u001b\[\d*m/);
    pty.press('\u0003');
    expect(await pty.exited).toBe(130);
  });

  it.each([
    [['--no-live'], {}],
    [['--log-format', 'json'], {}],
    [[], { TERM: 'dumb' }],
    [[], { CI: 'true' }],
  ])('has plain lines with %j %j', async (args, more) => {
    const pty = new Pty([...args, 'máy tính'], { cwd, env: { ...env(), NO_COLOR: '1', ...more } });
    await pty.shows('Connected to');
    expect(pty.raw).not.toContain('\u001b');
    process.kill(pty.pid, 'SIGTERM');
    expect(await pty.exited).toBe(0);
    expect(pty.raw).not.toContain('\u001b');
  });

  it('is followed when it changes its size', async () => {
    const pty = new Pty(['--mode', 'pipe'], { cwd, env: { ...env(), XTERM_VERSION: 'XTerm(390)' } });
    await pty.shows(/✓ máy tính +connected, not asked yet .*pid/);
    await pty.shows(/✗ broken +server down/);
    pty.resize(24, 30);
    await pty.shows(/✓ máy tính +connected, no…$/m);
    pty.resize(3, 30);
    await pty.shows(/2 links: 1 in trouble, 1 con…$/);
  });

  it('opens the log of a server and the calls in flight by keys, and reads what is pasted as nothing', async () => {
    const pty = new Pty(['--mode', 'pipe'], { cwd, env: { ...env(), NO_COLOR: '1' } });
    const connection = await fake.connection();
    await connection.greet();
    await pty.shows(/ 1 ✓ máy tính +connected, asked by .*\n 2 ✗ broken /);
    pty.press('12 quick foxes\rc');
    connection.begin(1, 'slow', { ms: 60_000 });
    await connection.tool(2, 'echo', { text: 'the slow call is running' });
    pty.press('c');
    await pty.shows(
      /^1 call running, the oldest first\n.*máy tính +slow +tools\/call, id 1\n↑ ↓: scroll, Esc: back$/,
    );
    pty.press('\u001b');
    await pty.shows(/ 1 ✓ máy tính .* 1 call running/);
    pty.press('2');
    await pty.shows(/^Log of broken {2}following\n[\s\S]*\[broken\] stderr: .*left-behind/);
    expect(pty.screen.text).not.toContain('[máy tính]');
    pty.press('q');
    await pty.shows(/INFO: \[máy tính\] Working[\s\S]*\? for keys, Ctrl-C stops$/);
    pty.press('1');
    await pty.shows('Log of máy tính');
    // The terminal has its own mode and its first screen again, whichever way it ends.
    pty.press('\u0003\u0003');
    expect(await pty.exited).toBe(130);
    expect(pty.screen.text).toMatch(/INFO: \[máy tính\] Working[\s\S]*INFO: Stopped\.$/);
    expect(pty.screen.isSecond).toBe(false);
    expect(pty.isUsual).toBe(true);
    expect(pty.screen.unknown).toEqual([]);
  });

  it('gets its mode and its first screen back after a defect of our own', async () => {
    const code = "process.on('SIGUSR2', () => { throw new TypeError('a broken thing'); })";
    const preload = `--import data:text/javascript,${encodeURIComponent(code)}`;
    const pty = new Pty(['máy tính'], { cwd, env: { ...env(), NODE_OPTIONS: preload, NO_COLOR: '1' } });
    await pty.shows(/ 1 ✓ máy tính +connected/);
    pty.press('1');
    await pty.shows('Log of máy tính');
    process.kill(pty.pid, 'SIGUSR2');
    expect(await pty.exited).toBe(1);
    expect(pty.isUsual).toBe(true);
    expect(pty.screen.isSecond).toBe(false);
    expect(pty.screen.text).toMatch(/Connected to[\s\S]*failed unexpectedly: TypeError: a broken thing/);
  });

  it('draws the block anew after it was stopped and goes on', async () => {
    const pty = new Pty(['máy tính'], { cwd, env: env() });
    await pty.shows(/✓ máy tính +connected/);
    process.kill(pty.pid, 'SIGSTOP');
    process.kill(pty.pid, 'SIGCONT');
    await pty.shows(/✓ máy tính +connected[\s\S]*✓ máy tính +connected/);
  });

  it('shows the same lines that --local prints, once each', async () => {
    const pty = new Pty(['--local', 'máy tính'], { cwd });
    await pty.shows(/máy tính: \d+ tools: /);
    await pty.shows(/✓ máy tính +connected, asked/);
    expect(pty.screen.lines.filter((line) => line.startsWith('máy tính: call it at'))).toHaveLength(1);
    expect(pty.screen.lines.filter((line) => /^ 1 . máy tính +connected/.test(line))).toHaveLength(1);
  });
});

describe.skipIf(!hasPty)('mcp-pipe demo in a terminal (needs python3)', () => {
  it('shows what each server does until it has answered', async () => {
    const pty = new Pty(['demo'], { cwd });
    await pty.shows(/^… (?:calculator|memory) +(?:starting the server|waiting to be started)/m);
    expect(await pty.exited).toBe(0);
    expect(pty.screen.text).toMatch(/✔ calculator +1 tool +in /);
    expect(pty.raw).toContain('\u001b[32m✔\u001b[39m calculator');
    expect(pty.screen.text).not.toContain('u001b');
    expect(pty.screen.text).toContain('Every server answered');
    expect(pty.screen.text).not.toMatch(/^[…✓✗] /m);
    expect(pty.screen.cursorHidden).toBe(false);
  });
});

describe('what goes wrong outside is told in words, never as a stack', () => {
  const preload = (code: string) => ({
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}`,
  });

  it.each(['16.20.2', '18.20.8', '20.18.3'])('Node %s is too old, and exits 2', async (node) => {
    const code = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${node}' } })`;
    const cli = new Cli(['--version'], { cwd, env: preload(code) });
    expect(await cli.exited).toBe(2);
    expect(cli.stderr).toMatch(new RegExp(`^mcp-pipe needs Node 20.19 or newer; this is Node ${node}.*\\n$`));
    expect(cli.stdout).toBe('');
  });

  it.each([
    [[], false],
    [['--debug'], true],
  ])('a defect of our own says it is one, with a stack only with --debug: %j', async (args, stack) => {
    // As soon as the program is there to say so.
    const code = `const timer = setInterval(() => {
      if (process.listenerCount('uncaughtException') === 0) return;
      clearInterval(timer);
      throw new TypeError('a broken thing');
    }, 100)`;
    const cli = new Cli([...args, 'endpoint', '--port', '0'], { cwd, env: preload(code) });
    expect(await cli.exited).toBe(1);
    expect(cli.stderr).toMatch(/failed unexpectedly: TypeError: a broken thing\nThis is a defect/);
    expect(cli.stderr.includes('    at ')).toBe(stack);
  });

  it('a reader of stderr that is gone ends nothing', async () => {
    const cli = new Cli(['no-such-server'], { cwd });
    cli.closeStderr();
    expect(await cli.exited).toBe(2);
  });
});

describe('a pipe', () => {
  it('gets plain lines, also when it asks for the pretty format', async () => {
    const cli = new Cli(['--log-format', 'pretty', 'máy tính'], { cwd, env: env() });
    await fake.connection();
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    expect(cli.stderr).toContain('[máy tính] Starting the server.');
    expect(cli.stderr).not.toContain('\u001b');
    expect(cli.stderr).not.toContain('✓');
  });

  it('gets colours with FORCE_COLOR, but no block', async () => {
    const forced = { ...env(), FORCE_COLOR: '1' };
    const cli = new Cli(['--log-format', 'pretty', 'máy tính'], { cwd, env: forced });
    await fake.connection();
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    expect(cli.stderr).toContain('\u001b[32m');
    expect(cli.stderr).not.toContain('✓');
  });
});
