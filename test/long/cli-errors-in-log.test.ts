import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { hasPty, Pty } from '../helpers/pty.js';

let cwd: string;
beforeEach(async () => {
  cwd = await folder();
});
const configure = (text: string) => writeFileSync(join(cwd, 'mcp_config.json'), text);
const env = { NO_COLOR: '1' };

describe('what keeps the links from starting', () => {
  test.each(['en', 'vi'])('is JSON where the log is JSON (%s)', async (lang) => {
    configure('{\n  "mcpServers": { "a": { "command": 1 }, "b": { "command": "x", "args": 2 } }\n}');
    const cli = new Cli(['--lang', lang], { cwd, env });
    expect(await cli.exited).toBe(2);
    const lines = cli.stderr.trimEnd().split('\n');
    expect(cli.log).toHaveLength(lines.length);
    const [headline, ...findings] = cli.log;
    expect(headline).toMatchObject({ level: 'error', event: 'not-started', msg: expect.any(String) });
    expect(findings.length).toBeGreaterThanOrEqual(2);
    for (const finding of findings) {
      expect(finding).toMatchObject({
        ...{ event: 'config-finding', line: 2, file: expect.stringContaining('mcp_config.json') },
        ...{ code: expect.stringMatching(/^[A-Z_]+$/), time: expect.any(String) },
      });
    }
  });

  test('is JSON for a usage error of the run, too, and in one line', async () => {
    configure('{ "mcpServers": {} }');
    const cli = new Cli(['nobody'], { cwd, env });
    expect(await cli.exited).toBe(2);
    expect(cli.log).toMatchObject([{ level: 'error', event: 'not-started', code: 'USAGE' }]);
  });

  test('stays text where text is asked for, and for commands that answer people', async () => {
    configure('{');
    for (const args of [['--log-format', 'pretty'], ['check'], ['tools']]) {
      const cli = new Cli(args, { cwd, env });
      expect(await cli.exited).toBe(2);
      expect(cli.log).toEqual([]);
      expect(cli.stdout + cli.stderr).toContain('mcp_config.json:1');
    }
  });

  test('says what to type on the host when it runs in the image', async () => {
    configure('{');
    const command = 'docker compose run --rm mcp-pipe check';
    const inside = new Cli([], { cwd, env: { ...env, MCP_PIPE_CONTAINER: '1' } });
    expect(await inside.exited).toBe(2);
    expect(inside.log.at(-1)).toMatchObject({ msg: expect.stringContaining(command) });
    const outside = new Cli([], { cwd, env });
    await outside.exited;
    expect(outside.stderr).not.toContain(command);
  });
});

describe.each(['en', 'vi'])('without a configuration (%s)', (lang) => {
  test.each([
    [[]],
    [['--local']],
    [['calculator']],
    [['check']],
    [['tools']],
    [['call', 'calculator', 'calculate']],
    [['remove', 'calculator']],
    [['probe', '--yes']],
  ])('mcp-pipe %j names init, which writes one', async (args) => {
    const cli = new Cli([...args, '--lang', lang], { cwd, env });
    expect(await cli.exited).not.toBe(0);
    expect(cli.stdout + cli.stderr).toContain('mcp-pipe init');
  });
});

test.skipIf(!hasPty).each([60, 80, 90])(
  'check shows every fingerprint whole at %d columns',
  async (columns) => {
    const entry = {
      command: process.execPath,
      args: ['/a/long/path/to/somewhere/server.js', '--and', 'arguments'],
    };
    const endpoint = 'wss://api.xiaozhi.me/mcp/?token=made-up-token-of-a-test';
    const mcpServers = {
      calculator: { ...entry, endpoint },
      memory: { ...entry, endpoint: `${endpoint}-2` },
    };
    configure(JSON.stringify({ mcpServers }));
    const check = new Pty(['check'], { cwd, env, columns });
    await check.exited;
    const rows = check.raw.split('\n').filter((line) => /^(calculator|memory) .*(wss|…)/.test(line));
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row).toMatch(/ #[0-9a-f]{8}(\s|$)/);
  },
);

test.skipIf(!hasPty).each([
  [[], 1],
  [['check'], 1],
  [['calculater'], 1],
  [['health'], 0],
] as const)('on a terminal, mcp-pipe %j breaks lines between words', async (args, servers) => {
  if (servers > 0) {
    const endpoint = 'wss://api.xiaozhi.me/mcp/?token=made-up-token-of-a-test';
    const calculator = { command: 'no-such-program-anywhere', endpoint, cwd: '/no/such/folder' };
    configure(JSON.stringify({ mcpServers: { calculator, memory: { ...calculator, args: 'x' } } }));
  }
  const pty = new Pty([...args, '--lang', 'vi'], { cwd, env, columns: 60 });
  await pty.exited;
  const lines = pty.raw.replace(/\u001b\[[\d;]*m/g, '').split(/\r?\n/);
  expect(lines.length).toBeGreaterThan(3);
  // A path may be longer than a line; then it is the whole line.
  for (const line of lines.filter((one) => one.length > 60)) expect(line.trim()).not.toContain(' ');
});
