import type { Endpoint } from '../../src/protocol/endpoint.js';
import { DialError, type DialFailure } from '../../src/protocol/errors.js';
import type { Dial, Transport } from '../../src/transports/transport.js';
import type { WebSocketOptions } from '../../src/transports/websocket.js';
import { clock } from './clock.js';
import type { Wire } from './fake-endpoint.js';
import { memoryPair } from './memory-pair.js';

/** How long a dial takes, in milliseconds. */
const DIAL_MS = 2;
/** How long anything else takes from one side to the other, in milliseconds. */
const WIRE_MS = 0.1;

/** Called for each dial: takes the connection, or returns why it is refused. */
type Listener = (newWire: () => Wire, url: string) => DialFailure | undefined;

const listeners = new Map<number, Listener>();
let lastPort = 49_151;

/** Listens at a port of 127.0.0.1 that exists in this process only. */
export function listenInMemory(listener: Listener): { port: number; close: () => void } {
  lastPort += 1;
  const port = lastPort;
  listeners.set(port, listener);
  return { port, close: () => listeners.delete(port) };
}

/** `dialWebSocket` for endpoints in this process: frames, closing and the bound on frames; no TCP, TLS or pings. */
export function dialInMemory(endpoint: Endpoint, options: WebSocketOptions): Dial {
  const { hostname, port } = new URL(endpoint.href);
  return async (signal) => {
    signal.throwIfAborted();
    await clock.sleep(DIAL_MS, signal);
    signal.throwIfAborted();
    if (hostname !== '127.0.0.1') throw failed({ reason: 'ENOTFOUND' });
    const listener = listeners.get(Number(port));
    if (!listener) throw failed({ reason: 'ECONNREFUSED' });
    let near: Transport | undefined;
    const refused = listener(() => {
      const [ours, theirs] = memoryPair(options);
      near = ours;
      return new MemoryWire(theirs);
    }, endpoint.href);
    if (refused) throw failed(refused);
    return near!;
  };
}

function failed(facts: DialFailure): DialError {
  return new DialError(`cannot connect in memory: ${facts.reason || facts.httpStatus}`, facts);
}

class MemoryWire implements Wire {
  onFrame: (text: string) => void = () => {};
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
    void this.#read();
    this.closed = transport.closed.then(async ({ code = 1005, reason = '' }) => {
      await clock.sleep(WIRE_MS);
      return { code, reason };
    });
  }

  async #read(): Promise<void> {
    for await (const batch of this.#transport.batches) {
      // A batch is emptied as soon as the next one is asked for.
      const texts = batch.map((frame) => frame.toString());
      clock.after(WIRE_MS, () => {
        for (const text of texts) this.onFrame(text);
      });
    }
  }

  send(text: string): void {
    clock.after(WIRE_MS, () => void this.#transport.send([Buffer.from(text)]));
  }

  /** As `ws` does: without a code, the far side sees 1005. */
  close(code = 1005, reason = ''): void {
    clock.after(WIRE_MS, () => void this.#transport.close({ code, reason }));
  }

  drop(): void {
    void this.close(1006);
  }

  /** Resolves after everything that was sent has been handled: the clock stands still until then. */
  taken(): Promise<void> {
    return clock.sleep(WIRE_MS);
  }
}
