import type { Settings } from '../../config/defaults.js';
import { DOCTOR } from '../../config/doctor-bounds.js';
import type { LinkPlan, ServerPlan } from '../../config/plan.js';
import { optionsOn } from '../../config/plan.js';
import type { ToolCount } from '../../messages/doctor-parts.js';
import { formatError } from '../../messages/format-error.js';
import { excerpt } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import type { PackagePlaces } from '../../packages/start-locked.js';
import type { AskOutcome, Tool, ToolList } from '../../protocol/ask.js';
import { McpPipeError } from '../../protocol/errors.js';
import { isAllowed } from '../../protocol/tool-filter.js';
import { startStandaloneServer } from '../start-standalone.js';
import { type Item, item } from './item.js';
import type { PackageState } from './package-states.js';

/** What the start of a server, or the question to a running one, showed. */
export type ServerFacts =
  /** `ms`: until it answered `initialize`; undefined when that is not known. `isRunning`: it ran before. */
  | { how: 'ready'; ms: number | undefined; isRunning: boolean; list: ToolList }
  | { how: 'late'; waitedMs: number; tail: string }
  | { how: 'failed'; what: string; next: string | undefined }
  /** It answered `initialize`, but not `tools/list`. */
  | { how: 'silent'; what: string };

export interface TryOptions {
  version: string;
  lang: Lang;
  /** A locked package is started directly, as a run does. */
  packages: PackagePlaces;
  redact: (text: string) => string;
  signal: AbortSignal;
}

/** Starts a server as a link would, lists its tools and ends it. Never rejects. */
export async function tryServer(
  server: ServerPlan,
  settings: Settings,
  options: TryOptions,
): Promise<ServerFacts> {
  const { signal, lang, packages: places, redact, version } = options;
  let startedAt = performance.now();
  let tail = '';
  let isStarted = false;
  try {
    const alone = await startStandaloneServer(server, settings, {
      clientInfo: { name: 'mcp-pipe', version },
      packages: { places },
      lang,
      redact,
      signal,
      onStatus: (status) => {
        // The wait for a turn, and a process that rejected another version, are not the server's time.
        if (status.type === 'server-starting') startedAt = performance.now();
        if (status.type === 'server-stderr' && status.line.trim() !== '') tail = status.line;
      },
    });
    const ms = Math.round(performance.now() - startedAt);
    try {
      if (signal.aborted) return { how: 'late', waitedMs: ms, tail: excerpt(redact(tail), 160) };
      isStarted = true;
      return listed(await alone.tools({ signal }), ms, signal);
    } finally {
      // The endings of servers that take their time are not what is examined.
      await alone.stop(AbortSignal.abort());
    }
  } catch (error) {
    if (signal.aborted) {
      const waitedMs = Math.round(performance.now() - startedAt);
      return isStarted
        ? { how: 'silent', what: 'no answer' }
        : { how: 'late', waitedMs, tail: excerpt(redact(tail), 160) };
    }
    if (!(error instanceof McpPipeError)) throw error;
    const { what, next } = formatError(error, lang);
    return { how: 'failed', what: redact(what), next };
  }
}

/** What an answer to `tools/list` says. */
export function listed(
  outcome: AskOutcome,
  ms: number | undefined,
  signal: AbortSignal,
  isRunning = false,
): ServerFacts {
  if (signal.aborted) return { how: 'silent', what: 'no answer' };
  if ('error' in outcome)
    return { how: 'silent', what: `${excerpt(outcome.error.message, 160)} (${outcome.error.code})` };
  const { tools = [], faults = [] } = (outcome.result ?? {}) as Partial<ToolList>;
  return { how: 'ready', ms, isRunning, list: { tools, faults } };
}

/** How many tools are named that have a fault. */
const NAMED = 3;

/** The lines about one server. Pure. */
export function judgeServer(name: string, facts: ServerFacts, pkg?: PackageState): Item[] {
  switch (facts.how) {
    case 'late':
      return [item('error', 'server', name, 'server-late', { waitedMs: facts.waitedMs, tail: facts.tail })];
    case 'failed':
      return [item('error', 'server', name, 'server-failed', { name, what: facts.what, next: facts.next })];
    case 'silent':
      return [item('error', 'server', name, 'server-silent', { name, what: facts.what })];
    case 'ready': {
      const { list } = facts;
      const names = list.faults.slice(0, NAMED).map((fault) => fault.name);
      const more = list.faults.length > NAMED ? ', …' : '';
      const faulty = item('warning', 'server', name, 'tools-faulty', {
        count: list.faults.length,
        names: names.join(', ') + more,
      });
      return [judgeReady(name, facts, pkg), ...(list.faults.length > 0 ? [faulty] : [])];
    }
  }
}

function judgeReady(
  name: string,
  { ms, isRunning, list }: Extract<ServerFacts, { how: 'ready' }>,
  pkg: PackageState | undefined,
): Item {
  const tools = countOf(list.tools);
  const limitMs = DOCTOR.endpointInitializeMs;
  if (tools.count === 0) return item('warning', 'server', name, 'server-no-tools', {});
  if (ms !== undefined && ms > limitMs)
    return item('warning', 'server', name, 'server-slow', { ms, limitMs, name, canLock: pkg === 'lockable' });
  return ms === undefined || isRunning
    ? item('ok', 'server', name, 'server-runs', { ms, tools })
    : item('ok', 'server', name, 'server-ok', { ms, tools });
}

function countOf(tools: readonly Tool[]): ToolCount {
  return { count: tools.length, bytes: tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools)) };
}

/**
 * The line about all tools that a link shows its endpoint, after filters; undefined when not every server has listed its own.
 * Pure.
 */
export function judgeTools(
  link: LinkPlan,
  servers: readonly ServerPlan[],
  listOf: (server: string) => readonly Tool[] | undefined,
): Item | undefined {
  const lists = servers.map((server) => {
    const { tools } = optionsOn(link, server);
    return listOf(server.name)?.filter(({ name }) => isAllowed(name, tools));
  });
  // On a rotating link, the endpoint sees one server at a time.
  const shown =
    link.kind === 'rotate' ? lists.sort((a, b) => (b?.length ?? 0) - (a?.length ?? 0)).slice(0, 1) : lists;
  if (shown.some((list) => list === undefined)) return undefined;
  const tools = countOf(shown.flatMap((list) => list ?? []));
  const { maxTools, maxToolListBytes } = link.settings;
  if (maxTools > 0 && tools.count > maxTools) {
    return item('warning', 'server', link.name, 'tools-over-budget', {
      ...tools,
      budget: 'maxTools',
      bound: maxTools,
    });
  }
  if (maxToolListBytes > 0 && tools.bytes > maxToolListBytes) {
    const bound = maxToolListBytes;
    return item('warning', 'server', link.name, 'tools-over-budget', {
      ...tools,
      budget: 'maxToolListBytes',
      bound,
    });
  }
  const isMany = tools.count > DOCTOR.manyTools || tools.bytes > DOCTOR.manyToolBytes;
  if (isMany) return item('warning', 'server', link.name, 'tools-many', tools);
  return servers.length > 1 ? item('ok', 'server', link.name, 'tools-ok', tools) : undefined;
}
