import { randomBytes } from 'node:crypto';
import { type RawId, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { ErrorCode, notification, request } from '../protocol/jsonrpc.js';
import { Method, paramAsJson } from '../protocol/mcp.js';
import type { ServerLife } from './ends.js';
import { sayInitialized } from './initialize.js';
import type { Joint } from './joint.js';

/** What a server answered, or what kept it from answering: `error` as in JSON-RPC 2.0 §5.1. */
export type AskOutcome = { result: unknown } | { error: { code: number; message: string; data?: unknown } };

/** `params` of a progress notification (MCP "Progress"), as the server wrote them. */
export type Progress = Record<string, unknown>;

export interface AskOptions {
  /** Aborting it cancels the request at the server (MCP "Cancellation"). */
  signal: AbortSignal;
  /** Asks the server for progress, and gets it. */
  onProgress?: (progress: Progress) => void;
}

/** Tells our ids and progress tokens from everybody else's, another mcp-pipe's among them. */
const MARK = `mcp-pipe-ask-${randomBytes(6).toString('hex')}-`;
let count = 0;

/** One request of our own, asked beside the endpoint. It is the asker of its call. */
export class LocalAsk {
  readonly id = `${MARK}${++count}`;
  readonly onProgress: AskOptions['onProgress'];
  readonly outcome: Promise<AskOutcome>;
  /** The first word counts; a settled ask stays the asker of its call, so that a late reply goes nowhere. */
  readonly settle: (outcome: AskOutcome) => void;

  constructor(onProgress: AskOptions['onProgress']) {
    this.onProgress = onProgress;
    let settle: (outcome: AskOutcome) => void = () => {};
    this.outcome = new Promise((resolve) => {
      settle = resolve;
    });
    this.settle = settle;
  }

  get rawId(): RawId {
    return JSON.stringify(this.id);
  }

  replied(reply: Frame): void {
    this.settle(readReply(reply));
  }
}

/** Asks the server of `joint` beside its endpoint. Never rejects. */
export async function askServer(
  joint: Joint,
  method: string,
  params: Record<string, unknown> | undefined,
  { signal, onProgress }: AskOptions,
): Promise<AskOutcome> {
  const { life } = joint;
  const refusal = signal.aborted ? cancelled() : refuse(joint, life);
  if (refusal || !life) return refusal ?? cancelled();
  const ask = new LocalAsk(onProgress);
  // Some servers refuse everything before it; the endpoint's own is left out later (MCP lifecycle, "Initialization").
  sayInitialized(joint, life);
  const meta = onProgress ? { _meta: { ...(params?._meta as object), progressToken: ask.id } } : {};
  const frame = request(ask.rawId, method, params || onProgress ? { ...params, ...meta } : undefined);
  joint.toServer.push(life.inflight.enter(frame, readEnvelope(frame), ask));
  life.asks.add(ask);
  life.asked = true;
  const cancel = () => {
    // An id is a string of our own, so no other call is meant.
    const told = notification(Method.cancelled, { requestId: ask.id, reason: 'no longer wanted' });
    const toSend = life.inflight.cancel(told, ask);
    if (toSend && joint.life === life) {
      joint.toServer.push(toSend);
      joint.flush();
    }
    ask.settle(cancelled());
  };
  signal.addEventListener('abort', cancel, { once: true });
  joint.flush();
  const outcome = await ask.outcome;
  signal.removeEventListener('abort', cancel);
  life.asks.delete(ask);
  joint.onFlushed();
  return outcome;
}

/** Whoever asked `life` hears that it is gone. */
export function failAsks(joint: Joint, life: ServerLife): void {
  for (const ask of life.asks) ask.settle(ended(joint));
}

/** Progress of one of our own requests goes to whoever asked, and to nobody once it is settled. */
export function takeProgress(life: ServerLife, frame: Frame): boolean {
  if (!life.asked || !frame.includes(MARK)) return false;
  const token = paramAsJson(frame, 'progressToken');
  if (!token?.startsWith(`"${MARK}`)) return false;
  for (const ask of life.asks) {
    if (ask.rawId === token) ask.onProgress?.((parse(frame)?.params ?? {}) as Progress);
  }
  return true;
}

function refuse(joint: Joint, life: ServerLife | undefined): AskOutcome | undefined {
  const { name } = joint.options;
  if (joint.refusing) return failure(joint.refusing.code, joint.refusing.text);
  if (!life?.ready) {
    return failure(ErrorCode.serverDown, `The MCP server "${name}" is not running: ${joint.whyAway}.`);
  }
  const { era } = joint.handshake;
  // Only in the legacy era is `ready` the answer to an `initialize`.
  const initialised = life.greeted && !life.refused && (era === 'legacy' || life.initialized);
  if (initialised) return undefined;
  const why = life.refused
    ? 'it refused to be initialised'
    : era === 'modern'
      ? 'its endpoint speaks the MCP revision without initialize'
      : 'its endpoint has to initialise it ("handshake": "passthrough"), and has not yet';
  return failure(ErrorCode.notInitialized, `The MCP server "${name}" cannot be asked: ${why}.`);
}

function ended(joint: Joint): AskOutcome {
  const text = `The MCP server "${joint.options.name}" ended while this call was running. The call was not repeated, because it may have had effects.`;
  return failure(ErrorCode.serverExited, text);
}

function cancelled(): AskOutcome {
  return failure(ErrorCode.cancelled, 'The call was cancelled.');
}

function failure(code: number, message: string): AskOutcome {
  return { error: { code, message } };
}

function readReply(reply: Frame): AskOutcome {
  const message = parse(reply);
  const error = message?.error as { code?: unknown; message?: unknown; data?: unknown } | undefined;
  if (message === undefined) return failure(-32603, 'The answer of the server is no JSON inside.');
  if (typeof error !== 'object' || error === null) return { result: message.result };
  return {
    error: {
      code: typeof error.code === 'number' ? error.code : -32603,
      message: typeof error.message === 'string' ? error.message : 'The server gave no reason.',
      ...(error.data === undefined ? {} : { data: error.data }),
    },
  };
}

function parse(frame: Frame): Record<string, unknown> | undefined {
  try {
    return JSON.parse(frame.toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
