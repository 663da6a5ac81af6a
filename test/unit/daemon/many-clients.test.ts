import { afterEach, expect, it } from 'vitest';
import { type InstanceClientOfTest, InstanceWorld } from '../../helpers/instance-world.js';
import { settled } from '../../helpers/mux-world.js';

let world: InstanceWorld;
afterEach(() => world.stop());

const CALLER = { caller: {}, hasSession: true };
const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
const CAPABILITIES = [
  {},
  { sampling: {} },
  { roots: {}, elicitation: {} },
  { sampling: {}, experimental: { x: {} } },
];
const MANY = 50;

/** Clients that are all different: name, version of MCP, capabilities. */
const client = (i: number) => ({
  protocolVersion: VERSIONS[i % VERSIONS.length],
  capabilities: CAPABILITIES[i % 3 === 0 ? 3 : i % CAPABILITIES.length],
  clientInfo: { name: `client-${i}`, version: String(i) },
});
const canSample = (i: number) => 'sampling' in client(i).capabilities!;

async function manyClients(kind: 'pipe' | 'mux'): Promise<InstanceClientOfTest[]> {
  const servers: [string, ...string[]] = kind === 'pipe' ? ['s'] : ['s', 'other'];
  const clients = Array.from({ length: MANY }, () => world.client(CALLER, ...servers));
  // All at once, while the process is being started.
  const ids = clients.map((one, i) => one.send('initialize', client(i)));
  await world.advance(2_000, 500);
  for (const [i, one] of clients.entries()) {
    expect(one.reply(ids[i]!).result.serverInfo).toBeDefined();
    one.far.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  }
  await settled();
  return clients;
}

it.each(['pipe', 'mux'] as const)(
  'fifty different clients, each on a %s, use one process at once',
  async (kind) => {
    world = new InstanceWorld({ s: {}, other: {} });
    const clients = await manyClients(kind);
    const ofServer = () => world.processes.filter(({ name }) => name === 's');
    const [process, ...more] = ofServer();
    expect(more).toEqual([]);
    const tool = (name: string) => (kind === 'pipe' ? name : `s__${name}`);
    // Every call runs at the same time as all others; each client gets its own answer.
    const held = clients.map((one, i) =>
      one.send('tools/call', { name: tool('count'), arguments: { held: true, whose: i } }),
    );
    await settled();
    // Further clients come, initialise, call and leave meanwhile: nobody's process is restarted for them.
    for (let i = 0; i < 8; i++) {
      const guest = world.client(CALLER, 's');
      await guest.initialize(client(i));
      expect(await guest.count()).toMatchObject({ pid: process!.pid });
      await guest.leave();
    }
    process!.release();
    await settled();
    for (const [i, one] of clients.entries())
      expect(one.reply(held[i]!).result.structuredContent).toMatchObject({
        pid: process!.pid,
        said: { whose: i },
      });
    expect(ofServer()).toEqual([process]);
  },
);

it.each(['pipe', 'mux'] as const)(
  'on a %s, a question goes to the client whose call runs, and to no other',
  async (kind) => {
    world = new InstanceWorld({ s: {}, other: {} });
    const clients = await manyClients(kind);
    const name = kind === 'pipe' ? 'ask' : 's__ask';
    for (const [i, one] of clients.entries()) one.onAsked = () => ({ answer: `of ${i}` });
    for (const [i, one] of clients.entries()) {
      const id = one.send('tools/call', { name, arguments: {} });
      // There, the question back, its answer there, and the reply.
      for (let leg = 0; leg < 4; leg++) await settled();
      const { result } = one.reply(id);
      const [{ text }] = result.content;
      if (canSample(i)) expect(text).toBe(JSON.stringify({ answer: `of ${i}` }));
      else expect(JSON.parse(text)).toMatchObject({ code: expect.any(Number) });
    }
    const asked = clients.map((one) =>
      one.received.filter(({ method }) => method === 'sampling/createMessage'),
    );
    expect(asked.map(({ length }) => length)).toEqual(clients.map((_, i) => (canSample(i) ? 1 : 0)));
  },
);
