import { type IdKey, idKey, type RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { parsed, spliced, valueAt } from '../../protocol/json-parts.js';
import { ErrorCode, encodeNotification, encodeRequest } from '../../protocol/jsonrpc.js';
import { cancelled, Method, SUBSCRIPTION_ID } from '../../protocol/mcp.js';
import type { ListKind } from './items.js';
import { listChanged } from './lists.js';
import type { Resources } from './resources.js';
import type { RoutedCalls } from './routed-calls.js';
import type { ClientRequest, RouterContext, RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** `notifications` of `subscriptions/listen` (MCP 2026-07-28). */
interface Filter {
  toolsListChanged?: true;
  promptsListChanged?: true;
  resourcesListChanged?: true;
  resourceSubscriptions?: string[];
}

interface Subscription {
  /** The id of the endpoint's request; notifications to the endpoint name it. */
  rawId: RawId;
  filter: Filter;
  /** The subscription at each server of MCP 2026-07-28, by the id of our request to the server (JSON text). */
  upstream: Map<string, ServerChannel>;
  /** Ends the subscriptions at servers of earlier revisions. */
  release: () => void;
}

/** Most subscriptions at once; further ones are rejected. */
const MAX_OPEN_SUBSCRIPTIONS = 1_024;

const FILTERS = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
  templates: 'resourcesListChanged',
} as const satisfies Record<ListKind, keyof Filter>;

/**
 * Sends each `subscriptions/listen` of the endpoint to every server, and renames the subscription in their notifications.
 */
export class Subscriptions implements RouterPart {
  readonly #context: RouterContext;
  readonly #calls: RoutedCalls;
  readonly #resources: Resources;
  /** Resolves with true when enough servers have answered `initialize`; with false when the router is closed before. */
  readonly #gathered: () => Promise<boolean>;
  readonly #open = new Map<IdKey, Subscription>();

  constructor(
    context: RouterContext,
    calls: RoutedCalls,
    resources: Resources,
    gathered: () => Promise<boolean>,
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#resources = resources;
    this.#gathered = gathered;
  }

  async start(request: ClientRequest): Promise<void> {
    const at = valueAt(request.frame, ['params', 'notifications']);
    const wanted = at && parsed(request.frame, at);
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
      return this.#context.refuse(request, -32602, 'Missing "notifications" in params.');
    }
    if (!(await this.#gathered()) || request.isCancelled) return;
    if (this.#open.size >= MAX_OPEN_SUBSCRIPTIONS)
      return this.#context.refuse(request, -32603, 'Too many subscriptions.');
    const filter = this.#honoured(wanted as Record<string, unknown>);
    const subscription: Subscription = {
      rawId: request.rawId,
      filter,
      upstream: new Map(),
      release: () => {},
    };
    this.#open.set(idKey(request.rawId), subscription);
    this.#tell(subscription, 'notifications/subscriptions/acknowledged', { notifications: filter });
    if (Object.keys(filter).length === 0) return this.#end(subscription);
    for (const channel of this.#context.channels) this.#listenTo(channel, subscription);
    const release = await this.#resources.listen(filter.resourceSubscriptions ?? []);
    if (this.#open.get(idKey(request.rawId)) === subscription) subscription.release = release;
    else release();
  }

  /** Ends the subscription that the endpoint has cancelled. Returns false when `requestId` is no subscription. */
  cancel(requestId: string): boolean {
    const subscription = this.#open.get(idKey(requestId));
    if (!subscription) return false;
    this.#drop(subscription);
    return true;
  }

  /** Announces a changed list to each subscription that asked for it. */
  listChanged(kind: ListKind): void {
    for (const subscription of this.#open.values()) {
      if (subscription.filter[FILTERS[kind]]) this.#tell(subscription, listChanged(kind).method, {});
    }
  }

  /** Announces a changed resource of a server of an earlier revision; `params` are those of the server's notification. */
  updated(uri: string, params: Record<string, unknown>): void {
    for (const subscription of this.#open.values()) {
      if (subscription.filter.resourceSubscriptions?.includes(uri)) {
        this.#tell(subscription, 'notifications/resources/updated', params);
      }
    }
  }

  /**
   * A server's notification, with the endpoint's subscription instead of ours; undefined when there is no such
   * subscription.
   */
  renamed(channel: ServerChannel, frame: Frame): Frame | undefined {
    const at = valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID]);
    const own = at && frame.toString('utf8', at.start, at.end);
    if (!own) return undefined;
    for (const { upstream, rawId } of this.#open.values()) {
      if (upstream.get(own) === channel) return spliced(frame, [{ ...at, bytes: String(rawId) }]);
    }
    return undefined;
  }

  /**
   * Handles a reply that ends our subscription at a server: one whose stream was cut is opened again after a while. Returns
   * false when the reply belongs to another request.
   */
  ended(channel: ServerChannel, raw: RawId, reply: Frame): boolean {
    for (const subscription of this.#open.values()) {
      if (subscription.upstream.get(String(raw)) !== channel) continue;
      subscription.upstream.delete(String(raw));
      const code = valueAt(reply, ['error', 'code']);
      if (code && parsed(reply, code) === ErrorCode.answerLost) this.#listenLater(channel, subscription);
      return true;
    }
    return false;
  }

  /** Subscribes again at a new process, which does not know the subscriptions of the one before. */
  onServerReady(channel: ServerChannel): void {
    this.serverLeft(channel);
    for (const subscription of this.#open.values()) this.#listenTo(channel, subscription);
  }

  serverLeft(channel: ServerChannel): void {
    for (const { upstream } of this.#open.values())
      for (const [id, other] of upstream) if (other === channel) upstream.delete(id);
  }

  /** A subscription may be about any server. */
  isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** Ends every subscription: answers the endpoint's requests, and cancels ours at the servers. */
  endAll(): void {
    for (const subscription of [...this.#open.values()]) this.#end(subscription);
  }

  #listenLater(channel: ServerChannel, subscription: Subscription): void {
    const { clock, settings } = this.#context.options;
    clock.after(settings.minDelayMs, () => {
      const isWanted = this.#open.get(idKey(subscription.rawId)) === subscription;
      const listens = [...subscription.upstream.values()].includes(channel);
      if (isWanted && !listens && this.#context.channels.includes(channel))
        this.#listenTo(channel, subscription);
    });
  }

  #listenTo(channel: ServerChannel, subscription: Subscription): void {
    if (channel.era !== 'modern' || !channel.introduction) return;
    const id = this.#calls.ownId();
    subscription.upstream.set(id, channel);
    const params = { _meta: JSON.parse(this.#context.meta), notifications: subscription.filter };
    channel.deliver(encodeRequest(id, Method.listen, params));
  }

  /** The part of the filter that can be delivered. Changes of lists always can, because mcp-pipe announces them itself. */
  #honoured(wanted: Record<string, unknown>): Filter {
    const { channels } = this.#context;
    const filter: Filter = {};
    for (const kind of ['tools', 'prompts', 'resources'] as const) {
      if (wanted[FILTERS[kind]] === true && channels.some((channel) => channel.has(kind)))
        filter[FILTERS[kind]] = true;
    }
    const uris = wanted.resourceSubscriptions;
    const canSubscribe = channels.some(
      ({ introduction }) =>
        (introduction?.capabilities.resources as { subscribe?: unknown } | undefined)?.subscribe === true,
    );
    if (canSubscribe && Array.isArray(uris) && uris.length > 0) {
      filter.resourceSubscriptions = uris.filter((uri) => typeof uri === 'string');
    }
    return filter;
  }

  #end(subscription: Subscription): void {
    this.#drop(subscription);
    const meta = `"_meta":{"${SUBSCRIPTION_ID}":${subscription.rawId}}`;
    this.#context.toEndpoint(
      Buffer.from(`{"jsonrpc":"2.0","id":${subscription.rawId},"result":{"resultType":"complete",${meta}}}`),
    );
  }

  #drop(subscription: Subscription): void {
    this.#open.delete(idKey(subscription.rawId));
    subscription.release();
    for (const [id, channel] of subscription.upstream) {
      channel.deliver(cancelled(id));
    }
  }

  #tell({ rawId }: Subscription, method: string, params: Record<string, unknown>): void {
    const id: unknown = typeof rawId === 'number' ? rawId : JSON.parse(rawId);
    const meta = { ...(params._meta as object | undefined), [SUBSCRIPTION_ID]: id };
    this.#context.toEndpoint(encodeNotification(method, { ...params, _meta: meta }));
  }
}
