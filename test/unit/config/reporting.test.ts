// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, folderWith, plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const KEY = '0123456789abcdef0123456789abcdef';
const DSN = `https://${KEY}@o1.ingest.de.sentry.io/4501`;
const ENV = { MCP_ENDPOINT: ADDRESS, SENTRY_DSN: DSN };
const config = (more: object) => ({
  mcpServers: { calc: { command: 'node', args: ['a.js'], cwd: '/' } },
  ...more,
});

describe('the section "sentry"', () => {
  test('is a DSN, whose key is hidden, and no server gets its variable', async () => {
    const made = await plan(config({ sentry: '${SENTRY_DSN}' }), ENV);
    expect(made.warnings).toEqual([]);
    expect(made.sentry).toMatchObject({
      ...{
        host: 'o1.ingest.de.sentry.io',
        url: 'https://o1.ingest.de.sentry.io/api/4501/envelope/',
        key: KEY,
      },
      ...{ environment: 'production', sampleRate: 1 },
    });
    expect(made.secrets).toContain(DSN);
    expect(made.secrets).toContain(KEY);
    expect(inspect(made, { depth: 9 }) + JSON.stringify(made)).not.toContain(KEY);
    expect(launchOf(made.servers[0]!).env).not.toHaveProperty('SENTRY_DSN');
  });

  test('is an object with more; GlitchTip may be below a path, and its DSN in a file', async () => {
    const dsn = `http://${KEY}:old-secret-key@10.0.0.7:8000/errors/3`;
    const folder = folderWith({
      'mcp_config.json': config({
        sentry: { '//': 'x', dsn: '${GLITCHTIP}', environment: 'vps-1', release: 'home@2', sampleRate: 0.25 },
      }),
      dsn: `${dsn}\n`,
    });
    const env = { MCP_ENDPOINT: ADDRESS, GLITCHTIP_FILE: join(folder, 'dsn') };
    const { sentry, secrets } = makePlan(await loadConfig({ cwd: folder, env }), { cwd: folder });
    expect(sentry).toMatchObject({
      ...{ url: 'http://10.0.0.7:8000/errors/api/3/envelope/', host: '10.0.0.7:8000', environment: 'vps-1' },
      ...{ release: 'home@2', sampleRate: 0.25 },
    });
    expect(secrets).toContain('old-secret-key');
  });

  test.each([
    ['https://o1.ingest.sentry.io/4501'],
    [`https://${KEY}@o1.ingest.sentry.io/`],
    [`https://${KEY}@o1.ingest.sentry.io/project`],
    [`ftp://${KEY}@o1.ingest.sentry.io/4501`],
    ['a word'],
    [{}],
    [{ environment: 'x' }],
  ])('%j is refused with where to find the DSN', async (sentry) => {
    const error = await refusal(plan(config({ sentry })));
    expect(error).toMatchObject([
      { code: 'CONFIG_SENTRY', next: expect.stringContaining('Client Keys (DSN)') },
    ]);
    expect(JSON.stringify(error)).not.toContain(KEY);
  });

  test.each([[{ dsn: DSN, sampleRate: 2 }], [{ dsn: DSN, dns: 'x' }], [7]])(
    '%j is refused',
    async (sentry) => {
      expect(await refusal(plan(config({ sentry })))).toHaveLength(1);
    },
  );

  test('an empty text and false are none; MCP_PIPE_SENTRY_DSN counts where nothing is written', async () => {
    const env = { ...ENV, SENTRY_DSN: '', MCP_PIPE_SENTRY_DSN: DSN };
    expect(await plan(config({ sentry: '${SENTRY_DSN:-}' }), env)).not.toHaveProperty('sentry');
    expect(await plan(config({ sentry: false }), env)).not.toHaveProperty('sentry');
    const made = await plan(config({}), env);
    expect(made.sentry).toMatchObject({ key: KEY });
    expect(launchOf(made.servers[0]!).env).not.toHaveProperty('MCP_PIPE_SENTRY_DSN');
    // That of another program does not.
    expect(await plan(config({}), ENV)).not.toHaveProperty('sentry');
    const wrong = await refusal(plan(config({}), { ...ENV, MCP_PIPE_SENTRY_DSN: 'x' }));
    expect(wrong).toMatchObject([{ code: 'CONFIG_SENTRY', path: 'MCP_PIPE_SENTRY_DSN' }]);
  });

  test('MCP_PIPE_SENTRY_DSN_FILE names a file with it; an empty one is nothing', async () => {
    const folder = folderWith({ 'mcp_config.json': config({}), dsn: `${DSN}\n`, none: '' });
    const made = async (file: string) => {
      const env = { MCP_ENDPOINT: ADDRESS, MCP_PIPE_SENTRY_DSN_FILE: file };
      return makePlan(await loadConfig({ cwd: folder, env }), { cwd: folder });
    };
    const { sentry, secrets, servers } = await made(join(folder, 'dsn'));
    expect(sentry).toMatchObject({ key: KEY, host: 'o1.ingest.de.sentry.io' });
    expect(secrets).toContain(DSN);
    expect(launchOf(servers[0]!).env).not.toHaveProperty('MCP_PIPE_SENTRY_DSN_FILE');
    for (const file of [join(folder, 'none'), '/dev/null'])
      expect(await made(file)).not.toHaveProperty('sentry');
  });

  test('alerts need no channel beside it', async () => {
    const made = await plan(config({ sentry: DSN, alerts: { afterMs: '5m' } }), ENV);
    expect(made.warnings).toEqual([]);
    expect(made.alerts).toMatchObject({ channels: [], afterMs: 300_000 });
  });
});

describe('the section "otlp"', () => {
  test('is an address, true, or an object whose headers are secrets', async () => {
    expect((await plan(config({ otlp: 'http://127.0.0.1:4318' }), ENV)).otlp).toEqual({
      ...{ url: 'http://127.0.0.1:4318/v1/traces', headers: {} },
    });
    expect((await plan(config({ otlp: true }), ENV)).otlp).toEqual({ url: undefined, headers: {} });
    expect(await plan(config({ otlp: false }), ENV)).not.toHaveProperty('otlp');
    expect(await plan(config({ otlp: '${NOWHERE:-}' }), ENV)).not.toHaveProperty('otlp');
    const made = await plan(
      config({
        otlp: { url: 'https://otlp.example.com/x', headers: { Authorization: 'Bearer ${OTLP_TOKEN}' } },
      }),
      { ...ENV, OTLP_TOKEN: 'a-token-of-a-collector' },
    );
    expect(made.otlp!.headers).toEqual({ Authorization: 'Bearer a-token-of-a-collector' });
    expect(made.otlp!.url).toBe('https://otlp.example.com/x/v1/traces');
    expect(inspect(made, { depth: 9 }) + JSON.stringify(made)).not.toContain('a-token-of-a-collector');
    expect(made.secrets).toContain('Bearer a-token-of-a-collector');
    expect(launchOf(made.servers[0]!).env).not.toHaveProperty('OTLP_TOKEN');
  });

  test.each([
    ['http://an:secret-word@127.0.0.1:4318', 'CONFIG_OTLP'],
    ['127.0.0.1:4318', 'CONFIG_OTLP'],
    [{ url: 'grpc://127.0.0.1:4317' }, 'CONFIG_OTLP'],
    [{ headers: { 'a b': 'c' } }, 'CONFIG_ALERT_CHANNEL'],
    [{ adress: 'x' }, 'CONFIG_UNKNOWN_SETTING'],
    [4318, 'CONFIG_TYPE'],
  ])('%j is refused', async (otlp, code) => {
    const found = await refusal(plan(config({ otlp })));
    expect(found).toMatchObject([{ code }]);
    expect(JSON.stringify(found)).not.toContain('secret-word');
  });
});

test('a reload sees that reports or traces go elsewhere', async () => {
  const [none, sentry, otlp] = [
    await plan(config({}), ENV),
    await plan(config({ sentry: DSN }), ENV),
    await plan(config({ otlp: true }), ENV),
  ];
  expect(diffPlan(none, sentry)).toMatchObject({ sentry: true });
  expect(diffPlan(sentry, sentry)).not.toHaveProperty('sentry');
  expect(diffPlan(none, otlp)).toMatchObject({ otlp: true });
  expect(diffPlan(none, none)).not.toHaveProperty('otlp');
});
