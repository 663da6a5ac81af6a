import { type Envelope, rawId, readEnvelope, withId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { parsed, valueAt } from '../../protocol/json-parts.js';
import { ErrorCode, errorResponse, resultResponse } from '../../protocol/jsonrpc.js';
import { Method, paramAsJson, SUBSCRIPTION_ID } from '../../protocol/mcp.js';
import { MAX_QUESTIONS, TOO_MANY_QUESTIONS } from '../../session/questions.js';
import type { Calls } from './calls.js';
import type { Core } from './core.js';
import type { ListKind } from './items.js';
import type { Port } from './port.js';
import type { AskedQuestions } from './questions.js';
import type { Parts } from './requests.js';

const CHANGED: ReadonlyMap<string, ListKind> = new Map([
  ['notifications/tools/list_changed', 'tools'],
  ['notifications/prompts/list_changed', 'prompts'],
  ['notifications/resources/list_changed', 'resources'],
]);
const RELATED_TASK = 'io.modelcontextprotocol/related-task';

/** Leads each message of a server to whoever it is for. */
export class FromServers {
  readonly #core: Core;
  readonly #calls: Calls;
  readonly #questions: AskedQuestions;
  readonly #parts: Parts;
  readonly #onListChanged: (kind: ListKind) => void;

  constructor(
    core: Core,
    calls: Calls,
    questions: AskedQuestions,
    parts: Parts,
    onListChanged: (kind: ListKind) => void,
  ) {
    this.#core = core;
    this.#calls = calls;
    this.#questions = questions;
    this.#parts = parts;
    this.#onListChanged = onListChanged;
  }

  take(port: Port, frame: Frame): void {
    const envelope = readEnvelope(frame);
    switch (envelope.kind) {
      case 'response':
        return this.#replied(port, frame, envelope);
      case 'request':
        return this.#asked(port, frame, envelope);
      case 'notification':
        return this.#told(port, frame, envelope.method!);
      case 'batch':
        for (const { start, end } of envelope.items!) this.take(port, frame.subarray(start, end));
    }
  }

  #replied(port: Port, frame: Frame, envelope: Envelope): void {
    if (envelope.idStart < 0) return;
    const raw = rawId(frame, envelope);
    const call = this.#calls.take(port, raw);
    if (!call) {
      // The end of a subscription of ours, or of a call that was cancelled or given up.
      if (!this.#parts.listens.ended(port, raw)) this.#core.fence(port, 'given-up');
      return;
    }
    const own = call.alias ? withId(frame, envelope, call.rawId) : frame;
    const reply = call.onReply ? call.onReply(own, own === frame ? envelope : readEnvelope(own)) : own;
    if (reply) this.#core.toEndpoint(reply);
  }

  #asked(port: Port, frame: Frame, envelope: Envelope): void {
    if (envelope.method === Method.ping) return port.answer(resultResponse(rawId(frame, envelope), {}));
    if (this.#core.isModern) {
      const text = `The client takes no requests: it speaks MCP 2026-07-28, which has none from the server.`;
      return port.answer(errorResponse(rawId(frame, envelope), -32601, text));
    }
    const question = frame.includes(RELATED_TASK) ? this.#parts.tasks.fromServer(port, frame) : frame;
    const asked = question === frame ? envelope : readEnvelope(question);
    const entered = this.#questions.enter(question, asked, port);
    if (entered) return this.#core.toEndpoint(entered);
    if (!port.isRefusedQuestions)
      this.#core.options.onStatus({ type: 'questions-refused', bound: MAX_QUESTIONS }, port.member);
    port.isRefusedQuestions = true;
    port.deliver(errorResponse(rawId(frame, envelope), ErrorCode.tooManyQuestions, TOO_MANY_QUESTIONS));
  }

  #told(port: Port, frame: Frame, method: string): void {
    const kind = CHANGED.get(method);
    if (kind) return this.#onListChanged(kind);
    switch (method) {
      case Method.progress: {
        const token = paramAsJson(frame, 'progressToken');
        if (token !== undefined && this.#calls.expectsProgress(port, token)) this.#core.toEndpoint(frame);
        return;
      }
      case Method.cancelled: {
        const cancelled = this.#questions.cancelled(frame, port);
        if (cancelled) this.#core.toEndpoint(cancelled);
        return;
      }
      case 'notifications/resources/updated':
        return this.#updated(port, frame);
      case 'notifications/subscriptions/acknowledged':
        // The endpoint has had ours.
        return;
      case 'notifications/tasks/status':
      case 'notifications/tasks':
        return this.#core.toEndpoint(this.#parts.tasks.fromServer(port, frame));
      case 'notifications/message':
        // MCP 2026-07-28: none unless the request asked for them, which servers of earlier revisions do not read.
        if (this.#core.isModern && port.era === 'legacy') return;
        return this.#core.toEndpoint(frame);
      default:
        return this.#core.toEndpoint(frame);
    }
  }

  #updated(port: Port, frame: Frame): void {
    const { listens, resources } = this.#parts;
    if (port.era === 'modern') {
      const renamed = frame.includes(SUBSCRIPTION_ID) ? listens.renamed(port, frame) : undefined;
      if (renamed) this.#core.toEndpoint(renamed);
      return;
    }
    const at = valueAt(frame, ['params']);
    const params = at && (parsed(frame, at) as { uri?: unknown } | null);
    if (typeof params?.uri !== 'string') return;
    if (resources.isSubscribed(params.uri)) this.#core.toEndpoint(frame);
    listens.updated(params.uri, params);
  }
}
