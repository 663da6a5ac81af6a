import type { Level } from 'pino';
import type { StatusEvent } from '../protocol/status.js';

/** The level of the line that an event is logged as. */
export function levelOf(event: StatusEvent): Exclude<Level, 'fatal'> {
  switch (event.type) {
    case 'server-down':
    case 'server-refused':
    case 'answer-unreadable':
      return 'error';
    case 'down':
    case 'invalid-message':
    case 'server-slow':
    case 'memory-short':
    case 'limits-unwatched':
    case 'oversize-message':
    case 'queue-full':
    case 'deaf':
    case 'answers-lost':
    case 'call-timeout':
    case 'call-unanswered':
    case 'server-silent':
    case 'list-failed':
    case 'reply-unmatched':
    case 'server-requests-refused':
    case 'name-hidden':
    case 'names-unfit':
    case 'arguments-unchecked':
    case 'tools-over-budget':
    case 'tool-left-out':
    case 'tools-changed':
    case 'list-too-long':
    case 'result-cut':
    case 'regrouped':
    case 'lease-waiting':
    case 'lease-lost':
    case 'token-contention':
    case 'turn-skipped':
      return 'warn';
    case 'server-ready':
    case 'call-answered':
    case 'server-responding':
    case 'server-replaced':
    case 'server-stderr':
    case 'strays-ended':
    case 'server-idle-stopped':
    case 'server-keep':
    case 'capabilities-late':
    case 'list-recovered':
    case 'renamed':
    case 'lease-yielded':
    case 'sending':
    case 'token-contention-over':
    case 'open':
    case 'draining':
      return 'info';
    case 'client-initialized':
      // Each of many clients of a gateway does so.
      return event.isAccepted ? 'debug' : 'info';
    case 'server-package':
      return event.isNew ? (event.isDirect || event.why === 'not-locked' ? 'info' : 'warn') : 'debug';
    case 'list-habit':
      return event.isNew && event.habit === 'ignores-list-changed' ? 'info' : 'debug';
    case 'connection-renewed':
      return event.pending > 0 ? 'warn' : 'info';
    case 'list-faults':
      return event.faults.length > 0 ? 'warn' : 'info';
    case 'server-copy':
      return event.to === 'down' ? 'error' : event.to === 'different' ? 'warn' : 'info';
    case 'package-locked':
      return 'info';
    case 'package-data':
      return event.left.length > 0 ? 'warn' : 'info';
    case 'server-breaker':
      return event.to === 'open' ? 'warn' : event.to === 'closed' ? 'info' : 'debug';
    case 'server-kept':
      // Each of many links begins to use the same running servers.
      return event.others || event.isAccepted ? 'debug' : 'info';
    case 'rotating':
      return event.pendingFailed > 0 ? 'warn' : 'info';
    case 'server-starting':
      // A later attempt was announced by the failure before it.
      return event.attempt > 1 ? 'debug' : 'info';
    case 'drained':
      return event.abandoned > 0 ? 'warn' : 'debug';
    case 'client-joined':
    case 'client-left':
    case 'link-state':
    case 'server-state':
    case 'dialing':
    case 'stale-reply':
    case 'drain-progress':
      return 'debug';
  }
}
