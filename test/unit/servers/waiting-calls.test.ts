import { expect, onTestFinished, test } from 'vitest';
import type { CopiesOptions } from '../../../src/servers/copies/copies-options.js';
import { CopiesTransport } from '../../../src/servers/copies/copies-transport.js';
import type { OpenContext, ServerTransport } from '../../../src/servers/server-transport.js';
import { BatchQueue } from '../../../src/transports/batch-queue.js';
import { ManualClock } from '../../helpers/manual-clock.js';

/** A process that notes what it is sent, and says what the test has it say. */
function fakeProcess(pid: number) {
  const got: { id?: number; method: string }[] = [];
  const batches = new BatchQueue({ maxQueuedBytes: 1e6, onFull: () => {}, onRoom: () => {} });
  const say = (message: object) => batches.push(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })));
  let end = () => {};
  const closed = new Promise<{ by: 'local' }>((resolve) => {
    end = () => resolve({ by: 'local' });
  });
  const transport = {
    ...{ pid, batches, closed },
    send: (frames: readonly Buffer[]) => {
      for (const frame of frames) {
        const message = JSON.parse(String(frame));
        got.push(message);
        if (message.method === 'initialize') say({ id: message.id, result: { capabilities: {} } });
      }
      return undefined;
    },
    close: () => {
      batches.end();
      end();
      return closed;
    },
    stderrTail: () => [],
    endOf: () => ({ kind: 'closed' }),
  } as unknown as ServerTransport;
  const calls = () => got.flatMap(({ id, method }) => (method === 'tools/call' ? [id] : []));
  return { transport, calls, say };
}

const settled = async () => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
};

/** A server of several processes: the first one is there, each other one when the test says so. */
async function world(more: Partial<CopiesOptions> = {}) {
  const clock = new ManualClock();
  const processes = [fakeProcess(1)];
  const opening: (() => void)[] = [];
  const open = ({ signal }: OpenContext) =>
    new Promise<ServerTransport>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      opening.push(() => {
        processes.push(fakeProcess(processes.length + 1));
        resolve(processes.at(-1)!.transport);
      });
    });
  const options = {
    ...{ clock, open, count: 2, isLazy: true, idleParkMs: 0, kind: 'stdio', maxQueuedBytes: 1e6 },
    ...{ mayStart: async () => () => {}, onStatus: () => {}, random: () => 0.5 },
    ...{ initializeTimeoutMs: 60_000, stableAfterMs: 1_000, minDelayMs: 10, maxDelayMs: 100 },
    ...more,
  } as unknown as CopiesOptions;
  const server = new CopiesTransport(options, processes[0]!.transport);
  onTestFinished(() => server.close().then(() => {}));
  const send = (...messages: object[]) =>
    server.send(messages.map((message) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))));
  const call = (...ids: number[]) =>
    send(...ids.map((id) => ({ id, method: 'tools/call', params: { name: 'work' } })));
  send({ id: 0, method: 'initialize', params: {} });
  await settled();
  const [first] = processes as [ReturnType<typeof fakeProcess>];
  return { clock, processes, opening, first, send, call };
}

test('a call waits for the process that is being started, and goes to the one that is free first', async () => {
  const { first, call, opening, processes } = await world();
  call(1, 2, 3, 4);
  await settled();
  expect(first.calls()).toEqual([1]);
  first.say({ id: 1, result: {} });
  await settled();
  expect(first.calls()).toEqual([1, 2]);
  opening[0]!();
  await settled();
  // All are there that are to be: what still waits goes to the least busy one.
  expect(processes[1]!.calls()).toEqual([3]);
  expect(first.calls()).toEqual([1, 2, 4]);
  call(5);
  expect(processes[1]!.calls()).toEqual([3, 5]);
});

test('after five seconds it is sent to a process that is busy', async () => {
  const { clock, first, call, opening } = await world();
  call(1, 2);
  await clock.advance(3_000);
  call(3);
  await clock.advance(1_999);
  await settled();
  expect(first.calls()).toEqual([1]);
  expect(opening).toHaveLength(1);
  await clock.advance(1);
  await settled();
  expect(first.calls()).toEqual([1, 2]);
  await clock.advance(3_000);
  await settled();
  expect(first.calls()).toEqual([1, 2, 3]);
});

test('a cancelled one is sent to none, and its cancellation neither', async () => {
  const { first, send, call, opening, processes } = await world();
  call(1, 2, 3);
  send({ method: 'notifications/cancelled', params: { requestId: 2 } });
  await settled();
  opening[0]!();
  await settled();
  expect(processes[1]!.calls()).toEqual([3]);
  expect(first.calls()).toEqual([1]);
});

test('as many processes are started as have a call, one after the other', async () => {
  const { call, opening, processes, first } = await world({ count: 5 });
  call(1, 2, 3);
  await settled();
  expect(opening).toHaveLength(1);
  opening[0]!();
  await settled();
  expect(opening).toHaveLength(2);
  opening[1]!();
  await settled();
  expect(opening).toHaveLength(2);
  expect([first, ...processes.slice(1)].map(({ calls }) => calls())).toEqual([[1], [2], [3]]);
});

test('a server whose processes all run from the beginning shares out what comes while they start, too', async () => {
  const { call, opening, processes, first } = await world({ count: 3, isLazy: false });
  call(1, 2, 3, 4);
  opening[0]!();
  await settled();
  expect(processes[1]!.calls()).toEqual([2]);
  opening[1]!();
  await settled();
  expect(processes[2]!.calls()).toEqual([3]);
  expect(first.calls()).toEqual([1, 4]);
});
