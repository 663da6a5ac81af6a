import { excerpt } from '../../messages/human.js';
import type { Clock } from '../../time/clock.js';

/** Returns the names of a server's tools, as the server spells them; undefined when they cannot be had. */
export type ListTools = (server: string, signal: AbortSignal) => Promise<readonly string[] | undefined>;

export interface ToolNamesOptions {
  list: ListTools;
  clock: Pick<Clock, 'now' | 'after'>;
  /** Called when a list has come, or could not be had. */
  onListed: (server: string) => void;
  /** Returns the text without secrets. */
  redact: (text: string) => string;
}

/** The tools of a server that are no metric's label of their own. */
export const OTHER = 'other';

/** Each tool costs a series of every bucket for each status. xiaozhi.me takes 32 tools of a connection, most clients fewer than 100. */
export const TOOLS_PER_SERVER = 64;
/** A list is asked for again when a name is not in it, but at most so often: names may be made up by the thousand. */
const ASK_AGAIN_MS = 60_000;
/** A server that works on something long answers later; its tools are named from the next call a minute later. */
const LIST_TIMEOUT_MS = 5_000;
/** The longest name that clouds and models accept. */
const LONGEST_LABEL = 64;

/** Most names of tools of a link with several servers that are remembered for one server; then they are looked up again. */
const MAX_ALIASES = 256;

interface Listed {
  /** Labels by name: of the first `TOOLS_PER_SERVER` tools of the list. */
  labels: ReadonlyMap<string, string>;
  /** The same by the names that links with several servers give the tools. */
  aliases: Map<string, string>;
  askedAt: number;
  isAsking: boolean;
}

const NONE: ReadonlyMap<string, string> = new Map();

/**
 * Which tools have series of their own: the first ones of the list that the server itself gives, so that no caller decides about
 * it, whatever names it makes up.
 */
// D227
export class ToolNames {
  readonly #options: ToolNamesOptions;
  readonly #servers = new Map<string, Listed>();

  constructor(options: ToolNamesOptions) {
    this.#options = options;
  }

  /**
   * The label of a tool; undefined while its server is asked for its list: `onListed` says when to ask again.
   *
   * @param tool As the caller spells it. `ownName` returns how the server does, if that differs.
   */
  labelOf(server: string, tool: string, ownName: () => string | undefined): string | undefined {
    const listed = this.#servers.get(server);
    const label = listed && labelIn(listed, tool, ownName);
    if (label !== undefined) return label;
    const now = this.#options.clock.now();
    if (listed?.isAsking) return undefined;
    if (listed && now - listed.askedAt < ASK_AGAIN_MS) return OTHER;
    void this.#ask(server, listed?.labels ?? NONE, now);
    return undefined;
  }

  /** The label, if it was found before or needs no search: every call asks. */
  known(server: string, tool: string): string | undefined {
    const listed = this.#servers.get(server);
    return listed && (listed.labels.get(tool) ?? listed.aliases.get(tool));
  }

  /** Whether a series of the server may have this label. */
  has(server: string, label: string): boolean {
    const labels = this.#servers.get(server)?.labels.values() ?? [];
    return label === '' || label === OTHER || [...labels].includes(label);
  }

  /** Forgets servers that are not in the plan any more. */
  keepOnly(isWanted: (server: string) => boolean): void {
    for (const server of this.#servers.keys()) if (!isWanted(server)) this.#servers.delete(server);
  }

  async #ask(server: string, labels: ReadonlyMap<string, string>, askedAt: number): Promise<void> {
    const { list, clock, onListed } = this.#options;
    const asked: Listed = { labels, aliases: new Map(), askedAt, isAsking: true };
    this.#servers.set(server, asked);
    const tooLate = new AbortController();
    const cancel = clock.after(LIST_TIMEOUT_MS, () => tooLate.abort());
    const names = await list(server, tooLate.signal).catch(() => undefined);
    cancel();
    asked.isAsking = false;
    if (names) asked.labels = this.#labelsOf(names);
    onListed(server);
  }

  #labelsOf(names: readonly string[]): ReadonlyMap<string, string> {
    const { redact } = this.#options;
    const first = names.slice(0, TOOLS_PER_SERVER);
    return new Map(first.map((name) => [name, excerpt(redact(name), LONGEST_LABEL)]));
  }
}

function labelIn({ labels, aliases }: Listed, tool: string, ownName: () => string | undefined) {
  const known = labels.get(tool) ?? aliases.get(tool);
  if (known !== undefined) return known;
  const own = ownName();
  const label = own === undefined ? undefined : labels.get(own);
  if (label === undefined) return undefined;
  if (aliases.size >= MAX_ALIASES) aliases.clear();
  aliases.set(tool, label);
  return label;
}
