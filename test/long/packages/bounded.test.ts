import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findHierarchies } from '../../../src/process/control-groups.js';
import { Cli, descendants } from '../../helpers/cli.js';
import { connectV1 } from '../../helpers/http-clients.js';
import { lockedServers, type PublishedServers } from '../../helpers/published-servers.js';

const hierarchies = process.platform === 'linux' ? await findHierarchies() : [];
const canHold = hierarchies.some(({ controllers }) => controllers.includes('memory'));

/** Several looks of the watch; and a server may be above its limit for 5 s. */
const WORK_MS = 20_000;
const FEWEST_CALLS = 300;

let world: PublishedServers;
beforeAll(async () => {
  world = await lockedServers(['everything', 'filesystem']);
}, 600_000);
afterAll(() => world?.remove());

test.each([
  { by: 'the watch', env: { MCP_PIPE_CGROUP: 'off' }, isGroup: false },
  ...(canHold ? [{ by: 'a control group', env: {}, isGroup: true }] : []),
])(
  'ordinary servers of npm live and work through many calls under 300 MB, held by $by',
  async ({ env, isGroup }) => {
    const { folder } = world;
    const bounded = (name: string) => ({ ...world.entry(name), limits: { memory: '300MB' } });
    const mcpServers = { everything: bounded('everything'), filesystem: bounded('filesystem') };
    writeFileSync(join(folder, 'mcp_config.json'), JSON.stringify({ mcpServers, gateway: { port: 0 } }));
    const lines = Array.from({ length: 2_000 }, (_, i) => `line ${i} of a file`).join('\n');
    writeFileSync(join(folder, 'lines.txt'), lines);
    const cli = new Cli(['--log-format', 'json'], { cwd: folder, env: { ...world.env, ...env } });
    const { url } = await cli.event('gateway-address');
    const { origin } = new URL(url as string);
    const clients = await Promise.all(
      ['everything', 'filesystem'].map((name) => connectV1(`${origin}/servers/${name}/mcp`)),
    );
    const [everything, filesystem] = clients as [(typeof clients)[0], (typeof clients)[0]];
    try {
      await everything.call('echo', { message: 'first' });
      await filesystem.call('list_allowed_directories');
      const pids = descendants(cli.pid).sort();
      expect(pids).toHaveLength(2);
      for (const pid of pids)
        expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes('mcp-pipe-server-')).toBe(isGroup);
      const until = Date.now() + WORK_MS;
      for (let i = 0; i < FEWEST_CALLS || Date.now() < until; i++) {
        // Some large ones among the small: both allocate and collect.
        const message = `${i} ${'x'.repeat(i % 10 === 0 ? 500_000 : 10)}`;
        const path = join(folder, 'lines.txt');
        const [echoed, read] = await Promise.all([
          everything.call('echo', { message }),
          filesystem.call('read_text_file', { path }),
        ]);
        expect(echoed === `Echo: ${message}`).toBe(true);
        expect(read === lines).toBe(true);
      }
      expect(descendants(cli.pid).sort()).toEqual(pids);
      expect(cli.log.filter(({ event }) => event === 'server-down')).toEqual([]);
    } finally {
      for (const client of clients) await client.close();
    }
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
  },
  240_000,
);
