import { onTestFinished } from 'vitest';
import type { StatusEvent } from '../../src/protocol/status.js';
import { type Clock, systemClock } from '../../src/time/clock.js';
import type { HttpRequests } from '../../src/transports/remote/http-requests.js';
import type { RemoteOptions, RemoteTransport } from '../../src/transports/remote/remote-transport.js';
import type { FailedRequest, Transport } from '../../src/transports/transport.js';

export interface Received {
  id?: unknown;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** One end of a channel, with what came from the other. */
export interface Talk {
  received: Received[];
  send(message: object): Promise<void> | undefined;
  sendText(text: string): Promise<void> | undefined;
  /** The first message received so far or later that fits; each is given once. */
  take(fits: (message: Received) => boolean): Promise<Received>;
  reply(id: unknown): Promise<Received>;
}

/** A life of a remote server, with what came from it. */
export interface ModernLife extends Talk {
  transport: RemoteTransport;
  failed: FailedRequest[];
  statuses: StatusEvent[];
}

export function modernOptions(requests: HttpRequests, clock: Clock = systemClock): RemoteOptions {
  return {
    kind: 'http',
    server: { url: 'http://server.test/mcp', headers: {}, network: {} },
    requests,
    settings: {
      ...{ maxFrameBytes: 1024 * 1024, maxQueuedBytes: 1024 * 1024, closeTimeoutMs: 1_000 },
      ...{ httpCalls: 8, httpSilenceMs: 60_000, dialTimeoutMs: 10_000 },
      ...{ keepaliveIntervalMs: 20_000, keepaliveTimeoutMs: 20_000 },
    },
    clock,
    signal: new AbortController().signal,
  };
}

/** `opened`: a life, or what opens it over `requests`. */
export function modernLife(
  opened: RemoteTransport | ((options: RemoteOptions) => RemoteTransport),
  requests?: HttpRequests,
  clock?: Clock,
): ModernLife {
  const statuses: StatusEvent[] = [];
  const onStatus = (status: StatusEvent) => statuses.push(status);
  const transport =
    typeof opened === 'function' ? opened({ ...modernOptions(requests!, clock), onStatus }) : opened;
  const failed: FailedRequest[] = [];
  const talk = talkTo(transport);
  transport.onFailedRequest = (one) => {
    failed.push(one);
  };
  onTestFinished(async () => void (await transport.close()));
  return { ...talk, transport, failed, statuses };
}

/** What is said on one end of a channel. */
export function talkTo(transport: Transport): Talk {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  void (async () => {
    for await (const batch of transport.batches) {
      for (const frame of batch) received.push(read(frame.toString('utf8')));
      for (const look of [...waiting]) look();
    }
  })();
  const taken = new Set<Received>();
  const take = (fits: (message: Received) => boolean) =>
    new Promise<Received>((resolve) => {
      const look = () => {
        const found = received.find((message) => !taken.has(message) && fits(message));
        if (!found) return;
        taken.add(found);
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const sendText = (text: string) => transport.send([Buffer.from(text)]);
  return {
    ...{ received, sendText, take },
    send: (message) => sendText(JSON.stringify({ jsonrpc: '2.0', ...message })),
    reply: (id) => take((message) => message.id === id && message.method === undefined),
  };
}

/** A message; for anything else a message without members. */
function read(text: string): Received {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null ? message : {};
  } catch {
    return {};
  }
}
