import { Readable } from 'node:stream';
import { envelopeOf, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { isModernRequest, Method } from '../../protocol/mcp.js';
import { mediaTypeOf, readFailure } from './end-of-answer.js';
import type { HttpAnswer } from './http-requests.js';
import { httpSse, OPEN_STREAM } from './http-sse.js';
import { startOfBody } from './inflow.js';
import { namesModern, probeModern } from './modern/discovery.js';
import { translatedModern } from './modern/translated.js';
import { POST_HEADERS } from './post.js';
import { EVENT_STREAM, withoutSpaceAround } from './read-answer.js';
import { RemoteError } from './remote-error.js';
import type { RemoteServer } from './remote-server.js';
import type { RemoteOptions, RemoteTransport } from './remote-transport.js';
import { streamableHttp } from './streamable-http.js';

/** What a server over HTTP speaks: Streamable HTTP with `initialize`, the same without (MCP 2026-07-28), or HTTP+SSE. */
export type Protocol = 'sessions' | 'modern' | 'sse';

/** What was found out about servers, over their lives. */
const found = new WeakMap<RemoteServer, Protocol>();

/** What was found about the server, if anything. */
export function protocolOf(server: RemoteServer): Protocol | undefined {
  return found.get(server);
}

/** What was found is not true any more: the next life finds out again. */
export function forgetProtocol(server: RemoteServer): void {
  found.delete(server);
}

/** A life in a protocol that was found before. Nothing has been sent in it. */
function open(protocol: Protocol, options: RemoteOptions): RemoteTransport {
  switch (protocol) {
    case 'sessions':
      return streamableHttp(options);
    case 'modern':
      return translatedModern(options);
    case 'sse':
      return httpSse(options);
  }
}

/** A life, and whether the first frame was sent in it already. */
export interface Chosen {
  transport: RemoteTransport;
  isSent: boolean;
}

/** Answers that say nothing about the protocol: a login is wanted, the server is elsewhere, or busy, or broken. */
const SAYS_NOTHING = (status: number) =>
  (status >= 300 && status < 400) || [401, 403, 407, 408, 429].includes(status) || status >= 500;

/**
 * Finds out what a server speaks by sending it the first frame (MCP 2025-11-25 "Transports", backwards compatibility; MCP
 * 2026-07-28 "Versioning"). What the server answers decides, and never its status alone: real servers answer the same
 * question with 200, 400 and 404.
 *
 * @throws RemoteError that says what the answer to the first frame was
 */
// D173
export async function chooseProtocol(frame: Frame, options: RemoteOptions): Promise<Chosen> {
  const { server, requests, signal, clock } = options;
  const envelope = readEnvelope(frame);
  // A client of MCP 2026-07-28 finds out itself, by what its requests are answered with.
  if (envelope.kind === 'request' && isModernRequest(frame, envelope)) {
    return { transport: translatedModern(options), isSent: false };
  }
  const known = found.get(server);
  if (known || envelope.method !== Method.initialize) {
    return { transport: open(known ?? 'sessions', options), isSent: false };
  }
  const first = { method: 'POST', headers: POST_HEADERS, body: frame, isRepeatable: true, signal } as const;
  const answer = await requests.send(first).catch(beforeAnyAnswer);
  const choose = (protocol: Protocol, transport: RemoteTransport, isSent: boolean): Chosen => {
    found.set(server, protocol);
    return { transport, isSent };
  };
  const { status } = answer;
  const isSuccess = status >= 200 && status < 300;
  const isStream = mediaTypeOf(answer.headers) === EVENT_STREAM;
  if (isSuccess && isStream) return choose('sessions', streamableHttp(options, { frame, answer }), true);
  if (SAYS_NOTHING(status)) throw await failure(answer, options);
  const { start, replay } = isSuccess ? await peek(answer.body) : await short(answer.body, clock);
  const again = { ...answer, body: replay };
  const said = withoutSpaceAround(start);
  const reply = envelopeOf(said);
  if (reply.versioned && reply.isError) {
    const discovery = namesModern(said) ? undefined : await probeModern(options);
    if (discovery || namesModern(said)) return choose('modern', translatedModern(options, discovery), false);
    // It speaks JSON-RPC, so its refusal is passed on.
    return { transport: streamableHttp(options, { frame, answer: again }), isSent: true };
  }
  // A beginning that is no JSON belongs to an answer that is too long to be looked at.
  if (isSuccess && (reply.versioned || (isJson(answer) && start.length >= PEEKED_BYTES))) {
    return choose('sessions', streamableHttp(options, { frame, answer: again }), true);
  }
  const { end, tail, message } = await failure(again, options);
  const stream = await requests.send({ ...OPEN_STREAM, signal }).catch((error: unknown) => {
    if (error instanceof RemoteError) return undefined;
    throw error;
  });
  if (stream?.status === 200 && mediaTypeOf(stream.headers) === EVENT_STREAM) {
    return choose('sse', httpSse(options, { answer: stream, otherwise: { end, tail } }), false);
  }
  stream?.body.destroy();
  throw new RemoteError(message, end, undefined, tail);
}

/** Nothing was there to be cut yet: a server with TLS, for instance, closes the connection of one who speaks none. */
function beforeAnyAnswer(error: unknown): never {
  if (!(error instanceof RemoteError) || error.end.kind !== 'cut') throw error;
  throw new RemoteError(error.message, { kind: 'unreachable', reason: error.end.reason }, error, error.tail);
}

function isJson({ headers }: HttpAnswer): boolean {
  return mediaTypeOf(headers) === 'application/json';
}

/** Answers to `initialize` are a few KiB. */
const PEEKED_BYTES = 64 * 1024;

interface Peeked {
  start: Buffer;
  /** The whole body, as if nothing had been read. */
  replay: Readable;
}

/** Waits for the beginning of a body, or all of it. */
async function peek(body: Readable): Promise<Peeked> {
  const chunks: Buffer[] = [];
  const rest = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let bytes = 0;
  let cut: { error: unknown } | undefined;
  let isOver = false;
  while (!isOver && bytes < PEEKED_BYTES) {
    try {
      const { done, value } = await rest.next();
      isOver = done === true;
      if (value) chunks.push(value);
      bytes += value?.length ?? 0;
    } catch (error) {
      cut = { error };
      isOver = true;
    }
  }
  const replay = async function* () {
    yield* chunks;
    if (cut) throw cut.error;
    if (!isOver) yield* { [Symbol.asyncIterator]: () => rest };
  };
  return { start: Buffer.concat(chunks), replay: Readable.from(replay()) };
}

/** The beginning of the body of a failure, which is not waited for long. */
async function short(body: Readable, clock: RemoteOptions['clock']): Promise<Peeked> {
  const start = await startOfBody(body, clock);
  return { start, replay: Readable.from([start]) };
}

async function failure(answer: HttpAnswer, { clock }: RemoteOptions): Promise<RemoteError> {
  const { end, tail } = await readFailure(answer, { clock });
  return new RemoteError('what answered the first message is no MCP server', end, undefined, tail);
}
