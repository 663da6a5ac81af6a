import type { LinkKindEvent } from '../protocol/link-kind.js';
import type { StatusEvent } from '../protocol/status.js';
import { excerpt } from './human.js';
import { type Lang, messagesFor } from './index.js';
import { formatPackage } from './package-event.js';
import { formatServerDown, formatSlowServer, wordsOfKind } from './server-down-words.js';
import { called, formatDown, type IsDue, short } from './words.js';

/** Characters of a line of stderr that are shown; it may be longer than other excerpts, because it says what is wrong. */
export const STDERR_LENGTH = 2_000;

/** Names of a long list that are shown. */
const MOST_NAMES = 5;
const MOST_FAULTS = 20;

type Event<Type extends StatusEvent['type']> = Extract<StatusEvent, { type: Type }>;

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
