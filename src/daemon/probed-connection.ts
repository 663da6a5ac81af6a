import { diagnose } from '../connections/diagnose.js';
import type { Diagnosis } from '../protocol/diagnosis.js';
import { rawId, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { encodeError, encodeResult } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import { systemClock } from '../time/clock.js';
import type { CloseReason } from '../transports/transport.js';
import type { WebSocketTransport } from '../transports/websocket.js';

/** A connection without a server. It answers `initialize` and `ping`, so that the endpoint keeps it open. */
export class ProbedConnection {
  readonly number: number;
  readonly closed: Promise<CloseReason>;
  /** True once the endpoint has sent a message. */
  isAsked = false;
  /** Resolves with the first message; never, when none comes. */
  readonly asked: Promise<void>;
  #onAsked: () => void = () => {};
  readonly #transport: WebSocketTransport;
  readonly #openedAt = systemClock.now();
  #end: { reason: CloseReason; ageMs: number } | undefined;
  #initialized = false;

  constructor(number: number, transport: WebSocketTransport, version: string) {
    this.number = number;
    this.#transport = transport;
    this.closed = transport.closed.then((reason) => {
      this.#end = { reason, ageMs: systemClock.now() - this.#openedAt };
      return reason;
    });
    this.asked = new Promise((resolve) => {
      this.#onAsked = resolve;
    });
    void this.#answer(version);
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /** How long the connection has been open, or was open, in milliseconds. */
  get ageMs(): number {
    return this.#end?.ageMs ?? systemClock.now() - this.#openedAt;
  }

  /** Why the connection ended. `siblings`: number of the other open connections. Call it after the end. */
  whyEnded(siblings: number): Diagnosis {
    return diagnose({
      end: { closed: this.#end!.reason },
      openForMs: Math.round(this.ageMs),
      initialize: this.#initialized ? 'answered' : 'not-asked',
      initializeWaitedMs: 0,
      siblings,
    });
  }

  async close(forceSignal: AbortSignal | undefined): Promise<void> {
    const request = { code: 1000, reason: 'mcp-pipe has seen enough' };
    await this.#transport.close(forceSignal ? { ...request, forceSignal } : request);
  }

  async #answer(version: string): Promise<void> {
    for await (const batch of this.#transport.batches) {
      this.isAsked = true;
      this.#onAsked();
      const answers = batch.flatMap((frame) => answerTo(frame, version));
      this.#initialized ||= answers.length > 0;
      if (answers.length > 0) await this.#transport.send(answers);
    }
  }
}

function answerTo(frame: Frame, version: string): Frame[] {
  const envelope = readEnvelope(frame);
  if (envelope.kind !== 'request') return [];
  const id = rawId(frame, envelope);
  switch (envelope.method) {
    case Method.initialize:
      return [
        encodeResult(id, {
          protocolVersion: versionOf(frame),
          capabilities: { tools: {} },
          serverInfo: { name: 'mcp-pipe probe', version },
        }),
      ];
    case Method.ping:
      return [encodeResult(id, {})];
    case 'tools/list':
      return [encodeResult(id, { tools: [] })];
    default:
      return [encodeError(id, -32601, 'mcp-pipe only counts connections here.')];
  }
}

/** The requested version: the messages used here are the same in every version. */
function versionOf(frame: Frame): string {
  try {
    const { params } = JSON.parse(frame.toString('utf8')) as { params?: { protocolVersion?: unknown } };
    if (typeof params?.protocolVersion === 'string') return params.protocolVersion;
  } catch {
    // The envelope was readable, but `params` is not.
  }
  return '2024-11-05';
}
