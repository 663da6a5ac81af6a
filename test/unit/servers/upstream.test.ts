import { expect, it } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { ServerStartError } from '../../../src/protocol/errors.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import type { ServerTransport } from '../../../src/servers/server-transport.js';
import { SupervisedServer } from '../../../src/servers/supervised-server.js';
import { processEndOf } from '../../../src/transports/stdio.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { settled } from '../../helpers/mux-world.js';

/** A server whose processes the test starts; each answers what it is asked and minds no request to end. */
function served() {
  const clock = new ManualClock();
  const waiting: (() => { isAsked: boolean; isMute: boolean; end: () => void })[] = [];
  const start = () =>
    new Promise<ServerTransport>((resolve) => {
      waiting.push(() => {
        const [near, far] = memoryPair();
        const life = { isAsked: false, isMute: false, end: () => void near.close() };
        void (async () => {
          for await (const batch of far.batches) {
            life.isAsked ||= batch.length > 0;
            if (life.isMute) continue;
            far.send([Buffer.from('{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2024-11-05"}}')]);
          }
        })();
        const transport = {
          ...near,
          batches: near.batches,
          closed: near.closed,
          pid: 1,
          stderrTail: () => [],
          endOf: processEndOf,
        };
        resolve(
          Object.assign(transport, {
            send: (batch: Parameters<typeof near.send>[0]) => near.send(batch),
            close: () => near.closed,
          }),
        );
        return life;
      });
    });
  const statuses: StatusEvent[] = [];
  const server = new SupervisedServer(
    { name: 'server', kind: 'stdio', shown: 'server', options: { handshake: 'speculative' }, open: start },
    { clock, mayStart: async () => () => {}, random: () => 0 },
    defaults,
  );
  const { client } = used(server, statuses);
  return { upstream: server.upstream, client, waiting, statuses, clock };
}

/** A link that uses the server, and hears of it. */
function used(server: SupervisedServer, statuses: StatusEvent[]) {
  const use = server.use({
    by: 'link',
    settings: defaults,
    onStatus: (event) => statuses.push(event),
    onClientStatus: () => {},
  });
  use.begin();
  return use;
}

it('a server that is to rest while it is being started is not taken for ready while it ends', async () => {
  const { upstream, waiting } = served();
  upstream.start();
  await settled();
  upstream.rest('between-turns', true);
  const life = waiting.shift()!();
  await settled();
  // It is wanted again before it has ended.
  upstream.wakeUp();
  await settled();
  expect(life.isAsked).toBe(false);
  expect(upstream.ready).toBe(false);
  life.end();
  await settled();
  waiting.shift()!();
  await settled();
  expect(upstream.ready).toBe(true);
});

/** As the transport of a server that is no process says it. */
class Unreachable extends ServerStartError {
  override readonly code = 'LAUNCH_FAILED';
  override readonly end = { kind: 'unreachable', reason: 'ECONNREFUSED' } as const;
}

it('a server that is no process ends as its transport says', async () => {
  const clock = new ManualClock();
  const statuses: StatusEvent[] = [];
  let isThere = false;
  const open = async (): Promise<ServerTransport> => {
    if (!isThere) throw new Unreachable('nothing listens there');
    const [near, far] = memoryPair();
    void far.close();
    const of = { pid: undefined, stderrTail: () => [], endOf: () => ({ kind: 'session-lost' }) as const };
    return Object.assign(near, of);
  };
  const server = new SupervisedServer(
    { name: 'far', kind: 'stdio', shown: 'tcp://host:1', options: { handshake: 'speculative' }, open },
    { clock, mayStart: async () => () => {}, random: () => 0.5 },
    defaults,
  );
  used(server, statuses);
  const { upstream } = server;
  const downs = () => statuses.filter(({ type }) => type === 'server-down');
  upstream.start();
  await settled();
  expect(downs()).toMatchObject([{ why: 'unreachable', end: { reason: 'ECONNREFUSED' }, stderrTail: [] }]);
  isThere = true;
  await clock.advance(defaults.minDelayMs);
  await settled();
  expect(downs()[1]).toMatchObject({ why: 'session-lost', end: { kind: 'session-lost' } });
  await upstream.stop(AbortSignal.abort());
});

/** A server that `open` opens, on a clock that stands still. */
function openedBy(open: () => Promise<ServerTransport>) {
  const statuses: StatusEvent[] = [];
  const server = new SupervisedServer(
    { name: 'odd', kind: 'stdio', shown: 'odd', options: { handshake: 'speculative' }, open },
    { clock: new ManualClock(), mayStart: async () => () => {}, random: () => 0.5 },
    defaults,
  );
  used(server, statuses);
  const { upstream } = server;
  return { upstream, downs: () => statuses.filter(({ type }) => type === 'server-down') };
}

it.each([
  [Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', 'connect failed'],
  [new TypeError('x is no function'), 'UNKNOWN', 'x is no function'],
  [new DOMException('too slow', 'TimeoutError'), 'UNKNOWN', 'too slow'],
  ['a text', 'UNKNOWN', 'a text'],
  [undefined, 'UNKNOWN', 'undefined'],
])(
  'whatever opening a server throws (%s), it could not be started, and is tried again',
  async (thrown, reason, text) => {
    const { upstream, downs } = openedBy(() => Promise.reject(thrown));
    upstream.start();
    await settled();
    expect(downs()).toMatchObject([{ why: 'not-started', end: { reason }, stderrTail: [text] }]);
    expect(upstream.state).toBe('waiting');
    await upstream.stop(AbortSignal.abort());
    expect(upstream.state).toBe('stopped');
  },
);

it('a server that is not needed any more while it is opened has not failed', async () => {
  let fail = (_: unknown): void => {};
  const { upstream, downs } = openedBy(
    () =>
      new Promise((_, reject) => {
        fail = reject;
      }),
  );
  upstream.start();
  await settled();
  const stopped = upstream.stop(AbortSignal.abort());
  fail(new DOMException('This operation was aborted', 'AbortError'));
  await stopped;
  expect(downs()).toEqual([]);
  expect(upstream.state).toBe('stopped');
});

it('calls to a server that hangs are answered at once, not only when its process has ended', async () => {
  const { upstream, client, waiting, clock } = served();
  upstream.start();
  await settled();
  const life = waiting.shift()!();
  await settled();
  const [near, endpoint] = memoryPair();
  const answers: string[] = [];
  void (async () => {
    for await (const batch of endpoint.batches) answers.push(...batch.map(String));
  })();
  void client.serveConnection(near);
  life.isMute = true;
  endpoint.send([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call"}')]);
  await settled();
  await clock.advance(2 * (defaults.callTimeoutMs + defaults.serverPingTimeoutMs));
  await settled();
  expect(upstream.state).toBe('ending');
  expect(answers).toHaveLength(1);
  expect(answers[0]).toContain('"code":-31001');
  life.end();
});
