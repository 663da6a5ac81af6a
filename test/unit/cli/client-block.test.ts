import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { clientBlock } from '../../../src/cli/client-block.js';

const machine = { env: { PATH: '/usr/bin' }, node: '/opt/node', platform: 'linux', cwd: '/' } as const;

/** Arguments behind those of Node.js. */
function argsOf(block: object): string[] {
  const [servers] = Object.values(block) as Record<string, { args: string[] }>[];
  return servers!['mcp-pipe']!.args.slice(1);
}

it('has the list, the file and the PATH that the program needs', () => {
  const of = (...[client, platform]: [Parameters<typeof clientBlock>[0], NodeJS.Platform]) =>
    clientBlock(client, [], undefined, {}, { ...machine, platform });
  expect(of('claude', 'darwin')).toMatchObject({
    block: { mcpServers: { 'mcp-pipe': { command: '/opt/node', env: { PATH: '/usr/bin' } } } },
    file: '~/Library/Application Support/Claude/claude_desktop_config.json',
  });
  const windows = of('claude', 'win32');
  expect(windows.file).toBe('%APPDATA%\\Claude\\claude_desktop_config.json');
  expect(JSON.stringify(windows.block)).not.toContain('PATH');
  expect(of('cursor', 'linux').file).toBe('~/.cursor/mcp.json');
  expect(of('claude-code', 'linux').file).toBe('.mcp.json');
  expect(of('vscode', 'linux')).toMatchObject({
    block: { servers: { 'mcp-pipe': { type: 'stdio', command: '/opt/node' } } },
    file: '.vscode/mcp.json',
  });
});

it('repeats the command line, with whole paths', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'mcp-pipe-block-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, 'mcp_config.json'), '{}');
  writeFileSync(join(cwd, 'calc.js'), '');
  const here = { ...machine, cwd };
  const args = (words: string[], options: object = {}, command?: string[]) =>
    argsOf(clientBlock('claude', words, command, options, here).block);
  const config = ['--config', join(cwd, 'mcp_config.json')];
  expect(args([])).toEqual(['stdio', ...config]);
  expect(args(['calc.js'])).toEqual(['stdio', join(cwd, 'calc.js'), ...config]);
  expect(args(['memory'], { agent: 'kitchen', attach: false, logFile: 'x.log' })).toEqual([
    ...['stdio', 'memory', ...config, '--log-file', join(cwd, 'x.log'), '--agent', 'kitchen', '--no-attach'],
  ]);
  expect(args([], { server: ['a', 'b'] }, ['npx', '-y', 'x'])).toEqual([
    ...['stdio', ...config, '--server', 'a', '--server', 'b', '--', 'npx', '-y', 'x'],
  ]);
  expect(args([], { http: 'https://h/mcp', header: ['A: b'] })).toEqual([
    ...['stdio', ...config, '--http', 'https://h/mcp', '--header', 'A: b'],
  ]);
});
