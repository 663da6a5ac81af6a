import { matchesGlob } from '../protocol/glob.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import { RpcError } from '../protocol/rpc-errors.js';
import { isAllowed, type ToolFilter } from '../protocol/tool-filter.js';
import { type Found, type KnownToolsOf, saysReadOnly } from './known-tools.js';
import type { GuardedClient, Refusal, Stage, StageFor } from './stage.js';
import { editedList } from './tool-list.js';

export interface AllowedOptions {
  /** Of server and agent. */
  tools: ToolFilter;
  /** Only tools that the server marks as read-only. */
  readOnly: boolean;
}

/**
 * Requests that call no tool, and that a caller may send who may use only some tools: MCP has them for reading, or they concern the
 * caller alone. Others might do anything.
 */
// D250
const READING: ReadonlySet<string> = new Set([
  Method.initialize,
  Method.ping,
  Method.listTools,
  'resources/list',
  'resources/templates/list',
  'resources/read',
  Method.subscribe,
  Method.unsubscribe,
  'prompts/list',
  'prompts/get',
  'completion/complete',
  Method.setLevel,
  Method.discover,
  Method.listen,
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tasks/cancel',
]);

/** Which tools are listed and can be called: by the filters of server and agent, and by the caller's grant. */
export function allowedStage(known: KnownToolsOf): StageFor<AllowedOptions> {
  return (client, { tools, readOnly }) => {
    const isFiltered = tools.allow !== undefined || tools.deny !== undefined || tools.and !== undefined;
    const { grant } = client;
    const isRestricted = readOnly || grant?.readOnly === true || grant?.tools !== undefined;
    return isFiltered || isRestricted ? new Allowed(client, tools, readOnly, known) : undefined;
  };
}

class Allowed implements Stage {
  readonly shows: string;
  readonly #client: GuardedClient;
  readonly #filter: ToolFilter;
  readonly #readOnly: boolean;
  readonly #known: ReturnType<KnownToolsOf['of']>;

  constructor(client: GuardedClient, filter: ToolFilter, readOnly: boolean, known: KnownToolsOf) {
    this.#client = client;
    this.#filter = filter;
    this.#readOnly = readOnly;
    this.#known = known.of(client);
    this.shows = JSON.stringify([filter, readOnly, client.grant?.tools, client.grant?.readOnly]);
  }

  request: NonNullable<Stage['request']> = (call) => {
    const { method, tool } = call;
    if (method !== Method.callTool) return READING.has(method) ? undefined : this.#ofMethod(method);
    const name = tool!;
    const refused = this.#ofName(name);
    if (refused) return { refuse: refused };
    const known = this.#known.now(name);
    if (known) return this.#verdict(name, known);
    return new Promise((resolve) => {
      call.signal.addEventListener('abort', () => resolve(undefined), { once: true });
      void this.#known.find(name).then((found) => resolve(this.#verdict(name, found)));
    });
  };

  still: NonNullable<Stage['still']> = ({ method, tool }) => {
    if (method !== Method.callTool) return READING.has(method) ? undefined : this.#ofMethod(method)?.refuse;
    const name = tool!;
    const refused = this.#ofName(name);
    if (refused) return refused;
    const known = this.#known.now(name);
    if (known) return this.#verdict(name, known)?.refuse;
    if (!this.#isReadOnly) return undefined;
    return notAllowed(name, 'the tools of the server may have changed while the call waited; call again');
  };

  reply: NonNullable<Stage['reply']> = (call, reply, { isError }) => {
    if (call.method !== Method.listTools || isError) return undefined;
    return editedList(reply, (name, tool) =>
      !this.#ofName(name) && (!this.#isReadOnly || saysReadOnly(tool)) ? tool : undefined,
    );
  };

  get #isReadOnly(): boolean {
    return this.#readOnly || this.#client.grant?.readOnly === true;
  }

  #ofName(name: string): Refusal | undefined {
    const { grant } = this.#client;
    if (grant?.tools && !grant.tools.some((glob) => matchesGlob(glob, name)))
      return notAllowed(name, 'your key does not allow this tool');
    return isAllowed(name, this.#filter) ? undefined : unknownTool(name);
  }

  #ofMethod(method: string) {
    const { grant } = this.#client;
    if (!this.#isReadOnly && grant?.tools === undefined) return undefined;
    return { refuse: notAllowed(method, 'only tools that are allowed may be used') };
  }

  #verdict(name: string, found: Found): { refuse: Refusal } | undefined {
    if (found === 'none') return { refuse: unknownTool(name) };
    if (!this.#isReadOnly) return undefined;
    if (found === 'unasked' || found.isOld)
      return {
        refuse: notAllowed(
          name,
          'whether it changes nothing is not known, because the server did not give its list of tools',
        ),
      };
    return found.readOnly
      ? undefined
      : { refuse: notAllowed(name, 'only tools that change nothing are allowed') };
  }
}

/** As the router of a multiplexer says it: a hidden tool is none. */
export function unknownTool(name: string): Refusal {
  return { code: RpcError.invalidParams, message: `Unknown tool: ${short(name)}` };
}

function notAllowed(name: string, why: string): Refusal {
  return { code: ErrorCode.notAllowed, message: `${short(name)} is not allowed: ${why}.` };
}

/** As long as names may be (MCP "Tools"). */
function short(name: string): string {
  return name.length > 128 ? `${name.slice(0, 128)}…` : name;
}
