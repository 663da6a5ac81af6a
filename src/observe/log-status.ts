import { stripVTControlCharacters } from 'node:util';
import { excerpt, nameOf } from '../messages/human.js';
import type { Lang } from '../messages/index.js';
import { formatEvent, formatLeftOut, STDERR_LENGTH } from '../messages/status-words.js';
import { FORMER_EVENTS, formerWord } from '../protocol/former-words.js';
import { faultOf } from '../protocol/server-end.js';
import type { Status, StatusEvent } from '../protocol/status.js';
import { type Clock, systemClock } from '../time/clock.js';
import { AdviceHistory, isOf } from './advice-history.js';
import { levelOf } from './event-level.js';
import type { Log } from './log.js';
import { RateLimit } from './rate-limit.js';
import { RepeatedLines } from './repeated-lines.js';
import { ServerUsers } from './server-users.js';
import { withoutSecrets } from './status-secrets.js';

export interface LogStatusOptions {
  /** Language of the messages; the fields stay as they are. Default: English. */
  lang?: Lang;
  clock?: Clock;
  /** How often the number of dropped lines is logged during a flood, in milliseconds. */
  reportEveryMs?: number;
}

/** Often enough to show that a flood goes on, seldom enough not to add to it. */
const REPORT_EVERY_MS = 10_000;

/** Events that may come once per message or line, with their limits for each link, or for each server that several use. */
const LIMITS: Partial<Record<StatusEvent['type'], { burst: number; perSecond: number }>> = {
  'server-stderr': { burst: 100, perSecond: 20 },
  'invalid-message': { burst: 100, perSecond: 20 },
  'answer-unreadable': { burst: 20, perSecond: 0.2 },
  ...{ 'oversize-message': { burst: 5, perSecond: 0.1 }, 'queue-full': { burst: 5, perSecond: 0.1 } },
  'call-timeout': { burst: 20, perSecond: 0.2 },
  'call-unanswered': { burst: 20, perSecond: 0.2 },
  'call-answered': { burst: 20, perSecond: 0.2 },
  'list-failed': { burst: 20, perSecond: 0.1 },
  'list-recovered': { burst: 20, perSecond: 0.1 },
  'list-faults': { burst: 20, perSecond: 0.1 },
  renamed: { burst: 20, perSecond: 0.1 },
  'reply-unmatched': { burst: 20, perSecond: 0.2 },
  'server-requests-refused': { burst: 5, perSecond: 0.1 },
  'name-hidden': { burst: 50, perSecond: 0.1 },
  ...{ 'tools-over-budget': { burst: 5, perSecond: 0.1 }, 'list-too-long': { burst: 5, perSecond: 0.1 } },
  'tools-changed': { burst: 20, perSecond: 0.1 },
  'result-cut': { burst: 5, perSecond: 0.1 },
};

/** Lines of stderr in the fields of one record. */
const TAIL_LINES = 10;

/** Returns a listener that logs every Status as one line of text, with fields that programs can rely on. */
export function logStatus(
  { log, redactor }: Pick<Log, 'log' | 'redactor'>,
  options: LogStatusOptions = {},
): (status: Status) => void {
  const { lang = 'en', clock = systemClock, reportEveryMs = REPORT_EVERY_MS } = options;
  const limits = new Map<string, Map<string, Map<string, RateLimit>>>();
  const endpoints = new Map<string, string>();
  const kinds = new Map<string, string>();
  const advised = new Set<string>();
  const said = new AdviceHistory();
  const crashes = new Map<string, Map<string, RepeatedLines>>();
  const users = new ServerUsers();

  const limitOf = (
    status: Status,
    limit: { burst: number; perSecond: number },
    repeated: boolean,
  ): RateLimit => {
    const { link, server = link, type } = status;
    const owner = ownerOf(status);
    const ofLink = limits.get(owner) ?? new Map<string, Map<string, RateLimit>>();
    limits.set(owner, ofLink);
    const ofServer = ofLink.get(server) ?? new Map<string, RateLimit>();
    ofLink.set(server, ofServer);
    // No text is made for a line of stderr before the limit: a million lines may come.
    // Lines that repeat a crash are logged at a lower level: they must not make others be left out.
    const kind = 'from' in status ? `${type} ${status.from}` : repeated ? `${type} repeated` : type;
    const known = ofServer.get(kind);
    if (known) return known;
    const onDropped = (dropped: number) =>
      log[repeated ? 'debug' : levelOf(status)](
        { ...whose(status), event: 'left-out', kind: type, ...formerKind(type), dropped },
        formatLeftOut(type, labelOf(status), dropped, lang),
      );
    const made = new RateLimit({ ...limit, reportEveryMs, clock, onDropped });
    ofServer.set(kind, made);
    return made;
  };

  /** Whether a line of stderr repeats the beginning of the crash before. */
  const isRepeated = (status: Status): boolean => {
    const { link, server = link, type } = status;
    const owner = ownerOf(status);
    const ofLink = crashes.get(owner) ?? new Map<string, RepeatedLines>();
    crashes.set(owner, ofLink);
    const ofServer = ofLink.get(server) ?? new RepeatedLines();
    ofLink.set(server, ofServer);
    if (type === 'server-starting') ofServer.started();
    if (type === 'server-down') ofServer.crashed();
    return type === 'server-stderr' && ofServer.repeats(status.line);
  };

  /** A server that has ended for good: one of a client may never come again. */
  const forget = (status: Status): void => {
    const { link, server = link } = status;
    const owner = ownerOf(status);
    for (const ending of limits.get(owner)?.get(server)?.values() ?? []) ending.report();
    for (const of of [limits, crashes]) {
      of.get(owner)?.delete(server);
      if (of.get(owner)?.size === 0) of.delete(owner);
    }
    kinds.delete(server);
  };

  return (status) => {
    const { link } = status;
    // Compared before the limit, because dropped lines would leave gaps.
    const repeated = isRepeated(status);
    if (repeated && !log.isLevelEnabled('debug')) return;
    const limit = LIMITS[status.type];
    if (limit && !limitOf(status, limit, repeated).take()) return;
    if (status.type === 'dialing') endpoints.set(link, status.endpoint);
    if (status.type === 'server-starting') kinds.set(status.server ?? link, status.serverKind);
    if (status.type === 'link-state' && status.to === 'closed') {
      for (const ofServer of limits.get(link)?.values() ?? []) {
        for (const ending of ofServer.values()) ending.report();
      }
      limits.delete(link);
      crashes.delete(link);
      said.forget(link);
      for (const label of advised) if (isOf(link, label)) advised.delete(label);
    }
    if (status.type === 'server-state' && status.to === 'stopped') forget(status);
    users.onStatus(status);
    const isKnown = repeated || users.isToldByOther(status, clock.now());
    const level = isKnown ? 'debug' : levelOf(status);
    if (!log.isLevelEnabled(level)) return;
    const event = withoutSecrets(status, (text) => redactor.redactCut(stripVTControlCharacters(text)));
    const label = labelOf(status);
    const advise = event.type === 'invalid-message' && !advised.has(label);
    if (advise) advised.add(label);
    const endpoint = endpoints.get(link);
    const serverKind = kinds.get(status.server ?? link);
    const isDue = (text: string) => said.isDue(label, text, clock.now());
    log[level](fieldsOf(event, endpoint), formatEvent(event, { lang, endpoint, serverKind, advise, isDue }));
    // The text of a message is logged at the trace level only, however short it is.
    if (event.type === 'oversize-message')
      log.trace({ ...whose(status), event: 'oversize-message' }, excerpt(event.excerpt));
  };
}

/** The link whose end ends the counts; none for a server that several links use. */
function ownerOf({ link, alsoLinks }: Status): string {
  return alsoLinks ? '' : link;
}

/** What a line is about: the link, its server, or the server alone when several links use it. */
function labelOf({ link, server, alsoLinks }: Status): string {
  return alsoLinks && server !== undefined ? server : nameOf(link, server);
}

/** Fields of a JSON line beside `level`, `time` and `msg`. */
function fieldsOf(status: Status, endpoint: string | undefined): Record<string, unknown> {
  const former = formerWord(status);
  const common = {
    ...whose(status),
    event: status.type,
    ...(former === undefined ? {} : { formerly: former }),
  };
  switch (status.type) {
    case 'down': {
      const { cause, action, code, reason, siblings, openForMs, initialize, refusal } = status.diagnosis;
      const { attempt, nextDialMs, pending } = status;
      const isServers = cause === 'initialize-unanswered' || cause === 'initialize-refused';
      const tail = isServers ? { stderrTail: tailOf(status.stderrTail) } : {};
      return {
        ...common,
        ...{ cause, code, reason: excerpt(reason), action: action.kind, attempt, nextDialMs },
        ...{ endpoint, siblings, openForMs, initialize, pending, ...tail },
        ...(refusal ? { refusal: { ...refusal, message: excerpt(refusal.message) } } : {}),
      };
    }
    case 'server-down': {
      const { why, end, livedMs, failures, nextStartMs, pendingFailed, stderrTail } = status;
      return {
        ...common,
        ...{ why, ...faultOf(end), livedMs, failures, nextStartMs, pendingFailed },
        stderrTail: tailOf(stderrTail),
      };
    }
    case 'server-copy': {
      if (status.to !== 'down') {
        const { at: _at, link: _link, server: _server, alsoLinks: _others, type: _type, ...rest } = status;
        return { ...common, ...rest };
      }
      const { to, copy, of, up, why, end, livedMs, failures, nextStartMs, pendingFailed } = status;
      const tail = { stderrTail: tailOf(status.stderrTail) };
      return {
        ...common,
        ...{ to, copy, of, up, why, ...faultOf(end), livedMs, failures, nextStartMs, pendingFailed, ...tail },
      };
    }
    case 'server-slow':
      return {
        ...common,
        waitedMs: status.waitedMs,
        timeoutMs: status.timeoutMs,
        stderrTail: tailOf(status.stderrTail),
      };
    case 'server-refused':
      return { ...common, code: status.code, message: excerpt(status.message) };
    case 'server-stderr':
      return { ...common, line: excerpt(status.line, STDERR_LENGTH) };
    case 'invalid-message':
      return {
        ...common,
        from: status.from,
        why: status.why,
        bytes: status.bytes,
        excerpt: excerpt(status.excerpt),
      };
    case 'oversize-message':
      return { ...common, from: status.from, bytes: status.bytes, maxBytes: status.maxBytes };
    case 'open':
      return { ...common, tookMs: status.tookMs, endpoint };
    case 'lease-yielded': {
      const { pending, newHolder } = status;
      // The former name stays beside the new one until 1.0.
      return { ...common, pending, newHolder, taker: newHolder };
    }
    case 'server-starting':
      // The error may contain the command's arguments, which may hold unknown secrets.
      return { ...common, attempt: status.attempt };
    default: {
      const { at: _at, link: _link, server: _server, alsoLinks: _others, type: _type, ...rest } = status;
      return { ...common, ...rest };
    }
  }
}

function formerKind(type: StatusEvent['type']): { formerly?: string } {
  const former = FORMER_EVENTS[type];
  return former === undefined ? {} : { formerly: former };
}

/** `server` is set unless it has the link's name; `links` when several links use it. */
function whose({ link, server, alsoLinks }: Status): { link: string; server?: string; links?: string[] } {
  return {
    link,
    ...(server === undefined ? {} : { server }),
    ...(alsoLinks === undefined ? {} : { links: [link, ...alsoLinks] }),
  };
}

function tailOf(lines: readonly string[]): string[] {
  return lines.slice(-TAIL_LINES).map((line) => excerpt(line));
}
