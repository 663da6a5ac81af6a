import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCaller } from '../../src/faces/endpoint/caller.js';
import { Cli, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { isAlive } from '../helpers/is-alive.js';

describe('mcp-pipe demo', () => {
  it('pipes real servers to the embedded endpoint, calls a tool of each, and exits 0', async () => {
    const cli = new Cli(['demo'], { cwd: await folder() });
    expect(await cli.exited).toBe(0);
    expect(cli.stderr).toBe('');
    for (const name of ['calculator', 'memory', 'filesystem', 'everything', 'sequential-thinking']) {
      expect(cli.stdout).toMatch(new RegExp(`✔ ${name} +\\d+ tools? +in `));
    }
    expect(cli.stdout).toContain('-> 35');
    expect(cli.stdout).not.toContain('\u001b[');
  });
});

describe('mcp-pipe demo, interrupted', () => {
  it('ends soon after Ctrl-C, says nothing more, and leaves nothing behind', async () => {
    const tmp = await folder();
    const cli = new Cli(['demo'], { cwd: tmp, env: { TMPDIR: tmp } });
    await eventually(() => cli.stdout.includes('Starting'));
    cli.signal('SIGINT');
    const asked = performance.now();
    const said = cli.stdout;
    expect(await cli.exited).toBe(130);
    expect(performance.now() - asked).toBeLessThan(8_000);
    expect(cli.stdout).toBe(said);
    expect(cli.stderr).toBe('');
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('outlives the reader of its stdout', async () => {
    const cli = new Cli(['demo'], { cwd: await folder() });
    await eventually(() => cli.stdout.includes('Starting'));
    cli.closeStdout();
    expect(await cli.exited).toBe(0);
    expect(cli.stderr).toBe('');
  });
});

describe('mcp-pipe demo --chaos', () => {
  it('says what it does, and on Ctrl-C what came of it so far; nothing is left behind', async () => {
    const tmp = await folder();
    const cli = new Cli(['demo', '--chaos', '--seed', '9'], { cwd: tmp, env: { TMPDIR: tmp } });
    const pid = await eventually(() => /kill +\S+ \(pid (\d+)\)/.exec(cli.stdout)?.[1]);
    cli.signal('SIGINT');
    expect(await cli.exited).toBe(130);
    expect(cli.stdout).toContain('(seed 9)');
    expect(cli.stdout).toMatch(/together +[1-9]\d*/);
    expect(cli.stdout).not.toMatch(/No call was lost|defect/);
    expect(cli.stderr).toBe('');
    expect(isAlive(Number(pid))).toBe(false);
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('is what its options belong to', async () => {
    const cli = new Cli(['demo', '--seed', '7'], { cwd: await folder() });
    expect(await cli.exited).toBe(2);
    expect(cli.stderr).toContain('mcp-pipe demo --chaos --seed');
  });
});

describe('options before a subcommand', () => {
  it('count for it', async () => {
    const cwd = await folder();
    const endpoint = new Cli(['--port', '0', '--log-level', 'silent', 'endpoint'], { cwd });
    await eventually(() => endpoint.stdout.includes('Servers dial'));
    expect(endpoint.stdout).not.toContain(':8765');
  });

  it.each([
    [['--local', 'demo'], /--local/],
    [['--config', 'x.json', 'endpoint'], /--config/],
    [['endpoint', '--refuse', '401'], /close code/],
    [['endpoint', '--port', '99999'], /65535/],
    [['endpoint', '--connections-per-token', '0'], /from 1/],
  ])('or are a mistake: %s', async (args, says) => {
    const cli = new Cli(args, { cwd: await folder() });
    expect(await cli.exited).toBe(2);
    expect(cli.stderr).toMatch(says);
    expect(cli.stderr).not.toContain('    at ');
  });
});

describe('mcp-pipe endpoint', () => {
  it('joins a caller to the server with the same token', async () => {
    const cwd = await folder();
    const endpoint = new Cli(['endpoint', '--port', '0'], { cwd });
    const port = await eventually(() => /Servers dial +ws:\/\/127\.0\.0\.1:(\d+)/.exec(endpoint.stdout)?.[1]);
    const server = new Cli([`${root}/examples/calculator.js`], {
      cwd,
      env: { MCP_ENDPOINT: `ws://127.0.0.1:${port}/mcp/?token=a-shared-token` },
    });
    await server.event('client-initialized');
    const caller = await openCaller(`ws://127.0.0.1:${port}/call/?token=a-shared-token`);
    const result = await caller.request('tools/call', {
      name: 'calculate',
      arguments: { expression: '2 ** 10' },
    });
    expect(JSON.stringify(result)).toContain('1024');
    await caller.close();
    endpoint.signal('SIGTERM');
    expect(await endpoint.exited).toBe(0);
    expect((await server.event('down')).cause).toBe('endpoint-restarting');
    expect(endpoint.stderr).not.toContain('a-shared-token');
  });

  it('closes one server too many with 4004 when told to', async () => {
    const cwd = await folder();
    const endpoint = new Cli(['endpoint', '--port', '0', '--connections-per-token', '1'], { cwd });
    const port = await eventually(() => /Servers dial +ws:\/\/127\.0\.0\.1:(\d+)/.exec(endpoint.stdout)?.[1]);
    const env = { MCP_ENDPOINT: `ws://127.0.0.1:${port}/mcp/?token=a-shared-token` };
    const first = new Cli([`${root}/examples/calculator.js`], { cwd, env });
    await first.event('client-initialized');
    // As on another machine: on this one it would wait until the first has ended.
    const elsewhere = { ...env, XDG_STATE_HOME: await folder() };
    const second = new Cli([`${root}/examples/calculator.js`], { cwd, env: elsewhere });
    expect(await second.event('down')).toMatchObject({ cause: 'endpoint-error', code: 4004 });
  });

  it('says in one line that its port is taken, and exits 1', async () => {
    const cwd = await folder();
    const first = new Cli(['endpoint', '--port', '0'], { cwd });
    const port = await eventually(() => /Servers dial +ws:\/\/127\.0\.0\.1:(\d+)/.exec(first.stdout)?.[1]);
    const second = new Cli(['endpoint', '--port', port], { cwd });
    expect(await second.exited).toBe(1);
    expect(second.stderr).toContain('EADDRINUSE');
    expect(second.stderr).not.toContain('    at ');
  });
});
