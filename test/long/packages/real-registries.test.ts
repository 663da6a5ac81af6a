import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { askNpmRegistry } from '../../../src/packages/audit/ask-npm.js';
import { judge } from '../../../src/packages/audit/judge.js';
import type { LockedPackage } from '../../../src/packages/locked-package.js';
import type { PackageHost } from '../../../src/packages/package-kind.js';
import { pypi } from '../../../src/packages/pypi/pypi.js';
import { wantedOfPypi } from '../../../src/packages/pypi/wanted.js';
import { installUv, uvCache } from '../../helpers/uv.js';

const bin = installUv();
const root = mkdtempSync(join(tmpdir(), 'mcp-pipe-real-registries-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function host(more: Record<string, string> = {}): PackageHost {
  const env = process.env as Record<string, string>;
  const PATH = [bin, env.PATH].join(delimiter);
  return {
    ...{ cwd: root, env: { ...env, PATH, UV_CACHE_DIR: uvCache, ...more } },
    ...{ signal: new AbortController().signal, inBackground: false },
  };
}

describe('the registries of this world', () => {
  it('resolve and bring a server of Python, which then starts without them', async () => {
    const asked = wantedOfPypi('uvx', ['mcp-server-time', '--local-timezone', 'Asia/Ho_Chi_Minh']);
    if (asked === undefined || !('wanted' in asked)) throw new Error('not lockable');
    const { wanted } = asked;
    const locked = await pypi.resolve(wanted, host());
    expect(locked.packages.length).toBeGreaterThan(5);
    expect(locked.packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['mcp', 'mcp-server-time']),
    );
    const folder = join(root, 'time');
    await pypi.install(locked, folder, host());
    const away = { UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple', UV_OFFLINE: '1' };
    const given = { command: 'uvx', args: [], cwd: root, env: host(away).env };
    const { command, args, cwd, env } = await pypi.entryCommand(locked, folder, given, wanted);
    const server = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] });
    server.stdin.on('error', () => {});
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    };
    server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params })}\n`);
    for await (const line of createInterface(server.stdout)) {
      expect(JSON.parse(line)).toMatchObject({ id: 0, result: { serverInfo: { name: 'mcp-time' } } });
      break;
    }
    server.kill();
  });

  it('tell of a version of npm what they tell, and the rest counts as not told', async () => {
    const name = '@modelcontextprotocol/server-filesystem';
    const locked = (version: string): LockedPackage => ({
      ...{
        registry: 'npm',
        name,
        version,
        integrity: ['sha512-none'],
        bin: 'x',
        entry: 'x',
        lockedAt: '2026-01-01T00:00:00Z',
      },
      packages: [{ name, version, integrity: ['sha512-none'], at: `node_modules/${name}` }],
    });
    const facts = await askNpmRegistry(locked('2025.7.29'), host());
    expect(facts).toMatchObject({ state: 'there', before: { version: '2025.7.1' } });
    expect(facts.newest).toMatch(/^20\d\d\./);
    expect(facts.integrity?.[0]).toMatch(/^sha512-/);
    const said = judge(locked('2025.7.29'), facts, Date.now());
    expect(said.map(({ is }) => is)).toEqual(expect.arrayContaining(['other-archive', 'newer']));
    // A mirror names no owners and has no audit; the registry itself does.
    const untold = said.find((one) => one.is === 'untold');
    const what = untold?.is === 'untold' ? untold.what : [];
    expect(what.includes('owners')).toBe(facts.owners === undefined);
    expect(what.includes('vulnerabilities')).toBe(facts.vulnerabilities === undefined);
    expect(await askNpmRegistry(locked('0.0.412'), host())).toEqual({ state: 'no-version' });
  });
});
