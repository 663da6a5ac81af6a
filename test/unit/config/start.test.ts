import { afterEach, describe, expect, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { ADDRESS, folderWith, plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const server = { command: 'node', args: ['a.js'], cwd: '/' };
const config = (entry: object, settings?: object) => ({
  mcpServers: { web: { ...server, ...entry } },
  ...(settings ? { settings } : {}),
});
const optionsOf = async (written: object) => (await plan(written)).servers[0]!.options;

describe('when a server is started', () => {
  test('with mcp-pipe, if nothing says otherwise', async () => {
    const made = await plan(config({}));
    expect(made.servers[0]!.options).toMatchObject({ start: 'run', idlePark: undefined, keep: [] });
  });

  test('on demand, parked and kept as the entry says', async () => {
    const made = await plan(
      config({ start: 'demand', idlePark: '5m', keep: ['Mon-Fri 07:00-18:00', 'CN 22:00-02:00'] }),
    );
    expect(made.warnings).toEqual([]);
    expect(made.servers[0]!.options).toMatchObject({
      start: 'demand',
      idlePark: 300_000,
      keep: [
        { days: [1, 2, 3, 4, 5], from: 420, until: 1_080 },
        { days: [0], from: 1_320, until: 120 },
      ],
    });
  });

  test('milliseconds, and 0, are taken as they are', async () => {
    expect(await optionsOf(config({ idlePark: 0 }))).toMatchObject({ idlePark: 0 });
    expect(await optionsOf(config({ idlePark: 1_500 }))).toMatchObject({ idlePark: 1_500 });
  });

  test('"settings" says it for all, and an entry for itself', async () => {
    const settings = { start: 'demand', idleParkMs: 60_000 };
    const made = await plan({
      ...config({}, settings),
      mcpServers: { a: server, b: { ...server, start: 'run' } },
    });
    expect(made.warnings).toEqual([]);
    expect(made.servers.map(({ options }) => options.start)).toEqual(['demand', 'run']);
    expect(made.links[0]!.settings.idleParkMs).toBe(60_000);
    expect(made.links[0]!.settings).not.toHaveProperty('start');
  });

  test('a command of the command line is started as "settings" says', async () => {
    const loaded = await loadConfig({
      cwd: folderWith({ 'mcp_config.json': { mcpServers: {}, settings: { start: 'demand' } } }),
      env: { MCP_ENDPOINT: ADDRESS },
    });
    const made = makePlan(loaded, { cwd: '/', target: { command: ['node', 'a.js'] } });
    expect(made.servers[0]!.options.start).toBe('demand');
  });

  test('a changed key changes no process', async () => {
    const old = await plan(config({}));
    const next = await plan(config({ start: 'demand', idlePark: '5m', keep: '07:00-23:00' }));
    expect(diffPlan(old, next).servers).toEqual([
      { name: 'web', change: 'updated', keys: ['options.start', 'options.idlePark', 'options.keep'] },
    ]);
    expect(
      diffPlan(next, await plan(config({ start: 'demand', idlePark: '5m', keep: ['7h-23h'] }))).servers,
    ).toEqual([{ name: 'web', change: 'kept', keys: [] }]);
  });
});

describe('what cannot be followed is said', () => {
  test.each([
    ['07:00', 'form'],
    ['Mo 07:00-08:00', 'day'],
    ['07:00-25:00', 'time'],
    ['07:00-07:00', 'same'],
  ])('"%s" is no schedule (%s)', async (keep, wrong) => {
    const [finding, ...others] = await refusal(plan(config({ start: 'demand', keep })));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ id: 'keep-form', code: 'CONFIG_KEEP', params: { wrong, written: keep } });
    expect(finding!.path).toBe('mcpServers.web.keep');
    expect(finding!.expected).toContain('"07:00-23:00"');
    expect(finding!.got).toContain(keep);
  });

  test('of a list, the place is that of the wrong text', async () => {
    const keep = ['07:00-09:00', 'soon', '10:00-11:00'];
    const found = await refusal(plan(config({ start: 'demand', keep })));
    expect(found.map(({ id, path }) => [id, path])).toEqual([['keep-form', 'mcpServers.web.keep[1]']]);
  });

  test('a schedule without "demand" is a warning', async () => {
    const made = await plan(config({ keep: '07:00-23:00' }));
    expect(made.warnings.map(({ id, path }) => [id, path])).toEqual([
      ['keep-without-demand', 'mcpServers.web.keep'],
    ]);
    const advised = await plan(config({ keep: '07:00-23:00', start: 'demand' }));
    expect(advised.warnings).toEqual([]);
  });

  test('with "passthrough", "demand" is refused', async () => {
    const found = await refusal(plan(config({ start: 'demand', handshake: 'passthrough', keep: '7h-8h' })));
    expect(found.map(({ id, path, severity }) => [id, path, severity])).toEqual([
      ['demand-passthrough', 'mcpServers.web.start', 'error'],
    ]);
  });

  test('with "passthrough", the "demand" of all is not followed, and that is a warning', async () => {
    const made = await plan(config({ handshake: 'passthrough' }, { start: 'demand' }));
    expect(made.servers[0]!.options.start).toBe('run');
    expect(made.warnings.map(({ id, path }) => [id, path])).toEqual([
      ['demand-passthrough', 'mcpServers.web.handshake'],
    ]);
    const advised = await plan(config({ handshake: 'passthrough', start: 'run' }, { start: 'demand' }));
    expect(advised.warnings).toEqual([]);
  });

  test.each([
    [{ start: 'lazy' }, 'mcpServers.web.start', '"run" or "demand"'],
    [{ keep: 7 }, 'mcpServers.web.keep', 'times as "07:00-23:00"'],
    [{ idlePark: 'soon' }, 'mcpServers.web.idlePark', '"30s"'],
  ])('%j has the wrong shape', async (entry, path, expected) => {
    const [finding] = await refusal(plan(config(entry)));
    expect(finding).toMatchObject({ id: 'shape', path });
    expect(finding!.expected).toContain(expected);
  });

  test('"settings" as well', async () => {
    const [finding] = await refusal(plan(config({}, { start: 'lazy' })));
    expect(finding).toMatchObject({ id: 'shape', path: 'settings.start' });
    expect(finding!.got).toContain('"lazy"');
    const [misspelt] = await refusal(plan(config({}, { strat: 'demand' })));
    expect(misspelt).toMatchObject({ id: 'unknown-setting', params: { meant: 'start' } });
  });
});
