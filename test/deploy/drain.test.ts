import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { HttpAsker } from '../helpers/http-asker.js';
import { fixture } from '../helpers/link.js';
import { sdkClientV2 } from './clients.js';
import { Deployment } from './deployment.js';
import { ownFolder } from './shipped.js';

test.each([
  ['which nginx was told before, as deploy.sh does', true],
  ['which nobody was told of', false],
])(
  'replicas end one after the other, %s: each call is answered once, and given to a server once',
  async (_, isTold) => {
    const notes = join(await ownFolder(), 'notes');
    const one = { command: process.execPath, args: [fixture('noting.mjs')], env: { NOTES: notes } };
    const world = await Deployment.start({ servers: { one } });
    const { client } = await sdkClientV2(world, 'auto');
    const asker = new HttpAsker((id, ms) => client.callTool({ name: 'note', arguments: { id, ms } }));
    for (const name of ['a', 'b'] as const) {
      await asker.flows();
      const away = join(world.folder, `tmp/away-gateway-${name}`);
      if (isTold) await writeFile(away, '');
      const direct = `http://127.0.0.1:${world.ports.gateway[name]}`;
      const body = { jsonrpc: '2.0', id: 1, method: 'ping' };
      const replica = world.replica(name);
      replica.signal('SIGTERM');
      // From then on it is not ready, and takes nothing new; at last it does not listen.
      await eventually(async () => {
        const [ready, asked] = await Promise.all([
          fetch(`${direct}/ready`).catch(() => undefined),
          fetch(`${direct}/servers/one/mcp`, { method: 'POST', body: JSON.stringify(body) }).catch(
            () => undefined,
          ),
        ]);
        return (ready?.status ?? 503) === 503 && (asked?.status ?? 503) === 503;
      });
      expect(await replica.exited).toBe(0);
      await asker.flows();
      await world.startReplica(name);
      await rm(away, { force: true });
    }
    await asker.flows();
    await asker.stop();
    const noted = readFileSync(notes, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]);
    expect([...noted].sort()).toEqual([...asker.answered].sort());
    if (isTold) expect(asker.refused).toEqual([]);
  },
  120_000,
);
