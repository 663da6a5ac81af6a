import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Cli, folder, root } from '../helpers/cli.js';
import { englishIn } from '../helpers/english.js';

describe('what commands do is said in Vietnamese', () => {
  const english = (text: string) =>
    text.split('\n').flatMap((line) => englishIn(line).map((word) => `${word}: ${line}`));
  const basic = join(root, 'test/fixtures/servers/basic.mjs');

  it('by those that write the configuration, and by those that read it', async () => {
    const cwd = await folder();
    const steps: [string[], number][] = [
      [['init', '--yes', '--server', `one=node ${basic}`], 0],
      [['init', '--yes'], 2],
      [['add', 'two', '--env', 'API_KEY=sk-made-up-0123456789abcdef', '--', 'node', basic], 0],
      [['add', 'two', '--', 'node', basic], 2],
      [['add', 'three', '--disabled', '--', 'node', basic, '--token', 'made-up-0123456789abcdef'], 0],
      [['remove', 'three'], 0],
      [['remove', 'four'], 2],
      [['check'], 2],
      [['check', 'nothing-of-that-name'], 2],
      [['tools', 'nothing-of-that-name'], 2],
      [['tools', 'one', '--timeout-ms', '60000'], 0],
      [['call', 'one', 'no_such_tool'], 2],
      [['call', 'one', 'echo', 'text:=broken'], 2],
      [['call', 'one'], 2],
      [['health'], 1],
      [['leases'], 0],
      [['probe'], 2],
      [['-e', 'http://h/', 'one'], 2],
      [['./no/such/file.py'], 2],
    ];
    for (const [args, code] of steps) {
      const cli = new Cli(args, { cwd, env: { LC_ALL: 'vi_VN.UTF-8', XDG_RUNTIME_DIR: cwd } });
      expect([args.join(' '), await cli.exited]).toEqual([args.join(' '), code]);
      // What a tool says of itself is its own affair: those lines are indented.
      const own = cli.stdout.split('\n').filter((line) => !/^ {4}\S|^\w+\(/.test(line));
      expect([args.join(' '), ...english(own.join('\n')), ...english(cli.stderr)]).toEqual([args.join(' ')]);
    }
  });
});
