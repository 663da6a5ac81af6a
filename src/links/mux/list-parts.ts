import type { Message } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { parsed, valueAt } from '../../protocol/json-parts.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import type { ItemFault, WhyListFailed } from '../../protocol/list-event.js';
import type { Outputs } from '../../protocol/list-items/rules.js';
import { jsonAt } from './frames.js';
import { type Item, type ListMethod, methodOf, pageOf } from './items.js';
import type { ListChanges } from './list-changes.js';
import type { RouterContext } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** A bound, because a server may name a next page for ever. */
const MAX_PAGES = 1_000;
/** At most this many faults of one list are reported. */
const MAX_FAULTS = 100;
const METHOD_NOT_FOUND = -32601;

/** The part of a list that comes from one server. */
type Part =
  | { items: readonly Item[]; ttlMs: number; isPublic: boolean }
  /** The server answered with an error. */
  | { error: Frame }
  /** The server does not run, did not answer in time, or answered with something that is no list. */
  | undefined;

export type Parts = ReadonlyMap<ServerChannel, Part>;

/** Requests each server's part of a list, and reports what is wrong with it. */
export class ListParts {
  readonly #context: RouterContext;
  readonly #changes: ListChanges;
  readonly #outputs: () => Outputs;
  readonly #fetching = new Map<string, Promise<Part>>();

  constructor(context: RouterContext, changes: ListChanges, outputs: () => Outputs) {
    this.#context = context;
    this.#changes = changes;
    this.#outputs = outputs;
  }

  /** Resolves with one part for each server. Servers may have come or left meanwhile. */
  async gather(list: ListMethod, meta: string | undefined): Promise<Parts> {
    const partOf = async (channel: ServerChannel) =>
      [channel, await this.#partOf(channel, list, meta)] as const;
    return new Map(await Promise.all(this.#context.channels.map(partOf)));
  }

  async #partOf(channel: ServerChannel, list: ListMethod, meta: string | undefined): Promise<Part> {
    const { gatherTimeoutMs } = this.#context.options.settings;
    await this.#context.until(() => channel.isDecided, gatherTimeoutMs);
    if (!channel.isUp) return undefined;
    if (!channel.has(list.capability)) return { items: [], ttlMs: Number.POSITIVE_INFINITY, isPublic: true };
    const { listed, state } = channel.member;
    const remembered = listed.get(list.kind);
    if (state === 'idle-stopped' && remembered) return { items: remembered, ttlMs: 0, isPublic: false };
    const fetched = this.#fetch(channel, list, meta);
    const part = await this.#context.within(fetched, gatherTimeoutMs);
    if (part !== 'late') return part;
    this.#failed(channel, list, 'unanswered', {
      message: undefined,
      code: undefined,
      waitedMs: gatherTimeoutMs,
    });
    // When the late part comes, the endpoint is told that the list has changed.
    const announce = (late: Part) => {
      if (late) this.#changes.note(list.kind);
    };
    void fetched.then(announce, () => {});
    // The next list sends a new request: the server may have lost this one.
    for (const [key, running] of this.#fetching) if (running === fetched) this.#fetching.delete(key);
    return remembered && { items: remembered, ttlMs: 0, isPublic: false };
  }

  /** Requests the list of one server. Equal requests at the same time share one answer. */
  #fetch(channel: ServerChannel, list: ListMethod, meta: string | undefined): Promise<Part> {
    const key = `${channel.member.name} ${list.kind} ${meta ?? ''}`;
    const running = this.#fetching.get(key);
    if (running) return running;
    const fetched = this.#fetchPages(channel, list, meta).finally(() => {
      if (this.#fetching.get(key) === fetched) this.#fetching.delete(key);
    });
    this.#fetching.set(key, fetched);
    return fetched;
  }

  async #fetchPages(channel: ServerChannel, list: ListMethod, meta: string | undefined): Promise<Part> {
    // Of two items with one key, on two pages or on a page that comes twice, the first counts.
    const items = new Map<string, Item>();
    const faults: ItemFault[] = [];
    let cursor: string | undefined;
    const cursors = new Set<string>();
    let ttlMs = Number.POSITIVE_INFINITY;
    let isPublic = true;
    let isWhole = true;
    const { maxListBytes: maxBytes } = this.#context.options.settings;
    let bytes = 0;
    for (let page = 0; page < MAX_PAGES; page++) {
      const members = [
        ...(channel.era === 'modern' ? [`"_meta":${meta ?? this.#context.meta}`] : []),
        ...(cursor === undefined ? [] : [`"cursor":${cursor}`]),
      ];
      const reply = await this.#context.ask(channel, methodOf(list.kind), `{${members.join(',')}}`);
      // No answer came in time, which `ask` has reported, or the link is stopping.
      if (!reply) return undefined;
      bytes += reply.frame.length;
      if (bytes > maxBytes) {
        const method = methodOf(list.kind);
        this.#context.options.onStatus(
          { type: 'list-too-long', method, pages: page, maxBytes },
          channel.member,
        );
        break;
      }
      const found = reply.envelope.isError ? undefined : await pageOf(reply.frame, list, this.#outputs());
      if (!found) {
        this.#refused(channel, list, reply);
        if (page === 0) return reply.envelope.isError ? { error: reply.frame } : undefined;
        // An error on a later page: the pages before it are used.
        isWhole = false;
        break;
      }
      for (const item of found.items) if (!items.has(item.key)) items.set(item.key, item);
      for (const fault of found.faults) if (faults.length < MAX_FAULTS) faults.push(fault);
      ttlMs = Math.min(ttlMs, Number(jsonAt(reply.frame, ['result', 'ttlMs']) ?? 0) || 0);
      isPublic &&= jsonAt(reply.frame, ['result', 'cacheScope']) === '"public"';
      const next = jsonAt(reply.frame, ['result', 'nextCursor']);
      // Some servers write null or "" on the last page. A cursor that comes twice would loop for ever.
      if (next === undefined || next === 'null' || next === '""' || cursors.has(next)) break;
      cursors.add(next);
      cursor = next;
    }
    const all = [...items.values()];
    channel.member.listed.set(list.kind, all);
    if (isWhole) this.#works(channel, list);
    this.#reportFaults(channel, list, faults);
    return { items: all, ttlMs, isPublic };
  }

  #refused(channel: ServerChannel, list: ListMethod, { frame, envelope }: Message): void {
    if (!envelope.isError) return this.#failed(channel, list, 'no-list');
    const error = (parsed(frame, valueAt(frame, ['error'])!) ?? {}) as Record<string, unknown>;
    const code = typeof error.code === 'number' ? error.code : undefined;
    // A server that does not run is reported elsewhere. Some servers answer "method not found" instead of an empty list.
    if (code === ErrorCode.serverDown || (code === METHOD_NOT_FOUND && list.kind !== 'tools')) return;
    if (code === ErrorCode.serverExited) return this.#failed(channel, list, 'ended');
    const message = typeof error.message === 'string' ? error.message : undefined;
    this.#failed(channel, list, 'error', { code, message, waitedMs: undefined });
  }

  /** Reports a list that a server could not give: once, until the list works again. */
  #failed(channel: ServerChannel, { kind }: ListMethod, why: WhyListFailed, more = NOTHING_MORE): void {
    const { member } = channel;
    const said = JSON.stringify([why, more]);
    if (member.failing.get(kind) === said) return;
    member.failing.set(kind, said);
    const method = methodOf(kind);
    this.#context.options.onStatus({ type: 'list-failed', of: member.name, method, why, ...more }, member);
  }

  #works({ member }: ServerChannel, { kind }: ListMethod): void {
    if (!member.failing.delete(kind)) return;
    this.#context.options.onStatus({ type: 'list-recovered', method: methodOf(kind) }, member);
  }

  /** Reports the faults in a server's list: once, and again when they are others. */
  #reportFaults({ member }: ServerChannel, { kind, of }: ListMethod, faults: readonly ItemFault[]): void {
    const said = JSON.stringify(faults);
    if ((member.faults.get(kind) ?? '[]') === said) return;
    member.faults.set(kind, said);
    this.#context.options.onStatus({ type: 'list-faults', kind: of, faults }, member);
  }
}

const NOTHING_MORE = {
  code: undefined as number | undefined,
  message: undefined as string | undefined,
  waitedMs: undefined as number | undefined,
};
