// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test
import { afterEach, describe, expect, test } from 'vitest';
import { type ClientPlan, clientPlan, type WantedServers } from '../../../src/config/client-plan.js';
import { diffPlan, settingsOfServers } from '../../../src/config/diff-plan.js';
import type { PlanOptions } from '../../../src/config/draft.js';
import type { Plan } from '../../../src/config/plan.js';
import { namedIn, namesIn, withoutPaused } from '../../../src/daemon/without-paused.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const at = (token: string) => `ws://127.0.0.1:9/?token=${token}-token`;
const ENV = { TOKEN_1: at('first') };
const KITCHEN = { endpoint: '${TOKEN_1}', servers: ['memory', 'music'] };
const server = (name: string, more: object = {}) => ({
  command: 'node',
  args: [`${name}.js`],
  cwd: '/',
  ...more,
});
const config = (agents: object, { gateway = true, ofMemory = {} as object } = {}) => ({
  mcpServers: { memory: server('memory', ofMemory), music: server('music'), calc: server('calc') },
  agents,
  ...(gateway ? { gateway } : {}),
});
const OWN = { ofMemory: { share: 'agent' } };

async function planned(
  written: object,
  options: Partial<PlanOptions> = {},
  env: Record<string, string> = ENV,
): Promise<Plan> {
  return plan(written, env, { gateway: 'configured', ...options });
}

function given(of: Plan, wanted: WantedServers): ClientPlan {
  const found = clientPlan(of, wanted);
  if ('unknown' in found) throw new Error(JSON.stringify(found));
  return found;
}

describe('an agent without an endpoint', () => {
  test('is, with a gateway, a set of servers with its filters and options', async () => {
    const kids = {
      ...{ servers: ['music', 'calc'], tools: { music: { deny: ['delete'] }, calc: {} } },
      ...{ prefix: 'always', separator: '-', maxFrameBytes: 2_000_000 },
    };
    const of = await planned(config({ kids, kitchen: KITCHEN }));
    expect(of.warnings).toEqual([]);
    expect(of.servers.map(({ name }) => name)).toEqual(['memory', 'music', 'calc']);
    expect(of.links.map(({ name, servers }) => [name, servers])).toEqual([['kitchen', ['memory', 'music']]]);
    expect(given(of, { agent: 'kids' })).toMatchObject({
      ...{ kind: 'mux', servers: ['music', 'calc'], prefix: 'always', separator: '-', labels: {} },
      ...{ tools: { music: { deny: ['delete'] } }, settings: { maxFrameBytes: 2_000_000 } },
    });
    expect(given(of, { agent: 'kitchen' }).servers).toEqual(['memory', 'music']);
    expect(given(of, {})).toMatchObject({ servers: ['memory', 'music', 'calc'], tools: {} });
    expect(clientPlan(of, { agent: 'hall' })).toEqual({ unknown: ['hall'], known: ['kitchen', 'kids'] });
  });

  test('has a process of its own of a server that each agent has for itself', async () => {
    const of = await planned(config({ kids: { maxFrameBytes: 2_000_000 }, kitchen: KITCHEN }, OWN));
    expect(of.servers.map(({ name }) => name)).toEqual(['memory@kids', 'memory@kitchen', 'music', 'calc']);
    expect(given(of, { agent: 'kids' })).toMatchObject({
      servers: ['memory@kids', 'music', 'calc'],
      labels: { 'memory@kids': 'memory' },
    });
    expect(given(of, {})).toMatchObject({
      ...{ servers: ['music', 'calc'], leftOut: ['memory@kids', 'memory@kitchen'] },
    });
    const settings = settingsOfServers(of);
    expect(settings.get('memory@kids')?.maxFrameBytes).toBe(2_000_000);
    expect(settings.get('music')?.maxFrameBytes).not.toBe(2_000_000);
  });

  test('leaves its servers on the address that is for all of them', async () => {
    const env = { ...ENV, MCP_ENDPOINT: at('general') };
    const kids = { servers: ['memory'] };
    const of = await planned(config({ kids, kitchen: KITCHEN }, OWN), {}, env);
    expect(of.links.map(({ name, servers }) => [name, servers])).toEqual([
      ['calc', ['calc']],
      ['kitchen', ['memory@kitchen', 'music']],
    ]);
    const alone = await planned(config({ kids: { ...kids, disabled: true } }), {}, env);
    expect(alone.links.flatMap(({ servers }) => servers)).toEqual(['memory', 'music', 'calc']);
    expect(alone.profiles).toBeUndefined();
    const both = await planned(config({ kids }, OWN), {}, env);
    expect(both.servers.map(({ name }) => name)).toEqual(['memory', 'memory@kids', 'music', 'calc']);
  });

  test('is an error without a gateway, which says that a gateway helps', async () => {
    const [finding] = await refusal(planned(config({ kids: {} }, { gateway: false })));
    expect(finding).toMatchObject({
      id: 'agent-no-endpoint',
      severity: 'error',
      path: 'agents.kids.endpoint',
    });
    expect(finding!.next).toContain('"gateway": true');
    expect((await planned(config({ kids: {} }))).profiles).toHaveLength(1);
    expect((await planned(config({ kids: {} }, { gateway: false }), { gateway: {} })).profiles).toHaveLength(
      1,
    );
  });

  test('with an endpoint that cannot be used is an error as ever', async () => {
    for (const endpoint of ['${NOT_SET}', 'http://127.0.0.1/', 5])
      expect(await refusal(planned(config({ kids: { endpoint } })))).toMatchObject([
        { severity: 'error', path: 'agents.kids.endpoint' },
      ]);
  });

  test('does not stop a run that opens no gateway', async () => {
    const written = config({ kids: { servers: ['memory'] }, kitchen: KITCHEN });
    const one = await plan(written, ENV, { target: { name: 'memory' } });
    expect(one.links.map(({ name }) => name)).toEqual(['kitchen']);
    expect(one.profiles).toBeUndefined();
    // It has no address anywhere.
    const target = { name: 'calc' };
    const [none] = await refusal(plan(config({ kids: {} }), ENV, { target }));
    expect(none).toMatchObject({ id: 'no-endpoint', params: { agents: [] } });
    const [asked] = await refusal(plan(config({ kids: {} }), ENV, { target, agent: 'kids' }));
    expect(asked!.id).toBe('agent-no-endpoint');
    // As for a client on stdin and stdout, where no daemon runs.
    const endpointFor = () => new Endpoint('ws://localhost/not-dialled');
    const here = await plan(written, ENV, { agent: 'kids', endpointFor });
    expect(given(here as unknown as Plan, { agent: 'kids' }).servers).toEqual(['memory']);
  });

  test('can be asked for alone', async () => {
    const of = await planned(config({ kids: { servers: ['memory'] }, kitchen: KITCHEN }), { agent: 'kids' });
    expect(of.servers.map(({ name }) => name)).toEqual(['memory']);
    // Nothing has to be read: its bytes stay as they are.
    expect(given(of, { agent: 'kids' })).toMatchObject({ kind: 'pipe', servers: ['memory'] });
  });

  test('of no servers is none', async () => {
    const of = await planned(config({ kids: { servers: [] } }));
    expect(of.warnings.map(({ id }) => id)).toEqual(['agent-no-servers']);
    expect(of.profiles).toBeUndefined();
  });

  test('can be paused by its name, as a link', async () => {
    const of = await planned(config({ kids: { servers: ['memory'] } }));
    expect(namesIn(of)).toContain('kids');
    expect(namedIn(of, 'kids')).toEqual({ servers: ['memory'], links: ['kids'], isServer: false });
    const paused = withoutPaused(of, new Set(['kids']));
    expect(clientPlan(paused, { agent: 'kids' })).toEqual({ unknown: ['kids'], known: [] });
    expect(paused.servers).toEqual(of.servers);
    expect(clientPlan(withoutPaused(of, new Set(['memory'])), { agent: 'kids' })).toMatchObject({
      unknown: [],
    });
  });
});

describe('a change', () => {
  const kids = { servers: ['memory', 'music'] };
  const look = async (before: object, after: object, more = {}) => {
    const [old, next] = [await planned(config(before, more)), await planned(config(after, more))];
    const { profiles, servers, links } = diffPlan(old, next);
    const changed = servers
      .filter(({ change }) => change !== 'kept')
      .map(({ name, change }) => `${change} ${name}`);
    return { profiles, changed, links: links.map(({ change }) => change) };
  };

  test.each<[string, object, object]>([
    ['of its servers', { kids }, { kids: { servers: ['memory'] } }],
    ['of a filter', { kids }, { kids: { ...kids, tools: { music: ['play'] } } }],
    ['that makes one', {}, { kids }],
    ['that removes one', { kids }, {}],
  ])('%s changes no server', async (_, before, after) => {
    expect(await look(before, after)).toEqual({ profiles: true, changed: [], links: [] });
    expect(await look(after, after)).toEqual({ profiles: undefined, changed: [], links: [] });
  });

  test('that gives it an endpoint keeps its processes', async () => {
    expect(await look({ kids }, { kids: { ...kids, endpoint: at('of-kids') } }, OWN)).toEqual({
      ...{ profiles: true, changed: [], links: ['added'] },
    });
  });
});
