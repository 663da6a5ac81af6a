import type { Frame } from '../protocol/frame.js';
import type { StatusEvent } from '../protocol/status.js';

/** Hears what a server says of its tools and resources, whoever has asked for them. No member may throw. */
export interface ToolWatch {
  /** A process or session of the server begins: its tools may be others. */
  started(): void;
  /** It has ended: calls that come now are for the next one. */
  ended(): void;
  /** The server has said that a list or a resource of it has changed. */
  changed(): void;
  /** The server has answered `tools/list`, for the page at `cursor`, with a result. Returns what is to be reported; undefined: nothing. */
  listed(reply: Frame, cursor: string | undefined): StatusEvent | undefined;
}
