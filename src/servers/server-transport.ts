import type { ServerEnd } from '../protocol/server-end.js';
import type { OnStatus } from '../protocol/status.js';
import type { CloseReason, Transport } from '../transports/transport.js';
import type { LifeCopies } from './life-copies.js';

/** The open channel to one life of a server, for instance to its process, with facts about that. */
export interface ServerTransport extends Transport {
  /** Process id of the server; undefined when the server is no process. */
  readonly pid: number | undefined;
  /**
   * The last lines that the server wrote to stderr, oldest first, without line ends. Control characters have to be escaped
   * before they are shown (D97). Empty when the server has no stderr.
   */
  stderrTail(): readonly string[];
  /** How the life ended, as data: only the transport knows what its codes and reasons mean. */
  endOf(closed: CloseReason): ServerEnd;
  /** The life is carried by several processes. */
  readonly copies?: LifeCopies;
}

/** How one server is reached: opens its lives (processes, for instance), one after another (D129). */
export interface ServerSource {
  /** Name in the configuration; unique in a plan. */
  name: string;
  /** The kind of transport, by its name in `config/kinds` and in the words for people: `stdio`. */
  kind: string;
  /** What is started or reached, for people; may hold secrets: `npx -y x`. */
  shown: string;
  /** The address of a remote server without secrets, `https://host/mcp`; undefined for a process. */
  address?: string | undefined;
  /** The program that may have to download the server before its first start, as `npx` does; undefined: none. */
  fetcher?: string | undefined;
  /**
   * Opens one life: starts a process, for instance.
   *
   * @returns the open channel to the server, to which nothing has been sent yet.
   * @throws ServerStartError when the server cannot be started or reached; its `end` says why. Any other error counts as one
   *   that says only that.
   */
  open: (context: OpenContext) => Promise<ServerTransport>;
}

/** What `ServerSource.open` is called with. */
export interface OpenContext {
  /** Aborts when the server is no longer needed; the caller closes a life that is opened anyway. */
  signal: AbortSignal;
  /**
   * Called with each line that the server writes to stderr (`server-stderr`), and with processes that it left behind
   * (`strays-ended`).
   */
  onStatus: OnStatus;
}
