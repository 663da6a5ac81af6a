import type { Frame } from '../../protocol/frame.js';
import { parsed, valueAt } from '../../protocol/json-parts.js';
import { ErrorCode, notification } from '../../protocol/jsonrpc.js';
import { isAllowed } from './budgets.js';
import type { Asked, Core } from './core.js';
import { jsonAt } from './frames.js';
import { type Item, itemAs, itemsOf, LIST_METHODS, type ListKind, type ListMethod } from './items.js';
import type { ListChanges } from './list-changes.js';
import type { Member } from './member.js';
import { exposeNames, firstOfEach } from './names.js';
import type { Port } from './port.js';
import { ToolBudget } from './tool-budget.js';

/** A server that always names a next page would never be done. */
const MAX_PAGES = 1_000;
/** Names that were given out once still lead somewhere when they have changed; so many of them. */
const MAX_FORMER_NAMES = 4_096;

/** What is hidden is said once; so many are remembered. */
const MAX_HIDDEN_SAID = 4_096;

/** Where a name leads. */
export interface Route {
  member: Member;
  /** As the server knows it. */
  key: string;
}

/** What one server contributes to a list. */
type Part =
  | { items: readonly Item[]; ttlMs: number; isPublic: boolean }
  /** It answered with an error. */
  | { error: Frame }
  /** It is not running, or did not answer in time. */
  | undefined;

/** The list as it was last put together. */
interface View {
  routes: Map<string, Route>;
  /** What is shown, in order. */
  shown: Buffer[];
  /** Tells it from earlier ones, for cursors. */
  generation: number;
}

/** The lists of all servers as one, and the way from a name back to its server. */
export class Lists {
  readonly #core: Core;
  readonly #changes: ListChanges;
  readonly #views = new Map<ListKind, View>();
  readonly #former = new Map<string, Route>();
  /** Lists that the endpoint has seen, and so wants to hear changes of. */
  readonly #served = new Set<ListKind>();
  readonly #fetching = new Map<string, Promise<Part>>();
  readonly #hidden = new Set<string>();
  readonly #budget: ToolBudget;
  #generation = 0;

  constructor(core: Core, changes: ListChanges) {
    this.#core = core;
    this.#changes = changes;
    this.#budget = new ToolBudget(core.options);
  }

  wasServed(kind: ListKind): boolean {
    return this.#served.has(kind);
  }

  /** Answers one of the list requests. */
  async serve(asked: Asked, list: ListMethod): Promise<void> {
    const cursor = valueAt(asked.frame, ['params', 'cursor']);
    const given = cursor && parsed(asked.frame, cursor);
    // Some write null, or nothing, for the first page.
    const page = given === undefined || given === null || given === '' ? undefined : String(given);
    if (page !== undefined) return this.#servePage(asked, list, page);
    if (!this.#served.has(list.kind)) this.#changes.forget(list.kind);
    const parts = await this.#gather(list, asked.meta);
    this.#served.add(list.kind);
    const { ports } = this.#core;
    if (!ports.some((port) => port.isUp)) return this.#refuseAllDown(asked);
    const able = ports.filter((port) => port.introduction && port.has(list.capability));
    if (able.length === 0) return this.#core.refuse(asked, -32601, `Method not found: ${asked.method}`);
    const errors = parts.flatMap((part) => (part && 'error' in part ? [part.error] : []));
    const found = parts.filter((part) => part !== undefined && 'items' in part);
    if (found.length === 0 && errors[0]) return this.#relay(asked, errors[0]);
    this.#put(list, parts);
    const ttlMs = Math.min(...found.map((part) => part.ttlMs));
    this.#answer(asked, list, 0, { ttlMs, isPublic: found.every((part) => part.isPublic) });
  }

  /** Where `name` leads; asks the servers once more when it is new. */
  async find(kind: ListKind, name: string): Promise<Route | undefined> {
    return this.known(kind, name) ?? (await this.refreshed(kind)).get(name);
  }

  /** Where `name` leads, as far as it was seen. */
  known(kind: ListKind, name: string): Route | undefined {
    return this.#views.get(kind)?.routes.get(name) ?? this.#former.get(`${kind} ${name}`);
  }

  /** Every route of a list, as far as it was seen. */
  all(kind: ListKind): Route[] {
    return [...(this.#views.get(kind)?.routes.values() ?? [])];
  }

  /** The routes of a list that has just been asked for. */
  async refreshed(kind: ListKind): Promise<ReadonlyMap<string, Route>> {
    const list = [...LIST_METHODS.values()].find((method) => method.kind === kind)!;
    return this.#put(list, await this.#gather(list, undefined)).routes;
  }

  /** The name that callers see. */
  exposed(kind: ListKind, member: Member, key: string): string | undefined {
    for (const [name, route] of this.#views.get(kind)?.routes ?? []) {
      if (route.member === member && route.key === key) return name;
    }
    return undefined;
  }

  async #gather(list: ListMethod, meta: string | undefined): Promise<Part[]> {
    return Promise.all(this.#core.ports.map((port) => this.#partOf(port, list, meta)));
  }

  async #partOf(port: Port, list: ListMethod, meta: string | undefined): Promise<Part> {
    const { gatherTimeoutMs } = this.#core.options.settings;
    await this.#core.until(() => port.isDecided, gatherTimeoutMs);
    if (!port.isUp) return undefined;
    if (!port.has(list.capability)) return { items: [], ttlMs: Number.POSITIVE_INFINITY, isPublic: true };
    const { listed, state } = port.member;
    const remembered = listed.get(list.kind);
    if (state === 'parked' && remembered) return { items: remembered, ttlMs: 0, isPublic: false };
    const part = await this.#core.within(this.#fetch(port, list, meta), gatherTimeoutMs);
    if (part !== 'late') return part;
    // It will be announced when it comes.
    const announce = (late: Part) => {
      if (late) this.#changes.note(list.kind);
    };
    void this.#fetch(port, list, meta).then(announce, () => {});
    return remembered && { items: remembered, ttlMs: 0, isPublic: false };
  }

  /** Whoever asks for the same at the same time gets the same. */
  #fetch(port: Port, list: ListMethod, meta: string | undefined): Promise<Part> {
    const key = `${this.#core.ports.indexOf(port)} ${list.kind} ${meta ?? ''}`;
    const running = this.#fetching.get(key);
    if (running) return running;
    const fetched = this.#fetchPages(port, list, meta).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetched);
    return fetched;
  }

  async #fetchPages(port: Port, list: ListMethod, meta: string | undefined): Promise<Part> {
    const method = [...LIST_METHODS].find(([, { kind }]) => kind === list.kind)![0];
    const items: Item[] = [];
    let cursor: string | undefined;
    const cursors = new Set<string>();
    let ttlMs = Number.POSITIVE_INFINITY;
    let isPublic = true;
    const { maxListBytes } = this.#core.options.settings;
    let bytes = 0;
    for (let page = 0; page < MAX_PAGES; page++) {
      const members = [
        ...(port.era === 'modern' ? [`"_meta":${meta ?? this.#core.meta}`] : []),
        ...(cursor === undefined ? [] : [`"cursor":${cursor}`]),
      ];
      const reply = await this.#core.ask(port, method, `{${members.join(',')}}`);
      if (!reply) return undefined;
      if (reply.envelope.isError) return page === 0 ? { error: reply.frame } : undefined;
      bytes += reply.frame.length;
      if (bytes > maxListBytes) {
        const tooLong = { type: 'list-too-long', method, pages: page, maxBytes: maxListBytes } as const;
        this.#core.options.onStatus(tooLong, port.member);
        break;
      }
      // One by one: there may be more than a call takes arguments.
      for (const item of itemsOf(reply.frame, list)) items.push(item);
      ttlMs = Math.min(ttlMs, Number(jsonAt(reply.frame, ['result', 'ttlMs']) ?? 0) || 0);
      isPublic &&= jsonAt(reply.frame, ['result', 'cacheScope']) === '"public"';
      const next = jsonAt(reply.frame, ['result', 'nextCursor']);
      // Some write null, or nothing, on the last page; one that comes again would never end.
      if (next === undefined || next === 'null' || next === '""' || cursors.has(next)) break;
      cursors.add(next);
      cursor = next;
    }
    port.member.listed.set(list.kind, items);
    return { items, ttlMs, isPublic };
  }

  /** Puts the parts side by side. What a server that is down listed last still takes part in the naming. */
  #put(list: ListMethod, parts: readonly Part[]): View {
    const { ports, options } = this.#core;
    const { kind } = list;
    const offers = ports.map(({ member }) => {
      const items = member.listed.get(kind) ?? [];
      return {
        member,
        items: kind === 'tools' ? items.filter(({ key }) => isAllowed(key, member.tools)) : items,
      };
    });
    const plain = offers.map(({ member, items }) => ({
      server: member.name,
      names: items.map(({ key }) => key),
    }));
    const named = list.key === 'name' ? exposeNames(plain, options) : firstOfEach(plain);
    const before = this.#views.get(kind);
    if (before) this.#remember(kind, before);
    const view: View = { routes: new Map(), shown: [], generation: 0 };
    const byKey = new Map(
      offers.flatMap(({ member, items }) =>
        items.map((item) => [`${member.name}\n${item.key}`, { member, item }]),
      ),
    );
    const present = new Set(
      ports.filter((_, i) => parts[i] && 'items' in parts[i]).map(({ member }) => member),
    );
    const sizes: { name: string; bytes: number }[] = [];
    for (const { exposed, server, name } of named.names) {
      const { member, item } = byKey.get(`${server}\n${name}`)!;
      view.routes.set(exposed, { member, key: name });
      if (!present.has(member)) continue;
      const bytes = itemAs(item, exposed);
      view.shown.push(bytes);
      sizes.push({ name: exposed, bytes: bytes.length });
    }
    if (kind === 'tools') view.shown = this.#budget.kept(view.shown, sizes);
    // Whoever is at a later page of the same list, another caller perhaps, goes on there.
    const isSame = before !== undefined && sameBytes(before.shown, view.shown);
    if (!isSame) this.#generation += 1;
    view.generation = isSame ? before.generation : this.#generation;
    this.#views.set(kind, view);
    this.#sayHidden(kind, named.hidden);
    return view;
  }

  #remember(kind: ListKind, { routes }: View): void {
    for (const [name, route] of routes) {
      this.#former.delete(`${kind} ${name}`);
      this.#former.set(`${kind} ${name}`, route);
    }
    while (this.#former.size > MAX_FORMER_NAMES) this.#former.delete(this.#former.keys().next().value!);
  }

  #sayHidden(kind: ListKind, hidden: readonly { server: string; name: string; by: string }[]): void {
    const what = kind === 'tools' ? 'tool' : kind === 'prompts' ? 'prompt' : 'resource';
    for (const { server, name, by } of hidden) {
      const key = `${kind}\n${server}\n${name}`;
      if (this.#hidden.has(key)) continue;
      this.#hidden.add(key);
      if (this.#hidden.size > MAX_HIDDEN_SAID) this.#hidden.delete(this.#hidden.values().next().value!);
      const member = this.#core.ports.find((port) => port.member.name === server)?.member;
      this.#core.options.onStatus({ type: 'name-hidden', kind: what, name, by }, member);
    }
  }

  #servePage(asked: Asked, list: ListMethod, cursor: string): void {
    const [generation, at] = cursor.split('-').map(Number);
    const view = this.#views.get(list.kind);
    if (view && generation === view.generation && Number.isInteger(at)) {
      return this.#answer(asked, list, at!, { ttlMs: 0, isPublic: false });
    }
    this.#core.refuse(asked, -32602, `Unknown cursor: ask for ${asked.method} from the first page again.`);
  }

  #answer(asked: Asked, list: ListMethod, from: number, cache: { ttlMs: number; isPublic: boolean }): void {
    // Made when it is sent, of what is known by then: thousands that wait hold no list each.
    this.#core.answer(asked, () => this.#page(asked, list, from, cache));
  }

  #page(asked: Asked, list: ListMethod, from: number, cache: { ttlMs: number; isPublic: boolean }): Buffer {
    const view = this.#views.get(list.kind)!;
    const size = (list.kind === 'tools' && this.#core.options.settings.toolsPerPage) || view.shown.length;
    const to = from + size;
    const items = view.shown.slice(from, to).flatMap((bytes, i) => (i === 0 ? [bytes] : [COMMA, bytes]));
    const rest = [
      ...(to < view.shown.length ? [`"nextCursor":"${view.generation}-${to}"`] : []),
      ...(asked.meta === undefined
        ? []
        : [
            `"resultType":"complete"`,
            `"ttlMs":${Number.isFinite(cache.ttlMs) ? cache.ttlMs : 0}`,
            `"cacheScope":"${cache.isPublic ? 'public' : 'private'}"`,
          ]),
    ];
    const tail = [']', ...rest.map((member) => `,${member}`), '}'].join('');
    return Buffer.concat([Buffer.from(`{"${list.member}":[`), ...items, Buffer.from(tail)]);
  }

  #relay(asked: Asked, error: Frame): void {
    const { code, message, data } = (parsed(error, valueAt(error, ['error'])!) ?? {}) as Record<
      string,
      unknown
    >;
    this.#core.refuse(asked, typeof code === 'number' ? code : -32603, String(message ?? ''), data);
  }

  #refuseAllDown(asked: Asked): void {
    const servers = this.#core.ports.map(({ member: { name } }) => name);
    const text = `None of the MCP servers is running: ${servers.join(', ')}. Try again later.`;
    this.#core.refuse(asked, ErrorCode.serverDown, text, { servers });
  }
}

const COMMA = Buffer.from(',');

function sameBytes(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  return a.length === b.length && a.every((bytes, i) => bytes.equals(b[i]!));
}

/** The notification that a list has changed. */
export function listChanged(kind: ListKind): { method: string; frame: Frame } {
  const method = `notifications/${kind === 'templates' ? 'resources' : kind}/list_changed`;
  return { method, frame: notification(method) };
}
