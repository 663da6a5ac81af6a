import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { diffPlan, type LinkChange, type ServerChange } from '../../../src/config/diff-plan.js';
import type { LinkPlan, Plan, ServerPlan } from '../../../src/config/plan.js';
import { defaultOptions } from '../../../src/config/server-options.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { HttpProxy } from '../../../src/protocol/http-proxy.js';
import { launchOf } from '../../helpers/launch-of.js';
import { runs } from '../../helpers/runs.js';
import { plan, removeFolders } from './workspace.js';

afterEach(removeFolders);

const token = (name: string) => `ws://127.0.0.1:1/?token=secret-of-${name}`;

/** As they are written: `a: restarted launch.args`. */
const serverLines = ({ servers }: { servers: readonly ServerChange[] }) =>
  servers.map(({ name, change, keys }) => [`${name}: ${change}`, ...keys].join(' '));
const linkLines = ({ links }: { links: readonly LinkChange[] }) =>
  links.map(({ name, was, change, keys, joined, left }) =>
    [
      was === undefined || was === name ? `${name}: ${change}` : `${was} -> ${name}: ${change}`,
      ...keys,
      ...joined.map((server) => `+${server}`),
      ...left.map((server) => `-${server}`),
    ].join(' '),
  );

type Entries = Record<string, object>;
const entry = (more: object = {}) => ({ command: 'x', endpoint: token('one'), ...more });

async function diffed(
  old: { mcpServers: Entries; [key: string]: unknown },
  next: { mcpServers: Entries; [key: string]: unknown },
): Promise<{ servers: string[]; links: string[] }> {
  const env = { PATH: '/bin' };
  // In folders of their own they would start in other folders.
  const here = (config: { mcpServers: Entries }) => ({
    ...config,
    mcpServers: Object.fromEntries(
      Object.entries(config.mcpServers).map(([name, one]) => [name, { cwd: '/', ...one }]),
    ),
  });
  const diff = diffPlan(await plan(here(old), env), await plan(here(next), env));
  return { servers: serverLines(diff), links: linkLines(diff) };
}

describe('what becomes of a server', () => {
  test.each([
    ['nothing, when nothing is different', {}, {}, 'a: kept'],
    [
      'another filter, priority, account or turn is no reason to start it again',
      {},
      { tools: { deny: ['x'] }, priority: 1, accountGroup: 'me', rotate: { dwellMs: '5m' } },
      'a: updated options.tools options.priority options.accountGroup options.rotate',
    ],
    [
      'an option that is written as it is by default changes nothing',
      {},
      { priority: 0, handshake: 'speculative' },
      'a: kept',
    ],
    [
      'how it is initialised is decided when it starts',
      {},
      { handshake: 'passthrough' },
      'a: restarted options.handshake',
    ],
    [
      'another program, folder, argument or variable needs another process',
      { env: { KEY: 'old', GONE: '1' } },
      { command: 'y', args: ['z'], cwd: '/tmp', env: { KEY: 'new', MORE: '2' } },
      'a: restarted launch.command launch.args launch.cwd launch.env.KEY launch.env.GONE launch.env.MORE',
    ],
    ['both', {}, { command: 'y', priority: 3 }, 'a: restarted launch.command options.priority'],
  ])('%s', async (_, old, next, line) => {
    const { servers } = await diffed({ mcpServers: { a: entry(old) } }, { mcpServers: { a: entry(next) } });
    expect(servers).toEqual([line]);
  });

  test('one that comes, one that goes, and one that is switched off', async () => {
    const old = { mcpServers: { a: entry(), b: entry(), c: entry() }, mode: 'mux' };
    const next = { mcpServers: { d: entry(), b: entry(), c: entry({ disabled: true }) }, mode: 'mux' };
    const { servers, links } = await diffed(old, next);
    expect(servers).toEqual(['d: added', 'b: kept', 'a: removed', 'c: removed']);
    expect(links).toEqual(['mux: members-changed servers +d -a -c']);
  });
});

describe('what becomes of a link', () => {
  const two = { a: entry({ endpoint: token('a') }), b: entry({ endpoint: token('b') }) };

  test('a new token replaces it, and says no token', async () => {
    const { servers, links } = await diffed(
      { mcpServers: two },
      { mcpServers: { ...two, a: entry({ endpoint: token('new') }) } },
    );
    expect(links).toEqual(['a: replaced endpoint', 'b: kept']);
    expect(servers).toEqual(['a: kept', 'b: kept']);
  });

  test('a server that moves to another token leaves one link and joins the other', async () => {
    const on = (of: string) => entry({ endpoint: token(of) });
    const old = { a: on('a'), b: on('a'), c: on('b'), d: on('b') };
    const { servers, links } = await diffed({ mcpServers: old }, { mcpServers: { ...old, b: on('b') } });
    expect(servers).toEqual(['a: kept', 'b: kept', 'c: kept', 'd: kept']);
    // One alone is a pipe.
    expect(links).toEqual([
      expect.stringMatching(/^mux -> a: replaced kind name servers .* -b$/),
      'mux-2 -> mux: replaced name servers +b',
    ]);
  });

  test('a link that is named anew because one before it is gone is replaced for its name alone', async () => {
    const on = (of: string) => entry({ endpoint: token(of) });
    const { links } = await diffed(
      { mcpServers: { a: on('a'), b: on('a'), c: on('b'), d: on('b') } },
      { mcpServers: { c: on('b'), d: on('b') } },
    );
    expect(links).toEqual(['mux-2 -> mux: replaced name', 'mux: removed -a -b']);
  });

  test('one setting replaces it; those of the whole process do not', async () => {
    const settings = { holdTimeoutMs: 1_000, startSlotMs: 9 };
    const { links } = await diffed({ mcpServers: two }, { mcpServers: two, settings });
    const keys = 'settings.startSlotMs settings.holdTimeoutMs';
    expect(links).toEqual([`a: replaced ${keys}`, `b: replaced ${keys}`]);
    const ofProcess = await diffed({ mcpServers: two }, { mcpServers: two, settings: { startSlotMs: 9 } });
    expect(ofProcess.links).toEqual(['a: updated settings.startSlotMs', 'b: updated settings.startSlotMs']);
  });

  test('a setting that processes are opened with starts their servers again', async () => {
    const { servers } = await diffed(
      { mcpServers: two },
      { mcpServers: two, settings: { maxFrameBytes: 1e6 } },
    );
    expect(servers).toEqual(['a: restarted settings.maxFrameBytes', 'b: restarted settings.maxFrameBytes']);
  });

  test('another mode, another spelling of names', async () => {
    const shared = { mcpServers: { a: entry(), b: entry() } };
    const rotate = await diffed(shared, { ...shared, mode: 'rotate' });
    expect(rotate.links).toEqual([expect.stringMatching(/^mux -> rotate: replaced kind name /)]);
    const spelled = await diffed(shared, { ...shared, separator: '-', toolNames: 'keep' });
    expect(spelled.links).toEqual(['mux: replaced separator toolNames']);
  });

  test('turns in another order are other members, on the same connection', async () => {
    const shared = { a: entry(), b: entry() };
    const { servers, links } = await diffed(
      { mcpServers: shared, mode: 'rotate' },
      { mcpServers: { ...shared, a: entry({ rotate: { order: 1 } }) }, mode: 'rotate' },
    );
    expect(servers).toEqual(['a: updated options.rotate', 'b: kept']);
    expect(links).toEqual(['rotate: members-changed servers']);
  });

  test('its rank: a priority, or another place in the plan; one before it that goes changes none', async () => {
    const three = { ...two, c: entry({ endpoint: token('c') }) };
    const first = await diffed(
      { mcpServers: three },
      { mcpServers: { ...three, c: { ...three.c, priority: 2 } } },
    );
    expect(first.links).toEqual(['a: kept', 'b: kept', 'c: updated priority']);
    const moved = await diffed({ mcpServers: three }, { mcpServers: { b: three.b, a: three.a, c: three.c } });
    expect(moved.links).toEqual(['b: updated order', 'a: updated order', 'c: kept']);
    const gone = await diffed({ mcpServers: three }, { mcpServers: { b: three.b, c: three.c } });
    expect(gone.links).toEqual(['b: kept', 'c: kept', 'a: removed -a']);
  });
});

describe('any two plans', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
  const SECRETS = ['made-up-secret-1', 'made-up-secret-2'] as const;
  const secret = fc.constantFrom(...SECRETS);
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const server = fc.record({
    command: fc.constantFrom('x', 'y'),
    args: fc.array(secret, { maxLength: 1 }),
    env: fc.dictionary(fc.constantFrom('KEY', 'OTHER'), secret, { maxKeys: 2 }),
    tools: fc.constantFrom({}, { deny: ['x'] }, { allow: ['x'] }),
    handshake: fc.constantFrom('speculative', 'passthrough'),
    priority: fc.constantFrom(0, 1),
    rotate: fc.record({ order: optional(fc.constantFrom(0, 1)) }),
  });
  /** Which link each server is on, in order, and how links are. */
  const shape = fc.record({
    servers: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 }),
    of: fc.array(server, { minLength: NAMES.length, maxLength: NAMES.length }),
    at: fc.array(fc.nat(2), { minLength: NAMES.length, maxLength: NAMES.length }),
    links: fc.array(
      fc.record({
        kind: fc.constantFrom('mux', 'rotate'),
        token: secret,
        path: fc.constantFrom('', 'x'),
        settings: fc.constantFrom({}, { holdTimeoutMs: 5 }, { startSlotMs: 7 }, { maxFrameBytes: 9 }),
        priority: fc.constantFrom(0, 1),
        account: optional(fc.constant({ name: 'me', connections: 1 })),
        proxy: optional(secret.map((password) => new HttpProxy(`http://me:${password}@proxy:1`))),
        prefix: fc.constantFrom('auto', 'never'),
      }),
      { minLength: 3, maxLength: 3 },
    ),
  });
  const plans = shape.map(({ servers, of, at, links }): Plan => {
    const counts = { mux: 0, rotate: 0 };
    return {
      servers: servers.map((name): ServerPlan => {
        const { command, args, env, ...options } = of[NAMES.indexOf(name)]!;
        return {
          ...{ kind: 'stdio', name, launch: { command, args, cwd: '/', env } },
          options: { ...defaultOptions, ...options } as ServerPlan['options'],
        };
      }),
      links: links.flatMap(({ kind, token, path, settings, prefix, ...link }, i): LinkPlan[] => {
        const [first, ...others] = servers.filter((name) => at[NAMES.indexOf(name)] === i);
        if (first === undefined) return [];
        const pipe = others.length === 0;
        if (!pipe) counts[kind as 'mux' | 'rotate'] += 1;
        const count = counts[kind as 'mux' | 'rotate'];
        const every = {
          name: pipe ? first : count === 1 ? kind : `${kind}-${count}`,
          servers: [first, ...others] as [string, ...string[]],
          endpoint: new Endpoint(`ws://h/${path}?token=${token}`),
          settings: { ...defaults, ...settings },
          ...link,
        };
        if (pipe) return [{ kind: 'pipe', ...every }];
        if (kind === 'rotate') return [{ kind, ...every }];
        return [{ kind: 'mux', ...every, prefix: prefix as 'auto', separator: '__', mayRegroup: false }];
      }),
      ...{ warnings: [], secrets: SECRETS },
    };
  });
  /** Equal plans share no object, so that none is taken for equal because it is the same. */
  const copied = ({ servers, links, ...plan }: Plan): Plan => ({
    ...plan,
    servers: structuredClone(servers),
    links: links.map(({ endpoint, proxy, ...link }) => ({
      ...structuredClone(link as LinkPlan),
      endpoint: new Endpoint(endpoint.href),
      ...(proxy ? { proxy } : {}),
    })),
  });
  const check = (property: (old: Plan, next: Plan) => void) =>
    fc.assert(fc.property(plans, plans, property), { numRuns: runs(1_000) });

  test('of one plan twice, everything is kept', () => {
    fc.assert(
      fc.property(plans, (one) => {
        const { servers, links } = diffPlan(one, copied(one));
        expect([...servers, ...links].map(({ change, keys }) => [change, keys])).toEqual(
          Array.from({ length: one.servers.length + one.links.length }, () => ['kept', []]),
        );
      }),
      { numRuns: runs(300) },
    );
  });

  /** As plain data, so that addresses are compared, too. */
  const plain = (value: object): unknown =>
    JSON.parse(
      JSON.stringify({ ...value }, (_, inner) =>
        inner && typeof inner === 'object'
          ? { ...inner, ...(Array.isArray(inner) ? { length: inner.length } : {}) }
          : inner,
      ),
    );
  const withHref = (link: LinkPlan) => ({
    ...link,
    endpoint: link.endpoint.href,
    proxy: link.proxy && [String(link.proxy), link.proxy.authorization],
  });
  /** What an old part is when only the named keys are taken from the next one. */
  const taking = <T extends object>(old: T, next: T, keys: readonly string[]): T => {
    const made = structuredClone(old);
    for (const key of keys) {
      const path = key.split('.');
      const last = path.pop()!;
      const [to, from] = [made, next].map((one) =>
        path.reduce((inner, step) => inner[step] as Record<string, unknown>, one as Record<string, unknown>),
      );
      if (from![last] === undefined) delete to![last];
      else to![last] = from![last];
    }
    return made;
  };

  test('what is said makes the next plan of the old one, and nothing is missing', () => {
    check((old, next) => {
      const diff = diffPlan(old, next);
      const servers = diff.servers.flatMap(({ name, change, keys }) => {
        const was = old.servers.find((one) => one.name === name);
        const is = next.servers.find((one) => one.name === name);
        if (change === 'removed') return [];
        const own = keys.filter((key) => !key.startsWith('settings.'));
        return [change === 'added' ? is! : taking(was!, is!, own)];
      });
      expect(servers.map(plain)).toEqual(next.servers.map(plain));
      const links = diff.links.flatMap(({ name, was, change, keys }) => {
        if (change === 'removed') return [];
        const is = withHref(next.links.find((one) => one.name === name)!);
        if (change === 'added') return [is];
        const before = withHref(old.links.find((one) => one.name === was)!);
        return [
          taking(
            before,
            is,
            keys.filter((key) => key !== 'order'),
          ),
        ];
      });
      expect(links.map(plain)).toEqual(next.links.map(withHref).map(plain));
      for (const { was, name, change, joined, left } of diff.links) {
        const before = old.links.find((one) => one.name === was)?.servers ?? [];
        const is = change === 'removed' ? undefined : next.links.find((one) => one.name === name);
        const after = is?.servers ?? [];
        expect([...before.filter((one) => !left.includes(one)), ...joined].sort()).toEqual([...after].sort());
      }
      // Nobody stands for two.
      const olds = diff.links.flatMap(({ was }) => was ?? []);
      expect([...olds].sort()).toEqual(old.links.map(({ name }) => name).sort());
    });
  });

  test('a process goes on exactly when nothing differs that it was opened with, whatever becomes of its link', () => {
    check((old, next) => {
      const opened = ({ servers, links }: Plan, name: string) => {
        const one = servers.find((server) => server.name === name);
        const { maxFrameBytes } = links.find((link) => link.servers.includes(name))?.settings ?? {};
        return one && plain({ launch: launchOf(one), handshake: one.options.handshake, maxFrameBytes });
      };
      for (const { name, change } of diffPlan(old, next).servers) {
        const [was, is] = [opened(old, name), opened(next, name)];
        const isSame = isDeepStrictEqual(was, is);
        const expected = !was ? ['added'] : !is ? ['removed'] : isSame ? ['kept', 'updated'] : ['restarted'];
        expect(expected, `${name}: ${change}`).toContain(change);
      }
    });
  });

  test('back again is the same, the other way round', () => {
    check((old, next) => {
      const [there, back] = [diffPlan(old, next), diffPlan(next, old)];
      const mirrored = { added: 'removed', removed: 'added' } as Record<string, string>;
      for (const part of ['servers', 'links'] as const) {
        const counted = (changes: readonly { change: string; keys: readonly string[] }[]) =>
          changes.map(({ change, keys }) => `${change} ${[...keys].sort()}`).sort();
        const turned = back[part].map(({ change, keys }) => ({ change: mirrored[change] ?? change, keys }));
        expect(counted(there[part])).toEqual(counted(turned));
      }
    });
  });

  test('a secret that changes is seen, and never shown', () => {
    let seen = 0;
    check((old, next) => {
      const diff = diffPlan(old, next);
      for (const { name, change, keys } of diff.servers) {
        const [was, is] = [old, next].map(
          ({ servers }) => servers.filter((one) => one.name === name).map((one) => launchOf(one).env.KEY)[0],
        );
        if (change !== 'restarted' || was === is) continue;
        seen += 1;
        expect(keys).toContain('launch.env.KEY');
      }
      for (const one of SECRETS) expect(JSON.stringify(diff)).not.toContain(one);
    });
    expect(seen).toBeGreaterThan(0);
  });
});
