// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { readListenAddress } from '../../../src/config/listen-address.js';
import { DEFAULT_ADDRESS } from '../../../src/config/ui-defaults.js';
import type { UiAsked } from '../../../src/config/ui-section.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const KEY = '0123456789abcdef0123456789abcdef';
const servers = { calc: { command: 'node', args: ['a.js'], cwd: '/', endpoint: ADDRESS } };
const planned = (
  written: object,
  env: Record<string, string> = {},
  asked: Partial<UiAsked> = {},
  more: object = {},
) => plan({ mcpServers: servers, ...written }, env, { ui: { configured: true, ...asked }, ...more });
const idsOf = async (written: object, env: Record<string, string> = {}) =>
  (await refusal(planned(written, env))).map(({ id }) => id);
const warningsOf = async (written: object, env: Record<string, string> = {}, asked: Partial<UiAsked> = {}) =>
  (await planned(written, env, asked)).warnings.map(({ id }) => id);

describe('an address', () => {
  test.each([
    ['7421', { host: '127.0.0.1', port: 7421 }],
    ['0', { host: '127.0.0.1', port: 0 }],
    ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
    ['[::1]:7420', { host: '::1', port: 7420 }],
    ['0.0.0.0', { host: '0.0.0.0', port: 7420 }],
    ['::', { host: '::', port: 7420 }],
    ['localhost:9', { host: 'localhost', port: 9 }],
    [':9', { host: '127.0.0.1', port: 9 }],
  ])('%s is one', (text, address) => {
    expect(readListenAddress(text, DEFAULT_ADDRESS)).toEqual(address);
  });

  test.each([
    ...[
      'calculator',
      'calculator.js',
      './server.py',
      'localhost',
      '65536',
      '70000',
      'C:\\a.js',
      'a:b',
      'a:99999',
    ],
    ...['http://a:80', '1.2.3.4:80/x', '', '-1', '[::1', 'a b:80', '../a:1'],
  ])('%s is none', (text) => {
    expect(readListenAddress(text, DEFAULT_ADDRESS)).toBeUndefined();
  });
});

describe('the sections "ui" and "metrics"', () => {
  test('a page has the defaults, and metrics with it', async () => {
    const { ui, metrics, warnings } = await planned({ ui: true });
    expect(ui).toMatchObject({ host: '127.0.0.1', port: 7420, key: undefined, readKey: undefined });
    expect(metrics).toMatchObject({ host: '127.0.0.1', port: 7420, key: undefined });
    expect(warnings).toEqual([]);
    expect(await planned({ ui: true, metrics: false })).not.toHaveProperty('metrics');
    expect(await planned({ metrics: true })).not.toHaveProperty('ui');
  });

  test('are neither there without being asked for, nor for one server that is tried out', async () => {
    for (const none of [{}, { ui: false, metrics: false }, { ui: {} }]) {
      const made = await planned(none, { MCP_PIPE_UI_KEY: KEY });
      expect([made.ui, made.metrics]).toEqual([undefined, undefined]);
    }
    expect(await planned({ ui: true }, {}, { configured: false })).not.toHaveProperty('ui');
    const tried = await planned({ ui: { address: '0.0.0.0:1' } }, {}, { configured: false, ui: true });
    expect(tried.ui).toMatchObject({ host: '127.0.0.1', port: 7420 });
  });

  test('share the address of the gateway, unless they have their own', async () => {
    const gateway = { host: '0.0.0.0', port: 8080, keys: { me: KEY } };
    const asked = { gateway: 'configured' };
    const shared = await planned({ gateway, ui: true }, {}, {}, asked);
    expect([shared.ui?.port, shared.metrics?.port]).toEqual([8080, 8080]);
    const apart = await planned(
      { gateway, ui: { address: 7421 }, metrics: { address: '9464' } },
      {},
      {},
      asked,
    );
    expect([apart.ui, apart.metrics].map((one) => `${one?.host}:${one?.port}`)).toEqual([
      ...['127.0.0.1:7421', '127.0.0.1:9464'],
    ]);
  });

  test('a command line goes before them', async () => {
    const asked = { ui: { host: '::1', port: 9 }, metrics: true as const };
    const { ui, metrics } = await planned({ ui: { address: '0.0.0.0:80', key: KEY } }, {}, asked);
    expect(ui).toMatchObject({ host: '::1', port: 9, key: KEY });
    expect(metrics).toMatchObject({ host: '::1', port: 9 });
  });

  test('keys come from the section or the environment, stay secret, and reach no server', async () => {
    const env = {
      PAGE: KEY,
      MCP_PIPE_UI_READ_KEY: 'the-key-for-looking-only',
      MCP_PIPE_METRICS_KEY: 'prometheus-key-0123',
    };
    const made = await planned({ ui: { key: '${PAGE}' } }, env);
    expect(made.ui).toMatchObject({ key: KEY, readKey: env.MCP_PIPE_UI_READ_KEY });
    expect(made.metrics).toMatchObject({ key: env.MCP_PIPE_METRICS_KEY });
    for (const secret of Object.values(env)) {
      expect(made.secrets).toContain(secret);
      expect(`${JSON.stringify(made)}${inspect(made, { depth: 9 })}`).not.toContain(secret);
    }
    expect(Object.keys(launchOf(made.servers[0]!).env)).not.toEqual(
      expect.arrayContaining(['PAGE', 'MCP_PIPE_UI_READ_KEY', 'MCP_PIPE_METRICS_KEY']),
    );
  });

  test.each([
    [{ ui: { address: 'nowhere' } }, ['listen-address']],
    [{ ui: { address: '127.0.0.1:99999' } }, ['listen-address']],
    [{ ui: { key: KEY, readKey: KEY } }, ['ui-keys-equal']],
    [{ ui: { key: 'mật khẩu của tôi ở đây' } }, ['ui-key-characters']],
    [{ ui: { key: '' } }, ['ui-key-empty']],
    [{ ui: { address: 7420, allowedHosts: ['https://a/b'] } }, ['ui-allowed-host']],
    [{ ui: { adress: '127.0.0.1:1' } }, ['unknown-setting']],
    [{ ui: '127.0.0.1:7420' }, ['shape']],
    [{ metrics: { address: true } }, ['shape']],
  ])('%j is refused', async (written, ids) => {
    expect(await idsOf(written)).toEqual(ids);
  });

  test('warn of what others reach who should not, or nobody reaches', async () => {
    expect(await warningsOf({ ui: { address: '0.0.0.0:7420' } })).toEqual([]);
    expect(await warningsOf({ ui: { key: 'short' } })).toEqual(['ui-key-weak']);
    expect(await idsOf({ metrics: { address: '0.0.0.0:9464' } })).toEqual(['metrics-open']);
    const open = { address: '0.0.0.0:9464', insecureNoAuth: true };
    expect(await warningsOf({ metrics: open })).toEqual(['metrics-insecure']);
    expect(await warningsOf({ metrics: { address: '0.0.0.0:9464', key: KEY } })).toEqual([]);
    expect(await warningsOf({ ui: true }, { MCP_PIPE_CONTAINER: '1' })).toEqual(
      expect.arrayContaining(['ui-in-container']),
    );
  });

  test.each([
    ['Gemini CLI', { ui: { theme: 'GitHub', hideBanner: true } }],
    ['another one', { ui: {}, metrics: { enabled: true } }],
  ])('%s may have sections of these names for itself', async (_, written) => {
    const made = await planned(written);
    expect([made.ui, made.metrics]).toEqual([undefined, undefined]);
    expect(made.warnings.map(({ id }) => id)).toEqual(['other-keys']);
  });

  test('a change of them alone changes nothing else', async () => {
    const [before, after] = [await planned({ ui: true }), await planned({ ui: { key: KEY } })];
    const diff = diffPlan(before, after);
    expect(diff).toMatchObject({ ui: true });
    expect([...diff.servers, ...diff.links].every(({ change }) => change === 'kept')).toBe(true);
    expect(diffPlan(before, await planned({ ui: true }))).not.toHaveProperty('ui');
  });
});
