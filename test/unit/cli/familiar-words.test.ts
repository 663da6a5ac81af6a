import { expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/describe/commands.js';
import { familiarWord } from '../../../src/cli/familiar-words.js';

const nothing = async () => false;

test.each([
  // pm2
  ['ls', 'status'],
  ['list', 'status'],
  ['describe', 'status'],
  ['monit', 'status'],
  ['delete', 'remove'],
  // docker compose
  ['ps', 'status'],
  ['up', 'start'],
  ['unpause', 'resume'],
  ['top', 'status'],
  ['events', 'logs'],
  ['pull', 'update'],
  // caddy, frp, nginx
  ['run', 'start'],
  ['validate', 'check'],
  ['verify', 'check'],
  // cloudflared, ngrok
  ['diagnose', 'doctor'],
  ['tail', 'logs'],
  // systemctl
  ['is-active', 'status'],
  ['try-restart', 'restart'],
  ['journalctl', 'logs'],
  // 1mcp, thv, `claude mcp`
  ['gateway', 'serve'],
  ['mcp-proxy', 'serve'],
  ['supergateway', 'serve'],
  ['rm', 'remove'],
  ['inspect', 'tools'],
  ['import', 'init'],
])('%s leads to %s, and keeps what stands behind it', async (word, command) => {
  const meant = await familiarWord([word, 'x', '--json'], nothing);
  expect(meant).toMatchObject({ argv: expect.arrayContaining(['x', '--json']) });
  expect((meant as { argv: string[] }).argv[0]).toBe(command);
  expect(Object.keys(COMMANDS)).toContain(command);
});

test.each([
  [['kill', '--json'], { argv: ['stop', '--json'] }],
  [['daemon-reload'], { argv: ['reload'] }],
  [['down', 'web'], { instead: 'stopOne', isOurs: true }],
  [['stop', 'web'], { instead: 'stopOne', isOurs: true }],
  [['stop', '--config', 'web.json'], undefined],
  [['reload', 'web'], { instead: 'reloadOne', isOurs: true }],
  [['restart'], { instead: 'restartAll', isOurs: true }],
  [['restart', 'all'], { instead: 'restartAll', isOurs: true }],
  [['restart', 'web'], undefined],
])('%j: a name behind a command that takes none is answered', async (argv, meant) => {
  expect(await familiarWord(argv, nothing)).toEqual(meant);
  expect(await familiarWord(['restart', 'all'], async (word) => word === 'all')).toBeUndefined();
});

test.each(['-d', '--detach', '--daemon', '--background', 'daemon'])(
  '%s runs in the background',
  async (word) => {
    expect(await familiarWord([word, 'x'], nothing)).toEqual({ argv: ['start', '--detach', 'x'] });
  },
);

test.each([
  ['startup', 'service'],
  ['install', 'service'],
  ['config', 'edit'],
  ['authtoken', 'login'],
  ['http', 'tunnel'],
  ['scale', 'scale'],
  ['flush', 'flush'],
])('%s says what to do instead', async (word, text) => {
  expect(await familiarWord([word], nothing)).toEqual({ instead: text });
});

test.each(['start', 'status', 'logs', 'restart', 'pause', 'resume', 'reconnect', 'reload', 'stop'])(
  'a server called %s comes before the command',
  async (name) => {
    expect(await familiarWord([name, '--json'], nothing)).toBeUndefined();
    expect(await familiarWord([name, '--json'], async (word) => word === name)).toEqual({
      argv: ['start', name, '--json'],
    });
  },
);

test.each(['ls', 'up', 'install', '-d'])('a server called %s comes first', async (name) => {
  expect(await familiarWord([name], async () => true)).toBeUndefined();
});

test.each([
  '--port=8080 --host=0.0.0.0 npx -y server /data',
  '--port 8080 --allow-origin * --named-server a x',
  '--stdio x --outputTransport ws',
  '--named-server-config servers.json',
])('options of other gateways are those of serve: %s', async (text) => {
  const argv = text.split(' ');
  expect(await familiarWord(argv, nothing)).toEqual({ argv: ['serve', ...argv] });
});

test.each(['--port 8080 -- server --host x', '--local server.js --port 1', '--lang vi endpoint --host x'])(
  'other options stay: %s',
  async (text) => {
    expect(await familiarWord(text.split(' '), nothing)).toBeUndefined();
  },
);

test('a command that was always there is no name', async () => {
  expect(await familiarWord(['check'], async () => true)).toBeUndefined();
  expect(await familiarWord([], nothing)).toBeUndefined();
});

test('a command line of claude mcp, and an address behind http, are understood', async () => {
  const claude = ['mcp', 'add', '--transport', 'http', 'x', 'https://h/'];
  expect(await familiarWord(claude, nothing)).toEqual({ argv: claude.slice(1) });
  expect(await familiarWord(['mcp', 'list'], nothing)).toEqual({ argv: ['status'] });
  expect(await familiarWord(['add-json', 'x', '{}'], nothing)).toEqual({ argv: ['add', 'x', '{}'] });
  expect(await familiarWord(['http', 'https://h/'], nothing)).toEqual({ argv: ['--http', 'https://h/'] });
  expect(await familiarWord(['http', '8080'], nothing)).toEqual({ instead: 'tunnel' });
});
