import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { familiarWord } from '../../src/cli/familiar-words.js';
import { Cli, folder, root } from '../helpers/cli.js';

const calculator = join(root, 'examples/calculator.js');
let cwd: string;
beforeEach(async () => {
  cwd = await folder();
  configure('calc');
});

function configure(name: string) {
  const mcpServers = { [name]: { command: process.execPath, args: [calculator] } };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers }));
}

async function end(...args: string[]) {
  const cli = new Cli(args, {
    cwd,
    env: { XDG_RUNTIME_DIR: cwd, NO_COLOR: '1', MCP_PIPE_LOG_FORMAT: 'pretty' },
  });
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
}

describe('a word of other programs', () => {
  test.each([
    ['ls', ['status']],
    ['validate', ['check']],
    ['run', ['start']],
    ['version', ['--version']],
    ['help', ['--help']],
  ] as const)('%s leads to %j, options included', async (word, own) => {
    for (const more of word === 'help' ? [[]] : [[], ['--json']]) {
      expect(await end(word, ...more)).toEqual(await end(...own, ...more));
    }
  });

  test.each(['diagnose', 'diagnostic', 'diag'])('%s leads to doctor', async (word) => {
    expect(await familiarWord([word, 'calc'], async () => false)).toEqual({ argv: ['doctor', 'calc'] });
  });

  test('help of a command, by its own name and by another', async () => {
    const own = await end('check', '--help');
    expect(own.stdout).toContain('Usage: mcp-pipe check');
    expect(await end('help', 'check')).toEqual(own);
    expect(await end('help', 'validate')).toEqual(own);
    expect(await end('help', 'upgrade')).toEqual(await end('update', '--help'));
  });

  test('start and run take the server behind them', async () => {
    const own = await end('start', 'nobody');
    expect(own.stderr).toContain('nobody');
    expect(await end('run', 'nobody')).toEqual(own);
  });

  test.each([
    ['config', /mcp-pipe check/],
    ['install', /mcp-pipe service install/],
  ])('%s says what to do instead', async (word, text) => {
    const { code, stderr } = await end(word, '-x', 'x');
    expect([code, stderr]).toEqual([2, expect.stringMatching(text)]);
    const vi = await end(word, '--lang', 'vi');
    expect(vi.stderr).toMatch(new RegExp(`^mcp-pipe không có lệnh "${word}"\\. .*[ạảáàấầậắộợứựệế]`));
  });

  test.each(['logs', 'start', 'help', 'alerts'])('a server called %s comes first', async (name) => {
    configure(name);
    const { code, stderr } = await end(name);
    // Without an endpoint it does not run: it was the server that was meant.
    expect([code, stderr]).toEqual([2, expect.stringContaining('NO_ENDPOINT')]);
  });

  test('a file called so comes first', async () => {
    writeFileSync(join(cwd, 'logs'), '');
    expect((await end('logs')).stderr).not.toContain('no command');
  });
});
