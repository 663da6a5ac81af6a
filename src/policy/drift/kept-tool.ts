/** What is kept of one server. It is JSON. */
export interface KeptTools {
  /** What is started or reached: of another server under the same name, nothing is known. */
  identity: string;
  /** A first list has been seen to its end: what comes from now on is new. */
  isTrusted: boolean;
  tools: Record<string, KeptTool>;
}

/** What is kept of one tool. */
export interface KeptTool {
  /** Hashes of definitions that count as known, oldest first. A server may go back and forth between them. */
  known: string[];
  /**
   * Of `known`, those that came after the first list: a person has approved them, or `tell` has let a new tool in. On all machines
   * that share a store they count as known.
   */
  accepted?: string[] | undefined;
  /** The last known definition; undefined when it is too long to be kept. */
  text?: string | undefined;
  /** The last definition that nobody has approved. */
  waiting?: { hash: string; at: number; text?: string | undefined } | undefined;
}

/** Known definitions of one tool: instances of a server may differ, and a server may answer by turns. */
export const MOST_KNOWN = 16;
/** Tools of a server that are kept; no server has as many. */
export const MOST_TOOLS = 2_000;
/** Texts of all definitions of a server that are kept, in characters; of further ones only the hash. */
export const MOST_TEXTS = 4 * 1024 * 1024;

/** What a file has kept, if it is that. */
export function readKept(value: unknown): KeptTools | undefined {
  const { identity, isTrusted, tools } = (value ?? {}) as Partial<KeptTools>;
  if (typeof identity !== 'string' || typeof isTrusted !== 'boolean' || !isObject(tools)) return undefined;
  const isTool = (tool: unknown) => {
    const { known, accepted = [], text, waiting } = (tool ?? {}) as Partial<KeptTool>;
    const isWaiting =
      waiting === undefined ||
      (isObject(waiting) && typeof waiting.hash === 'string' && typeof waiting.at === 'number');
    return (
      Array.isArray(known) && Array.isArray(accepted) && isText(text) && isWaiting && isText(waiting?.text)
    );
  };
  return Object.values(tools).every(isTool) ? { identity, isTrusted, tools } : undefined;
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
