import { type IdKey, idKey, type RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { parsed, spliced, valueAt } from '../../protocol/json-parts.js';
import { notification, request } from '../../protocol/jsonrpc.js';
import { cancelled, Method, SUBSCRIPTION_ID } from '../../protocol/mcp.js';
import type { Calls } from './calls.js';
import type { Asked, Core } from './core.js';
import type { ListKind } from './items.js';
import { listChanged } from './lists.js';
import type { Port } from './port.js';
import type { Resources } from './resources.js';

/** `notifications` of `subscriptions/listen` (MCP 2026-07-28). */
interface Filter {
  toolsListChanged?: true;
  promptsListChanged?: true;
  resourcesListChanged?: true;
  resourceSubscriptions?: string[];
}

interface Listen {
  /** The id of the endpoint's request, which its notifications name. */
  rawId: RawId;
  filter: Filter;
  /** The same subscription with each server of that revision; by our id there, JSON text. */
  upstream: Map<string, Port>;
  /** Ends the subscriptions with the others. */
  release: () => void;
}

/** More subscriptions at once than this are refused. */
const MAX_LISTENS = 1_024;

const FILTERS = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
  templates: 'resourcesListChanged',
} as const satisfies Record<ListKind, keyof Filter>;

/** One `subscriptions/listen` of the endpoint becomes one with each server, and their notifications name the endpoint's. */
export class Listens {
  readonly #core: Core;
  readonly #calls: Calls;
  readonly #resources: Resources;
  /** Resolves when there is something to say about the servers; with false when there will not be. */
  readonly #gathered: () => Promise<boolean>;
  readonly #listens = new Map<IdKey, Listen>();

  constructor(core: Core, calls: Calls, resources: Resources, gathered: () => Promise<boolean>) {
    this.#core = core;
    this.#calls = calls;
    this.#resources = resources;
    this.#gathered = gathered;
  }

  async start(asked: Asked): Promise<void> {
    const at = valueAt(asked.frame, ['params', 'notifications']);
    const wanted = at && parsed(asked.frame, at);
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
      return this.#core.refuse(asked, -32602, 'Missing "notifications" in params.');
    }
    if (!(await this.#gathered()) || asked.isCancelled) return;
    if (this.#listens.size >= MAX_LISTENS) return this.#core.refuse(asked, -32603, 'Too many subscriptions.');
    const filter = this.#honoured(wanted as Record<string, unknown>);
    const listen: Listen = { rawId: asked.rawId, filter, upstream: new Map(), release: () => {} };
    this.#listens.set(idKey(asked.rawId), listen);
    this.#tell(listen, 'notifications/subscriptions/acknowledged', { notifications: filter });
    if (Object.keys(filter).length === 0) return this.#end(listen);
    for (const port of this.#core.ports) this.#listenTo(port, listen);
    const release = await this.#resources.listen(filter.resourceSubscriptions ?? []);
    if (this.#listens.get(idKey(asked.rawId)) === listen) listen.release = release;
    else release();
  }

  /** The endpoint's cancelled notification; false when it means no subscription. */
  cancel(requestId: string): boolean {
    const listen = this.#listens.get(idKey(requestId));
    if (!listen) return false;
    this.#drop(listen);
    return true;
  }

  /** A list has changed: whoever wants to know is told. */
  listChanged(kind: ListKind): void {
    for (const listen of this.#listens.values()) {
      if (listen.filter[FILTERS[kind]]) this.#tell(listen, listChanged(kind).method, {});
    }
  }

  /** A resource of a server of an earlier revision has changed; `params` are those of its notification. */
  updated(uri: string, params: Record<string, unknown>): void {
    for (const listen of this.#listens.values()) {
      if (listen.filter.resourceSubscriptions?.includes(uri)) {
        this.#tell(listen, 'notifications/resources/updated', params);
      }
    }
  }

  /** A server's notification that names our subscription, naming the endpoint's; undefined when there is none. */
  renamed(port: Port, frame: Frame): Frame | undefined {
    const at = valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID]);
    const own = at && frame.toString('utf8', at.start, at.end);
    if (!own) return undefined;
    for (const { upstream, rawId } of this.#listens.values()) {
      if (upstream.get(own) === port) return spliced(frame, [{ ...at, bytes: String(rawId) }]);
    }
    return undefined;
  }

  /** A server has ended our subscription; false when the reply is about something else. */
  ended(port: Port, raw: RawId): boolean {
    for (const { upstream } of this.#listens.values()) {
      if (upstream.get(String(raw)) === port) return upstream.delete(String(raw));
    }
    return false;
  }

  /** A fresh process does not know what the one before it was told. */
  serverIsFresh(port: Port): void {
    for (const listen of this.#listens.values()) {
      for (const [id, other] of listen.upstream) if (other === port) listen.upstream.delete(id);
      this.#listenTo(port, listen);
    }
  }

  get size(): number {
    return this.#listens.size;
  }

  /** Ends all of them in good order. */
  endAll(): void {
    for (const listen of [...this.#listens.values()]) this.#end(listen);
  }

  #listenTo(port: Port, listen: Listen): void {
    if (port.era !== 'modern' || !port.introduction) return;
    const id = this.#calls.ownId();
    listen.upstream.set(id, port);
    const params = { _meta: JSON.parse(this.#core.meta), notifications: listen.filter };
    port.deliver(request(id, Method.listen, params));
  }

  /** What can be delivered of what is wanted; that lists change is announced by mcp-pipe itself. */
  #honoured(wanted: Record<string, unknown>): Filter {
    const { ports } = this.#core;
    const filter: Filter = {};
    for (const kind of ['tools', 'prompts', 'resources'] as const) {
      if (wanted[FILTERS[kind]] === true && ports.some((port) => port.has(kind)))
        filter[FILTERS[kind]] = true;
    }
    const uris = wanted.resourceSubscriptions;
    const canSubscribe = ports.some(
      ({ introduction }) =>
        (introduction?.capabilities.resources as { subscribe?: unknown } | undefined)?.subscribe === true,
    );
    if (canSubscribe && Array.isArray(uris) && uris.length > 0) {
      filter.resourceSubscriptions = uris.filter((uri) => typeof uri === 'string');
    }
    return filter;
  }

  #end(listen: Listen): void {
    this.#drop(listen);
    const meta = `"_meta":{"${SUBSCRIPTION_ID}":${listen.rawId}}`;
    this.#core.toEndpoint(
      Buffer.from(`{"jsonrpc":"2.0","id":${listen.rawId},"result":{"resultType":"complete",${meta}}}`),
    );
  }

  #drop(listen: Listen): void {
    this.#listens.delete(idKey(listen.rawId));
    listen.release();
    for (const [id, port] of listen.upstream) {
      port.deliver(cancelled(id));
    }
  }

  #tell({ rawId }: Listen, method: string, params: Record<string, unknown>): void {
    const id: unknown = typeof rawId === 'number' ? rawId : JSON.parse(rawId);
    const meta = { ...(params._meta as object | undefined), [SUBSCRIPTION_ID]: id };
    this.#core.toEndpoint(notification(method, { ...params, _meta: meta }));
  }
}
