import { cancelledFor } from '../../protocol/calls/pending-call.js';
import { readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { cancelled, Method, paramAsJson } from '../../protocol/mcp.js';
import type { Requests, RouterParts } from './requests.js';
import type { RoutedCalls } from './routed-calls.js';
import type { RouterContext } from './router-context.js';
import type { ForwardedServerRequests } from './server-requests.js';

/** Handles each message of the endpoint: gives it to the part of the router or to the servers that it is for, or drops it. */
export class FromEndpoint {
  /** The endpoint is not connected, or has sent nothing yet. */
  isAway = true;
  readonly #context: RouterContext;
  readonly #requests: Requests;
  readonly #calls: RoutedCalls;
  readonly #serverRequests: ForwardedServerRequests;
  readonly #parts: RouterParts;

  constructor(
    context: RouterContext,
    requests: Requests,
    calls: RoutedCalls,
    serverRequests: ForwardedServerRequests,
    parts: RouterParts,
  ) {
    this.#context = context;
    this.#requests = requests;
    this.#calls = calls;
    this.#serverRequests = serverRequests;
    this.#parts = parts;
  }

  take(frame: Frame): void {
    this.isAway = false;
    const envelope = readEnvelope(frame);
    switch (envelope.kind) {
      case 'request':
        return this.#requests.onRequest(frame, envelope);
      case 'notification':
        return this.#onNotification(frame, envelope.method!);
      case 'response': {
        const answered = this.#serverRequests.answered(frame, envelope);
        if (!answered) return this.#context.reportStaleReply(undefined, 'no-question');
        return answered.channel.deliver(this.#parts.tasks.toServer(answered.frame));
      }
      case 'batch':
        for (const { start, end } of envelope.items!) this.take(frame.subarray(start, end));
    }
  }

  /** The endpoint's connection has ended: its calls are cancelled at servers that other links use as well. */
  // D132
  left(): void {
    this.isAway = true;
    for (const call of [...this.#calls.values()]) {
      const { asker, peer, method, alias, rawId } = call;
      if (asker !== 'endpoint' || method === Method.initialize || !peer.member.isShared) continue;
      this.#calls.markCancelled(call);
      peer.deliver(cancelled(alias ?? rawId, 'the connection has ended'));
    }
    for (const { peer } of [...this.#calls.values()]) peer.onCallersLeft?.();
  }

  #onNotification(frame: Frame, method: string): void {
    const { negotiation, subscriptions } = this.#parts;
    if (method === Method.initialized) return negotiation.sendInitialized(frame);
    if (method === Method.cancelled) {
      const requestId = paramAsJson(frame, 'requestId');
      if (requestId === undefined || subscriptions.cancel(requestId)) return;
      const call = this.#calls.cancel(requestId);
      if (!call) this.#requests.cancel(requestId);
      return call?.peer.deliver(cancelledFor(call, frame));
    }
    if (method === Method.progress) {
      const progress = this.#serverRequests.progressed(frame);
      return progress?.channel.deliver(progress.frame);
    }
    // A change at the endpoint, of its roots for instance, concerns every server.
    for (const channel of this.#context.channels) {
      // A server that is stopped while idle asks the endpoint when it is started.
      if (channel.introduction && channel.member.state !== 'idle-stopped') channel.deliver(frame);
    }
  }
}
