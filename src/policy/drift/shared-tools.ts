import { createHash, randomUUID } from 'node:crypto';
import type { BoundedLink } from '../../redis/bounded-link.js';
import type { Clock } from '../../time/clock.js';
import { type KeptTools, readKept } from './kept-tool.js';
import { isSameKept, mergeKept, withoutTexts } from './merge-kept.js';
import { READ_TOOLS, WRITE_TOOLS } from './tools-script.js';

/** What a machine knows of a server's tools. */
export interface FollowedTools {
  server: string;
  identity: string;
  own(): KeptTools;
  /** All machines together know this. It is for the callee to keep. */
  adopt(all: KeptTools): void;
}

/** One server whose knowledge is shared. */
export interface Following {
  /** Settles once what others know has been read, or could not be within a short time. */
  readonly ready: Promise<void>;
  readonly isReady: boolean;
  /** Something else is known here. */
  changed(): void;
  end(): void;
}

export interface SharedToolsOptions {
  link: Pick<BoundedLink, 'run' | 'isAway' | 'onChange'>;
  clock: Pick<Clock, 'after'>;
  /** How often it is asked what others have learnt, in ms. */
  everyMs?: number | undefined;
}

/** A person who has approved on one machine waits this long at most for the others, in ms; a question is one small command. */
const EVERY_MS = 5_000;
/** Others may write at the same time, each once for a change. */
const MOST_TRIES = 20;
/** Of what is longer, hashes alone are shared, in characters: Redis answers nothing else meanwhile. */
const MOST_SHARED = 1024 * 1024;

interface Followed {
  key: string;
  of: FollowedTools;
  rev: string;
  /** What Redis has; never changed. */
  shared: KeptTools | undefined;
  isReady: boolean;
  isBusy: boolean;
  /** Something has changed while it was busy. */
  isDue: boolean;
}

/** What machines with one Redis know of tools: what a person has approved on one is approved on all. */
// D317
export class SharedTools {
  readonly #options: SharedToolsOptions;
  readonly #all = new Set<Followed>();
  readonly #endListening: () => void;
  #cancelTimer: (() => void) | undefined;

  constructor(options: SharedToolsOptions) {
    this.#options = options;
    this.#endListening = options.link.onChange((away) => {
      if (!away) void this.#read();
    });
  }

  follow(of: FollowedTools): Following {
    const followed: Followed = {
      ...{ key: keyOf(of), of, rev: '', shared: undefined },
      ...{ isReady: false, isBusy: false, isDue: false },
    };
    this.#all.add(followed);
    const ready = this.#read([followed]).then(() => {
      followed.isReady = true;
    });
    this.#askLater();
    return {
      ready,
      get isReady() {
        return followed.isReady;
      },
      changed: () => void this.#settle(followed),
      end: () => void this.#all.delete(followed),
    };
  }

  close(): void {
    this.#endListening();
    this.#cancelTimer?.();
    this.#all.clear();
  }

  #askLater(): void {
    this.#cancelTimer ??= this.#options.clock.after(this.#options.everyMs ?? EVERY_MS, () => {
      this.#cancelTimer = undefined;
      if (this.#all.size === 0) return;
      this.#askLater();
      void this.#read();
    });
  }

  /** Asks for what others have written, and writes what they do not know. Never rejects. */
  async #read(all: readonly Followed[] = [...this.#all]): Promise<void> {
    const { link } = this.#options;
    if (all.length === 0) return;
    const reply = await link.run(
      READ_TOOLS,
      all.map(({ key }) => key),
      all.map(({ rev }) => rev),
    );
    if (!reply) return;
    const changed = Array.isArray(reply.answer) ? reply.answer : [];
    for (let i = 0; i < changed.length; i += 3) {
      const one = all[Number(changed[i]) - 1];
      // One that writes meanwhile finds out by itself.
      if (one && !one.isBusy) learn(one, changed[i + 1], changed[i + 2]);
    }
    await Promise.all(all.map((one) => this.#settle(one)));
  }

  /** Until what is known here and there is the same. Never rejects. */
  async #settle(one: Followed): Promise<void> {
    one.isDue = true;
    if (one.isBusy) return;
    one.isBusy = true;
    for (let tries = 0; one.isDue && tries < MOST_TRIES && this.#all.has(one); tries++) {
      one.isDue = false;
      const own = one.of.own();
      const target = mergeKept(one.shared, own);
      if (!saysSomething(target)) break;
      if (one.shared && isSameKept(target, one.shared)) {
        if (!isSameKept(target, own)) one.of.adopt(structuredClone(target));
        continue;
      }
      one.isDue = true;
      const text = written(target);
      const rev = randomUUID();
      const reply = await this.#options.link.run(WRITE_TOOLS, [one.key], [one.rev, rev, text]);
      // It is asked again once it answers.
      if (!reply) break;
      const [isWritten, ...there] = Array.isArray(reply.answer) ? reply.answer : [];
      if (isWritten === 1) learn(one, rev, text);
      else learn(one, there[0], there[1]);
    }
    one.isBusy = false;
  }
}

/** Not before its first whole list, nor when its file was lost: others would have to approve all of theirs anew. */
function saysSomething({ isTrusted, tools }: KeptTools): boolean {
  return isTrusted && Object.values(tools).some(({ known }) => known.length > 0);
}

function learn(one: Followed, rev: unknown, doc: unknown): void {
  one.rev = typeof rev === 'string' ? rev : '';
  one.shared = typeof doc === 'string' ? toolsIn(doc, one.of.identity) : undefined;
}

/** Undefined: it is nothing that mcp-pipe has written. */
function toolsIn(doc: string, identity: string): KeptTools | undefined {
  try {
    const { tools } = JSON.parse(doc) as { tools?: unknown };
    return readKept({ identity, isTrusted: true, tools });
  } catch {
    return undefined;
  }
}

function written({ tools }: KeptTools): string {
  const text = JSON.stringify({ tools });
  if (text.length <= MOST_SHARED) return text;
  const hashes = Object.entries(tools).map(([name, tool]) => [name, withoutTexts(tool)]);
  return JSON.stringify({ tools: Object.fromEntries(hashes) });
}

/** Of what is started or reached under another name, or otherwise, nothing is known. */
function keyOf({ server, identity }: FollowedTools): string {
  const hash = createHash('sha256').update(`${server}\n${identity}`).digest('hex');
  return `mcp-pipe:tools:${hash.slice(0, 32)}`;
}
