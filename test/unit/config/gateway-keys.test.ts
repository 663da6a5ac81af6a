import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { dayOf, untilOf } from '../../../src/config/until.js';
import { ConfigError } from '../../../src/protocol/errors.js';
import { rateText } from '../../../src/protocol/rate-text.js';
import { folderWith, removeFolders } from './workspace.js';

afterAll(removeFolders);

const KEY = '0123456789abcdef0123456789abcdef';
const HASH = `scrypt:16384:8:1:${'a'.repeat(22)}:${'b'.repeat(42)}A`;

async function read(gateway: object, env: Record<string, string> = {}, stored?: number) {
  const files = {
    'mcp_config.json': JSON.stringify({ mcpServers: { memory: { command: 'node' } }, gateway }),
  };
  const folder = folderWith(files);
  const config = await loadConfig({ env, cwd: folder, countStored: () => stored });
  try {
    const {
      gateway: plan,
      warnings,
      servers,
      secrets,
    } = makePlan(config, { cwd: folder, gateway: 'configured' });
    return {
      plan: plan!,
      secrets,
      share: servers[0]!.options.share,
      ids: warnings.map(({ id }) => id),
      folder,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ids: error.findings.map(({ id }) => id), findings: error.findings, folder };
  }
}

describe('keys of a gateway', () => {
  test('say what they open', async () => {
    const { plan, secrets, ids } = await read(
      {
        keys: {
          me: '$' + '{KEY_ME}',
          an: {
            key: '$' + '{KEY_AN}',
            ...{ servers: ['mem*'], agents: [], tools: ['get_*'], readOnly: true, rate: '100/m' },
            expires: '2999-01-01',
          },
          chi: { hash: HASH },
          '//': 'a comment',
        },
      },
      { KEY_ME: KEY, KEY_AN: `${KEY}0` },
    );
    expect(ids).toEqual([]);
    expect(plan!.keys).toEqual({ me: KEY, an: `${KEY}0`, chi: HASH });
    expect(plan!.terms).toEqual({
      an: {
        grant: {
          ...{ servers: ['mem*'], agents: [], tools: ['get_*'], readOnly: true },
          rate: { calls: 100, perMs: 60_000 },
        },
        until: Date.UTC(2999, 0, 1),
      },
    });
    expect(rateText(plan!.terms!.an!.grant!.rate!)).toBe('100/m');
    expect(secrets).toEqual(expect.arrayContaining([KEY, `${KEY}0`, HASH]));
    // Nothing of it in what is printed.
    for (const secret of [KEY, HASH]) expect(JSON.stringify(plan)).not.toContain(secret);
  });

  test('may stand in files', async () => {
    const { plan, ids } = await read(
      { keys: { an: { key: '$' + '{KEY_AN}', servers: ['memory'] } } },
      { KEY_AN_FILE: 'key.txt' },
    );
    // The file is missing.
    expect(ids).toEqual(['secret-file']);
    expect(plan).toBeUndefined();
  });

  test.each([
    ['a number', { an: 5 }, 'shape'],
    ['neither key nor hash', { an: { servers: ['memory'] } }, 'gateway-key-none'],
    ['key and hash', { an: { key: KEY, hash: HASH } }, 'gateway-key-both'],
    ['a hash that is none', { an: { hash: 'scrypt:1:2:3' } }, 'gateway-key-hash'],
    ['a hash as a key', { an: HASH }, 'gateway-key-is-hash'],
    ['an unknown key', { an: { key: KEY, tool: ['a'] } }, 'unknown-setting'],
    ['a list that is none', { an: { key: KEY, servers: 'memory' } }, 'shape'],
    ['a rate that is none', { an: { key: KEY, rate: 'often' } }, 'shape'],
    ['a day that there is not', { an: { key: KEY, expires: '2027-02-31' } }, 'gateway-key-expires'],
    ['a span in a file', { an: { key: KEY, expires: '90d' } }, 'gateway-key-expires'],
    ['one key twice', { an: KEY, binh: { key: KEY } }, 'gateway-keys-equal'],
    ['a name that is none', { 'a/b': { key: KEY } }, 'gateway-key-name'],
  ])('are refused with %s', async (_, keys, id) => {
    const { ids, findings } = await read({ keys });
    expect(ids).toContain(id);
    expect(JSON.stringify(findings)).not.toContain(KEY);
  });

  test('that are over, or open nothing, are warned of', async () => {
    const { ids, plan } = await read({
      keys: { an: { key: KEY, expires: '2020-01-01' }, binh: { key: `${KEY}0`, servers: ['memroy'] } },
    });
    expect(ids).toEqual(expect.arrayContaining(['gateway-key-expired', 'gateway-key-opens-nothing']));
    expect(plan!.terms!.an!.until).toBe(Date.UTC(2020, 0, 1));
  });

  test.each(['constructor', 'hasOwnProperty'])('may be called %s, and get no terms by that', async (name) => {
    const { plan } = await read({ keys: { [name]: KEY } });
    expect(Object.keys(plan!.keys)).toEqual([name]);
    expect(plan!.terms).toEqual({});
  });

  test('are not called __proto__', async () => {
    const files = { 'mcp_config.json': `{ "gateway": { "keys": { "__proto__": { "key": "${KEY}" } } } }` };
    const { findings } = await loadConfig({ env: {}, cwd: folderWith(files) });
    expect(findings.map(({ severity }) => severity)).toContain('error');
  });

  test('of the file count: a process for each, and no warning of an open gateway', async () => {
    expect((await read({ keys: { an: KEY } })).share).toBe('server');
    expect((await read({ keys: { an: KEY } }, {}, 1)).share).toBe('key');
    expect((await read({}, {}, 1)).share).toBe('server');
    expect((await read({}, {}, 2)).share).toBe('key');
    expect((await read({ host: '0.0.0.0' })).ids).toContain('gateway-open');
    // An empty file asks for a key as well.
    expect((await read({ host: '0.0.0.0' }, {}, 0)).ids).not.toContain('gateway-open');
  });

  test('have a file of their own where the configuration says so', async () => {
    const { plan, folder } = await read({ keyFile: 'keys/mine.json' });
    expect(plan!.keyFile).toBe(`${folder}/keys/mine.json`);
    expect((await read({}, { MCP_PIPE_KEYS_FILE: '/run/secrets/keys.json' })).plan!.keyFile).toBe(
      '/run/secrets/keys.json',
    );
    expect((await read({})).plan!.keyFile).toBeUndefined();
  });
});

test.each<[string, number | undefined]>([
  ['2027-01-01', Date.UTC(2027, 0, 1)],
  ['2027-01-01T18:00+07:00', Date.UTC(2027, 0, 1, 11)],
  ['2027-01-01T18:00:30Z', Date.UTC(2027, 0, 1, 18, 0, 30)],
  ...['2027-02-31', '2027-13-01', '27-01-01', '01.01.2027', '2027-01-01 18:00', '', 'tomorrow'].map(
    (text): [string, undefined] => [text, undefined],
  ),
])('%j is a time: %j', (text, at) => {
  expect(dayOf(text)).toBe(at);
});

test.each<[string, number | undefined]>([
  ['90d', 90 * 86_400_000],
  ['12h', 12 * 3_600_000],
  ['2w', 14 * 86_400_000],
  ...['0d', '-1d', '90', '1y', '999999999d'].map((text): [string, undefined] => [text, undefined]),
])('%j is so long from now: %j', (text, ms) => {
  const until = untilOf(text, 1_000);
  expect(until === undefined ? undefined : until - 1_000).toBe(ms);
});
