import { replyTo } from '../../protocol/calls/pending-call.js';
import { type Envelope, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { parsed, valueAt } from '../../protocol/json-parts.js';
import { encodeError, encodeResult } from '../../protocol/jsonrpc.js';
import { Method, paramAsJson, SUBSCRIPTION_ID } from '../../protocol/mcp.js';
import type { ListKind } from './items.js';
import type { RouterParts } from './requests.js';
import type { RoutedCalls } from './routed-calls.js';
import type { RouterContext } from './router-context.js';
import type { ServerChannel } from './server-channel.js';
import type { ForwardedServerRequests } from './server-requests.js';

const CHANGED: ReadonlyMap<string, ListKind> = new Map([
  ['notifications/tools/list_changed', 'tools'],
  ['notifications/prompts/list_changed', 'prompts'],
  ['notifications/resources/list_changed', 'resources'],
]);
const RELATED_TASK = 'io.modelcontextprotocol/related-task';

/**
 * Handles each message of a server: sends it to the endpoint, gives it to the part of the router that asked, or drops
 * it.
 */
export class FromServers {
  readonly #context: RouterContext;
  readonly #calls: RoutedCalls;
  readonly #serverRequests: ForwardedServerRequests;
  readonly #parts: RouterParts;
  readonly #onListChanged: (kind: ListKind) => void;

  constructor(
    context: RouterContext,
    calls: RoutedCalls,
    serverRequests: ForwardedServerRequests,
    parts: RouterParts,
    onListChanged: (kind: ListKind) => void,
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#serverRequests = serverRequests;
    this.#parts = parts;
    this.#onListChanged = onListChanged;
  }

  take(channel: ServerChannel, frame: Frame): void {
    const envelope = readEnvelope(frame);
    switch (envelope.kind) {
      case 'response':
        return this.#onResponse(channel, frame, envelope);
      case 'request':
        return this.#onRequest(channel, frame, envelope);
      case 'notification':
        return this.#onNotification(channel, frame, envelope.method!);
      case 'batch':
        for (const { start, end } of envelope.items!) this.take(channel, frame.subarray(start, end));
    }
  }

  #onResponse(channel: ServerChannel, frame: Frame, envelope: Envelope): void {
    if (envelope.idStart < 0) return;
    const raw = rawId(frame, envelope);
    const call = this.#calls.takeFrom(channel, raw);
    if (!call) {
      // The reply ends a subscription of ours, or belongs to a call that was cancelled or given up.
      if (!this.#parts.subscriptions.ended(channel, raw, frame))
        this.#context.reportStaleReply(channel, 'given-up');
      return;
    }
    const own = replyTo(call, frame, envelope);
    const reply = call.onReply ? call.onReply(own, own === frame ? envelope : readEnvelope(own)) : own;
    if (reply) this.#context.toEndpoint(reply);
  }

  #onRequest(channel: ServerChannel, frame: Frame, envelope: Envelope): void {
    if (envelope.method === Method.ping) return channel.answer(encodeResult(rawId(frame, envelope), {}));
    if (this.#context.isModern) {
      const text = `The client takes no requests: it speaks MCP 2026-07-28, which has none from the server.`;
      return channel.answer(encodeError(rawId(frame, envelope), -32601, text));
    }
    const question = frame.includes(RELATED_TASK) ? this.#parts.tasks.fromServer(channel, frame) : frame;
    const asked = question === frame ? envelope : readEnvelope(question);
    this.#context.toEndpoint(this.#serverRequests.enter(question, asked, channel));
  }

  #onNotification(channel: ServerChannel, frame: Frame, method: string): void {
    const kind = CHANGED.get(method);
    if (kind) return this.#onListChanged(kind);
    switch (method) {
      case Method.progress: {
        const token = paramAsJson(frame, 'progressToken');
        if (token !== undefined && this.#calls.expectsProgress(channel, token))
          this.#context.toEndpoint(frame);
        return;
      }
      case Method.cancelled: {
        const cancelled = this.#serverRequests.cancelled(frame, channel);
        if (cancelled) this.#context.toEndpoint(cancelled);
        return;
      }
      case 'notifications/resources/updated':
        return this.#updated(channel, frame);
      case 'notifications/subscriptions/acknowledged':
        // The endpoint was sent our own cancellation.
        return;
      case 'notifications/tasks/status':
      case 'notifications/tasks':
        return this.#context.toEndpoint(this.#parts.tasks.fromServer(channel, frame));
      case 'notifications/message':
        // MCP 2026-07-28: log messages only if the request asks for them. Servers of earlier revisions do not read that.
        if (this.#context.isModern && channel.era === 'legacy') return;
        return this.#context.toEndpoint(frame);
      default:
        return this.#context.toEndpoint(frame);
    }
  }

  #updated(channel: ServerChannel, frame: Frame): void {
    const { subscriptions, resources } = this.#parts;
    if (channel.era === 'modern') {
      const renamed = frame.includes(SUBSCRIPTION_ID) ? subscriptions.renamed(channel, frame) : undefined;
      if (renamed) this.#context.toEndpoint(renamed);
      return;
    }
    const at = valueAt(frame, ['params']);
    const params = at && (parsed(frame, at) as { uri?: unknown } | null);
    if (typeof params?.uri !== 'string') return;
    if (resources.isSubscribed(params.uri)) this.#context.toEndpoint(frame);
    subscriptions.updated(params.uri, params);
  }
}
