import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { LaunchError } from '../../../src/protocol/errors.js';
import type { Frame } from '../../../src/protocol/frame.js';
import type { ServerState, StatusEvent } from '../../../src/protocol/status.js';
import { isUp } from '../../../src/servers/server-state.js';
import type { ServerTransport } from '../../../src/servers/server-transport.js';
import { SupervisedServer } from '../../../src/servers/supervised-server.js';
import { BatchQueue } from '../../../src/transports/batch-queue.js';
import { processEndOf } from '../../../src/transports/stdio.js';
import type { CloseReason } from '../../../src/transports/transport.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { runs } from '../../helpers/runs.js';

/** A process that does what the test says, and ends when it says so, also when it was told to. */
class Process {
  readonly batches = new BatchQueue({ maxQueuedBytes: 1e6, onFull: () => {}, onRoom: () => {} });
  readonly closed: Promise<CloseReason>;
  readonly pid = 1;
  onOversize: ServerTransport['onOversize'];
  /** Ids of the `initialize` that it has not answered. */
  readonly asked: string[] = [];
  isTold = false;
  end!: (reason: CloseReason) => void;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.end = (reason) => {
        this.batches.end();
        resolve(reason);
      };
    });
  }

  stderrTail = () => [];
  endOf = processEndOf;

  send(batch: readonly Frame[]): undefined {
    for (const frame of batch) {
      const { id, method } = JSON.parse(frame.toString()) as { id?: unknown; method?: string };
      if (method === 'initialize') this.asked.push(JSON.stringify(id));
    }
  }

  close(): Promise<CloseReason> {
    this.isTold = true;
    return this.closed;
  }

  answer(isError: boolean): void {
    const outcome = isError
      ? '"error":{"code":-32602,"message":"no"}'
      : '"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"s","version":"1"}}';
    for (const id of this.asked.splice(0))
      this.batches.push(Buffer.from(`{"jsonrpc":"2.0","id":${id},${outcome}}`));
  }
}

function supervised(handshake: 'speculative' | 'passthrough', kind: 'mux' | 'rotate') {
  const clock = new ManualClock();
  const statuses: StatusEvent[] = [];
  const starts: { resolve: (process: ServerTransport) => void; reject: (error: Error) => void }[] = [];
  const gate: (() => void)[] = [];
  const processes: Process[] = [];
  const supervised = new SupervisedServer(
    {
      ...{ name: 'server', kind: 'stdio', shown: 'server', options: { handshake } },
      open: () => new Promise((resolve, reject) => starts.push({ resolve, reject })),
    },
    {
      ...{ clock, random: () => 0.5 },
      mayStart: () => new Promise((resolve) => gate.push(() => resolve(() => {}))),
    },
    defaults,
  );
  const { upstream, hub } = supervised;
  const use = supervised.use({
    by: 'link',
    settings: defaults,
    onStatus: (event) => statuses.push(event),
    onClientStatus: () => {},
  });
  use.begin();
  const running = () => processes.at(-1);
  const endpoints: ReturnType<typeof memoryPair>[0][] = [];
  const does: Record<string, () => unknown> = {
    start: () => upstream.start(),
    'let one start': () => gate.shift()?.(),
    'start it': () => {
      const start = starts.shift();
      if (!start) return;
      const process = new Process();
      processes.push(process);
      start.resolve(process);
    },
    'fail to start it': () => starts.shift()?.reject(new LaunchError('no such program', 'ENOENT')),
    accept: () => running()?.answer(false),
    refuse: () => running()?.answer(true),
    'end by itself': () => running()?.end({ by: 'remote', code: 1 }),
    'stop talking': () => running()?.end({ by: 'remote', reason: 'closed its stdout' }),
    'end as it was told': () => {
      for (const process of processes) if (process.isTold) process.end({ by: 'local', code: 0 });
    },
    replace: () => hub.replace('handshake-differs'),
    'stop it while idle': () => {
      // Nobody does so to a server that is not ready, or that takes turns.
      if (!upstream.ready || kind === 'rotate') return;
      hub.detach('idle');
      upstream.rest('idle-stopped');
    },
    'end its turn': () => {
      if (kind === 'mux') return;
      hub.detach('its turn is over');
      upstream.rest('between-turns', true);
    },
    'end its turn without its hub': () => kind === 'rotate' && upstream.rest('between-turns', true),
    resume: () => upstream.wakeUp(),
    'say that it is accepted': () => upstream.accepted(),
    'let the endpoint initialise it': () => {
      const [near, far] = memoryPair();
      endpoints.push(near);
      void use.client.serveConnection(near);
      far.send([
        Buffer.from(
          '{"jsonrpc":"2.0","id":9,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}',
        ),
      ]);
    },
    'lose the endpoint': () => endpoints.shift()?.close(),
    'wait a second': () => clock.advance(1_000),
    'wait for long': () => clock.advance(1_000_000),
    retire: () => upstream.retire(AbortSignal.abort()),
  };
  // So that scripts get that far.
  const inOrder = (...names: string[]) => {
    return async () => {
      for (const name of ['wait for long', 'let one start', 'start it', ...names]) {
        await does[name]!();
        await turn();
      }
    };
  };
  does['come up'] = inOrder('accept');
  does['come up, refusing'] = inOrder('refuse');
  does['come up, silent'] = inOrder();
  return { does, upstream, statuses };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('moves only along the table, whatever happens in whatever order, and is stopped at last', async () => {
  const names = Object.keys(supervised('speculative', 'mux').does);
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('speculative', 'passthrough'),
      fc.constantFrom('mux', 'rotate'),
      fc.array(fc.tuple(fc.constantFrom(...names), fc.boolean()), { minLength: 1, maxLength: 40 }),
      async (handshake, kind, script) => {
        const { does, upstream, statuses } = supervised(handshake, kind);
        const path: ServerState[] = ['stopped'];
        const follow = () => {
          for (const event of statuses.splice(0)) {
            if (event.type !== 'server-state') continue;
            // Each move begins where the one before it led.
            expect(event.from).toBe(path.at(-1));
            path.push(event.to);
            seen.add(`${event.from}>${event.to}`);
          }
          expect(upstream.state).toBe(path.at(-1));
          expect(upstream.ready).toBe(isUp(path.at(-1)!));
        };
        upstream.start();
        for (const [name, isAwaited] of script) {
          await does[name]!();
          if (isAwaited) await turn();
          follow();
        }
        // A move that is not in the table would be thrown here at the latest.
        let isStopped = false;
        const stopped = upstream.stop(AbortSignal.abort()).finally(() => {
          isStopped = true;
        });
        for (let i = 0; i < 50 && !isStopped; i++) {
          for (const name of ['let one start', 'start it', 'end as it was told']) does[name]!();
          await turn();
        }
        await stopped;
        follow();
        expect(path.at(-1)).toBe('stopped');
      },
    ),
    { numRuns: runs(400) },
  );
  // It has been about something; few runs meet the rare moves by chance only.
  const common = ['initializing>ready', 'ready>ending', 'ending>stopped'];
  const rare = ['ending>waiting', 'initializing>refused'];
  const isWhole = runs(400) === 400;
  expect([...seen]).toEqual(expect.arrayContaining(isWhole ? [...common, ...rare] : common));
});
