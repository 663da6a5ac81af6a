import { originOf, withOriginOf } from '../protocol/call-origin.js';
import {
  type Envelope,
  hasLongId,
  type IdKey,
  idKey,
  type RawId,
  rawId,
  readEnvelope,
} from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { textIn, valueAt } from '../protocol/json-parts.js';
import { calledName, Method, paramAsJson, VERSION_KEY } from '../protocol/mcp.js';
import { type TraceContext, traceContextIn, withTraceparent } from '../protocol/trace-context.js';

/** Of a span: texts and numbers, by the names of OpenTelemetry. Never arguments or results. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** A span that begins now. */
export interface SpanStart {
  name: string;
  /** `server`: a request that came in; `client`: one that is sent. */
  kind: 'server' | 'client';
  attributes: SpanAttributes;
  /** The span that it is part of; undefined: it begins a trace. */
  parent?: TraceContext | undefined;
}

/** A span that has begun. */
export interface OpenSpan {
  /** Names it to others (W3C Trace Context §3.2). */
  readonly traceparent: string;
  /** Ends it now. `error` is a word or a code: it failed. Must not throw. */
  end(error?: string, attributes?: SpanAttributes): void;
}

/** Begins spans. Must not throw. */
export type StartSpan = (span: SpanStart) => OpenSpan;

/** Most requests whose spans are open, in each direction of a transport. */
const MAX_OPEN = 4_096;
/** Longer results are not looked into for `isError`, in bytes. */
const MAX_LOOKED_INTO_BYTES = 1024 * 1024;
/** Texts of a caller are cut to this many characters: spans wait by the thousand until they are sent. */
const MAX_TEXT = 128;
/** No code of an error has more digits. */
const MAX_DIGITS = 24;

type Direction = 'incoming' | 'outgoing';

interface OpenRequest {
  span: OpenSpan;
  method: string;
}

/**
 * The spans of the requests over one transport: each request that comes in is a span of kind `server`, each that is sent one
 * of kind `client`, and each goes on with the `traceparent` of its span. So the request that is sent to a server is a child
 * of the one that came from the endpoint, whatever is between them. The semantic conventions of OpenTelemetry for MCP.
 */
// D230
export class TracedRequests {
  readonly #start: StartSpan;
  readonly #attributes: SpanAttributes;
  readonly #open: Record<Direction, Map<IdKey, OpenRequest>> = { incoming: new Map(), outgoing: new Map() };
  /** What `initialize` over this transport has agreed on. */
  #version: string | undefined;

  /** @param attributes of each span. */
  constructor(start: StartSpan, attributes: SpanAttributes) {
    this.#start = start;
    this.#attributes = attributes;
  }

  /** A frame came in, or is about to be sent. Returns the one to pass on. */
  frame(frame: Frame, direction: Direction): Frame {
    const envelope = readEnvelope(frame);
    if (envelope.kind !== 'batch') return this.#message(frame, envelope, direction);
    const parts: Frame[] = [];
    let at = 0;
    for (const { start, end } of envelope.items!) {
      const member = frame.subarray(start, end);
      parts.push(frame.subarray(at, start), this.#message(member, readEnvelope(member), direction));
      at = end;
    }
    return withOriginOf(frame, Buffer.concat([...parts, frame.subarray(at)]));
  }

  /** A request that was sent is not answered. */
  failed(id: RawId, error: string): void {
    this.#end('outgoing', idKey(id), error);
  }

  /** Nothing is answered any more. */
  closed(): void {
    for (const open of Object.values(this.#open)) {
      for (const { span } of open.values()) span.end('connection_closed');
      open.clear();
    }
  }

  #message(frame: Frame, envelope: Envelope, direction: Direction): Frame {
    if (envelope.kind === 'request') return this.#request(frame, envelope, direction);
    if (envelope.kind === 'response' && envelope.idStart >= 0) this.#response(frame, envelope, direction);
    if (envelope.kind === 'notification' && envelope.method === Method.cancelled) {
      const id = paramAsJson(frame, 'requestId');
      if (id !== undefined) this.#end(direction, idKey(id), 'cancelled');
    }
    return frame;
  }

  #request(frame: Frame, envelope: Envelope, direction: Direction): Frame {
    const method = envelope.method!;
    // Pings keep a connection alive; nobody wants them by the thousand.
    if (method === Method.ping) return frame;
    const open = this.#open[direction];
    if (open.size >= MAX_OPEN || hasLongId(envelope)) return frame;
    const id = idKey(rawId(frame, envelope));
    const name = targetOf(method, calledName(frame, envelope));
    const shown = cut(method);
    const span = this.#start({
      name: name === undefined ? shown : `${shown} ${name}`,
      kind: direction === 'incoming' ? 'server' : 'client',
      attributes: { ...this.#attributes, ...this.#attributesOf(frame, envelope, name) },
      parent: traceContextIn(frame, envelope),
    });
    open.get(id)?.span.end('id_reused');
    open.set(id, { span, method });
    // Kept to be sent again later, and compared with the next one.
    return method === Method.initialize
      ? frame
      : withOriginOf(frame, withTraceparent(frame, envelope, span.traceparent));
  }

  #attributesOf(frame: Frame, envelope: Envelope, name: string | undefined): SpanAttributes {
    const method = envelope.method!;
    const version = versionIn(frame, envelope) ?? this.#version;
    const requestId = originOf(frame)?.requestId;
    return {
      'mcp.method.name': cut(method),
      'jsonrpc.request.id': textOfId(rawId(frame, envelope)),
      ...(requestId === undefined ? {} : { 'mcp_pipe.request.id': requestId }),
      ...(version === undefined ? {} : { 'mcp.protocol.version': version }),
      ...(method === Method.callTool ? { 'gen_ai.operation.name': 'execute_tool' } : {}),
      ...(name === undefined ? {} : { [method === Method.callTool ? TOOL : PROMPT]: name }),
    };
  }

  /** A response that goes out answers a request that came in, and the other way round. */
  #response(frame: Frame, envelope: Envelope, direction: Direction): void {
    const answers = direction === 'outgoing' ? 'incoming' : 'outgoing';
    const id = idKey(rawId(frame, envelope));
    const method = this.#open[answers].get(id)?.method;
    if (method === undefined) return;
    if (method === Method.initialize) this.#version = resultVersion(frame) ?? this.#version;
    if (envelope.isError) {
      const code = codeOf(frame);
      return this.#end(answers, id, code ?? '_OTHER', code ? { 'rpc.response.status_code': code } : {});
    }
    // A tool that has failed says so in its result.
    this.#end(answers, id, method === Method.callTool && isToolError(frame) ? 'tool_error' : undefined);
  }

  #end(direction: Direction, id: IdKey, error?: string, attributes?: SpanAttributes): void {
    const request = this.#open[direction].get(id);
    if (!request) return;
    this.#open[direction].delete(id);
    request.span.end(error, attributes);
  }
}

const TOOL = 'gen_ai.tool.name';
const PROMPT = 'gen_ai.prompt.name';

/** Addresses of resources are arguments, and may hold a path or a query. */
function targetOf(method: string, name: string | undefined): string | undefined {
  return method === 'resources/read' ? undefined : name;
}

function versionIn(frame: Frame, { paramsStart }: Envelope): string | undefined {
  if (paramsStart < 0 || !frame.includes(VERSION_KEY)) return undefined;
  const at = valueAt(frame, ['_meta', VERSION_KEY], { start: paramsStart, end: frame.length });
  return at && cut(textIn(frame, at));
}

function resultVersion(frame: Frame): string | undefined {
  const at = valueAt(frame, ['result', 'protocolVersion']);
  return at && cut(textIn(frame, at));
}

function isToolError(frame: Frame): boolean {
  if (frame.length > MAX_LOOKED_INTO_BYTES) return false;
  const at = valueAt(frame, ['result', 'isError']);
  return at !== undefined && frame.toString('latin1', at.start, at.end) === 'true';
}

function codeOf(frame: Frame): string | undefined {
  const at = valueAt(frame, ['error', 'code']);
  return at && frame.toString('latin1', at.start, Math.min(at.end, at.start + MAX_DIGITS));
}

/** Copied: a part of a text keeps all of it in memory. */
function cut<Text extends string | undefined>(text: Text): Text {
  if (text === undefined || text.length <= MAX_TEXT) return text;
  return Buffer.from(text.slice(0, MAX_TEXT)).toString() as Text;
}

function textOfId(id: RawId): string {
  return typeof id === 'string' && id.startsWith('"') ? (JSON.parse(id) as string) : String(id);
}
