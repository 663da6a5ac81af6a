import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Cli, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';

const WILD = 'a\u001b]0;title\u0007\u001b]52;c;Zm9v\u0007\u001b[2J\u009b31m\u202e\u2066\u2028\u{e0041}\rb\nc';
const server = join(root, 'test/fixtures/servers/escapes.mjs');
/** What no line may hold, wherever it came from; line breaks and tabs are ours. */
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

let cwd: string;
let env: Record<string, string>;
beforeEach(async () => {
  cwd = await folder();
  env = { XDG_RUNTIME_DIR: cwd, NO_COLOR: '1', MCP_ENDPOINT: 'ws://127.0.0.1:9/mcp/?token=a' };
});

function configure(name: string, extra: Record<string, unknown> = {}) {
  const mcpServers = { [name]: { command: process.execPath, args: [server], ...extra } };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers }));
}

async function end(args: string[]) {
  const cli = new Cli(args, { cwd, env });
  const code = await cli.exited;
  return { code, stdout: cli.stdout, stderr: cli.stderr, all: cli.stdout + cli.stderr };
}

test('the check of this test sees what it looks for', () => {
  for (const part of ['\u001b', '\u0007', '\u009b', '\u202e', '\u2066', '\u{e0041}', '\r', '\u2028']) {
    expect(UNSAFE.test(`x${part}y`)).toBe(true);
  }
  expect(UNSAFE.test('tính tổng 计算 👩‍💻\n\t')).toBe(false);
});

describe.each(['en', 'vi'])('what a server says of itself stays text (%s)', (lang) => {
  test.each([
    ['tools', ['tools', 'wild']],
    ['all tools', ['tools']],
    ['tools for programs', ['tools', 'wild', '--json']],
    ['a tool it does not have', ['call', 'wild', `t${WILD}x`]],
    ['arguments that do not fit', ['call', 'wild', 'fails', 'pick=no']],
    ['an unknown argument', ['call', 'wild', 'fails', 'a=1']],
    ['a result for programs', ['call', 'wild', 'fails', `{${JSON.stringify(WILD)}:1}`, '--json']],
  ])('%s', async (_, args) => {
    configure('wild');
    const { all } = await end([...args, '--lang', lang]);
    expect(all).toContain('title');
    expect(all).not.toMatch(UNSAFE);
  });

  test('the banner and the log of --local, for programs and for people', async () => {
    configure('wild');
    for (const format of ['json', 'pretty']) {
      const args = ['--local', '-p', '0', '--log-format', format, '--log-level', 'trace', '--lang', lang];
      const cli = new Cli(args, { cwd, env });
      await eventually(() => cli.stdout.includes('title') && cli.stderr.includes('title'), {
        what: 'names of tools',
      });
      cli.signal('SIGINT');
      await cli.exited;
      expect(cli.stdout + cli.stderr).not.toMatch(UNSAFE);
    }
  });

  test('what the running mcp-pipe tells of it', async () => {
    configure(`wild${WILD.replaceAll('\n', '')}`);
    const cli = new Cli(['--local', '-p', '0', '--lang', lang], { cwd, env });
    await cli.event('client-initialized');
    for (const args of [['health'], ['health', '--json'], ['leases'], ['leases', '--json'], ['tools']]) {
      const { all } = await end([...args, '--lang', lang]);
      expect(all, args.join(' ')).not.toMatch(UNSAFE);
    }
    cli.signal('SIGINT');
    await cli.exited;
  });
});

describe.each(['en', 'vi'])('what a configuration holds stays text (%s)', (lang) => {
  const name = `wild${WILD}`;

  test.each([
    ['check', ['check']],
    ['check for programs', ['check', '--json']],
    ['a server it does not have', ['nobody']],
    ['remove', ['remove', 'nobody']],
    ['tools of a server it does not have', ['tools', 'wildd']],
    ['completion', ['__complete', 'call', '']],
    ['a usage error', [`--no-such-${WILD}`]],
    ['an option of another command', ['check', `--${WILD}`]],
  ])('%s', async (_, args) => {
    configure(name, {
      [WILD]: 1,
      cwd: `./${WILD}`,
      env: { [WILD]: `\${${WILD}}` },
      endpoint: `ws://${WILD}`,
    });
    const { all } = await end(args[0] === '__complete' ? args : [...args, '--lang', lang]);
    expect(all).not.toBe('');
    expect(all).not.toMatch(UNSAFE);
  });

  test('a file that is imported, and a folder that is named', async () => {
    const file = join(cwd, `other${WILD.replaceAll('\n', '')}.json`);
    mkdirSync(join(cwd, 'new'));
    writeFileSync(
      file,
      JSON.stringify({ mcpServers: { [name]: { command: WILD, args: [WILD], type: WILD } } }),
    );
    const { all } = await end(['init', '--yes', '--dir', join(cwd, 'new'), '--import', file, '--lang', lang]);
    expect(all).not.toBe('');
    expect(all).not.toMatch(UNSAFE);
  });
});
