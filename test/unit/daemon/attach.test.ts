import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import type { Plan } from '../../../src/config/plan.js';
import { ATTACH_PROTOCOL, attach } from '../../../src/daemon/attach.js';
import type { AcceptedLink, PlanForClient } from '../../../src/daemon/clients.js';
import type { NoRoom } from '../../../src/daemon/instances.js';
import type { Transport } from '../../../src/transports/transport.js';

const options = {
  handshake: 'speculative',
  tools: {},
  priority: 0,
  rotate: {},
  share: 'server',
  callerEnv: {},
} as const;
const launch = { command: 'node', args: [], cwd: '/', env: {} };
const server = (name: string) => ({ kind: 'stdio', name, options, launch }) as const;
const plan = {
  ...{ servers: [server('calc'), server('memory')], links: [], warnings: [], secrets: [] },
  forClients: { prefix: 'auto', separator: '__', settings: defaults },
} as unknown as Plan;

function world(clients = 0, kind = 'stdio', full?: NoRoom) {
  const accepted: { transport: Transport; stopped: boolean }[] = [];
  let socket: Duplex | undefined;
  const daemon = {
    clients: Array.from({ length: clients }, (_, i) => ({ name: `${kind} #${i}`, servers: [] })),
    accept: (_: string, planFor: PlanForClient) => {
      if (!planFor(plan)) return undefined;
      if (full) return full;
      return (transport: Transport): AcceptedLink => {
        const one = { transport, stopped: false };
        accepted.push(one);
        const stop = async () => {
          one.stopped = true;
        };
        return { name: 'stdio #1', servers: [], gone: transport.closed, stop };
      };
    },
  };
  const asked = (params: Record<string, unknown>) =>
    attach(daemon, '1.2.3', {
      ...{ params, signal: new AbortController().signal, tell: () => {}, stay: () => {} },
      drained: async () => {},
      takeOver: (use) => {
        socket = new Duplex({ read: () => {}, write: (_, __, done) => done() });
        use(socket as Socket);
      },
    });
  return { accepted, asked, socket: () => socket };
}

it('takes the connection over for a client, until that ends', async () => {
  const { accepted, asked, socket } = world();
  expect(asked({ protocol: ATTACH_PROTOCOL, servers: ['calc'] })).toEqual({
    ...{ pid: process.pid, version: '1.2.3', servers: ['calc'], leftOut: [] },
  });
  socket()!.push('{"jsonrpc":"2.0","method":"x"}\n');
  const { value } = await accepted[0]!.transport.batches[Symbol.asyncIterator]().next();
  expect(String(value?.[0])).toBe('{"jsonrpc":"2.0","method":"x"}');
  socket()!.destroy();
  expect(await accepted[0]!.transport.closed).toEqual({ by: 'remote' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(accepted[0]!.stopped).toBe(true);
});

it('clients of the gateway take no place of a client like this', () => {
  const { asked } = world(1_000, 'http');
  expect(asked({ protocol: ATTACH_PROTOCOL })).toMatchObject({ servers: ['calc', 'memory'] });
});

it('without room for a process of its own, it is told the setting that is the bound', () => {
  const { asked } = world(0, 'stdio', { fullOf: 'calc', most: 32 });
  expect(() => asked({ protocol: ATTACH_PROTOCOL })).toThrow(/32 .*"calc".*"settings\.maxInstancesOfServer"/);
});

it.each<[Record<string, unknown>, number, RegExp, object | undefined]>([
  [{ protocol: 99 }, 0, /version 1\.2\.3.*different/, { version: '1.2.3' }],
  [{ protocol: 99, lang: 'vi' }, 0, /phiên bản 1\.2\.3/, { version: '1.2.3' }],
  [{ protocol: ATTACH_PROTOCOL }, 64, /64 clients/, undefined],
  [
    { protocol: ATTACH_PROTOCOL, servers: ['files'] },
    0,
    /no files now; it has calc, memory/,
    { unknown: ['files'], known: ['calc', 'memory'] },
  ],
  [{ protocol: ATTACH_PROTOCOL, servers: 'calc' }, 0, /list of names/, undefined],
  [{ protocol: ATTACH_PROTOCOL, agent: 7 }, 0, /name of an agent/, undefined],
])('refuses %j with %i clients, and the connection stays as it is', (params, clients, message, data) => {
  const { accepted, asked, socket } = world(clients);
  expect(() => asked(params)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(message), data }),
  );
  expect([accepted, socket()]).toEqual([[], undefined]);
});
