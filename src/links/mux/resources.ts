import type { Message } from '../../protocol/envelope.js';
import { jsonAt, textAt } from './frames.js';
import type { Lists, Route } from './lists.js';
import type { ClientRequest, RouterContext, RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** Most addresses with a subscription; a further `resources/subscribe` is rejected. Real clients need far fewer. */
const MAX_SUBSCRIPTIONS = 4_096;

/** A resource with subscriptions of the endpoint. */
interface ResourceSubscription {
  channel: ServerChannel;
  /** Number of open `resources/subscribe` of the endpoint for it. */
  count: number;
  /** Number of open `subscriptions/listen` of the endpoint for it. */
  listens: number;
}

/** Sends requests for a resource to the server that has it, and counts subscriptions to its updates (MCP "Resources"). */
export class Resources implements RouterPart {
  readonly #context: RouterContext;
  readonly #lists: Lists;
  readonly #subscriptions = new Map<string, ResourceSubscription>();

  constructor(context: RouterContext, lists: Lists) {
    this.#context = context;
    this.#lists = lists;
  }

  /** Whether the endpoint has subscribed to a resource of this server. */
  isBusy(channel: ServerChannel): boolean {
    return [...this.#subscriptions.values()].some((subscription) => subscription.channel === channel);
  }

  async read(request: ClientRequest): Promise<void> {
    const uri = this.#uriOf(request);
    if (uri === undefined) return;
    const channel = await this.#ownerOf(uri);
    if (channel) this.#context.forward(channel, request);
    else await this.#tryAll(request);
  }

  async subscribe(request: ClientRequest): Promise<void> {
    const uri = this.#uriOf(request);
    if (uri === undefined) return;
    const known = this.#subscriptions.get(uri);
    if (known) {
      known.count += 1;
      return this.#context.answer(request, '{}');
    }
    const channel = (await this.#ownerOf(uri)) ?? this.#able()[0];
    if (!channel) return this.#context.refuse(request, -32602, `Resource not found: ${uri}`, { uri });
    this.#context.forward(channel, request, undefined, {
      onReply: (reply, { isError }) => {
        if (!isError) this.#enter(uri, channel).count += 1;
        return reply;
      },
    });
  }

  unsubscribe(request: ClientRequest): void {
    const uri = this.#uriOf(request);
    if (uri === undefined) return;
    const known = this.#subscriptions.get(uri);
    if (known && known.count > 0) known.count -= 1;
    if (!known || known.count + known.listens > 0) return this.#context.answer(request, '{}');
    this.#subscriptions.delete(uri);
    this.#context.forward(known.channel, request);
  }

  /**
   * Subscribes to these addresses for a `subscriptions/listen`. The returned function unsubscribes. Only servers of earlier
   * revisions are subscribed here; `Subscriptions` does it for those of MCP 2026-07-28.
   */
  async listen(uris: readonly string[]): Promise<() => void> {
    const held: [uri: string, subscription: ResourceSubscription][] = [];
    const isKnown = (uri: string) => this.#subscriptions.has(uri) || this.#knownOwner(uri) !== undefined;
    // The lists are requested once, however many addresses are unknown.
    if (!uris.every(isKnown)) await this.#refresh();
    for (const uri of uris) {
      const channel = this.#subscriptions.get(uri)?.channel ?? this.#knownOwner(uri);
      if (!channel || channel.era === 'modern') continue;
      const isNew = !this.#subscriptions.has(uri);
      const subscription = this.#enter(uri, channel);
      subscription.listens += 1;
      held.push([uri, subscription]);
      if (isNew) void this.#tell(channel, 'resources/subscribe', uri);
    }
    return () => {
      for (const [uri, known] of held) {
        // Its server may have left, and another may have the resource.
        if (this.#subscriptions.get(uri) !== known) continue;
        known.listens -= 1;
        if (known.count + known.listens > 0) continue;
        this.#subscriptions.delete(uri);
        void this.#tell(known.channel, 'resources/unsubscribe', uri);
      }
    };
  }

  /** Whether the endpoint has subscribed to this address with `resources/subscribe`. */
  isSubscribed(uri: string): boolean {
    return (this.#subscriptions.get(uri)?.count ?? 0) > 0;
  }

  /** Subscribes again at a new process, which does not know the subscriptions of the one before. */
  onServerReady(channel: ServerChannel, isNewProcess: boolean): void {
    if (!isNewProcess) return;
    for (const [uri, subscription] of this.#subscriptions) {
      if (subscription.channel.member === channel.member)
        void this.#tell(channel, 'resources/subscribe', uri);
    }
  }

  serverLeft(channel: ServerChannel): void {
    for (const [uri, subscription] of this.#subscriptions)
      if (subscription.channel === channel) this.#subscriptions.delete(uri);
  }

  /** The server that lists the resource, or else has a template that fits; undefined when there is none. */
  async #ownerOf(uri: string): Promise<ServerChannel | undefined> {
    const known = this.#knownOwner(uri);
    if (known) return known;
    await this.#refresh();
    return this.#knownOwner(uri);
  }

  async #refresh(): Promise<void> {
    await Promise.all([this.#lists.refreshed('resources'), this.#lists.refreshed('templates')]);
  }

  #knownOwner(uri: string): ServerChannel | undefined {
    const member = this.#lists.known('resources', uri)?.member ?? this.#ownerByTemplate(uri)?.member;
    return member && this.#context.channelOf(member);
  }

  /** Of several templates that fit, the one with the most literal text: an expression fits any text. */
  #ownerByTemplate(uri: string): Route | undefined {
    let best: { route: Route; literal: number } | undefined;
    for (const route of this.#lists.all('templates')) {
      if (!fitsTemplate(route.key, uri)) continue;
      const literal = route.key.replace(EXPRESSION, '').length;
      if (!best || literal > best.literal) best = { route, literal };
    }
    return best?.route;
  }

  /** No server lists the resource, but servers need not list all they have: the first server that can read it answers. */
  async #tryAll(request: ClientRequest): Promise<void> {
    const params = jsonAt(request.frame, ['params'])!;
    let last: { channel: ServerChannel; reply: Message } | undefined;
    for (const channel of this.#able()) {
      const reply = await this.#context.ask(channel, request.method, params);
      if (!reply) continue;
      last = { channel, reply };
      if (!reply.envelope.isError) break;
    }
    if (last) this.#context.relay(last.channel, request, last.reply);
    else this.#context.refuse(request, -32002, 'Resource not found');
  }

  #able(): ServerChannel[] {
    return this.#context.channels.filter((channel) => channel.isUp && channel.has('resources'));
  }

  #enter(uri: string, channel: ServerChannel): ResourceSubscription {
    const known = this.#subscriptions.get(uri);
    if (known) return known;
    const subscription = { channel, count: 0, listens: 0 };
    this.#subscriptions.set(uri, subscription);
    if (this.#subscriptions.size > MAX_SUBSCRIPTIONS) {
      this.#subscriptions.delete(this.#subscriptions.keys().next().value!);
    }
    return subscription;
  }

  #tell(channel: ServerChannel, method: string, uri: string): Promise<unknown> {
    return this.#context.ask(channel, method, JSON.stringify({ uri }));
  }

  #uriOf(request: ClientRequest): string | undefined {
    const uri = textAt(request.frame, ['params', 'uri'])?.text;
    if (uri === undefined) this.#context.refuse(request, -32602, 'Missing "uri" in params.');
    return uri;
  }
}

/** RFC 6570 §2.2. */
const EXPRESSION = /\{[^{}]*\}/g;

/**
 * Whether an address fits a template, whose expressions stand for any text. Takes time linear in the length of the
 * address, which the endpoint chooses.
 */
export function fitsTemplate(template: string, uri: string): boolean {
  const [first = '', ...parts] = template.split(EXPRESSION);
  const last = parts.pop();
  if (last === undefined) return uri === first;
  if (!uri.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = uri.indexOf(part, at + 1);
    if (found < 0 || at + 1 > uri.length) return false;
    at = found + part.length;
  }
  return uri.endsWith(last) && uri.length - last.length > at;
}
