import type { Settings } from '../config/defaults.js';
import type { Endpoint } from '../protocol/endpoint.js';
import { rawId, readEnvelope } from '../protocol/envelope.js';
import { DialError } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame.js';
import { errorResponse, resultResponse } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { Diagnosis } from '../protocol/status.js';
import { diagnose } from '../session/diagnose.js';
import { systemClock } from '../time/clock.js';
import type { CloseReason } from '../transports/transport.js';
import { dialWebSocket, type WebSocketTransport } from '../transports/websocket.js';

/** Whatever the token allows, nobody opens more than this. */
export const MOST_PROBED = 4;

export interface ProbeOptions {
  endpoint: Endpoint;
  /** How many connections are opened at most, 1 to `MOST_PROBED`. */
  max: number;
  /** How long each connection is watched, and the ones before it, until the next one is opened. */
  watchMs: number;
  settings: Settings;
  version: string;
  /** Ends it early; whatever is open is closed. */
  signal: AbortSignal;
  onStep: (step: ProbeStep) => void;
}

/** `number` counts the connections from 1. */
export type ProbeStep =
  | { type: 'opening' | 'watching' | 'closing'; number: number }
  /** A connection ended by itself, or could not be made. */
  | { type: 'ended'; number: number; diagnosis: Diagnosis };

export type ProbeResult =
  /**
   * `refused`: the connection after the last allowed one is not let in. `replaced`: it is, and an older one is closed.
   * `deaf`: nothing is closed by it, and it hears nothing. `isDeaf`: an older one was closed, and the new one hears nothing.
   */
  | { limit: number; how: 'refused' | 'replaced' | 'deaf'; isDeaf: boolean; diagnosis: Diagnosis | undefined }
  /** As many as were opened are allowed; perhaps more. */
  | { limit: number; how: 'not-reached' }
  /** Nothing can be said: the first connection failed, or a later one for a reason that is none of the token's. */
  | { limit: undefined; how: 'failed'; diagnosis: Diagnosis }
  | { limit: undefined; how: 'interrupted' };

/** Opens idle connections one by one until the endpoint shows how many it allows; closes them, newest first. */
export async function probe(options: ProbeOptions): Promise<ProbeResult> {
  const open: Probed[] = [];
  try {
    for (let number = 1; number <= options.max; number++) {
      const result = await oneMore(number, open, options);
      if (result) return result;
    }
    return { limit: options.max, how: 'not-reached' };
  } finally {
    for (const probed of open.reverse()) {
      if (!probed.ended) options.onStep({ type: 'closing', number: probed.number });
      await probed.transport.close({ code: 1000, reason: 'mcp-pipe has seen enough' });
    }
  }
}

async function oneMore(
  number: number,
  open: Probed[],
  { endpoint, settings, version, watchMs, signal, onStep }: ProbeOptions,
): Promise<ProbeResult | undefined> {
  onStep({ type: 'opening', number });
  const dial = dialWebSocket(endpoint, { ...settings, clock: systemClock });
  const transport = await dial(signal).catch((error: unknown) => error);
  if (signal.aborted) {
    if (!(transport instanceof Error)) await (transport as WebSocketTransport).close();
    return { limit: undefined, how: 'interrupted' };
  }
  const facts = { openForMs: undefined, initialize: 'not-asked', initializeWaitedMs: 0 } as const;
  if (transport instanceof DialError) {
    const diagnosis = diagnose({ end: { failed: transport.facts }, ...facts, siblings: number - 1 });
    onStep({ type: 'ended', number, diagnosis });
    return judge(number, diagnosis);
  }
  const probed = new Probed(number, transport as WebSocketTransport, version);
  open.push(probed);
  onStep({ type: 'watching', number });
  const enough = new AbortController();
  void probed.transport.closed.then(() => enough.abort());
  await systemClock.sleep(watchMs, AbortSignal.any([signal, enough.signal]));
  if (signal.aborted) return { limit: undefined, how: 'interrupted' };
  const ended = open.filter((one) => one.ended);
  for (const one of ended) {
    onStep({ type: 'ended', number: one.number, diagnosis: one.diagnosis(number - 1) });
  }
  if (probed.ended) return judge(number, probed.diagnosis(number - 1));
  const [older] = ended;
  const isDeaf = number > 1 && open[0]!.isAsked && !probed.isAsked;
  if (older) return { limit: number - 1, how: 'replaced', isDeaf, diagnosis: older.diagnosis(number - 1) };
  return isDeaf ? { limit: number - 1, how: 'deaf', isDeaf, diagnosis: undefined } : undefined;
}

/** Of networks and machines, not of tokens. */
const TELLS_NOTHING: ReadonlySet<Diagnosis['cause']> = new Set([
  'connection-lost',
  'refused',
  'dns',
  'tls',
  'timeout',
  'unreachable',
  'endpoint-restarting',
  'keepalive-lost',
]);

function judge(number: number, diagnosis: Diagnosis): ProbeResult {
  return number === 1 || TELLS_NOTHING.has(diagnosis.cause)
    ? { limit: undefined, how: 'failed', diagnosis }
    : { limit: number - 1, how: 'refused', isDeaf: false, diagnosis };
}

/** A connection with nothing behind it. It answers what keeps endpoints from closing it. */
class Probed {
  readonly number: number;
  readonly transport: WebSocketTransport;
  /** The endpoint has sent a message. */
  isAsked = false;
  ended: CloseReason | undefined;
  #openForMs = 0;
  #initialized = false;

  constructor(number: number, transport: WebSocketTransport, version: string) {
    this.number = number;
    this.transport = transport;
    const openedAt = systemClock.now();
    void transport.closed.then((reason) => {
      this.ended = reason;
      this.#openForMs = Math.round(systemClock.now() - openedAt);
    });
    void this.#answer(version);
  }

  diagnosis(siblings: number): Diagnosis {
    return diagnose({
      end: { closed: this.ended! },
      openForMs: this.#openForMs,
      initialize: this.#initialized ? 'answered' : 'not-asked',
      initializeWaitedMs: 0,
      siblings,
    });
  }

  async #answer(version: string): Promise<void> {
    for await (const batch of this.transport.batches) {
      this.isAsked = true;
      const answers = batch.flatMap((frame) => answerTo(frame, version));
      this.#initialized ||= answers.length > 0;
      if (answers.length > 0) await this.transport.send(answers);
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
        resultResponse(id, {
          protocolVersion: versionOf(frame),
          capabilities: { tools: {} },
          serverInfo: { name: 'mcp-pipe probe', version },
        }),
      ];
    case Method.ping:
      return [resultResponse(id, {})];
    case 'tools/list':
      return [resultResponse(id, { tools: [] })];
    default:
      return [errorResponse(id, -32601, 'mcp-pipe only counts connections here.')];
  }
}

/** The version that is asked for is the one that is spoken: nothing that differs between them is said. */
function versionOf(frame: Frame): string {
  const { params } = JSON.parse(frame.toString('utf8')) as { params?: { protocolVersion?: unknown } };
  return typeof params?.protocolVersion === 'string' ? params.protocolVersion : '2024-11-05';
}
