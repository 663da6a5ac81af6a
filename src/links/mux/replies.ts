import { type Envelope, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, encodeError, encodeResult } from '../../protocol/jsonrpc.js';
import { cancelled, progressTokenAsked } from '../../protocol/mcp.js';
import { textAt, withMembers } from './frames.js';
import { cutResult } from './result-cut.js';
import type { RoutedCall, RoutedCalls } from './routed-calls.js';
import type { ClientRequest, ForwardOptions, RouterContext } from './router-context.js';
import type { ServerChannel } from './server-channel.js';
import { canTasks, namesTask, type Tasks } from './tasks.js';

const NO_JSON = 'The answer of the server is no JSON inside.';
/** Requests whose results clients of MCP 2026-07-28 may cache. Servers of earlier revisions do not say for how long. */
const CACHED = new Set(['resources/read']);

/** Changes replies of servers for the endpoint, and answers requests that a server has not answered in time. */
export class Replies {
  readonly #context: RouterContext;
  readonly #calls: RoutedCalls;
  readonly #tasks: Tasks;

  constructor(context: RouterContext, calls: RoutedCalls, tasks: Tasks) {
    this.#context = context;
    this.#calls = calls;
    this.#tasks = tasks;
  }

  /** Returns the function that changes the reply; undefined when the reply is sent on as it is, as nearly all are. */
  watch(
    channel: ServerChannel,
    request: ClientRequest,
    onReply: ForwardOptions['onReply'],
  ): RoutedCall['onReply'] {
    const { method, meta } = request;
    const { maxResultBytes } = this.#context.options.settings;
    const isCut = method === 'tools/call' && (maxResultBytes > 0 || canTasks(channel));
    const isLifted = meta !== undefined && channel.era === 'legacy';
    if (!onReply && !isCut && !isLifted) return undefined;
    return (reply: Frame, envelope: Envelope) => {
      try {
        return this.adapted(channel, request, onReply ? onReply(reply, envelope) : reply);
      } catch {
        // A reply that cannot be changed is replaced by an error, so that the request is answered.
        return encodeError(request.rawId, -32603, NO_JSON);
      }
    };
  }

  /** The server's reply, changed for the endpoint. */
  adapted(channel: ServerChannel, request: ClientRequest, reply: Frame): Frame {
    const { method, meta, frame: original } = request;
    let frame = reply;
    if (method === 'tools/call' && canTasks(channel) && namesTask(frame, readEnvelope(frame))) {
      this.#calls.keepTaskToken(channel, progressTokenAsked(original, readEnvelope(original)));
      frame = this.#tasks.fromServer(channel, frame);
    }
    if (meta !== undefined && channel.era === 'legacy') {
      const cache = CACHED.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {};
      frame = withMembers(frame, { resultType: 'complete', ...cache });
    }
    // Last, because the steps before may make the reply longer.
    return method === 'tools/call' ? this.#cut(channel, original, frame) : frame;
  }

  /** Answers a request whose server is no longer one of the router's. */
  left({ peer: channel, rawId }: Pick<RoutedCall, 'peer' | 'rawId'>): void {
    const server = channel.member.name;
    const text = `The MCP server "${server}" was taken off this link, because the configuration was changed. The call was not repeated, because it may have had effects.`;
    this.#context.toEndpoint(encodeError(rawId, ErrorCode.configChanged, text, { server }));
  }

  /** Answers a request that the server has not answered in time. */
  timedOut({ peer: channel, rawId, alias, method, name, isModern, onGone }: RoutedCall): void {
    const { callTimeoutMs } = this.#context.options.settings;
    const server = channel.member.name;
    this.#context.options.onStatus(
      { type: 'call-timeout', method, name, timeoutMs: callTimeoutMs },
      channel.member,
    );
    channel.deliver(cancelled(alias ?? rawId, `no answer within ${callTimeoutMs} ms`));
    if (onGone) return onGone();
    this.#context.options.onTimedOut?.(rawId);
    const text = `The MCP server "${server}" did not answer within ${callTimeoutMs / 1_000} s; the call was cancelled.`;
    // A failed tool call is answered with a result, so that the model can read it (MCP "Tools", "Error Handling").
    const content = [{ type: 'text', text }];
    const result = { ...(isModern ? { resultType: 'complete' } : {}), content, isError: true };
    this.#context.toEndpoint(
      method === 'tools/call'
        ? encodeResult(rawId, result)
        : encodeError(rawId, ErrorCode.callTimeout, text, { server }),
    );
  }

  #cut(channel: ServerChannel, original: Frame, frame: Frame): Frame {
    const { settings, onStatus } = this.#context.options;
    const maxBytes = settings.maxResultBytes;
    if (maxBytes === 0 || frame.length <= maxBytes || readEnvelope(frame).isError) return frame;
    const name = textAt(original, ['params', 'name'])?.text;
    onStatus({ type: 'result-cut', name, bytes: frame.length, maxBytes }, channel.member);
    return cutResult(frame, maxBytes);
  }
}
