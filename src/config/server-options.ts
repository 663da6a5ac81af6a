import type { Turn } from './mode.js';
import type { RawServer } from './schema.js';

/** Which tools of a server may be seen and called; globs with `*` and `?`. */
export interface ToolFilter {
  /** Undefined: all. */
  allow?: readonly string[] | undefined;
  /** Wins over `allow`. */
  deny?: readonly string[] | undefined;
}

/**
 * Options of a server beside those that open it. The plan passes them on unchanged. Code that reads a key declares it in an
 * interface of its own, as readers of `Settings` do.
 */
export interface ServerOptions {
  /** `passthrough` leaves `initialize` to the endpoint alone. */
  handshake: 'speculative' | 'passthrough';
  /** Which of its tools are seen and can be called. */
  tools: ToolFilter;
  /** When there are more links than connections, those of the highest priority are connected; of equal ones the first. */
  priority: number;
  /** The account that its token belongs to. */
  accountGroup?: string | undefined;
  /** Its turn on a link that rotates. */
  rotate: Turn;
}

/** Those of a server that says nothing. */
export const defaultOptions: ServerOptions = {
  handshake: 'speculative',
  tools: {},
  priority: 0,
  accountGroup: undefined,
  rotate: {},
};

/** What a change of an option costs the server that runs: nothing, or its process. */
export const OPTION_CHANGES: Readonly<Record<keyof ServerOptions, 'in-place' | 'restart'>> = {
  // It decides how each process is initialized.
  handshake: 'restart',
  tools: 'in-place',
  priority: 'in-place',
  accountGroup: 'in-place',
  rotate: 'in-place',
};

/** Options that an entry writes in several ways, as their readers have understood them. */
type Understood = Pick<ServerOptions, 'tools' | 'rotate'>;

/** The others go from the entry into the plan as they are written. */
export function optionsOf(entry: RawServer, understood: Understood): ServerOptions {
  const written = Object.keys(defaultOptions).flatMap((key) => {
    const value = entry[key];
    return value === undefined ? [] : [[key, value]];
  });
  return { ...defaultOptions, ...Object.fromEntries(written), ...understood };
}
