import { type Envelope, type IdKey, idKey, type RawId, rawId, withId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { parsed, spliced, valueAt } from '../../protocol/json-parts.js';
import { cancelledWith, paramAsJson, progressTokenAsked } from '../../protocol/mcp.js';
import { MAX_SERVER_REQUESTS } from '../../session/server-requests.js';
import type { RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** A request of a server that the endpoint has not answered. */
interface ForwardedRequest {
  channel: ServerChannel;
  /** The id as the server spelled it. */
  rawId: RawId;
  /** The endpoint knows the request under this id instead; JSON text. */
  alias: string | undefined;
  /** JSON texts of the progress token, as the server chose it and as the endpoint knows it. */
  progress: { asked: string; sent: string } | undefined;
  /** The server does not wait any more. The id stays taken: an answer may be on its way. */
  isOver: boolean;
}

/**
 * What servers ask the endpoint: roots, sampling, elicitation. Servers count from 0 each, so ids and progress tokens meet;
 * the later one of two equal ones gets an alias.
 */
export class ForwardedServerRequests implements RouterPart {
  /** By the key under which the endpoint answers. */
  readonly #open = new Map<IdKey, ForwardedRequest>();
  /** By the progress token as the endpoint knows it. */
  readonly #byProgress = new Map<string, ForwardedRequest>();
  #aliases = 0;

  /** Whether that server waits for an answer. */
  isBusy(channel: ServerChannel): boolean {
    return [...this.#open.values()].some((request) => request.channel === channel && !request.isOver);
  }

  /** The process that asked is gone. */
  serverGone(channel: ServerChannel): void {
    for (const request of this.#open.values()) if (request.channel === channel) request.isOver = true;
  }

  /** Enters a request; the result is the frame for the endpoint, undefined when that server has too many open already. */
  enter(frame: Frame, envelope: Envelope, channel: ServerChannel): Frame | undefined {
    if (channel.serverRequests >= MAX_SERVER_REQUESTS && !this.#makeRoom(channel)) return undefined;
    const raw = rawId(frame, envelope);
    const key = idKey(raw);
    const alias = this.#open.has(key) ? this.#freeAlias('q') : undefined;
    const asked = progressTokenAsked(frame, envelope);
    const sent = asked !== undefined && this.#byProgress.has(asked) ? this.#freeAlias('p') : asked;
    const progress = asked === undefined ? undefined : { asked, sent: sent! };
    const request: ForwardedRequest = { channel, rawId: raw, alias, progress, isOver: false };
    this.#open.set(alias ?? key, request);
    if (progress) this.#byProgress.set(progress.sent, request);
    channel.serverRequests += 1;
    const edits = [];
    if (alias) edits.push({ start: envelope.idStart, end: envelope.idEnd, bytes: alias });
    if (sent !== asked) {
      const at = valueAt(frame, ['params', '_meta', 'progressToken']);
      if (at) edits.push({ ...at, bytes: sent! });
    }
    return edits.length === 0 ? frame : spliced(frame, edits);
  }

  /** The endpoint's answer, and whom it is for; undefined when nobody asked. */
  answered(frame: Frame, envelope: Envelope): { channel: ServerChannel; frame: Frame } | undefined {
    if (envelope.idStart < 0) return undefined;
    const request = this.#forget(idKey(rawId(frame, envelope)));
    if (!request || request.isOver) return undefined;
    return {
      channel: request.channel,
      frame: request.alias ? withId(frame, envelope, request.rawId) : frame,
    };
  }

  /** The endpoint's progress with one of them, and whom it is for. */
  progressed(frame: Frame): { channel: ServerChannel; frame: Frame } | undefined {
    const at = valueAt(frame, ['params', 'progressToken']);
    if (!at) return undefined;
    const request = this.#byProgress.get(JSON.stringify(parsed(frame, at)));
    if (!request?.progress || request.isOver) return undefined;
    const { asked, sent } = request.progress;
    return {
      channel: request.channel,
      frame: asked === sent ? frame : spliced(frame, [{ ...at, bytes: asked }]),
    };
  }

  /** A server's cancelled notification as the endpoint has to see it; undefined when it means nothing that is open. */
  cancelled(frame: Frame, channel: ServerChannel): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId === undefined) return undefined;
    const wanted = idKey(requestId);
    for (const request of this.#open.values()) {
      if (request.channel !== channel || request.isOver || idKey(request.rawId) !== wanted) continue;
      request.isOver = true;
      return request.alias ? cancelledWith(frame, request.alias) : frame;
    }
    return undefined;
  }

  /** What it does not wait for any more is forgotten first; an answer to that would be for nobody. */
  #makeRoom(channel: ServerChannel): boolean {
    for (const [key, request] of this.#open) {
      if (channel.serverRequests < MAX_SERVER_REQUESTS) break;
      if (request.channel === channel && request.isOver) this.#forget(key);
    }
    return channel.serverRequests < MAX_SERVER_REQUESTS;
  }

  #forget(key: IdKey): ForwardedRequest | undefined {
    const request = this.#open.get(key);
    if (!request) return undefined;
    this.#open.delete(key);
    request.channel.serverRequests -= 1;
    if (request.progress) this.#byProgress.delete(request.progress.sent);
    return request;
  }

  #freeAlias(kind: 'q' | 'p'): string {
    for (;;) {
      this.#aliases += 1;
      const alias = `"mcp-pipe-mux-${kind}${this.#aliases}"`;
      if (!this.#open.has(alias) && !this.#byProgress.has(alias)) return alias;
    }
  }
}
