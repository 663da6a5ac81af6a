import type { Frame } from '../protocol/frame.js';
import { spliced, valueAt } from '../protocol/json-parts.js';
import { Method } from '../protocol/mcp.js';
import { unknownTool } from './allowed.js';
import type { KnownTools, KnownToolsOf } from './known-tools.js';
import type { GuardedClient, Stage, StageFor } from './stage.js';
import { editedList, withText } from './tool-list.js';

export interface NamesOptions {
  /** The names by which clients know tools, by the server's own. */
  rename: Readonly<Record<string, string>>;
  /** Descriptions of tools, by the server's own names. */
  describe: Readonly<Record<string, string>>;
}

/** What is wrong with names that the configuration gives, as the server's list shows. */
export interface NameFault {
  /** `unknown`: the server has no such tool; `taken`: it has another tool of the new name, which is hidden by this one. */
  is: 'unknown' | 'taken';
  /** By the server's own names. */
  names: readonly string[];
}

/** @param onFault Called with what is wrong, for a person; the same thing again for each client and list. */
export function namesStage(
  known: KnownToolsOf,
  onFault: (client: GuardedClient, fault: NameFault) => void,
): StageFor<NamesOptions> {
  return (client, { rename, describe }) =>
    Object.keys(rename).length + Object.keys(describe).length > 0
      ? new Names(rename, describe, known.of(client), (fault) => onFault(client, fault))
      : undefined;
}

/** Clients know tools by other names, and with other descriptions. Whatever else a server says of them stays byte for byte. */
// D251
class Names implements Stage {
  readonly shows: string;
  /** The new names, by the server's; and the other way round. */
  readonly #given: ReadonlyMap<string, string>;
  readonly #own: ReadonlyMap<string, string>;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #known: KnownTools;
  readonly #onFault: (fault: NameFault) => void;

  constructor(
    rename: NamesOptions['rename'],
    describe: NamesOptions['describe'],
    known: KnownTools,
    onFault: (fault: NameFault) => void,
  ) {
    const renamed = Object.entries(rename).filter(([name, to]) => name !== to);
    this.#given = new Map(renamed);
    this.#own = new Map(renamed.map(([name, to]) => [to, name]));
    this.#texts = new Map(Object.entries(describe));
    this.#known = known;
    this.#onFault = onFault;
    this.shows = JSON.stringify([rename, describe]);
  }

  ownName(tool: string): string {
    return this.#own.get(tool) ?? tool;
  }

  request: NonNullable<Stage['request']> = ({ method, tool }, frame) => {
    if (method !== Method.callTool || tool === undefined) return undefined;
    const given = this.#given.get(tool);
    const at = valueAt(frame, ['params', 'name']);
    if (given === undefined || !at) return undefined;
    const called = JSON.parse(frame.toString('utf8', at.start, at.end)) as string;
    // The server's own name is that of no tool here.
    if (called !== given) return { refuse: unknownTool(called) };
    return { frame: spliced(frame, [{ ...at, bytes: JSON.stringify(tool) }]) };
  };

  reply: NonNullable<Stage['reply']> = ({ method }, reply, { isError }) => {
    if (method !== Method.listTools || isError) return undefined;
    const taken: string[] = [];
    const edited = editedList(reply, (name, tool) => {
      const given = this.#given.get(name);
      if (given === undefined && this.#own.has(name)) {
        taken.push(name);
        return undefined;
      }
      const text = this.#texts.get(name);
      let shown: Frame = tool;
      if (given !== undefined) shown = withText(shown, 'name', given);
      if (text !== undefined) shown = withText(shown, 'description', text);
      return shown;
    });
    if (taken.length > 0) this.#onFault({ is: 'taken', names: taken });
    const unknown = this.#known.missing(new Set([...this.#given.keys(), ...this.#texts.keys()]));
    if (unknown.length > 0) this.#onFault({ is: 'unknown', names: unknown });
    return edited;
  };
}
