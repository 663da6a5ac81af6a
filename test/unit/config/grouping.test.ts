// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { MODES, type Mode } from '../../../src/config/mode.js';
import { type LinkPlan, type Plan, serversOf } from '../../../src/config/plan.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { runs } from '../../helpers/runs.js';
import { ADDRESS, load, plan, refusal, removeFolders, TOKEN } from './workspace.js';

afterEach(removeFolders);

const server = { command: 'x' };
const own = { command: 'z', endpoint: 'ws://h/?token=other' };
const shared = { a: server, b: server, c: own };

/** Who is connected how: `pipe a`, `mux mux: a, b`. */
function shape(links: readonly LinkPlan[]): string[] {
  return links.map((link) =>
    link.kind === 'pipe' ? `pipe ${link.name}` : `${link.kind} ${link.name}: ${link.servers.join(', ')}`,
  );
}

describe('mode auto', () => {
  test('multiplexes the servers that share a token, pipes the others, and has nothing to warn of', async () => {
    const { links, warnings } = await plan({ mcpServers: shared });
    expect(shape(links)).toEqual(['mux mux: a, b', 'pipe c']);
    expect(links[0]).toMatchObject({ prefix: 'auto', separator: '__', mayRegroup: false });
    expect(warnings).toEqual([]);
  });

  test('takes the spellings of one address for one', async () => {
    const at = (host: string) => ({ command: 'x', endpoint: `ws://${host}/mcp/?token=t` });
    const servers = {
      ...{ a: at('127.0.0.1:8004'), b: at('[::ffff:127.0.0.1]:8004'), c: at('127.1:8004') },
      ...{ d: at('LOCALHOST.:8004'), e: at('[::1]:8004'), f: at('localhost:8005') },
    };
    expect(shape((await plan({ mcpServers: servers })).links)).toEqual(['mux mux: a, b, c, d, e', 'pipe f']);
  });

  test('takes addresses without a token for one only when they are the same', async () => {
    const at = (path: string) => ({ command: 'x', endpoint: `ws://127.0.0.1:1/${path}` });
    expect(shape((await plan({ mcpServers: { a: at('a'), b: at('b') } })).links)).toEqual([
      'pipe a',
      'pipe b',
    ]);
    expect(shape((await plan({ mcpServers: { a: at('a'), b: at('a') } })).links)).toEqual(['mux mux: a, b']);
  });

  test.each([
    [{ tools: { deny: ['x'] } }, {}],
    [{ tools: { allow: [] } }, {}],
    [{}, { settings: { maxTools: 3 } }],
    [{}, { settings: { maxResultBytes: 3 } }],
    [{}, { settings: { maxToolListBytes: 3 } }],
    [{}, { settings: { toolsPerPage: 3 } }],
    [{}, { prefix: 'always' }],
    [{}, { tokens: { MCP_ENDPOINT: { maxTools: 3 } } }],
  ])('reads what a single server with %j and %j says, which a pipe cannot', async (entry, top) => {
    const { links } = await plan({ mcpServers: { a: { ...server, ...entry } }, ...top });
    expect(shape(links)).toEqual(['mux a: a']);
  });

  test.each([
    [{ tools: {} }, {}],
    [{ tools: { deny: [] } }, {}],
    [{}, { settings: { idleParkMs: 3 } }],
    [{}, { settings: { callTimeoutMs: 300, connectionsPerToken: 3 }, prefix: 'never', separator: '-' }],
    [{}, { tokens: { MCP_ENDPOINT: { maxTools: 0 } }, settings: { maxTools: 3 } }],
  ])('pipes a single server with %j and %j', async (entry, top) => {
    const { links } = await plan({ mcpServers: { a: { ...server, ...entry } }, ...top });
    expect(shape(links)).toEqual(['pipe a']);
  });

  test('spreads servers over as many connections as a token may have, which may be regrouped', async () => {
    const mcpServers = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, server]));
    const { links } = await plan({ mcpServers, settings: { connectionsPerToken: 2 } });
    expect(shape(links)).toEqual(['mux mux: a, b, c', 'mux mux-2: d, e']);
    expect(links).toMatchObject([{ mayRegroup: true }, { mayRegroup: true }]);
    const each = await plan({ mcpServers, settings: { connectionsPerToken: 9 } });
    expect(shape(each.links)).toEqual([
      'mux mux: a',
      'mux mux-2: b',
      'mux mux-3: c',
      'mux mux-4: d',
      'mux mux-5: e',
    ]);
  });

  test('gives no link the name of a server, started or not', async () => {
    const off = { ...server, disabled: true };
    const { links } = await plan({ mcpServers: { mux: server, b: server, 'mux-2': off } });
    expect(shape(links)).toEqual(['mux mux-3: mux, b']);
  });

  test('pipes the one server that is asked for, though others have its token', async () => {
    const { links } = await plan({ mcpServers: shared }, undefined, { target: { name: 'b' } });
    expect(shape(links)).toEqual(['pipe b']);
  });

  test('carries how a server is greeted and what it may show', async () => {
    const { links, servers } = await plan({
      mcpServers: { a: { ...server, handshake: 'passthrough' }, b: { ...server, tools: { allow: ['x'] } } },
    });
    expect(links).toMatchObject([{ kind: 'mux', servers: ['a', 'b'] }]);
    expect(servers.map(({ options }) => options)).toMatchObject([
      { handshake: 'passthrough', tools: {} },
      { handshake: 'speculative', tools: { allow: ['x'] } },
    ]);
  });
});

describe('mode pipe', () => {
  test('connects each server by itself, with a warning that names the fingerprint, not the token', async () => {
    const { links, warnings } = await plan({ mcpServers: shared, mode: 'pipe' });
    expect(shape(links)).toEqual(['pipe a', 'pipe b', 'pipe c']);
    expect(warnings).toMatchObject([
      {
        code: 'CONFIG_SHARED_TOKEN',
        got: `one token (#${new Endpoint(ADDRESS).fingerprint}) for a, b`,
      },
    ]);
    expect(JSON.stringify(warnings)).not.toContain(TOKEN);
  });

  test('warns of limits that a pipe cannot keep, where they are wished for', async () => {
    const { warnings } = await plan({
      mode: 'pipe',
      mcpServers: { a: { ...server, tools: { deny: ['x'] } }, c: own },
      settings: { maxTools: 3 },
    });
    expect(warnings.map(({ code, path, got }) => `${code} ${path} ${got}`)).toEqual([
      'CONFIG_NOT_KEPT_BY_PIPE settings "mode": "pipe" for a, with maxTools',
      'CONFIG_NOT_KEPT_BY_PIPE settings "mode": "pipe" for c, with maxTools',
    ]);
  });
});

describe('mode mux', () => {
  test('multiplexes every token, also that of one server, and never regroups', async () => {
    const { links } = await plan({ mcpServers: shared, mode: 'mux', settings: { connectionsPerToken: 2 } });
    expect(shape(links)).toEqual(['mux a: a', 'mux b: b', 'mux c: c']);
    expect(links).toMatchObject([{ mayRegroup: false }, { mayRegroup: false }, { mayRegroup: false }]);
  });
});

describe('mode rotate', () => {
  const turns = (plan: Plan) =>
    plan.links.flatMap((link) =>
      link.kind === 'rotate'
        ? serversOf(plan, link).map(
            ({ name, options }) => `${name} ${options.rotate.dwellMs ?? link.settings.rotateEveryMs}`,
          )
        : [],
    );

  test('lets the servers of a token take turns; one alone is a pipe', async () => {
    const planned = await plan({ mcpServers: shared, mode: 'rotate' });
    const { links, warnings } = planned;
    expect(shape(links)).toEqual(['rotate rotate: a, b', 'pipe c']);
    expect(turns(planned)).toEqual(['a 300000', 'b 300000']);
    expect(warnings).toEqual([]);
  });

  test('has turns as long, and in the order, that each server, its token or the settings say', async () => {
    const mcpServers = {
      a: { ...server, rotate: { order: 2 } },
      b: { ...server, rotate: { dwellMs: '90s' } },
      c: { ...server, rotate: { dwellMs: 5_000, order: -1 } },
    };
    const planned = await plan({
      mcpServers,
      mode: 'rotate',
      settings: { rotateEveryMs: 60_000, connectionsPerToken: 3 },
      tokens: { MCP_ENDPOINT: { rotateEveryMs: 30_000 } },
    });
    expect(turns(planned)).toEqual(['c 5000', 'b 90000', 'a 30000']);
  });

  test('is as the command line says, but for what a server says of itself', async () => {
    const mcpServers = { a: server, b: { ...server, rotate: { dwellMs: '1h' } } };
    const planned = await plan({ mcpServers, mode: 'pipe' }, undefined, {
      mode: 'rotate',
      rotateEveryMs: 7_000,
    });
    expect(turns(planned)).toEqual(['a 7000', 'b 3600000']);
  });

  test('may hold for one token alone', async () => {
    const { links } = await plan({ mcpServers: shared, tokens: { MCP_ENDPOINT: { mode: 'rotate' } } });
    expect(shape(links)).toEqual(['rotate rotate: a, b', 'pipe c']);
  });

  test('warns of what it cannot keep, as it reads nothing', async () => {
    const { warnings } = await plan({
      mcpServers: { a: server, b: server },
      mode: 'rotate',
      settings: { maxTools: 3 },
    });
    expect(warnings).toMatchObject([
      { id: 'not-kept-by-pipe', params: { mode: 'rotate', keys: ['maxTools'] } },
    ]);
  });

  test.each(['5 parsecs', '', -1, 50, true, '10ms', '9999h'])('refuses a turn of %j', async (dwellMs) => {
    const mcpServers = { a: { ...server, rotate: { dwellMs } } };
    expect(await refusal(plan({ mcpServers, mode: 'rotate' }))).toMatchObject([
      { path: 'mcpServers.a.rotate.dwellMs', params: { shape: { id: 'duration' } } },
    ]);
  });

  test('shows the text that is no turn', async () => {
    const mcpServers = { a: { ...server, rotate: { dwellMs: '5' }, priority: 'high' } };
    expect(await refusal(plan({ mcpServers }))).toMatchObject([
      { path: 'mcpServers.a.rotate.dwellMs', params: { came: { literal: '"5"' } } },
      { path: 'mcpServers.a.priority', params: { came: { literal: '"high"' } } },
    ]);
  });

  test('refuses a key that a turn does not have', async () => {
    const mcpServers = { a: { ...server, rotate: { ordre: 1 } } };
    expect(await refusal(plan({ mcpServers }))).toMatchObject([
      { path: 'mcpServers.a.rotate.ordre', id: 'unknown-setting', params: { key: 'ordre', meant: 'order' } },
    ]);
  });
});

describe('a single token', () => {
  const env = { MCP_ENDPOINT: ADDRESS, TOKEN_2: 'other' };
  const two = {
    a: server,
    b: server,
    c: { ...server, endpoint: 'ws://h/?token=${TOKEN_2}' },
    d: { ...server, endpoint: 'ws://h/?token=${TOKEN_2}' },
  };

  test.each([
    ['MCP_ENDPOINT', ['pipe a', 'pipe b', 'mux mux: c, d']],
    [new Endpoint(ADDRESS).fingerprint, ['pipe a', 'pipe b', 'mux mux: c, d']],
    ['TOKEN_2', ['mux mux: a, b', 'pipe c', 'pipe d']],
  ])('is meant by %s', async (key, expected) => {
    const { links } = await plan({ mcpServers: two, tokens: { [key]: { mode: 'pipe' } } }, env);
    expect(shape(links)).toEqual(expected);
  });

  test('is meant by MCP_ENDPOINT_<NAME>, also where the address stands in a file', async () => {
    const config = { mcpServers: { a: server }, tokens: { MCP_ENDPOINT_A: { mode: 'mux', minDelayMs: 77 } } };
    const { links, warnings } = await plan(config, { MCP_ENDPOINT_A: ADDRESS });
    expect(links).toMatchObject([
      { kind: 'mux', name: 'a', settings: { minDelayMs: 77, dialTimeoutMs: 10_000 } },
    ]);
    expect(warnings).toEqual([]);
  });

  test('has its own numbers, prefix and separator, and leaves the others theirs', async () => {
    const { links } = await plan(
      {
        mcpServers: two,
        ...{ prefix: 'never', separator: '-', settings: { maxTools: 9 } },
        tokens: { TOKEN_2: { prefix: 'always', separator: '', connectionsPerToken: 2, maxTools: 3 } },
      },
      env,
    );
    expect(links).toMatchObject([
      { name: 'mux', prefix: 'never', separator: '-', settings: { maxTools: 9, connectionsPerToken: 1 } },
      { name: 'mux-2', prefix: 'always', separator: '', settings: { maxTools: 3, connectionsPerToken: 2 } },
      { name: 'mux-3', prefix: 'always', separator: '', settings: { maxTools: 3, connectionsPerToken: 2 } },
    ]);
  });

  test('gives way to --mode', async () => {
    const tokens = { MCP_ENDPOINT: { mode: 'pipe' } };
    const { links } = await plan({ mcpServers: two, mode: 'pipe', tokens }, env, { mode: 'mux' });
    expect(shape(links)).toEqual(['mux mux: a, b', 'mux mux-2: c, d']);
  });

  test('that no address comes from is a warning that names the ones there are', async () => {
    const { warnings } = await plan({ mcpServers: two, tokens: { TOKEN_3: {}, deadbeef: {} } }, env);
    expect(warnings).toMatchObject([
      { code: 'CONFIG_UNKNOWN_TOKEN', path: 'tokens.TOKEN_3', got: 'TOKEN_3', severity: 'warning' },
      { code: 'CONFIG_UNKNOWN_TOKEN', path: 'tokens.deadbeef' },
    ]);
    const { fingerprint } = new Endpoint(ADDRESS);
    expect(warnings[0]!.expected).toBe(
      `one of MCP_ENDPOINT, TOKEN_2, ${fingerprint}, ${new Endpoint('ws://h/?token=other').fingerprint}`,
    );
  });

  test('is known while its servers are disabled or others are asked for', async () => {
    const mcpServers = { ...two, c: { ...two.c, disabled: true }, d: { ...two.d, disabled: true } };
    const config = { mcpServers, tokens: { TOKEN_2: {} } };
    expect((await plan(config, env)).warnings).toEqual([]);
    expect((await plan(config, env, { target: { name: 'a' } })).warnings).toEqual([]);
  });

  test('never stands in the configuration itself: that is refused without repeating it', async () => {
    const findings = await refusal(plan({ mcpServers: two, tokens: { [TOKEN]: {} } }, env));
    expect(findings).toMatchObject([{ code: 'CONFIG_TOKEN_KEY', path: 'tokens' }]);
    expect(JSON.stringify(findings)).not.toContain(TOKEN);
  });

  test.each([
    [{ tokens: { MCP_ENDPOINT: { maxToolz: 1 } } }, 'tokens.MCP_ENDPOINT.maxToolz', 'Did you mean maxTools?'],
    [{ tokens: { MCP_ENDPOINT: { maxParallelStarts: 1 } } }, 'tokens.MCP_ENDPOINT.maxParallelStarts', ''],
    [{ tokens: { MCP_ENDPOINT: { mode: 'mix' } } }, 'tokens.MCP_ENDPOINT.mode', ''],
    [{ tokens: { MCP_ENDPOINT: { minDelayMs: 700_000 } } }, 'tokens.MCP_ENDPOINT', 'Correct one'],
    [{ tokens: { MCP_ENDPOINT: 'pipe' } }, 'tokens.MCP_ENDPOINT', ''],
    [{ tokens: [] }, 'tokens', ''],
    [{ mode: 'muxx' }, 'mode', ''],
    [{ prefix: true }, 'prefix', ''],
    [{ separator: 'a b' }, 'separator', ''],
    [{ separator: '123456789' }, 'separator', ''],
    [{ mcpServers: { a: { ...server, tools: { allowed: ['x'] } } } }, 'mcpServers.a.tools.allowed', 'allow?'],
    [{ mcpServers: { a: { ...server, tools: { allow: 'x' } } } }, 'mcpServers.a.tools.allow', ''],
    [{ mcpServers: { a: { ...server, tools: { rename: ['b'] } } } }, 'mcpServers.a.tools.rename', ''],
    [{ mcpServers: { a: { ...server, readonly: true } } }, 'mcpServers.a.readonly', 'readOnly?'],
    [{ mcpServers: { a: { ...server, aprove: 'destructive' } } }, 'mcpServers.a.aprove', 'approve?'],
    [
      { mcpServers: { a: { ...server, calls: { breaker: { failure: 3 } } } } },
      'mcpServers.a.calls.breaker.failure',
      'failures?',
    ],
    [
      { mcpServers: { a: { ...server, calls: { tools: { 'slow_*': { concurrent: 3 } } } } } },
      'mcpServers.a.calls.tools["slow_*"].concurrent',
      'rate, timeout',
    ],
    [{ audit: { path: 'audit.jsonl' } }, 'audit.path', 'file, arguments, keep, size'],
  ])('%j is a mistake', async (more, path, next) => {
    const findings = await refusal(plan({ mcpServers: two, ...more }, env));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ path });
    expect(findings[0]!.next).toContain(next);
    expect(findings[0]!.expected.length).toBeGreaterThan(10);
  });
});

describe('the embedded endpoint', () => {
  const endpointFor = (name: string) => new Endpoint(`ws://127.0.0.1:9/mcp/?token=${name}`);

  test('has an address for each server, so each is piped, and hidden tools stay hidden', async () => {
    const config = { mcpServers: { a: server, b: { ...server, tools: { deny: ['x'] } } } };
    const { links, warnings } = await plan(config, undefined, { endpointFor });
    expect(shape(links)).toEqual(['pipe a', 'mux b: b']);
    expect(warnings).toEqual([]);
  });

  test('keeps to what is said of the token that is not used there', async () => {
    const config = { mcpServers: { a: server }, tokens: { MCP_ENDPOINT: { mode: 'mux' } } };
    const { links, warnings } = await plan(config, undefined, { endpointFor });
    expect(shape(links)).toEqual(['mux a: a']);
    expect(warnings).toEqual([]);
  });
});

describe('whatever the servers, their tokens and the mode', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'mux', 'mux-2', 'rotate', 'd', 'é', 'long name');
  const entry = fc.record({
    command: fc.constant('x'),
    endpoint: fc.constantFrom('ws://h/?token=one', 'ws://h/?token=two', 'ws://h/x', 'ws://h/y', '${NONE}'),
    tools: fc.constantFrom({}, { deny: ['x'] }),
    disabled: fc.boolean(),
  });
  const config = fc.record({
    mcpServers: fc.dictionary(name, entry, { minKeys: 1, maxKeys: 8 }),
    mode: fc.constantFrom<Mode>(...MODES),
    settings: fc.record({ connectionsPerToken: fc.integer({ min: 1, max: 4 }) }),
  });

  test('every server with an endpoint is on one link, whose servers have one token, and the plan is the same twice', async () => {
    await fc.assert(
      fc.asyncProperty(config, async (given) => {
        const entries = Object.entries(given.mcpServers).filter(
          ([, { disabled, endpoint }]) => !disabled && endpoint !== '${NONE}',
        );
        const usable = { ...given, mcpServers: Object.fromEntries(entries) };
        fc.pre(entries.length > 0);
        const env = { NONE: '' };
        const { links, servers } = await plan(usable, env);
        const planned = links.flatMap((link) => link.servers);
        const expected = Object.keys(JSON.parse(JSON.stringify(usable.mcpServers)));
        expect(servers.map((one) => one.name)).toEqual(expected);
        expect([...planned].sort()).toEqual([...expected].sort());
        for (const link of links) {
          for (const one of link.servers) expect(given.mcpServers[one]!.endpoint).toBe(link.endpoint.href);
        }
        const names = links.map((link) => link.name);
        expect(new Set(names).size).toBe(names.length);
        for (const link of links) {
          const { servers } = link;
          expect(expected.includes(link.name)).toBe(servers.length === 1 && servers[0] === link.name);
        }
        // By first server, and each link's servers in order.
        const at = (one: string) => expected.indexOf(one);
        const firsts = links.map((link) => at(link.servers[0]));
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
        for (const endpoint of new Set(entries.map(([, one]) => one.endpoint))) {
          const count = entries.filter(([, one]) => one.endpoint === endpoint).length;
          const ofToken = links.filter((link) => link.endpoint.href === endpoint);
          const one = given.mode === 'rotate' ? 1 : given.settings.connectionsPerToken;
          const most = given.mode === 'pipe' ? count : one;
          expect(ofToken).toHaveLength(Math.min(most, count));
          const sizes = ofToken.map((link) => link.servers.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          if (given.mode === 'mux') for (const link of ofToken) expect(link.kind).toBe('mux');
          const alone = count === 1 ? 'pipe' : 'rotate';
          if (given.mode === 'rotate') for (const link of ofToken) expect(link.kind).toBe(alone);
          if (given.mode === 'pipe') for (const link of ofToken) expect(link.kind).toBe('pipe');
        }
        expect(shape((await plan(usable, env)).links)).toEqual(shape(links));
      }),
      { numRuns: runs(150) },
    );
  }, 180_000);
});

test('a configuration without any of it is mode auto with "__" between names', async () => {
  const { mode, prefix, separator, tokens } = await load({ mcpServers: shared });
  expect({ mode, prefix, separator, tokens }).toEqual({
    ...{ mode: 'auto', prefix: 'auto', separator: '__', tokens: [] },
  });
});
