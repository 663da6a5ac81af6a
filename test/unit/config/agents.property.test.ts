import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan, type Plan } from '../../../src/config/plan.js';
import { runs } from '../../helpers/runs.js';
import { folderWith, removeFolders } from './workspace.js';

afterAll(removeFolders);

const SERVERS = ['music', 'memory', 'calc', 'mux', 'kitchen-2', 'music-2'];
const AGENTS = ['kitchen', 'office', 'hall', 'pipe', 'mux-2'];
const address = (token: number) => `ws://127.0.0.1:9/?token=made-up-token-${token}`;
const addresses = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 });
const filter = fc.constantFrom(undefined, { allow: ['a*'] }, { deny: ['b'] });

interface Written {
  mcpServers: Record<string, { share?: string; endpoint?: string[] | undefined; tools?: object | undefined }>;
  agents: Record<string, { endpoint: string[]; servers?: string[]; tools?: object; mode?: string }>;
}

const server = fc.record({
  share: fc.constantFrom('server', 'agent'),
  endpoint: fc.option(
    addresses.map((all) => all.map(address)),
    { nil: undefined },
  ),
  tools: filter,
});
const agent = fc
  .record({
    tokens: addresses,
    servers: fc.option(fc.subarray(SERVERS, { minLength: 1 })),
    mode: fc.constantFrom('auto', 'auto', 'pipe', 'mux', 'rotate'),
    tools: filter,
  })
  .map(({ tokens, servers, mode, tools }) => ({
    ...{ endpoint: tokens.map(address), mode },
    ...(servers ? { servers } : {}),
    ...(tools ? { tools: { [(servers ?? SERVERS)[0]!]: tools } } : {}),
  }));
const configuration: fc.Arbitrary<Written> = fc
  .record({
    servers: fc.tuple(...SERVERS.map(() => server)),
    agents: fc.tuple(...AGENTS.map(() => fc.option(agent))),
  })
  .map(({ servers, agents }) => ({
    mcpServers: Object.fromEntries(
      SERVERS.map((name, i) => [
        name,
        { command: 'node', env: { A: ['$', '{AGENT:-x}'].join('') }, ...servers[i] },
      ]),
    ),
    agents: Object.fromEntries(AGENTS.flatMap((name, i) => (agents[i] ? [[name, agents[i]]] : []))),
  }));

const folder = folderWith({});
async function planned(config: Written): Promise<Plan> {
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${folder}/mcp_config.json`, JSON.stringify(config));
  // Servers that no agent has, and that have no address of their own, are on this one.
  const loaded = await loadConfig({ cwd: folder, env: { MCP_ENDPOINT: address(9) } });
  return makePlan(loaded, { cwd: folder });
}

/** Every server of every agent, with the process that answers and each token. */
function wanted({ mcpServers, agents }: Written): { entry: string; process: string; token: string }[] {
  return Object.entries(agents).flatMap(([name, { endpoint, servers = SERVERS }]) =>
    servers.flatMap((entry) =>
      endpoint.map((one) => ({
        ...{ entry, token: one },
        process: mcpServers[entry]!.share === 'agent' ? `${entry}@${name}` : entry,
      })),
    ),
  );
}

describe('whatever agents there are', () => {
  test('each has its servers on each of its addresses, once, over one process of each server', async () => {
    await fc.assert(
      fc.asyncProperty(configuration, async (config) => {
        const { links, servers } = await planned(config);
        const entryOf = (process: string) => process.split('@')[0]!;
        for (const { entry, process, token } of wanted(config)) {
          const having = links.filter(
            (link) => link.endpoint.href === token && link.servers.some((name) => entryOf(name) === entry),
          );
          expect(having.length, `${entry} on ${token}`).toBe(1);
          // On a token of several agents, the process of the first one answers.
          const isAlone =
            Object.values(config.agents).filter((one) => one.endpoint.includes(token)).length === 1;
          const isOwn = config.mcpServers[entry]!.endpoint?.includes(token);
          if (isAlone && !isOwn) expect(having[0]!.servers).toContain(process);
        }
        const used = new Set(links.flatMap((link) => link.servers));
        expect([...used].sort()).toEqual(
          servers
            .map(({ name }) => name)
            .filter((name) => used.has(name))
            .sort(),
        );
        for (const link of links) expect(new Set(link.servers.map(entryOf)).size).toBe(link.servers.length);
      }),
      { numRuns: runs(40) },
    );
  });

  test('names of links are unique, and no link has the name of a server that it does not pipe', async () => {
    await fc.assert(
      fc.asyncProperty(configuration, async (config) => {
        const { links, servers } = await planned(config);
        const names = links.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        for (const { name, servers: own, agent: whose } of links) {
          if (servers.some((one) => one.name === name)) expect(own).toEqual([name]);
          if (Object.hasOwn(config.agents, name)) expect(whose).toBe(name);
        }
      }),
      { numRuns: runs(40) },
    );
  });

  test('a plan is equal to itself, and the way back is as long as the way there', async () => {
    await fc.assert(
      fc.asyncProperty(configuration, configuration, async (one, other) => {
        const [a, again, b] = [await planned(one), await planned(one), await planned(other)];
        const { links, servers } = diffPlan(a, again);
        expect([...links, ...servers].filter(({ change }) => change !== 'kept')).toEqual([]);
        const changes = (diff: ReturnType<typeof diffPlan>) =>
          ['added', 'removed', 'replaced'].map(
            (kind) => diff.links.filter(({ change }) => change === kind).length,
          );
        const [added, removed, replaced] = changes(diffPlan(a, b));
        expect(changes(diffPlan(b, a))).toEqual([removed, added, replaced]);
      }),
      { numRuns: runs(25) },
    );
  });
});
