import type { FinishedCall } from '../../protocol/finished-call.js';
import { Method } from '../../protocol/mcp.js';
import type { Series } from './registry.js';
import { OTHER, type ToolNames } from './tool-names.js';

export interface CountedCallsOptions {
  series: Series;
  names: ToolNames;
  /** The server in the plan that a process belongs to: `memory` of `memory@alice`; undefined: it is in no plan. */
  serverOf: (name: string) => string | undefined;
  hasLink: (name: string) => boolean;
  /** How a server spells a tool that a link has given another name; undefined: as the caller does. */
  ownTool: (link: string, tool: string) => string | undefined;
}

/** Requests of MCP up to 2026-07-28 that are counted; every other one is text of a caller. */
const METHODS: ReadonlySet<string> = new Set([
  ...['tools/list', 'tools/call', 'prompts/list', 'prompts/get', 'completion/complete', 'logging/setLevel'],
  ...['resources/list', 'resources/templates/list', 'resources/read', 'resources/subscribe'],
  ...['resources/unsubscribe', 'tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel', 'tasks/update'],
  ...[Method.discover, Method.listen],
]);
/** Calls of one server that wait for its list of tools: what more of them come meanwhile are `other`. */
const MAX_WAITING = 1_000;

type Counted = Pick<FinishedCall, 'tool' | 'link' | 'outcome' | 'ms'>;

/** Counts requests that are over, with labels that no caller can make up. */
export class CountedCalls {
  readonly #options: CountedCallsOptions;
  /** By server. */
  readonly #waiting = new Map<string, Counted[]>();

  constructor(options: CountedCallsOptions) {
    this.#options = options;
  }

  onCall({ link, server: name, method, tool, outcome, ms }: FinishedCall): void {
    const { series, serverOf, hasLink } = this.#options;
    const known = METHODS.has(method) ? method : OTHER;
    series.counter('mcp_pipe_requests_total').inc({ method: known, status: outcome });
    if (hasLink(link)) series.counter('mcp_pipe_link_requests_total').inc({ link, status: outcome });
    const server = name === undefined ? undefined : serverOf(name);
    if (method !== Method.callTool) return this.#count(server ?? '', '', outcome, ms);
    if (server === undefined || tool === undefined) return this.#count(server ?? '', OTHER, outcome, ms);
    this.#countTool(server, { tool, link, outcome, ms });
  }

  /** The list of a server's tools has come, or could not be had. */
  listed(server: string): void {
    const calls = this.#waiting.get(server) ?? [];
    this.#waiting.delete(server);
    for (const { tool, link, outcome, ms } of calls)
      this.#count(server, this.#labelOf(server, tool!, link) ?? OTHER, outcome, ms);
  }

  #countTool(server: string, call: Counted): void {
    const label = this.#labelOf(server, call.tool!, call.link);
    if (label !== undefined) return this.#count(server, label, call.outcome, call.ms);
    const waiting = this.#waiting.get(server) ?? [];
    if (waiting.length >= MAX_WAITING) return this.#count(server, OTHER, call.outcome, call.ms);
    waiting.push(call);
    this.#waiting.set(server, waiting);
  }

  #labelOf(server: string, tool: string, link: string): string | undefined {
    const { names, ownTool } = this.#options;
    return names.labelOf(server, tool, () => ownTool(link, tool));
  }

  #count(server: string, tool: string, status: string, ms: number): void {
    const { series } = this.#options;
    const labels = { server, tool, status };
    series.counter('mcp_requests_total').inc(labels);
    series.durations.observe(labels, ms / 1_000);
  }
}
