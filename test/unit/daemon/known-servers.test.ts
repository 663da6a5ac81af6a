import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerPlan } from '../../../src/config/plan.js';
import { defaultOptions } from '../../../src/config/server-options.js';
import { KnownServerFiles } from '../../../src/daemon/known-servers.js';
import type { KnownServer } from '../../../src/servers/known-server.js';

const TEXT = '{"jsonrpc":"2.0","id":"x","result":{"tools":[{"name":"thời tiết \\u00e9","n":1.0}]}}';

const plan = (command = 'node', options = {}): ServerPlan => ({
  ...{ kind: 'stdio', name: 'w/../x', options: { ...defaultOptions, ...options } },
  launch: { command, args: ['server.js'], cwd: '/', env: { KEY: 'a-secret' } },
});

const known = (): KnownServer => ({
  last: 'legacy',
  legacy: {
    asked: Buffer.from('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}'),
    answer: Buffer.from('{"jsonrpc":"2.0","id":0,"result":{"capabilities":{"tools":{}}}}'),
    lists: new Map([['tools/list', [{ cursor: undefined, reply: Buffer.from(TEXT) }]]]),
  },
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'known-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = () => join(folder, 'known', readdirSync(join(folder, 'known'))[0]!);

describe('what servers have said of themselves', () => {
  it('is kept byte for byte, readable by this user only, without secrets', () => {
    new KnownServerFiles(folder).storeOf(plan(), 'w/../x')!.write(known());
    const read = new KnownServerFiles(folder).storeOf(plan(), 'w/../x')!.read()!;
    expect(read.legacy!.lists.get('tools/list')![0]!.reply.toString()).toBe(TEXT);
    expect(read.last).toBe('legacy');
    if (process.platform !== 'win32') expect(statSync(fileOf()).mode & 0o777).toBe(0o600);
    expect(readFileSync(fileOf(), 'utf8')).not.toContain('a-secret');
    expect(readdirSync(join(folder, 'known'))).toHaveLength(1);
  });

  it('is nothing for another command or another locked version', () => {
    new KnownServerFiles(folder, { versionOf: () => '1.0.0' }).storeOf(plan(), 'w/../x')!.write(known());
    const of = (version: string | undefined, command?: string) =>
      new KnownServerFiles(folder, { versionOf: () => version }).storeOf(plan(command), 'w/../x')!.read();
    expect(of('1.0.0')).toBeDefined();
    expect(of('1.0.1')).toBeUndefined();
    expect(of(undefined)).toBeUndefined();
    expect(of('1.0.0', 'python')).toBeUndefined();
  });

  it('is nothing when the file is broken, cut, or holds what no server has sent', () => {
    const store = new KnownServerFiles(folder).storeOf(plan(), 'w/../x')!;
    expect(store.read()).toBeUndefined();
    store.write(known());
    const whole = readFileSync(fileOf(), 'utf8');
    const broken = [
      whole.slice(0, -20),
      '',
      'null',
      '[]',
      whole.replace('"lists"', '"list"'),
      whole.replace('"last":"legacy"', '"last":"other"'),
      whole.replace(/"reply":"/, '"reply":"\\n'),
      whole.replace('jsonrpc\\":\\"2.0', 'jsonrpc\\":\\"1.0'),
      // What asks would wait for ever, or hear of an error for ever.
      whole.replace('\\"id\\":0,\\"result\\"', '\\"result\\"'),
      whole.replace('\\"id\\":0,\\"result\\"', '\\"id\\":0,\\"error\\"'),
      whole.replace('\\"id\\":0,\\"result\\"', '\\"id\\":0,\\"method\\":\\"ping\\",\\"params\\"'),
      whole.replace('\\"id\\":\\"x\\",', ''),
      whole.replace('\\"id\\":\\"x\\",', '\\"id\\":\\"x\\",\\"method\\":\\"ping\\",'),
      whole.replace('\\"tools\\":[', '\\"prompts\\":['),
    ];
    for (const text of broken) {
      writeFileSync(fileOf(), text);
      expect(new KnownServerFiles(folder).storeOf(plan(), 'w/../x')!.read(), text).toBeUndefined();
    }
  });

  it('is not kept of processes that get variables of their callers', () => {
    const files = new KnownServerFiles(folder);
    const own = plan('node', { callerEnv: { TENANT: 'x-tenant' } });
    expect(files.storeOf({ ...own, name: 'w#1' }, 'w/../x')).toBeUndefined();
    expect(files.storeOf({ ...plan(), name: 'w#1' }, 'w/../x')).toBeDefined();
  });

  it('lasts for the run when the folder cannot be written', () => {
    writeFileSync(join(folder, 'known'), 'a file');
    expect(() => new KnownServerFiles(folder).storeOf(plan(), 'w/../x')!.write(known())).not.toThrow();
  });
});
