import { onTestFinished } from 'vitest';
import { defaults } from '../../src/config/defaults.js';
import type { RemoteSettings, RemoteTransport } from '../../src/transports/remote/remote-transport.js';
import { type FirstAnswer, streamableHttp } from '../../src/transports/remote/streamable-http.js';
import type { FailedRequest } from '../../src/transports/transport.js';
import { ManualClock } from './manual-clock.js';
import { type Asked, ScriptedRequests } from './scripted-requests.js';

const SESSION = { 'mcp-session-id': 's-1' };
export const INITIALIZE = '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}';
export const INITIALIZED = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
export const INTRODUCTION = '{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}';

export const call = (id: number) =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"t"}}`;
export const reply = (id: number, text = 'x') => `{"jsonrpc":"2.0","id":${id},"result":{"text":"${text}"}}`;
export const event = (data: string, id?: string) =>
  `${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;

/** A life over Streamable HTTP whose requests the test answers. */
export class RemoteWorld {
  readonly requests = new ScriptedRequests();
  readonly clock = new ManualClock();
  readonly transport: RemoteTransport;
  /** What came, one text each. */
  readonly frames: string[] = [];
  readonly failed: FailedRequest[] = [];
  readonly oversize: (string | undefined)[] = [];
  #wake: () => void = () => {};

  constructor(
    settings: Partial<RemoteSettings> = {},
    { first, reads = true }: { first?: FirstAnswer; reads?: boolean } = {},
  ) {
    const { requests, clock } = this;
    this.transport = streamableHttp(
      {
        ...{ kind: 'http', requests, clock, settings: { ...defaults, ...settings } },
        server: { url: 'http://127.0.0.1/mcp', headers: {}, network: {} },
        signal: new AbortController().signal,
      },
      first,
    );
    this.transport.onFailedRequest = (failed) => {
      this.failed.push(failed);
      this.#wake();
    };
    this.transport.onOversize = ({ rawId }) => {
      this.oversize.push(rawId);
      this.#wake();
    };
    if (reads) void this.read();
    onTestFinished(async () => {
      await this.transport.close({ forceSignal: AbortSignal.abort() });
    });
  }

  async read(): Promise<void> {
    for await (const batch of this.transport.batches) {
      for (const frame of batch) this.frames.push(frame.toString());
      this.#wake();
    }
  }

  say(...texts: string[]): Promise<void> | undefined {
    return this.transport.send(texts.map((text) => Buffer.from(text)));
  }

  /** Sends a request, and returns its POST. */
  async ask(text: string): Promise<Asked> {
    this.say(text);
    return this.requests.next();
  }

  /** Waits until so many frames, failed requests and messages over the bound have come together. */
  async came(count: number): Promise<void> {
    while (this.frames.length + this.failed.length + this.oversize.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Lets everything happen that needs no time. */
  settled(): Promise<void> {
    return this.clock.advance(0);
  }
}

/** A life with an open session, and the GET for the server's own messages; what came so far is forgotten. */
export async function session(
  settings: Partial<RemoteSettings> = {},
): Promise<{ world: RemoteWorld; listening: Asked }> {
  const world = new RemoteWorld(settings);
  (await world.ask(INITIALIZE)).json(INTRODUCTION, SESSION);
  await world.came(1);
  (await world.ask(INITIALIZED)).answer(202);
  const listening = await world.requests.next();
  world.frames.length = 0;
  return { world, listening };
}
