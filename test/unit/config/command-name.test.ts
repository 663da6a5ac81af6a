import { expect, test } from 'vitest';
import { commandName, fetcherOf, scriptName } from '../../../src/config/command-name.js';

test.each([
  ['npx -y @modelcontextprotocol/server-memory', 'server-memory'],
  ['npx -y @modelcontextprotocol/server-filesystem@2026.8.31 /tmp', 'server-filesystem'],
  ['npx --package=foo bar', 'bar'],
  ['npx -p typescript tsc', 'tsc'],
  ['C:\\nodejs\\npx.cmd -y mcp-thing@latest', 'mcp-thing'],
  ['npm exec -- mcp-thing', 'mcp-thing'],
  ['uvx --from git+https://example.org/x.git mcp-server-time', 'mcp-server-time'],
  ['uvx mcp-server-fetch==1.0', 'mcp-server-fetch'],
  ['uv run --directory /srv server.py', 'server'],
  ['docker run -i --rm -e KEY mcp/time:latest', 'time'],
  ['node --import tsx ./src/server.ts', 'server'],
  ['node dist/run', 'run'],
  ['/usr/bin/python3 -m mcp_server_time --utc', 'mcp_server_time'],
  ['python3.12 calculator.py', 'calculator'],
  ['./bin/my server', 'my'],
  ['/opt/thing.sh', 'thing'],
  ['npx', 'npx'],
  ['计算器', 'command'],
])('%s is called %s', (line, name) => {
  const [command, ...args] = line.split(' ');
  expect(commandName(command!, args)).toBe(name);
});

test('a script is called like its file, without the extension', () => {
  expect(scriptName('/home/me/my calculator.mjs')).toBe('my-calculator');
});

test.each([
  ['/usr/bin/npx', ['-y', 'some-server'], 'npx'],
  ['cmd', ['/c', 'npx', 'some-server'], 'npx'],
  ['uvx.exe', [], 'uvx'],
  ['cmd /c npx', ['some-server'], 'npx'],
  ['node', ['a', 'b', 'npx'], undefined],
])('%s %j may have to download the server: %s', (command, args, fetcher) => {
  expect(fetcherOf(command, args)).toBe(fetcher);
});
