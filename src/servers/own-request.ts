import { randomBytes } from 'node:crypto';
import type { AskOptions, AskOutcome, Progress } from '../protocol/ask.js';
import type { RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import { paramAsJson } from '../protocol/mcp.js';
import type { ClientState } from './client-state.js';
import { endedText } from './diagnose-server.js';

/** Begins our ids and progress tokens, so that they differ from all others, those of another mcp-pipe included. */
const MARK = `mcp-pipe-ask-${randomBytes(6).toString('hex')}-`;
let count = 0;

/** One request of mcp-pipe's own to a server (D27). It is the asker of its call. */
export class OwnRequest {
  readonly id = `${MARK}${++count}`;
  /** The client whose link was asked to send it. */
  readonly client: ClientState;
  readonly onProgress: AskOptions['onProgress'];
  readonly outcome: Promise<AskOutcome>;
  /** The first call settles the request. The request stays registered, so that a late reply is recognised and dropped. */
  readonly settle: (outcome: AskOutcome) => void;

  constructor(client: ClientState, onProgress: AskOptions['onProgress']) {
    this.client = client;
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

  onResponse(reply: Frame): void {
    this.settle(readReply(reply));
  }
}

/** Settles requests of ours to a server that has exited: with -31001 (serverExited). */
export function failOwnRequests(
  asks: Iterable<OwnRequest>,
  server: { name: string; isRemote?: boolean },
  why: string,
): void {
  const text = endedText(server, why);
  for (const ask of asks) ask.settle(errorOutcome(ErrorCode.serverExited, text));
}

/** Passes progress on to the request of ours that it belongs to. Returns false when it belongs to none. */
export function takeOwnProgress(asks: Iterable<OwnRequest>, frame: Frame): boolean {
  if (!frame.includes(MARK)) return false;
  const token = paramAsJson(frame, 'progressToken');
  if (!token?.startsWith(`"${MARK}`)) return false;
  for (const ask of asks) {
    if (ask.rawId === token) ask.onProgress?.((parse(frame)?.params ?? {}) as Progress);
  }
  return true;
}

export function cancelledOutcome(): AskOutcome {
  return errorOutcome(ErrorCode.cancelled, 'The call was cancelled.');
}

/** The outcome of a request to a server that the link does not have, or has no more. */
export function notOnLink(server: string): AskOutcome {
  const text = `The MCP server "${server}" is not on this link, because the configuration was changed.`;
  return errorOutcome(ErrorCode.configChanged, text);
}

export function errorOutcome(code: number, message: string): AskOutcome {
  return { error: { code, message } };
}

/** The outcome that a reply of the server is. */
export function readReply(reply: Frame): AskOutcome {
  const message = parse(reply);
  const error = message?.error as { code?: unknown; message?: unknown; data?: unknown } | undefined;
  if (message === undefined) return errorOutcome(-32603, 'The answer of the server is no JSON inside.');
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
