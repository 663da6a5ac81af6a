import { type Envelope, rawId, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { elementsOf, parsed, textIn, valueAt } from '../protocol/json-parts.js';
import { encodeRequest } from '../protocol/jsonrpc.js';
import { cursorAsked, Method } from '../protocol/mcp.js';
import type { WatchedList } from '../protocol/renewal.js';
import { RpcError } from '../protocol/rpc-errors.js';
import { withId } from '../protocol/with-id.js';
import type { Handshake } from './handshake.js';
import {
  type KnownEra,
  type KnownEraName,
  type KnownPage,
  type KnownServerStore,
  LIST_METHODS,
  type ListMethod,
  listMember,
  MOST_KNOWN_BYTES,
  MOST_KNOWN_PAGES,
} from './known-server.js';
import { askedList } from './list-watch.js';

/** What a list of a running server has shown. */
export interface Listed {
  /** What has to be asked next, of what mcp-pipe itself has asked: further pages, or the lists that the server has. */
  next?: readonly Frame[] | undefined;
  /** The list is another one than what clients were told. */
  changed?: WatchedList | undefined;
}

/**
 * Answers for a server that does not run: `initialize`, `server/discover` and lists, byte for byte as the server itself has
 * answered them last. The hub answers pings.
 */
// D334
export class StandIn {
  /** It answers while no process takes requests: the server is started on demand, or was parked. */
  isOn = false;
  readonly #handshake: Handshake;
  readonly #store: KnownServerStore | undefined;
  readonly #eras: Partial<Record<KnownEraName, KnownEra>> = {};
  /** Lists of which the running process has given the first pages so far. */
  readonly #begun = new Map<string, KnownPage[]>();
  /** `params._meta` for own requests of MCP 2026-07-28; JSON. */
  #meta: unknown;
  #asked = 0;

  constructor(handshake: Handshake, store: KnownServerStore | undefined) {
    this.#handshake = handshake;
    this.#store = store;
  }

  /** Takes over what an earlier run has kept, once. */
  recall(): void {
    const kept = this.#eras.legacy || this.#eras.modern ? undefined : this.#store?.read();
    if (!kept) return;
    Object.assign(this.#eras, {
      ...(kept.legacy ? { legacy: kept.legacy } : {}),
      ...(kept.modern ? { modern: kept.modern } : {}),
    });
    if (kept.last === 'modern' && this.#knows('modern')) this.#handshake.era = 'modern';
    this.recallHandshake();
  }

  /** A client sends `initialize`: the kept answer counts as given to the `initialize` that it was given to. */
  recallHandshake(): boolean {
    const { legacy } = this.#eras;
    if (!this.#knows('legacy') || !legacy?.asked || !legacy.answer) return false;
    if (!this.#handshake.answered) this.#handshake.recall(legacy.asked, legacy.answer);
    return true;
  }

  /** Whether a client could do without the process until its first call. */
  get isAble(): boolean {
    return this.#knows(this.#handshake.era === 'modern' ? 'modern' : 'legacy');
  }

  /** Whether it is on and able. */
  get isReady(): boolean {
    return this.isOn && this.isAble;
  }

  /** Whether the server has declared a capability. */
  has(capability: string): boolean {
    const { answer } = this.#eras.legacy ?? {};
    return answer !== undefined && declares(answer, capability);
  }

  /** The answer to a request, with its id; undefined: only the server can answer it. */
  answer(frame: Frame, envelope: Envelope, isModern: boolean): Frame | undefined {
    const { method } = envelope;
    const isDiscover = method === Method.discover;
    if (!isDiscover && !askedList(method!)) return undefined;
    const known = this.#eras[isModern ? 'modern' : 'legacy'];
    if (isModern) this.noteMeta(frame);
    const reply = isDiscover
      ? isModern
        ? known?.answer
        : undefined
      : pageAt(known?.lists.get(method!), cursorAsked(frame, envelope))?.reply;
    return reply && withId(reply, readEnvelope(reply), rawId(frame, envelope));
  }

  /** A request of MCP 2026-07-28 has passed: own requests describe the same client. */
  noteMeta(frame: Frame): void {
    if (this.#meta !== undefined) return;
    const meta = valueAt(frame, ['params', '_meta']);
    const given = meta && (parsed(frame, meta) as Record<string, unknown> | null);
    if (!given || typeof given !== 'object') return;
    const { progressToken: _, ...kept } = given;
    this.#meta = kept;
  }

  /** A process takes requests: what it has to be asked to be known, to be sent in this order. */
  began(isModern: boolean): Frame[] {
    this.#begun.clear();
    this.#store?.began?.();
    if (!isModern) {
      const { answered } = this.#handshake;
      if (!answered) return [];
      const known = this.#eras.legacy;
      const own = { asked: Buffer.from(answered.asked), answer: Buffer.from(answered.answer) };
      this.#eras.legacy = { ...own, lists: known?.lists ?? new Map() };
      this.#dropUndeclared(this.#eras.legacy);
      return this.#wanted.map(({ method }) => this.#request(method, undefined));
    }
    return this.#meta === undefined ? [] : [this.#request(Method.discover, { _meta: this.#meta })];
  }

  /** Lists that have to be read again, because the server says that they have changed. */
  again(list: WatchedList, isModern: boolean): Frame[] {
    const lists = this.#eras[isModern ? 'modern' : 'legacy']?.lists;
    const known = LIST_METHODS.filter(({ method, capability }) => capability === list && lists?.has(method));
    if (!isModern) return known.map(({ method }) => this.#request(method, undefined));
    if (this.#meta !== undefined)
      return known.map(({ method }) => this.#request(method, { _meta: this.#meta }));
    // It cannot be asked for as a client would: the next client that asks is answered by a process.
    for (const { method } of known) lists?.delete(method);
    return [];
  }

  /** The running server has answered a list, or `server/discover`. @param isOwn it was asked by mcp-pipe. */
  listed(
    method: string,
    cursor: string | undefined,
    reply: Frame,
    isModern: boolean,
    isOwn: boolean,
  ): Listed {
    const name = isModern ? 'modern' : 'legacy';
    const isError = valueAt(reply, ['error']) !== undefined;
    // What fails for another reason may work the next time.
    if (isError && codeOf(reply) !== RpcError.methodNotFound) return {};
    if (name === 'legacy' && !this.#eras.legacy?.answer) return {};
    this.#eras[name] ??= { asked: undefined, answer: undefined, lists: new Map() };
    const era = this.#eras[name];
    if (method === Method.discover) {
      if (!isModern) return {};
      era.answer = Buffer.from(reply);
      const declared = LIST_METHODS.filter(({ capability }) => declares(reply, capability));
      return isOwn
        ? { next: declared.map(({ method }) => this.#request(method, { _meta: this.#meta })) }
        : {};
    }
    const pages = cursor === undefined ? [] : this.#begun.get(`${name} ${method}`);
    // It is a page of a list whose beginning is not known.
    if (!pages) return {};
    const from = cursor === undefined ? undefined : nextOf(pages.at(-1)!.reply);
    if (cursor !== from && pages.length > 0) return {};
    pages.push({ cursor, reply: Buffer.from(reply) });
    this.#begun.set(`${name} ${method}`, pages);
    const next = isError ? undefined : nextOf(reply);
    if (next !== undefined) {
      if (!isOwn || pages.length >= MOST_KNOWN_PAGES || pages.some((page) => page.cursor === next)) return {};
      const meta = isModern ? { _meta: this.#meta } : {};
      return { next: [this.#request(method, { ...meta, cursor: next })] };
    }
    this.#begun.delete(`${name} ${method}`);
    const before = era.lists.get(method);
    era.lists.set(method, pages);
    if (bytesOf(era) > MOST_KNOWN_BYTES) {
      era.lists.delete(method);
      return {};
    }
    const list = askedList(method)!;
    return before && !areAlike(before, pages, method) ? { changed: list } : {};
  }

  /** Keeps what is known now beyond this run. */
  keep(): void {
    const last = this.#handshake.era === 'modern' ? 'modern' : 'legacy';
    const { answered } = this.#handshake;
    // A client may have asked for another version since the process began.
    if (last === 'legacy' && answered && this.#eras.legacy) Object.assign(this.#eras.legacy, answered);
    if (this.#knows('legacy') || this.#knows('modern')) this.#store?.write({ ...this.#eras, last });
  }

  #knows(name: KnownEraName): boolean {
    const era = this.#eras[name];
    if (!era) return false;
    if (name === 'modern') return era.answer !== undefined || era.lists.size > 0;
    return era.answer !== undefined && this.#wanted.every(({ method }) => era.lists.has(method));
  }

  /** The lists of capabilities that the server has declared. */
  get #wanted(): readonly ListMethod[] {
    return LIST_METHODS.filter(({ capability }) => this.has(capability));
  }

  /** Of what a process does not offer any more, nothing is known. */
  #dropUndeclared(era: KnownEra): void {
    for (const { method, capability } of LIST_METHODS)
      if (!this.has(capability) && codeOf(era.lists.get(method)?.[0]?.reply) === undefined)
        era.lists.delete(method);
  }

  #request(method: string, params: object | undefined): Frame {
    this.#asked += 1;
    return encodeRequest(`"mcp-pipe-lists-${this.#asked}"`, method, params);
  }
}

/** Whether an answer to `initialize` or `server/discover` declares a capability. */
function declares(answer: Frame, capability: string): boolean {
  return valueAt(answer, ['result', 'capabilities', capability]) !== undefined;
}

function pageAt(pages: readonly KnownPage[] | undefined, cursor: string | undefined): KnownPage | undefined {
  return pages?.find((page) => page.cursor === cursor);
}

/** The cursor of the next page. Some servers write null or "" on the last one. */
function nextOf(reply: Frame): string | undefined {
  const at = valueAt(reply, ['result', 'nextCursor']);
  return (at && textIn(reply, at)) || undefined;
}

function codeOf(reply: Frame | undefined): unknown {
  const at = reply && valueAt(reply, ['error', 'code']);
  return at && parsed(reply, at);
}

function bytesOf({ lists, answer }: KnownEra): number {
  let bytes = answer?.length ?? 0;
  for (const pages of lists.values()) for (const { reply } of pages) bytes += reply.length;
  return bytes;
}

/** Whether two lists hold the same items, in whatever order and pages. */
function areAlike(a: readonly KnownPage[], b: readonly KnownPage[], method: string): boolean {
  const before = itemsOf(a, method);
  const now = itemsOf(b, method);
  return before.length === now.length && before.every((item, i) => item === now[i]);
}

function itemsOf(pages: readonly KnownPage[], method: string): string[] {
  const member = listMember(method);
  const items = pages.flatMap(({ reply }) => {
    const at = valueAt(reply, ['result', member]);
    if (!at || reply[at.start] !== '['.charCodeAt(0)) return [];
    return elementsOf(reply, at).map(({ start, end }) => reply.toString('utf8', start, end));
  });
  return items.sort();
}
