import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { installedAs } from '../../../../src/cli/update/installed-as.js';
import { noticeForTerminal, watchForUpdates } from '../../../../src/cli/update/notice.js';
import { type askRegistry, isNewer, type Newest, newestOf } from '../../../../src/cli/update/registry.js';

describe('the newest version', () => {
  const tags = JSON.stringify({ latest: '1.2.0', next: '2.0.0-rc.2', old: '0.9.0' });

  test('is "latest", and for a version before a release any later one', () => {
    expect(newestOf(tags, '1.0.0')).toEqual({ version: '1.2.0' });
    expect(newestOf(tags, '2.0.0-rc.1')).toEqual({ version: '2.0.0-rc.2' });
    expect(isNewer('2.0.0', '2.0.0-rc.10')).toBe(true);
    expect(isNewer('2.0.0-rc.10', '2.0.0-rc.9')).toBe(true);
    expect(isNewer('1.2.0', '1.10.0')).toBe(false);
    expect(isNewer('not a version', '0.0.1')).toBe(false);
  });

  test('is not known where the registry has none, cannot be reached, or says nonsense', () => {
    const error = (code: string) =>
      JSON.stringify({ error: { code, summary: `${code} at //me:secret@host/` } });
    expect(newestOf(error('E404'), '1.0.0')).toEqual({ missing: true, said: 'E404 at //host/' });
    expect(newestOf(error('ECONNREFUSED'), '1.0.0')).toEqual({ failed: 'ECONNREFUSED at //host/' });
    expect(newestOf('', '1.0.0', 'npm error')).toEqual({ failed: 'npm error' });
    for (const odd of ['{}', 'null', '[]', '{"latest":"x"}', '{"latest":{}}'])
      expect(newestOf(odd, '1.0.0'), odd).toEqual({ failed: 'the registry names no version' });
    const odd = { toString: 1, valueOf: 1 };
    expect(newestOf(JSON.stringify({ error: { code: 'E500', summary: odd } }), '1.0.0')).toEqual({
      failed: 'E500',
    });
    expect(newestOf(JSON.stringify({ error: { code: odd } }), '1.0.0')).toEqual({ failed: 'an error' });
  });

  test('is not known from an answer without end, of which little is passed on, and no login', () => {
    const summary = `${'x'.repeat(280)} //me:${'y'.repeat(90_000)}@host/`;
    const answer = newestOf(JSON.stringify({ error: { code: 'E404', summary } }), '1.0.0');
    expect(answer).toEqual({ missing: true, said: `${'x'.repeat(280)} //host/` });
  });
});

test.each([
  ['/app', { MCP_PIPE_CONTAINER: '1' }, [], 'docker', undefined],
  ['/home/me/mcp-pipe', {}, ['/home/me/mcp-pipe/.git'], 'clone', '/home/me/mcp-pipe'],
  ['/home/me/.npm/_npx/ab/node_modules/mcp-pipe', {}, [], 'npx', undefined],
  ['/usr/lib/node_modules/mcp-pipe', {}, [], 'global', undefined],
  ['/home/me/x/node_modules/mcp-pipe', {}, ['/home/me/x/package.json'], 'local', '/home/me/x'],
  ['/opt/mcp-pipe', {}, [], 'other', '/opt/mcp-pipe'],
])('what stands in %s is known as %s', (root, env, there, as, folder) => {
  expect(installedAs(env, `${root}/`, (path) => (there as string[]).includes(path))).toMatchObject({
    as,
    folder,
  });
});

describe('the notice', () => {
  const logged: string[] = [];
  const logger = { info: (_: object, text: string) => void logged.push(text) };
  let folder: string;
  let env: Record<string, string>;
  let asked: number;
  beforeEach(() => {
    vi.useFakeTimers();
    folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-update-'));
    env = { MCP_PIPE_STATE: folder };
    asked = 0;
    logged.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true, force: true });
  });

  function watch(answer: Newest, options: { wanted?: boolean } = {}) {
    const ask = async () => {
      asked++;
      return answer;
    };
    const wanted = options.wanted ?? true;
    return watchForUpdates({ logger: logger as never, lang: 'en', env, wanted, ask, current: '0.1.0' });
  }
  const hours = (count: number) => vi.advanceTimersByTimeAsync(count * 3_600_000);

  test('is logged once a day, of a registry that is asked once a day', async () => {
    const running = watch({ version: '0.2.0' });
    await vi.advanceTimersByTimeAsync(50_000);
    expect(asked).toBe(0);
    await hours(12);
    expect([asked, logged.length]).toEqual([1, 1]);
    expect(logged[0]).toContain('0.2.0');
    // Another copy of the same user.
    const other = watch({ version: '0.2.0' });
    await hours(11);
    expect([asked, logged.length]).toEqual([1, 1]);
    await hours(3);
    expect([asked, logged.length]).toEqual([2, 2]);
    expect(statSync(join(folder, 'update.json')).mode & 0o777).toBe(0o600);
    running.close();
    other.close();
    await hours(48);
    expect(asked).toBe(2);
  });

  test('comes neither of this version, nor of a registry that fails, nor of one that throws', async () => {
    for (const answer of [
      { version: '0.1.0' },
      { failed: 'offline' },
      { missing: true, said: '' },
    ] as const) {
      const running = watch(answer);
      await hours(25);
      running.close();
    }
    expect(logged).toEqual([]);
  });

  test.each([['CI'], ['MCP_PIPE_NO_UPDATE_NOTICE'], ['NO_UPDATE_NOTIFIER'], ['MCP_PIPE_CONTAINER']])(
    'is off with %s',
    async (name) => {
      env[name] = '1';
      writeFileSync(join(folder, 'update.json'), '{"newest":"99.0.0"}');
      const running = watch({ version: '99.0.0' });
      await hours(25);
      running.close();
      expect([asked, logged, noticeForTerminal(env, 'en')]).toEqual([0, [], undefined]);
    },
  );

  test('is asked for with the variables that npm is to get', async () => {
    let given: unknown;
    const ask: typeof askRegistry = async (_current, _onStarted, npmEnv) => {
      given = npmEnv;
      return { version: '0.1.0' };
    };
    const npmEnv = { PATH: '/bin' };
    const running = watchForUpdates({
      ...{ logger: logger as never, lang: 'en', env, npmEnv, wanted: true, ask, current: '0.1.0' },
    });
    await hours(1);
    running.close();
    expect(given).toBe(npmEnv);
  });

  test('is off by the setting', async () => {
    const running = watch({ version: '0.2.0' }, { wanted: false });
    await hours(25);
    running.close();
    expect(asked).toBe(0);
  });

  test('comes after a command on a terminal once a day, in its language, and asks nobody', () => {
    const file = join(folder, 'update.json');
    expect(noticeForTerminal(env, 'en')).toBeUndefined();
    writeFileSync(file, '{"newest":"99.0.0","checkedAt":1}');
    expect(noticeForTerminal(env, 'vi')).toContain('Đã có mcp-pipe 99.0.0');
    expect(noticeForTerminal(env, 'vi')).toBeUndefined();
    vi.advanceTimersByTime(25 * 3_600_000);
    expect(noticeForTerminal(env, 'en')).toContain('99.0.0');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ newest: '99.0.0', checkedAt: 1 });
    for (const broken of ['', 'null', '{"newest":7}', '{"newest":"; rm -rf /"}', '[]']) {
      writeFileSync(file, broken);
      expect(noticeForTerminal(env, 'en'), broken).toBeUndefined();
    }
  });
});
