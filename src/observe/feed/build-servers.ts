import { severalSentence } from '../../messages/copies-words.js';
import type { FeedAction, FeedNext, FeedServer, FeedServerState } from '../../protocol/feed.js';
import { serverNamesOf } from '../link-record.js';
import type { LinkSnapshot, ServerSnapshot } from '../link-snapshot.js';
import type { Reason, Reasons } from '../reasons.js';
import { type FeedContext, possible } from './context.js';
import type { UsedServer } from './server-facts.js';
import { SERVER_CLASSES, stateOfServer } from './server-state.js';
import type { PlannedFeedServer } from './sources.js';

/** One server with its state, and what that was found from. */
interface Found {
  name: string;
  state: FeedServerState;
  links: readonly string[];
  /** Undefined while nothing is known of a process. */
  server?: ServerSnapshot | undefined;
  /** Whose turns it has. */
  link?: LinkSnapshot | undefined;
  reasons: Reasons;
  since?: number | undefined;
  /** In place of the reason of a failure. */
  why?: string | undefined;
  do?: string | undefined;
  actions: readonly FeedAction[];
}

const CAN_RESTART: ReadonlySet<FeedServerState> = new Set<FeedServerState>([
  ...(['ready', 'starting', 'restarting', 'crash-loop'] as const),
  ...(['cannot-start', 'no-answer', 'refuses-initialize', 'calls-refused'] as const),
]);
/** A reason says why the server is not well. */
const HAS_REASON: ReadonlySet<FeedServerState> = new Set<FeedServerState>([
  ...([
    'restarting',
    'crash-loop',
    'cannot-start',
    'no-answer',
    'refuses-initialize',
    'calls-refused',
  ] as const),
]);

/** The servers in the order of the plan, each with its processes for some clients only behind it. */
export function buildServers(
  used: ReadonlyMap<string, UsedServer>,
  context: FeedContext,
  only?: ReadonlySet<string>,
): FeedServer[] {
  const { plan, sources } = context;
  const pausedLinks = linksOfPaused(context);
  const instances = sources.instances();
  const wanted = only ? plan.servers.filter(({ name }) => only.has(name)) : plan.servers;
  return wanted.flatMap((planned): FeedServer[] => {
    const own = instances.filter(({ server }) => server === planned.name);
    return [
      shown(foundOf(planned, used.get(planned.name), pausedLinks.get(planned.name) ?? [], context), context),
      ...own.map(({ name }) => shown(instanceOf(name, context), context)),
    ];
  });
}

/** Names of the paused links of each server; the running plan does not have them. */
function linksOfPaused({ plan, paused }: FeedContext): Map<string, string[]> {
  const found = new Map<string, string[]>();
  if (paused.size === 0) return found;
  for (const { name, servers } of plan.links)
    if (paused.has(name) || servers.every((server) => paused.has(server)))
      for (const server of servers) found.set(server, [...(found.get(server) ?? []), name]);
  return found;
}

function foundOf(
  { name, isOnDemand }: PlannedFeedServer,
  used: UsedServer | undefined,
  pausedLinks: readonly string[],
  context: FeedContext,
): Found {
  const { sources, paused, words, plan, at } = context;
  const links = [...(used?.links ?? []), ...pausedLinks.filter((link) => !used?.links.includes(link))];
  const { reasons } = sources;
  const since = paused.get(name);
  const is = { name, links, reasons };
  if (since !== undefined) {
    const said = { why: words.why.pausedServer, do: words.do.resume };
    // The running plan has it on no link; it is still meant for those of the whole one.
    const meant = plan.links.filter(({ servers }) => servers.includes(name)).map((link) => link.name);
    return { ...is, links: meant, state: 'paused', since, ...said, actions: possible(['resume'], context) };
  }
  if (used) return { ...is, server: used.server, ...ofRunning(used.server, used.link, context) };
  const apart = withCalls(sources.apart.server(name, at), context);
  if (apart)
    return { ...is, server: apart, reasons: sources.apart.reasons, ...ofRunning(apart, undefined, context) };
  const actions = possible(['pause'], context);
  if (isOnDemand || plan.hasGateway) return { ...is, state: 'on-demand', why: words.why.onDemand, actions };
  const why = pausedLinks.length > 0 ? words.why.linksPaused : undefined;
  return { ...is, state: 'stopped', why, actions: [] };
}

/** A process for some clients only; none of the actions knows its name. */
function instanceOf(name: string, context: FeedContext): Found {
  const { sources, words, at } = context;
  const { reasons } = sources.apart;
  const server = withCalls(sources.apart.server(name, at), context);
  if (server)
    return { name, links: [], server, reasons, ...ofRunning(server, undefined, context), actions: [] };
  return { name, links: [], reasons, state: 'on-demand', why: words.why.onDemand, actions: [] };
}

/** The calls of a server that is on no link are those of clients. */
function withCalls(server: ServerSnapshot | undefined, { sources }: FeedContext): ServerSnapshot | undefined {
  if (!server) return undefined;
  const inFlight = sources.running().filter((name) => name === server.name).length;
  return inFlight === 0 ? server : { ...server, calls: { ...server.calls, inFlight } };
}

function ofRunning(
  server: ServerSnapshot,
  link: LinkSnapshot | undefined,
  context: FeedContext,
): Omit<Found, 'name' | 'links' | 'reasons'> {
  const { words } = context;
  if (link?.state === 'closed') return { state: 'stopped', actions: [] };
  if (link?.state === 'draining') {
    const calls = server.calls.inFlight;
    const why = calls > 0 ? words.why.callsLeft({ calls }) : undefined;
    return { state: 'stopping', since: link.since, why, do: words.do.nothing, actions: [] };
  }
  // A server is started only once its link may connect.
  if (link?.state === 'waiting-for-lease' && server.state === 'down' && server.failures === 0)
    return { state: 'stopped', why: words.why.linkParked, actions: possible(['pause'], context) };
  const state = stateOfServer(server);
  const actions = possible(actionsIn(state, server), context);
  return { state, link, ...saidOf(state, server, context), actions };
}

/** A server that sleeps is started, and one that may sleep is stopped, without a call. */
function actionsIn(state: FeedServerState, { demand, state: is, calls }: ServerSnapshot): FeedAction[] {
  if (is === 'idle-stopped') return ['wake', 'pause'];
  const maySleep = state === 'ready' && demand !== undefined && calls.inFlight === 0;
  return [
    ...(CAN_RESTART.has(state) ? ['restart' as const] : []),
    ...(maySleep ? ['sleep' as const] : []),
    'pause',
  ];
}

function saidOf(
  state: FeedServerState,
  { fetcher, failures, startMs, demand }: ServerSnapshot,
  { words }: FeedContext,
): Pick<Found, 'why' | 'do'> {
  switch (state) {
    case 'starting':
      // A later start finds the download in the cache.
      if (fetcher === undefined || failures > 0) return { do: words.do.nothing };
      return { why: words.why.mayDownload({ fetcher }), do: words.do.nothing };
    case 'restarting':
      return { do: words.do.nothing };
    case 'no-answer':
      return { do: words.do.silent };
    case 'asleep':
      return { why: words.why.asleep({ startMs: demand && startMs, memoryBytes: demand?.memoryBytes }) };
    case 'between-turns':
      return { why: words.why.betweenTurns };
    default:
      return {};
  }
}

const NO_SPARK: readonly number[] = [];

/** For how long a server has been silent is said in its reason: it need not be sent anew each second. */
const REASON_EVERY_MS = 10_000;
const rarely = ({ at, lang }: FeedContext) => ({ at: at - (at % REASON_EVERY_MS), lang });

/** Whether nothing of a server that works can have changed. */
function isSame(known: FeedServer, { name, state, server, links }: Found, { sources }: FeedContext): boolean {
  if (state !== 'ready' || known.state !== state || server?.since !== known.since) return false;
  const {
    perMinute = 0,
    spark = NO_SPARK,
    p50,
    p99,
    usage,
    restarts = server?.restartsLastHour,
  } = sources.measures?.server(name) ?? {};
  return (
    known.inFlight === server?.calls.inFlight &&
    known.restarts === restarts &&
    known.perMinute === perMinute &&
    known.spark === spark &&
    known.p50 === p50 &&
    known.p99 === p99 &&
    known.memoryBytes === usage?.memoryBytes &&
    known.cpuPercent === usage?.cpuPercent &&
    known.processes === usage?.processes &&
    known.links.length === links.length &&
    links.every((link, i) => link === known.links[i]) &&
    // Which of its processes are busy may have changed.
    server.copies === undefined
  );
}

function shown(found: Found, context: FeedContext): FeedServer {
  const { name, state, links, server, reasons, actions } = found;
  const { words, sources, memo } = context;
  const known = memo.servers.get(name);
  if (known && isSame(known, found, context)) return known;
  const hasReason = HAS_REASON.has(state) || (state === 'asleep' && (server?.failures ?? 0) > 0);
  const reason = server && hasReason ? reasons.reasonOfServer(server, rarely(context)) : undefined;
  // What it sleeps after, and what starts it.
  const asleep = state === 'asleep' && reason && found.why ? `${reason.why} ${found.why}` : undefined;
  const measured = sources.measures?.server(name);
  const several =
    server?.copies && state === 'ready' ? severalSentence(server.copies, context.lang) : undefined;
  const { perMinute = 0, spark = NO_SPARK, p50, p99, usage } = measured ?? {};
  const item: FeedServer = {
    name,
    class: SERVER_CLASSES[state],
    state,
    word: (server?.isRemote ? words.remote[state] : undefined) ?? words.servers[state],
    since: found.since ?? sinceOf(found, reason),
    why: asleep ?? reason?.why ?? found.why ?? several,
    do: reason?.do ?? found.do,
    command: reason?.command && asRun(reason.command, name, context),
    cause: reason?.cause,
    lastWords: reason?.lastWords,
    ...nextOf(found),
    actions,
    inFlight: server?.calls.inFlight ?? 0,
    ...{ perMinute, links, p50, p99, spark },
    memoryBytes: usage?.memoryBytes,
    cpuPercent: usage?.cpuPercent,
    processes: usage?.processes,
    restarts: measured?.restarts ?? server?.restartsLastHour ?? 0,
  };
  memo.servers.set(name, item);
  return item;
}

/** A program's name at the beginning of a command, with its path: `.venv/bin/python3.12`. */
const PYTHON = /^(?:[^\s"']*[\\/])?python[\d.]*(?:\.exe)?(?=\s)/i;

/** The command for the Python that runs the server: many machines have no `python`, and packages are each Python's own. */
function asRun(command: string, name: string, { plan }: FeedContext): string {
  if (!command.startsWith('python ')) return command;
  const python = PYTHON.exec(plan.servers.find((one) => one.name === name)?.shown?.() ?? '')?.[0];
  return python === undefined ? command : command.replace('python', () => python);
}

/** A server that fails again and again is not well since its first failure, whatever it does now. */
function sinceOf({ server, reasons, name }: Found, reason: Reason | undefined): number | undefined {
  if (!server || server.state === 'crashing') return server?.since;
  return (reason && server.failures > 0 ? reasons.failingSince('server', name) : undefined) ?? server.since;
}

function nextOf({ server, state, link, reasons }: Found): { nextAt?: number; next?: FeedNext } {
  if (state === 'between-turns' && link) return turnOf(link, server?.name, reasons);
  const { isKept = true, keepChangesAt } = server?.demand ?? {};
  if (state === 'asleep' && !isKept && keepChangesAt !== undefined)
    return { nextAt: keepChangesAt, next: 'start' };
  if (server?.nextStartAt === undefined || !HAS_REASON.has(state)) return {};
  return { nextAt: server.nextStartAt, next: 'start' };
}

/** When it is its turn, if it is the next one. */
function turnOf(link: LinkSnapshot, server: string | undefined, reasons: Reasons) {
  const names = serverNamesOf(link);
  const nextAt = reasons.turnUntil(link.name);
  const isNext = names[(names.indexOf(link.turn ?? '') + 1) % names.length] === server;
  return isNext && nextAt !== undefined ? { nextAt, next: 'turn' as const } : {};
}
