import type { Frame } from '../../protocol/frame.js';
import { parsed, valueAt } from '../../protocol/json-parts.js';
import { ErrorCode, encodeNotification } from '../../protocol/jsonrpc.js';
import type { Outputs } from '../../protocol/list-items/rules.js';
import type { ListState, WatchedList } from '../../protocol/renewal.js';
import { isAllowed } from '../../protocol/tool-filter.js';
import { itemAs, LIST_METHODS, type ListKind, type ListMethod } from './items.js';
import type { ListChanges } from './list-changes.js';
import { ListParts, type Parts } from './list-parts.js';
import type { MuxServer } from './mux-server.js';
import { type ExposedName, exposeNames, firstOfEach, type HiddenName } from './names.js';
import type { ClientRequest, RouterContext, RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';
import { ToolBudget } from './tool-budget.js';

/** Most former names that still lead to their item; the oldest are forgotten. */
const MAX_FORMER_NAMES = 4_096;

/** Each hidden name is reported once; at most this many are remembered. */
const MAX_HIDDEN_SAID = 4_096;
/** Each renamed item is reported once; at most this many are remembered. */
const MAX_RENAMED_SAID = 4_096;

/** The server and item that a name stands for. */
export interface Route {
  member: MuxServer;
  /** The item's key as its server knows it. */
  key: string;
  /** The key as JSON text, where callers know the item by another one, and the key is plain ASCII. */
  spelled: Buffer | undefined;
}

/** The list as it was last merged. */
interface View {
  routes: Map<string, Route>;
  /** The items as the endpoint gets them, in order. */
  shown: Buffer[];
  /** Number of this version of the list; part of cursors. */
  generation: number;
}

type Routes = ReadonlyMap<string, Route>;

/** Lists that were requested again because of an unknown name, and those that are requested after them. */
interface Look {
  routes: Promise<Routes>;
  next?: Promise<Routes>;
}

/** Merges the lists of all servers into one, and finds the server of a name. */
export class Lists implements RouterPart {
  readonly #context: RouterContext;
  readonly #changes: ListChanges;
  readonly #views = new Map<ListKind, View>();
  readonly #former = new Map<string, Route>();
  readonly #looks = new Map<ListKind, Look>();
  /** Lists that the endpoint has requested; only changes of these are announced to it. */
  readonly #served = new Set<ListKind>();
  /** The items of each list as the endpoint got them last. */
  readonly #given = new Map<ListKind, readonly Buffer[]>();
  readonly #parts: ListParts;
  readonly #hidden = new Set<string>();
  readonly #budget: ToolBudget;
  #generation = 0;

  /** @param outputs Which forms of `outputSchema` the endpoint, or any caller behind it, understands. */
  constructor(context: RouterContext, changes: ListChanges, outputs: () => Outputs) {
    this.#context = context;
    this.#changes = changes;
    this.#parts = new ListParts(context, changes, outputs);
    this.#budget = new ToolBudget(context.options);
  }

  wasServed(kind: ListKind): boolean {
    return this.#served.has(kind);
  }

  /** Answers one of the list requests. */
  async serve(request: ClientRequest, list: ListMethod): Promise<void> {
    const cursor = valueAt(request.frame, ['params', 'cursor']);
    const given = cursor && parsed(request.frame, cursor);
    // Some clients send null or "" as the cursor of the first page.
    const page = given === undefined || given === null || given === '' ? undefined : String(given);
    if (page !== undefined) return this.#servePage(request, list, page);
    if (!this.#served.has(list.kind)) this.#changes.forget(list.kind);
    const parts = await this.#parts.gather(list, request.meta);
    this.#served.add(list.kind);
    const { channels, options } = this.#context;
    // The client has been told of the list before the servers could say whether they have it; changes of it are announced.
    const isAwaited = options.answersAtOnce && channels.some((channel) => !channel.isDecided);
    if (!isAwaited && !channels.some((channel) => channel.isUp)) return this.#refuseAllDown(request);
    const able = channels.filter((channel) => channel.introduction && channel.has(list.capability));
    if (able.length === 0 && !options.answersAtOnce)
      return this.#context.refuse(request, -32601, `Method not found: ${request.method}`);
    const all = [...parts.values()];
    const errors = all.flatMap((part) => (part && 'error' in part ? [part.error] : []));
    const found = all.filter((part) => part !== undefined && 'items' in part);
    if (found.length === 0 && errors[0]) return this.#relay(request, errors[0]);
    this.#given.set(list.kind, this.#put(list, parts).shown);
    const ttlMs = Math.min(...found.map((part) => part.ttlMs));
    this.#answer(request, list, 0, { ttlMs, isPublic: found.every((part) => part.isPublic) });
  }

  /** The route of `name`; undefined when there is none. The servers' lists are requested again if the name is unknown. */
  async find(kind: ListKind, name: string): Promise<Route | undefined> {
    return this.known(kind, name) ?? (await this.#lookedUp(kind)).get(name);
  }

  /** One look at a time: who asks meanwhile shares the next one. Names may be made up by the thousand. */
  #lookedUp(kind: ListKind): Promise<Routes> {
    const look = this.#looks.get(kind);
    if (!look) return this.#look(kind);
    const again = () => this.#look(kind);
    look.next ??= look.routes.then(again, again);
    return look.next;
  }

  #look(kind: ListKind): Promise<Routes> {
    const look: Look = { routes: this.refreshed(kind) };
    this.#looks.set(kind, look);
    const over = () => {
      if (!look.next) this.#looks.delete(kind);
    };
    look.routes.then(over, over);
    return look.routes;
  }

  /** The route of `name` in the lists that came last; undefined when there is none. */
  known(kind: ListKind, name: string): Route | undefined {
    return this.#views.get(kind)?.routes.get(name) ?? this.#former.get(`${kind} ${name}`);
  }

  /** Every route in the last list. */
  all(kind: ListKind): Route[] {
    return [...(this.#views.get(kind)?.routes.values() ?? [])];
  }

  /** Requests the list from the servers and returns its routes. */
  async refreshed(kind: ListKind): Promise<Routes> {
    const list = [...LIST_METHODS.values()].find((method) => method.kind === kind)!;
    return this.#put(list, await this.#parts.gather(list, undefined)).routes;
  }

  /** Whether the endpoint would get another list now than it got last, and whether that is because a server fails. */
  async compared(list: WatchedList): Promise<ListState> {
    const kinds: readonly ListKind[] = list === 'resources' ? ['resources', 'templates'] : [list];
    for (const kind of kinds) {
      const given = this.#given.get(kind);
      if (!given) continue;
      await this.refreshed(kind);
      if (sameBytes(given, this.#views.get(kind)!.shown)) continue;
      return this.#context.channels.some(({ member }) => member.isOut) ? 'server-missing' : 'changed';
    }
    return 'same';
  }

  serverLeft({ member }: ServerChannel): void {
    this.#forget((route) => route.member === member);
  }

  /** The server has another filter: what it hides cannot be called any more. */
  filterChanged(member: MuxServer): void {
    this.#forget((route) => route.member === member && !isAllowed(route.key, member.tools));
  }

  #forget(isGone: (route: Route) => boolean): void {
    for (const routes of [this.#former, ...[...this.#views.values()].map((view) => view.routes)])
      for (const [name, route] of routes) if (isGone(route)) routes.delete(name);
  }

  /** Merges the parts. The last list of a server that is down still counts for naming, so that names stay the same. */
  #put(list: ListMethod, parts: Parts): View {
    const { channels, options } = this.#context;
    const { kind } = list;
    const offers = channels.map(({ member }) => {
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
    const isPresent = (channel: ServerChannel) => 'items' in (parts.get(channel) ?? {});
    const present = new Set(channels.filter(isPresent).map(({ member }) => member));
    const sizes: { name: string; bytes: number }[] = [];
    for (const { exposed, server, name } of named.names) {
      const { member, item } = byKey.get(`${server}\n${name}`)!;
      view.routes.set(exposed, {
        member,
        key: name,
        spelled: exposed === name ? undefined : spelledOf(name),
      });
      if (!present.has(member)) continue;
      const bytes = itemAs(item, exposed);
      view.shown.push(bytes);
      sizes.push({ name: exposed, bytes: bytes.length });
    }
    if (kind === 'tools') view.shown = this.#budget.kept(view.shown, sizes);
    // While the list stays the same, cursors stay valid: a caller that has read the first pages can go on.
    const isSame = before !== undefined && sameBytes(before.shown, view.shown);
    if (!isSame) this.#generation += 1;
    view.generation = isSame ? before.generation : this.#generation;
    this.#views.set(kind, view);
    this.#reportHidden(kind, named.hidden);
    if (list.key === 'name') this.#reportRenamed(kind, named.names);
    return view;
  }

  #remember(kind: ListKind, { routes }: View): void {
    for (const [name, route] of routes) {
      this.#former.delete(`${kind} ${name}`);
      this.#former.set(`${kind} ${name}`, route);
    }
    while (this.#former.size > MAX_FORMER_NAMES) this.#former.delete(this.#former.keys().next().value!);
  }

  /**
   * Reports names that were spelled differently, each once. Names with only their server's name in front are not reported.
   */
  #reportRenamed(kind: ListKind, names: readonly ExposedName[]): void {
    const { separator, labels = {} } = this.#context.options;
    for (const { member } of this.#context.channels) {
      const renamed = names.filter(
        ({ exposed, server, name }) =>
          server === member.name &&
          ![name, `${labels[server] ?? server}${separator}${name}`].includes(exposed),
      );
      const fresh = renamed.filter(({ name, exposed }) => member.renamed.get(`${kind} ${name}`) !== exposed);
      if (fresh.length === 0) continue;
      for (const { name, exposed } of fresh) member.renamed.set(`${kind} ${name}`, exposed);
      if (member.renamed.size > MAX_RENAMED_SAID) member.renamed.clear();
      const what = kind === 'tools' ? 'tool' : 'prompt';
      const pairs = fresh.map(({ name, exposed }) => ({ from: name, to: exposed }));
      this.#context.options.onStatus({ type: 'renamed', kind: what, names: pairs }, member);
    }
  }

  #reportHidden(kind: ListKind, hidden: readonly HiddenName[]): void {
    const what = kind === 'tools' ? 'tool' : kind === 'prompts' ? 'prompt' : 'resource';
    for (const { server, name, by } of hidden) {
      const key = `${kind}\n${server}\n${name}`;
      if (this.#hidden.has(key)) continue;
      this.#hidden.add(key);
      if (this.#hidden.size > MAX_HIDDEN_SAID) this.#hidden.delete(this.#hidden.values().next().value!);
      const member = this.#context.channels.find((channel) => channel.member.name === server)?.member;
      this.#context.options.onStatus({ type: 'name-hidden', kind: what, name, by }, member);
    }
  }

  #servePage(request: ClientRequest, list: ListMethod, cursor: string): void {
    const [generation, at] = cursor.split('-').map(Number);
    const view = this.#views.get(list.kind);
    if (view && generation === view.generation && Number.isInteger(at)) {
      return this.#answer(request, list, at!, { ttlMs: 0, isPublic: false });
    }
    this.#context.refuse(
      request,
      -32602,
      `Unknown cursor: ask for ${request.method} from the first page again.`,
    );
  }

  #answer(
    request: ClientRequest,
    list: ListMethod,
    from: number,
    cache: { ttlMs: number; isPublic: boolean },
  ): void {
    // The page is made only when it is sent, so that thousands of waiting requests do not hold a list each.
    this.#context.answer(request, () => this.#page(request, list, from, cache));
  }

  #page(
    request: ClientRequest,
    list: ListMethod,
    from: number,
    cache: { ttlMs: number; isPublic: boolean },
  ): Buffer {
    const view = this.#views.get(list.kind)!;
    const size = (list.kind === 'tools' && this.#context.options.settings.toolsPerPage) || view.shown.length;
    const to = from + size;
    const items = view.shown.slice(from, to).flatMap((bytes, i) => (i === 0 ? [bytes] : [COMMA, bytes]));
    const rest = [
      ...(to < view.shown.length ? [`"nextCursor":"${view.generation}-${to}"`] : []),
      ...(request.meta === undefined
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

  #relay(request: ClientRequest, error: Frame): void {
    const { code, message, data } = (parsed(error, valueAt(error, ['error'])!) ?? {}) as Record<
      string,
      unknown
    >;
    this.#context.refuse(request, typeof code === 'number' ? code : -32603, String(message ?? ''), data);
  }

  #refuseAllDown(request: ClientRequest): void {
    const servers = this.#context.channels.map(({ member: { name } }) => name);
    const text = `None of the MCP servers is running: ${servers.join(', ')}. Try again later.`;
    this.#context.refuse(request, ErrorCode.serverDown, text, { servers });
  }
}

const COMMA = Buffer.from(',');

function sameBytes(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  return a.length === b.length && a.every((bytes, i) => bytes.equals(b[i]!));
}

/** The notification that a list has changed. */
export function listChanged(kind: ListKind): { method: string; frame: Frame } {
  const method = `notifications/${kind === 'templates' ? 'resources' : kind}/list_changed`;
  return { method, frame: encodeNotification(method) };
}

function spelledOf(name: string): Buffer | undefined {
  const text = JSON.stringify(name);
  const bytes = Buffer.from(text);
  return bytes.length === text.length ? bytes : undefined;
}
