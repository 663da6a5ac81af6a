import { createHash } from 'node:crypto';
import { definitionOf, type ToolDefinition } from './definition.js';
import type { DriftMode } from './drift-mode.js';
import { type KeptTool, type KeptTools, MOST_KNOWN, MOST_TEXTS, MOST_TOOLS } from './kept-tool.js';
import { ListPages } from './list-pages.js';
import { resultsIn, toolListsIn } from './tool-lists.js';

/** A definition that nobody has approved yet. */
export interface ToolChange {
  server: string;
  tool: string;
  /** Of the definition that waits: approving names it. */
  hash: string;
  /** Milliseconds since 1970. */
  at: number;
  /** `new`: the server had no such tool when it was first seen. */
  change: 'changed' | 'new';
  /** The tool is neither listed nor called until it is approved. */
  isHeld: boolean;
  /** As `ToolDefinition.text`; undefined where it is too long to be kept. Of new tools there is none before. */
  before: string | undefined;
  after: string | undefined;
}

/** What a list has brought that was not known, by names of tools. */
export interface Drift {
  changed: readonly string[];
  added: readonly string[];
}

/** `isChanged`: what is kept is another now. `next`: the cursor of the next page. */
type Found = Drift & { isChanged: boolean; next: string | undefined };

/** The longest definition whose text is kept, in characters; of longer ones only the hash. */
const MOST_TEXT = 65_536;
/** The longest name that is kept, in characters. */
const MOST_NAME = 512;

/**
 * The definitions of the tools of one server that a person has approved, or that were there when the server was first seen
 * (trust on first use). Clients and processes of the server share it.
 */
// D257
export class ApprovedTools {
  readonly server: string;
  readonly #kept: KeptTools;
  #tools: Map<string, KeptTool>;
  /** The last list, and what it brings when it comes again. */
  #last: { digest: string; found: Found } | undefined;
  readonly #pages = new ListPages();
  /** Characters of all texts that are kept. */
  #texts = 0;
  /** Hash of the definition that each tool had in the last list. */
  readonly #present = new Map<string, string>();
  /** Tools whose present definition is harmless, as they say. */
  readonly #harmless = new Set<string>();
  readonly #now: () => number;

  /**
   * @param kept undefined: the server has never been seen; `unreadable`: it has, and what is known of it is lost, so that all of its
   *   tools are new.
   * @param now Milliseconds since 1970.
   */
  constructor(
    server: string,
    identity: string,
    kept: KeptTools | 'unreadable' | undefined,
    now: () => number,
  ) {
    this.server = server;
    const isKnown = typeof kept === 'object' && kept.identity === identity;
    this.#kept = isKnown ? kept : { identity, isTrusted: kept === 'unreadable', tools: {} };
    this.#tools = new Map(Object.entries(this.#kept.tools));
    this.#now = now;
    this.#countTexts();
  }

  /** The process or session that answers is another one from now on, or none. */
  restarted(): void {
    this.#pages.clear();
  }

  /**
   * Reads an answer to `tools/list` for the page at `cursor`; undefined: it is none. `isWhole`: the list was read to its end, each page
   * from the first on.
   */
  listed(
    reply: Buffer,
    mode: DriftMode,
    cursor: string | undefined,
  ): (Found & { isWhole: boolean }) | undefined {
    const digest = digestOf(reply, mode);
    // Hundreds of clients ask for the same list.
    const found = digest === this.#last?.digest ? this.#last.found : this.#read(reply, mode);
    if (!found) return undefined;
    this.#last = { digest, found: { next: found.next, isChanged: false, changed: [], added: [] } };
    const isWhole = this.#pages.read(cursor, found.next);
    const isTrustedNow = isWhole && mode !== 'ignore' && !this.#kept.isTrusted;
    if (isTrustedNow) this.#kept.isTrusted = true;
    return { ...found, isWhole, isChanged: found.isChanged || isTrustedNow };
  }

  #read(reply: Buffer, mode: DriftMode): Found | undefined {
    const list = toolListsIn(reply);
    if (!list) return undefined;
    const drift = { changed: [] as string[], added: [] as string[] };
    let isChanged = false;
    for (const tool of list.tools) {
      const definition = definitionOf(tool);
      if (!definition || definition.name.length > MOST_NAME) continue;
      if (definition.isHarmless) this.#harmless.add(definition.name);
      else this.#harmless.delete(definition.name);
      if (mode === 'ignore') continue;
      const found = this.#compare(definition, mode);
      if (found === 'same') continue;
      isChanged = true;
      if (found === 'changed') drift.changed.push(definition.name);
      if (found === 'new') drift.added.push(definition.name);
    }
    return { isChanged, next: list.next, ...drift };
  }

  /** Whether calls of a tool change or destroy nothing, as its server says. */
  isHarmless(tool: string): boolean {
    return this.#harmless.has(tool);
  }

  /** Whether a definition that a list has is one that may be shown to clients. */
  mayBeShown({ name, hash }: ToolDefinition): boolean {
    return this.#tools.get(name)?.known.includes(hash) ?? false;
  }

  /** Why a tool is held: its present definition waits, or it has never been listed. */
  whyHeld(tool: string): 'waiting' | 'unlisted' | undefined {
    const kept = this.#tools.get(tool);
    if (!kept) return 'unlisted';
    const present = this.#present.get(tool) ?? kept.waiting?.hash;
    return present === undefined || kept.known.includes(present) ? undefined : 'waiting';
  }

  /** What waits, oldest first. A definition goes on waiting when its server has gone back to a known one. */
  waiting(isHeld: boolean): ToolChange[] {
    return [...this.#tools]
      .flatMap(([tool, { known, text: before, waiting }]): ToolChange[] =>
        waiting
          ? [
              {
                ...{ server: this.server, tool, hash: waiting.hash, at: waiting.at, isHeld },
                ...{ change: known.length > 0 ? 'changed' : 'new', before, after: waiting.text },
              },
            ]
          : [],
      )
      .sort((a, b) => a.at - b.at);
  }

  /** The definition of this hash counts as known from now on. Returns whether it has waited. */
  approve(tool: string, hash: string): boolean {
    const kept = this.#tools.get(tool);
    if (kept?.waiting?.hash !== hash) return false;
    const { waiting } = kept;
    this.#texts -= waiting.text?.length ?? 0;
    kept.waiting = undefined;
    this.#accept(kept, waiting);
    return true;
  }

  /**
   * What all machines know takes the place of what was known here. A definition that the server has now, and that is not among them, is
   * one that nobody has approved.
   *
   * @returns what is not known any more, as for a list
   */
  adopt({ isTrusted, tools }: KeptTools, mode: DriftMode): Drift {
    const before = this.#tools;
    this.#kept.isTrusted = isTrusted;
    this.#tools = new Map(Object.entries(tools));
    this.#last = undefined;
    this.#countTexts();
    const drift = { changed: [] as string[], added: [] as string[] };
    for (const [name, hash] of this.#present) {
      const { known = [], waiting, text: last } = before.get(name) ?? {};
      const text = hash === waiting?.hash ? waiting.text : hash === known.at(-1) ? last : undefined;
      const found = this.#compare({ name, hash, text }, mode);
      if (found === 'changed') drift.changed.push(name);
      if (found === 'new') drift.added.push(name);
    }
    return drift;
  }

  get kept(): KeptTools {
    return { ...this.#kept, tools: Object.fromEntries(this.#tools) };
  }

  /** `known-now`: it counts as known, and nobody is told. */
  #compare(
    { name, hash, text }: Pick<ToolDefinition, 'name' | 'hash'> & { text: string | undefined },
    mode: DriftMode,
  ): 'same' | 'known-now' | 'changed' | 'new' {
    const kept = this.#tools.get(name);
    if (kept) this.#present.set(name, hash);
    // One that was told is not told again, whatever the server has said in between.
    if (kept?.known.includes(hash) || kept?.waiting?.hash === hash) return 'same';
    if (!kept && this.#tools.size >= MOST_TOOLS) return 'same';
    const isNew = !kept || kept.known.length === 0;
    const tool = kept ?? { known: [] };
    this.#tools.set(name, tool);
    this.#present.set(name, hash);
    const isFirst = !this.#kept.isTrusted && isNew;
    if (isFirst) {
      this.#learn(tool, { hash, text });
      return 'known-now';
    }
    if (isNew && mode === 'tell') {
      this.#accept(tool, { hash, text });
      return 'new';
    }
    const shown = this.#bounded(text, tool.waiting?.text);
    tool.waiting = { hash, at: this.#now(), ...(shown === undefined ? {} : { text: shown }) };
    return isNew ? 'new' : 'changed';
  }

  #accept(tool: KeptTool, definition: { hash: string; text?: string | undefined }): void {
    this.#learn(tool, definition);
    const all = new Set([...(tool.accepted ?? []), definition.hash]);
    tool.accepted = [...all].filter((hash) => tool.known.includes(hash));
  }

  #countTexts(): void {
    this.#texts = 0;
    for (const { text = '', waiting } of this.#tools.values())
      this.#texts += text.length + (waiting?.text?.length ?? 0);
  }

  #learn(tool: KeptTool, { hash, text }: { hash: string; text?: string | undefined }): void {
    tool.known = [...tool.known.filter((one) => one !== hash), hash].slice(-MOST_KNOWN);
    tool.text = this.#bounded(text, tool.text);
  }

  /** The text, if there is room for it in the place of another one. A server is not to make a file that cannot be read again. */
  #bounded(text: string | undefined, instead: string | undefined): string | undefined {
    this.#texts -= instead?.length ?? 0;
    if (text === undefined || text.length >= MOST_TEXT || this.#texts + text.length > MOST_TEXTS)
      return undefined;
    this.#texts += text.length;
    return text;
  }
}

/** Equal for equal results, whatever the id of their request. */
function digestOf(reply: Buffer, mode: DriftMode): string {
  const hash = createHash('sha256');
  for (const { start, end } of resultsIn(reply)) hash.update(reply.subarray(start, end));
  return `${mode} ${hash.digest('base64')}`;
}
