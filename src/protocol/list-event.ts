/** `no-list`: the answer holds no list; `ended`: the server exited before it answered. */
export type WhyListFailed = 'error' | 'no-list' | 'unanswered' | 'ended';

export type ListedKind = 'tool' | 'prompt' | 'resource' | 'template';

/** A fault in an item of a list. Clients would reject the whole list because of it. */
export interface ItemFault {
  /** Name or address of the item; its position when it has neither. */
  name: string;
  /** Paths of the faulty members. */
  at: readonly string[];
  /** The item was dropped from the list; else it was repaired. */
  isLeftOut: boolean;
}

/** Events about the lists of servers; see `StatusEvent`. */
export type ListEvent =
  /** A server of a mux does not give one of its lists; the merged list is made without it. */
  | {
      type: 'list-failed';
      of: string;
      method: string;
      why: WhyListFailed;
      /** Code of the JSON-RPC error. */
      code: number | undefined;
      message: string | undefined;
      waitedMs: number | undefined;
    }
  /** The server gives the list again. */
  | { type: 'list-recovered'; method: string }
  /** Invalid items in a server's list, which were repaired or dropped; empty when there are none any more. */
  | { type: 'list-faults'; kind: ListedKind; faults: readonly ItemFault[] }
  /** Tools or prompts that callers see under other names, because endpoints would reject their own. */
  | { type: 'renamed'; kind: 'tool' | 'prompt'; names: readonly { from: string; to: string }[] }
  /** A tool, prompt or resource cannot be used, because another server has one with the same name. */
  | { type: 'name-hidden'; kind: 'tool' | 'prompt' | 'resource'; name: string; by: string }
  /**
   * Names that the configuration gives to tools do not fit the server's list. `unknown`: it has no such tools; `taken`: it has other
   * tools of the new names, which are hidden.
   */
  | { type: 'names-unfit'; is: 'unknown' | 'taken'; names: readonly string[] }
  /**
   * Arguments for a tool are not checked. `no-schema`: its schema is none, or not usable; `too-slow`: checking takes too long;
   * `too-long`: the arguments of a call were.
   */
  | { type: 'arguments-unchecked'; tool: string; why: 'no-schema' | 'too-slow' | 'too-long' }
  /** The list of tools is over its bound. `dropped` tools were left out of it; `largest` names the largest ones. */
  | {
      type: 'tools-over-budget';
      budget: 'maxTools' | 'maxToolListBytes';
      bound: number;
      tools: number;
      bytes: number;
      dropped: number;
      largest: readonly { name: string; bytes: number }[];
    }
  /** The pages of `method` are longer than `maxListBytes` together: only the first `pages` were read. */
  | { type: 'list-too-long'; method: string; pages: number; maxBytes: number };
