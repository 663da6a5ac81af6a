import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { leaseFolder } from '../../../src/daemon/lease-folder.js';

const home = join(homedir(), '.local/state/mcp-pipe');

it.each([
  ['the home, when nothing is said', {}, home],
  ['XDG_STATE_HOME', { XDG_STATE_HOME: '/var/state' }, '/var/state/mcp-pipe'],
  ['the home, when that is no absolute path', { XDG_STATE_HOME: 'state' }, home],
  ['MCP_PIPE_STATE before all', { MCP_PIPE_STATE: '/run/here', XDG_STATE_HOME: '/var/state' }, '/run/here'],
  ['MCP_PIPE_STATE from the working folder', { MCP_PIPE_STATE: 'here' }, resolve('here')],
])('lock files stand below %s, each machine and container apart', (_name, env, below) => {
  const folder = leaseFolder(env);
  expect(dirname(folder)).toBe(join(below, 'leases'));
  expect(basename(folder)).toMatch(/^[0-9a-f]{8}$/);
});
