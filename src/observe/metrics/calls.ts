import type { CallOutcome, FinishedCall } from '../../protocol/finished-call.js';
import { Method } from '../../protocol/mcp.js';
import { Durations } from './durations.js';
import { type Labels, labelled, type Series } from './registry.js';
import { OTHER, type ToolNames } from './tool-names.js';

export interface CountedCallsOptions {
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

/** Numbers of requests by link or method, and status. */
type ByStatus = Map<string, Partial<Record<CallOutcome, number>>>;
type Counted = Pick<FinishedCall, 'tool' | 'link' | 'outcome' | 'ms'>;

/** Counts requests that are over, with labels that no caller can make up. */
export class CountedCalls {
  readonly #options: CountedCallsOptions;
  readonly #durations = new Durations();
  readonly #byMethod: ByStatus = new Map();
  readonly #byLink: ByStatus = new Map();
  /** By server. */
  readonly #waiting = new Map<string, Counted[]>();

  constructor(options: CountedCallsOptions) {
    this.#options = options;
  }

  onCall({ link, server: name, method, tool, outcome, ms }: FinishedCall): void {
    const { serverOf, hasLink } = this.#options;
    count(this.#byMethod, METHODS.has(method) ? method : OTHER, outcome);
    if (hasLink(link)) count(this.#byLink, link, outcome);
    const server = name === undefined ? undefined : serverOf(name);
    if (method !== Method.callTool) return this.#count(server ?? '', '', outcome, ms);
    if (server === undefined || tool === undefined) return this.#count(server ?? '', OTHER, outcome, ms);
    const label = this.#labelOf(server, tool, link);
    if (label !== undefined) return this.#count(server, label, outcome, ms);
    this.#wait(server, { tool, link, outcome, ms });
  }

  /** The list of a server's tools has come, or could not be had. */
  listed(server: string): void {
    const calls = this.#waiting.get(server) ?? [];
    this.#waiting.delete(server);
    for (const { tool, link, outcome, ms } of calls)
      this.#count(server, this.#labelOf(server, tool!, link) ?? OTHER, outcome, ms);
  }

  /** Writes what is counted into the series. */
  write(series: Series): void {
    series.setTotal('mcp_requests_total', this.#durations.counts);
    series.setTotal('mcp_pipe_requests_total', valuesOf(this.#byMethod, 'method'));
    series.setTotal('mcp_pipe_link_requests_total', valuesOf(this.#byLink, 'link'));
  }

  /** The lines of the histogram. */
  lines(name: string): Iterable<string> {
    return this.#durations.lines(name, labelled);
  }

  /** Forgets what is not wanted any more. */
  keepOnly(isWanted: (labels: Labels) => boolean): void {
    this.#durations.keepOnly(isWanted);
    for (const link of this.#byLink.keys()) if (!isWanted({ link })) this.#byLink.delete(link);
  }

  /** The list of the server's tools is to come. */
  #wait(server: string, call: Counted): void {
    const waiting = this.#waiting.get(server) ?? [];
    if (waiting.length >= MAX_WAITING) return this.#count(server, OTHER, call.outcome, call.ms);
    waiting.push(call);
    this.#waiting.set(server, waiting);
  }

  #labelOf(server: string, tool: string, link: string): string | undefined {
    const { names, ownTool } = this.#options;
    return names.known(server, tool) ?? names.labelOf(server, tool, () => ownTool(link, tool));
  }

  #count(server: string, tool: string, status: CallOutcome, ms: number): void {
    this.#durations.add(server, tool, status, ms / 1_000);
  }
}

function count(all: ByStatus, key: string, status: CallOutcome): void {
  let counts = all.get(key);
  if (!counts) {
    counts = {};
    all.set(key, counts);
  }
  counts[status] = (counts[status] ?? 0) + 1;
}

function valuesOf(all: ByStatus, label: string): (readonly [Labels, number])[] {
  return [...all].flatMap(([value, counts]) =>
    Object.entries(counts).map(([status, count]) => [{ [label]: value, status }, count] as const),
  );
}
