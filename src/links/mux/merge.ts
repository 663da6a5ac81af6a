/** `serverInfo` of mcp-pipe (MCP lifecycle, "Initialization"). */
export interface ServerInfo {
  name: string;
  version: string;
}

/** The parts that are used of a server's result of `initialize` or `server/discover`. */
export interface Introduction {
  capabilities: Readonly<Record<string, unknown>>;
  instructions: string | undefined;
  /** Undefined for a server that was asked with `server/discover`. */
  protocolVersion: string | undefined;
}

/** A server's name, with its introduction. */
export interface Introduced {
  name: string;
  introduction: Introduction;
}

/** The introductions, with the lists that servers which have not answered yet may have. */
export function withAwaited(introduced: readonly Introduced[]): Introduced[] {
  const capabilities = { tools: {}, prompts: {}, resources: {} };
  const introduction = { capabilities, instructions: undefined, protocolVersion: undefined };
  return [...introduced, { name: '', introduction }];
}

type Json = Record<string, unknown>;

/** The capabilities of all servers together. `listChanged` is always declared, because mcp-pipe sends it itself. */
export function mergedCapabilities(introduced: readonly Introduced[]): Json {
  const merged = introduced.reduce<Json>(
    (all, { introduction }) => union(all, introduction.capabilities),
    {},
  );
  for (const list of ['tools', 'prompts', 'resources']) {
    if (list in merged) merged[list] = { ...asObject(merged[list]), listChanged: true };
  }
  return merged;
}

/** Merges objects member by member. Of two values that are not both objects `true` wins, else the first. */
function union(a: Json, b: Readonly<Json>): Json {
  const result: Json = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = Object.hasOwn(a, key) ? a[key] : undefined;
    const both = isObject(before) && isObject(value);
    const wins = both ? union(before, value) : before === undefined || value === true ? value : before;
    // `defineProperty`, because JSON may hold a member `__proto__`.
    Object.defineProperty(result, key, { value: wins, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

/** The `instructions` of all servers, under the servers' names when there are several; undefined when there are none. */
export function mergedInstructions(introduced: readonly Introduced[]): string | undefined {
  const parts = introduced.flatMap(({ name, introduction: { instructions } }) =>
    instructions === undefined || instructions.trim() === ''
      ? []
      : [introduced.length === 1 ? instructions : `# ${name}\n\n${instructions}`],
  );
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

/** The version that was asked for, if any server speaks it; else the newest version that a server speaks. */
export function mergedVersion(asked: string, introduced: readonly Introduced[]): string {
  const spoken = introduced.flatMap(({ introduction }) => introduction.protocolVersion ?? []);
  if (spoken.length === 0 || spoken.includes(asked)) return asked;
  // Versions are dates, so they sort as text.
  return spoken.sort().at(-1)!;
}

/** `result` of `initialize`. */
export function initializeResult(
  asked: string,
  introduced: readonly Introduced[],
  serverInfo: ServerInfo,
): Json {
  const instructions = mergedInstructions(introduced);
  return {
    protocolVersion: mergedVersion(asked, introduced),
    capabilities: mergedCapabilities(introduced),
    serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
  };
}

/** `result` of `server/discover` (MCP 2026-07-28). */
export function discoverResult(
  supportedVersions: readonly string[],
  introduced: readonly Introduced[],
  serverInfo: ServerInfo,
): Json {
  const instructions = mergedInstructions(introduced);
  return {
    resultType: 'complete',
    supportedVersions,
    capabilities: mergedCapabilities(introduced),
    ...(instructions === undefined ? {} : { instructions }),
    // Not to be cached: the result changes when a server comes or goes, and differs between callers.
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
  };
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
