import { ENDPOINT_VARIABLE } from './endpoint-choice.js';
import type { JsonPath } from './json-source.js';

/** An endpoint that another program keeps beside the servers. */
export interface RootEndpoint {
  path: JsonPath;
  /** Non-empty addresses; several when the program connects all servers to several endpoints. */
  addresses: readonly string[];
  /** What the program keeps beside each address. */
  targets: readonly RootTarget[];
}

/** An address of another program, with its name and servers there. */
export interface RootTarget {
  name: string | undefined;
  /** Names of the servers that this address gets (xiaozhi-mcphub: those of its group); undefined: all. */
  servers: readonly string[] | undefined;
  /** The tools of a server that it gets, by the server's name; all when left out. */
  tools: Readonly<Record<string, readonly string[]>>;
}

/** What other programs keep outside of the servers' entries. */
export interface ForeignRoot {
  endpoints: readonly RootEndpoint[];
  /** Server name -> names of its hidden tools. */
  hidden: ReadonlyMap<string, readonly string[]>;
  /** Whether a server is switched off there. */
  isOff: (name: string) => boolean;
}

/** Keys beside the servers that hold an address: of xiaozhi-client, and of scripts that read it from the file. */
const ENDPOINT_KEYS: readonly JsonPath[] = [
  ['mcpEndpoint'],
  ['mcp_endpoint'],
  ['mcpEndpoints'],
  [ENDPOINT_VARIABLE],
  ['endpoint'],
  ['endpoints'],
  ['xiaozhi', 'webSocketUrl'],
  ['xiaozhi', 'endpoints'],
];
/** Top keys of these, and of what else is read here. */
export const ROOT_KEYS: ReadonlySet<string> = new Set([
  ...ENDPOINT_KEYS.map(([key]) => String(key)),
  'mcpServerConfig',
  'excludeMCPServers',
  'allowMCPServers',
]);

/** xiaozhi-client: `mcpEndpoint`, `mcpServerConfig`; xiaozhi-mcphub: `xiaozhi`; Gemini CLI: `mcp.allowed`, `mcp.excluded`. */
export function readForeignRoot(root: unknown): ForeignRoot {
  if (!isRecord(root)) return { endpoints: [], hidden: new Map(), isOff: () => false };
  const mcp = isRecord(root.mcp) ? root.mcp : {};
  const excluded = [...texts(root.excludeMCPServers), ...texts(mcp.excluded)];
  const allowed = [...texts(root.allowMCPServers), ...texts(mcp.allowed)];
  return {
    endpoints: ENDPOINT_KEYS.flatMap((path) => {
      const value = path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), root);
      const found = addressesOf(value, root.groups);
      const addresses = found.map(({ address }) => address);
      return addresses.length === 0 ? [] : [{ path, addresses, targets: found.map(({ target }) => target) }];
    }),
    hidden: new Map(
      Object.entries(isRecord(root.mcpServerConfig) ? root.mcpServerConfig : {}).map(([name, config]) => [
        name,
        isRecord(config) ? hiddenTools(config.tools) : [],
      ]),
    ),
    isOff: (name) => excluded.includes(name) || (allowed.length > 0 && !allowed.includes(name)),
  };
}

/** Names of the tools that are switched off: `{ "add": { "enable": false } }`. */
export function hiddenTools(tools: unknown): string[] {
  return Object.entries(isRecord(tools) ? tools : {}).flatMap(([tool, said]) => {
    if (said === false) return [tool];
    if (!isRecord(said)) return [];
    return [said.enable, said.enabled].some(isFalse) ? [tool] : [];
  });
}

/** A text, a list of texts, or (xiaozhi-mcphub) a list of objects with `webSocketUrl`. */
function addressesOf(value: unknown, groups: unknown): { address: string; target: RootTarget }[] {
  const all = Array.isArray(value) ? value : [value];
  return all.flatMap((one) => {
    const text = isRecord(one) && !isFalse(one.enabled) ? (one.webSocketUrl ?? one.url) : one;
    if (typeof text !== 'string' || text.trim() === '') return [];
    const name = isRecord(one) && typeof one.name === 'string' ? one.name.trim() : undefined;
    return [
      { address: text.trim(), target: { name, ...ofGroup(isRecord(one) ? one.groupId : undefined, groups) } },
    ];
  });
}

/** xiaozhi-mcphub: an endpoint gets the servers of the group that it names by its id, or all without one. */
function ofGroup(id: unknown, groups: unknown): Pick<RootTarget, 'servers' | 'tools'> {
  const group = (Array.isArray(groups) ? groups : []).find((one) => isRecord(one) && id && one.id === id);
  if (!isRecord(group) || !Array.isArray(group.servers)) return { servers: undefined, tools: {} };
  const members = group.servers.flatMap((one: unknown): { name: string; tools?: unknown }[] => {
    if (typeof one === 'string') return [{ name: one }];
    return isRecord(one) && typeof one.name === 'string' ? [{ name: one.name, tools: one.tools }] : [];
  });
  return {
    servers: members.map(({ name }) => name),
    tools: Object.fromEntries(
      members.flatMap(({ name, tools }) => (Array.isArray(tools) ? [[name, texts(tools)]] : [])),
    ),
  };
}

export function isFalse(value: unknown): boolean {
  return value === false || (typeof value === 'string' && value.toLowerCase() === 'false');
}

export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter((one) => typeof one === 'string');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
