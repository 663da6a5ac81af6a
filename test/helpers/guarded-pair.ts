import { afterEach } from 'vitest';
import { Guarded } from '../../src/policy/guarded.js';
import type { GuardedClient, Stage } from '../../src/policy/stage.js';
import type { Frame } from '../../src/protocol/frame.js';
import type { Transport } from '../../src/transports/transport.js';
import { memoryPair } from './memory-pair.js';

/** A client and what stands for the hub, with a guard between them. */
export interface GuardedPair {
  guarded: Guarded;
  /** What the hub has got so far, and the client; texts of frames, in order. */
  atServer: string[];
  atClient: string[];
  fromClient(...frames: (string | object)[]): Promise<void>;
  fromServer(...frames: (string | object)[]): Promise<void>;
  /** Resolves once everything that was sent has been handled. */
  settled(): Promise<void>;
  client: Transport;
}

export const someClient: GuardedClient = {
  link: 'link',
  server: 'server',
  isAccepted: true,
  ask: async () => ({ error: { code: -1, message: 'nothing is asked here' } }),
};

const open: Transport[] = [];
afterEach(() => void open.splice(0).map((one) => one.close()));

export function guardedPair(stages: readonly Stage[], client = someClient, isMidway = false): GuardedPair {
  const [far, near] = memoryPair();
  open.push(far, near);
  const guarded = new Guarded(near, {
    ...{ client, stages, isMidway, clock: { now: () => 0 } },
    onDropped: () => {},
  });
  const [atServer, atClient]: [string[], string[]] = [[], []];
  void read(guarded.transport, atServer);
  void read(far, atClient);
  const settled = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  return {
    ...{ guarded, atServer, atClient, settled, client: far },
    fromClient: async (...frames) => {
      far.send(frames.map(frameOf));
      await settled();
    },
    fromServer: async (...frames) => {
      guarded.transport.send(frames.map(frameOf));
      await settled();
    },
  };
}

export function frameOf(message: string | object): Frame {
  return Buffer.from(typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message }));
}

async function read(transport: Transport, into: string[]): Promise<void> {
  for await (const batch of transport.batches) into.push(...batch.map(String));
}
