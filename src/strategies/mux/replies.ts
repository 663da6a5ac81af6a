import { type Envelope, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, errorResponse, resultResponse } from '../../protocol/jsonrpc.js';
import { cancelled, progressTokenAsked } from '../../protocol/mcp.js';
import type { Call, Calls } from './calls.js';
import type { Asked, Core, ForwardOptions } from './core.js';
import { textAt, withMembers } from './frames.js';
import type { Port } from './port.js';
import { cutResult } from './result-cut.js';
import { canTasks, namesTask, type Tasks } from './tasks.js';

const NO_JSON = 'The answer of the server is no JSON inside.';
/** Results that MCP 2026-07-28 lets clients keep for a while; servers of earlier revisions do not say for how long. */
const CACHED = new Set(['resources/read']);

/** Replies of servers as the endpoint has to see them, and what it gets when none comes. */
export class Replies {
  readonly #core: Core;
  readonly #calls: Calls;
  readonly #tasks: Tasks;

  constructor(core: Core, calls: Calls, tasks: Tasks) {
    this.#core = core;
    this.#calls = calls;
    this.#tasks = tasks;
  }

  /** What is to be done with the reply; undefined, nothing, is what nearly all need. */
  watch(port: Port, asked: Asked, onReply: ForwardOptions['onReply']): Call['onReply'] {
    const { method, meta } = asked;
    const { maxResultBytes } = this.#core.options.settings;
    const isCut = method === 'tools/call' && (maxResultBytes > 0 || canTasks(port));
    const isLifted = meta !== undefined && port.era === 'legacy';
    if (!onReply && !isCut && !isLifted) return undefined;
    return (reply: Frame, envelope: Envelope) => {
      try {
        return this.adapted(port, asked, onReply ? onReply(reply, envelope) : reply);
      } catch {
        // Whoever waits gets an answer, whatever the reply holds.
        return errorResponse(asked.rawId, -32603, NO_JSON);
      }
    };
  }

  /** A server's reply as the endpoint has to see it. */
  adapted(port: Port, asked: Asked, reply: Frame): Frame {
    const { method, meta, frame: request } = asked;
    let frame = reply;
    if (method === 'tools/call' && canTasks(port) && namesTask(frame, readEnvelope(frame))) {
      this.#calls.lives(port, progressTokenAsked(request, readEnvelope(request)));
      frame = this.#tasks.fromServer(port, frame);
    }
    if (meta !== undefined && port.era === 'legacy') {
      const cache = CACHED.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {};
      frame = withMembers(frame, { resultType: 'complete', ...cache });
    }
    // After everything that makes it longer.
    return method === 'tools/call' ? this.#cut(port, request, frame) : frame;
  }

  /** A server has not answered in time. */
  timedOut({ port, rawId, alias, method, name, isModern, onGone }: Call): void {
    const { callTimeoutMs } = this.#core.options.settings;
    const server = port.member.name;
    this.#core.options.onStatus(
      { type: 'call-timeout', method, name, timeoutMs: callTimeoutMs },
      port.member,
    );
    port.deliver(cancelled(alias ?? rawId, `no answer within ${callTimeoutMs} ms`));
    if (onGone) return onGone();
    const text = `The MCP server "${server}" did not answer within ${callTimeoutMs / 1_000} s; the call was cancelled.`;
    // A tool's failure is a result that the model can read (MCP "Tools", "Error Handling").
    const content = [{ type: 'text', text }];
    const result = { ...(isModern ? { resultType: 'complete' } : {}), content, isError: true };
    this.#core.toEndpoint(
      method === 'tools/call'
        ? resultResponse(rawId, result)
        : errorResponse(rawId, ErrorCode.callTimeout, text, { server }),
    );
  }

  #cut(port: Port, request: Frame, frame: Frame): Frame {
    const { settings, onStatus } = this.#core.options;
    const maxBytes = settings.maxResultBytes;
    if (maxBytes === 0 || frame.length <= maxBytes || readEnvelope(frame).isError) return frame;
    const name = textAt(request, ['params', 'name'])?.text;
    onStatus({ type: 'result-cut', name, bytes: frame.length, maxBytes }, port.member);
    return cutResult(frame, maxBytes);
  }
}
