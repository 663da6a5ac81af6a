import type { LinkKindEvent } from '../protocol/link-kind.js';
import { faultOf, type ServerCause, type ServerEnd } from '../protocol/server-end.js';
import type { StatusEvent } from '../protocol/status.js';
import { type Advised, textOf } from './advice.js';
import { adviceFor, hintFor } from './hints.js';
import { excerpt } from './human.js';
import { type Lang, type Messages, messagesFor } from './index.js';
import { formatPackage } from './package-event.js';
import type { DownFacts, ServerCauseWords, ServerKindWords, WordedServerCause } from './parts.js';
import { remoteCase, remoteFacts } from './server-case.js';
import {
  called,
  type FailureParts,
  formatDown,
  formatTail,
  type IsDue,
  joined,
  orNothing,
  sentence,
  short,
} from './words.js';

/** Characters of a line of stderr that are shown; it may be longer than other excerpts, because it says what is wrong. */
export const STDERR_LENGTH = 2_000;

/** Names of a long list that are shown. */
const MOST_NAMES = 5;
const MOST_FAULTS = 20;

type Event<Type extends StatusEvent['type']> = Extract<StatusEvent, { type: Type }>;

/** `The server ended with exit code 1 after 2 s. What to do. Next start in 4 s. Last on stderr: …` */
export function formatServerDown(event: Event<'server-down'>, lang: Lang, isDue: IsDue = () => true): string {
  const tailOf = (lines: readonly string[]) => formatTail(lines, lang, event.serverKind as 'stdio');
  return joined(partsOfServerDown(event, lang), isDue, tailOf);
}

/** The same, part by part. @param advise General advice, too, which the log gives at the first failure only */
export function partsOfServerDown(event: Event<'server-down'>, lang: Lang, advise = false): FailureParts {
  const {
    why,
    serverKind,
    end,
    livedMs,
    failures,
    nextStartMs: ms,
    pendingFailed: pending,
    stderrTail,
    remote,
  } = event;
  const fault = faultOf(end);
  const { server } = messagesFor(lang);
  // A server that is started only once has no next start.
  const kind = wordsOfKind(serverKind, lang);
  const again = Number.isFinite(ms) ? [kind.again({ crashed: why === 'exited', failures, ms })] : [];
  const inARow = failures < 2 ? undefined : kind.inARow({ crashed: why === 'exited', failures });
  if (why === 'not-started') {
    const said = end.kind === 'not-started' ? end.said : undefined;
    // The launcher's own text names the command and what to do.
    const [problem = fault.error, ...next] = said ? formatLaunchError(said, lang) : stderrTail;
    const advice = next.map((line) => sentence(excerpt(line)));
    return {
      what: [sentence(server.notStarted({ problem: problem === undefined ? undefined : excerpt(problem) }))],
      next: advice.length > 0 ? advice : orNothing(adviceFor({ ...fault, stderrTail }, lang)),
      ...{ again, inARow, stderrTail: [] },
    };
  }
  const lost = pending > 0 ? [server.failedCalls({ pending })] : [];
  const said = remoteAdvice({ end, remote, livedMs }, lang);
  if (said) return { what: [said.what, ...lost], next: [said.next], again, inARow, stderrTail };
  // The exit code of a server that mcp-pipe ended says nothing.
  const hint = adviceFor(why === 'exited' ? { ...fault, stderrTail } : { stderrTail }, lang);
  const { gone, next } = wordsOfCause(serverKind, why, lang);
  return {
    what: [gone({ ...fault, livedMs }), ...lost],
    next: orNothing(hint ?? (failures < 2 || advise ? next() : undefined)),
    ...{ again, inARow, stderrTail },
  };
}

/** What the end of a remote server means, and what to do; undefined for any other end. */
export function remoteWords(
  { end, remote, livedMs }: Pick<Event<'server-down'>, 'end' | 'remote' | 'livedMs'>,
  lang: Lang,
): { what: string; next: string } | undefined {
  const said = remoteAdvice({ end, remote, livedMs }, lang);
  return said && { what: said.what, next: textOf(said.next) };
}

function remoteAdvice(
  { end, remote, livedMs }: Pick<Event<'server-down'>, 'end' | 'remote' | 'livedMs'>,
  lang: Lang,
): { what: string; next: Advised } | undefined {
  if (!remote) return undefined;
  const found = remoteCase(end, remote.address);
  if (!found) return undefined;
  const { what, next } = messagesFor(lang).remoteCauses[found];
  const facts = remoteFacts(end, { ...remote, livedMs });
  return { what: what(facts), next: next(facts) };
}

/** The words for servers of one kind. */
function wordsOfKind(kind: string, lang: Lang): ServerKindWords {
  return messagesFor(lang).serverKinds[kind as keyof Messages['serverKinds']];
}

/** The words for a cause: those of the kind, else those of all kinds. */
function wordsOfCause(kind: string, why: WordedServerCause, lang: Lang): ServerCauseWords {
  const own = wordsOfKind(kind, lang).causes;
  return why === 'unanswered' ? own.unanswered : { ...messagesFor(lang).server.causes[why], ...own[why] };
}

/** Why a server could not be started, and what to do. */
export function formatLaunchError(
  { id, params }: { id: string; params: unknown },
  lang: Lang,
): [string, string] {
  const say = messagesFor(lang).launch[id as keyof Messages['launch']] as (params: unknown) => Said;
  const { what, next } = say(params);
  return [what, next];
}

type Said = Record<'what' | 'next', string>;

type ShownExit = DownFacts & { serverKind: string; why: ServerCause; end?: ServerEnd } & Pick<
    Event<'server-down'>,
    'remote'
  >;

/** `The server ended with exit code 1 after 2 s.` */
export function formatExit(exit: ShownExit, lang: Lang): string {
  const { server } = messagesFor(lang);
  const said = exit.end && remoteWords({ ...exit, end: exit.end }, lang);
  if (said) return said.what;
  return exit.why === 'not-started'
    ? sentence(server.notStarted({ problem: exit.error }))
    : wordsOfCause(exit.serverKind, exit.why, lang).gone(exit);
}

/** `The server has not answered initialize for 10 s …` */
function formatSlowServer(event: Event<'server-slow'>, lang: Lang): string {
  const { serverKind, waitedMs, timeoutMs, stderrTail } = event;
  const { server } = messagesFor(lang);
  const advice = hintFor({ stderrTail }, lang) ?? wordsOfKind(serverKind, lang).slow();
  const tail = formatTail(stderrTail, lang, serverKind as keyof Messages['serverKinds']);
  return [server.slow({ waitedMs, timeoutMs }), advice, ...tail].join(' ');
}

/** `1,234 stderr lines of calculator were left out of the log` */
export function formatLeftOut(kind: StatusEvent['type'], link: string, dropped: number, lang: Lang): string {
  return messagesFor(lang).events.leftOut({ kind, link, dropped });
}

export interface FormatContext {
  lang: Lang;
  /** The endpoint without its token; undefined until it was dialled. */
  endpoint?: string | undefined;
  /** How the server is reached; default: `stdio`. Not needed for events that have it themselves. */
  serverKind?: string | undefined;
  /** Whether to add advice that needs to be read only once. */
  advise?: boolean;
  /** Default: every text is new. */
  isDue?: IsDue;
}

function formatCopy(event: Event<'server-copy'>, lang: Lang, isDue: IsDue): string {
  const { processes } = messagesFor(lang);
  switch (event.to) {
    case 'ready':
      return processes.ready(event);
    case 'down':
      return processes.down({
        ...event,
        what: formatServerDown({ ...event, type: 'server-down' }, lang, isDue),
      });
    case 'different':
      return processes.different(event);
    case 'ended':
      return processes.ended(event);
  }
}

const ENDPOINT = { at: undefined, next: undefined };

/** Any Status as one line for people. */
export function formatEvent(event: StatusEvent, context: FormatContext): string {
  const { lang, endpoint, advise = false, serverKind = 'stdio', isDue = () => true } = context;
  const { events, exchange, server, liveness, clients, demand } = messagesFor(lang);
  switch (event.type) {
    case 'link-state':
      return `${event.from} -> ${event.to}`;
    case 'server-state':
      return `server ${event.from} -> ${event.to}`;
    case 'server-starting':
      return wordsOfKind(event.serverKind, lang).starting(event);
    case 'server-ready':
      return events.ready({ ...event, name: event.name && excerpt(event.name, 80) });
    case 'server-refused': {
      const message = event.message.trim() === '' ? undefined : excerpt(event.message);
      return [server.refused({ code: event.code, message }), ...[server.refusedNext].filter(isDue)].join(' ');
    }
    case 'server-slow':
      return formatSlowServer(event, lang);
    case 'server-down':
      return formatServerDown(event, lang, isDue);
    case 'call-unanswered':
      return liveness.unanswered(called(event));
    case 'call-answered':
      return liveness.answered(called(event));
    case 'server-silent':
      return liveness.silent(called(event));
    case 'server-breaker':
      return liveness.breaker(event);
    case 'server-responding':
      return liveness.speaks();
    case 'server-package':
    case 'package-locked':
    case 'package-data':
      return formatPackage(event, lang);
    case 'server-replaced':
      return events.replaced(event);
    case 'server-copy':
      return formatCopy(event, lang, isDue);
    case 'server-stderr':
      return `stderr: ${excerpt(event.line, STDERR_LENGTH)}`;
    case 'dialing':
      return events.dialing(event);
    case 'open':
      return events.open({ endpoint, tookMs: event.tookMs });
    case 'client-initialized':
      return event.isAccepted ? clients.initialized(event) : events.clientInitialized(event);
    case 'client-joined':
      return clients.joined(event);
    case 'client-left':
      return clients.left({ ...event, reason: event.reason && excerpt(event.reason) });
    case 'down':
      return formatDown(event.diagnosis, { ...event, endpoint }, lang, isDue);
    case 'invalid-message': {
      const { at, next } = event.from === 'server' ? wordsOfKind(serverKind, lang).invalidMessage : ENDPOINT;
      const noise = events.invalidMessage({ ...event, at, excerpt: excerpt(event.excerpt) });
      return advise && next !== undefined ? `${noise} ${next}` : noise;
    }
    case 'answer-unreadable':
      return events.unreadable({
        ...event,
        method: short(event.method),
        name: event.name && short(event.name),
        excerpt: excerpt(event.excerpt),
      });
    case 'stale-reply':
      return events.staleReply(event);
    case 'oversize-message':
      return events.oversize(event);
    case 'queue-full':
      return events.full(event);
    case 'sending':
      return events.sending();
    case 'answers-lost':
      return events.answersLost(event);
    case 'deaf':
      return events.deaf(event);
    case 'tool-left-out':
      return events.toolLeftOut(event);
    case 'tools-changed':
      return events.toolsChanged(event);
    case 'strays-ended':
      return events.straysEnded(event);
    case 'server-kept':
      return event.others ? events.serverJoined(event) : events.serverKept(event);
    case 'server-idle-stopped':
      return demand.parked(event);
    case 'memory-short':
      return events.memoryShort(event);
    case 'limits-unwatched':
      return messagesFor(lang).bounds.unwatched(event);
    case 'server-keep':
      return demand.keep(event);
    case 'call-timeout':
      return events.callTimeout(called(event));
    case 'list-failed': {
      const { of, method, message } = event;
      const named = { of: short(of), method: short(method), message: message && short(message) };
      return exchange.listFailed({ ...event, ...named });
    }
    case 'list-recovered':
      return exchange.listRecovered({ method: short(event.method) });
    case 'list-faults': {
      const faults = event.faults
        .slice(0, MOST_FAULTS)
        .map(({ name, at, isLeftOut }) => ({ name: short(name), at: at.map(short), isLeftOut }));
      return exchange.listFaults({ ...event, faults });
    }
    case 'renamed':
      return exchange.renamed({
        ...event,
        names: event.names.map(({ from, to }) => ({ from: short(from), to: short(to) })),
      });
    case 'reply-unmatched':
      return exchange.unmatched({ ...event, id: short(event.id), asked: event.asked && short(event.asked) });
    case 'server-requests-refused':
      return exchange.questionsRefused(event);
    case 'arguments-unchecked':
      return exchange.argumentsUnchecked({ ...event, tool: short(event.tool) });
    case 'names-unfit':
      return exchange.namesUnfit({ ...event, names: event.names.slice(0, MOST_NAMES).map(short) });
    case 'name-hidden':
      return events.nameHidden({ ...event, name: short(event.name) });
    case 'tools-over-budget': {
      const largest = event.largest.slice(0, MOST_NAMES).map((one) => ({ ...one, name: short(one.name) }));
      return events.overBudget({ ...event, largest });
    }
    case 'list-too-long':
      return events.listTooLong(event);
    case 'result-cut':
      return events.resultCut({ ...event, name: event.name && short(event.name) });
    case 'capabilities-late':
      return events.capabilitiesLate({ capabilities: event.capabilities.map(short) });
    case 'regrouped':
      return events.regrouped(event);
    case 'lease-waiting':
      return events.leaseWaiting(event);
    case 'lease-yielded':
      return events.leaseYielded(event);
    case 'lease-lost':
      return events.leaseLost(event);
    case 'connection-renewed':
      return events.renewed(event);
    case 'list-habit':
      return events.listHabit(event);
    case 'token-contention':
      return Object.values(events.tokenContention(event)).join(' ');
    case 'token-contention-over':
      return events.tokenPeace(event);
    case 'draining':
      return events.draining(event);
    case 'drain-progress':
      return events.drainProgress(event);
    case 'drained':
      return events.drained(event);
    default:
      return (messagesFor(lang).linkEvents[event.type] as (event: LinkKindEvent) => string)(event);
  }
}
