import type { ServerCondition } from './server-condition.js';
import type { ServerCause } from './server-end.js';
import type { LinkState, StatusEvent } from './status.js';

/**
 * Public words that were renamed before 1.0. Until 1.0 the log has the former word beside the new one, as `formerly`, and
 * `health --json` has only the former state or cause, because programs compare with it. docs/upgrade.md lists them.
 */
export const FORMER_EVENTS: Partial<Record<StatusEvent['type'], string>> = {
  'client-initialized': 'greeted',
  'invalid-message': 'noise',
  'server-idle-stopped': 'server-parked',
  'server-requests-refused': 'questions-refused',
  'server-responding': 'server-speaks',
  'stale-reply': 'reply-fenced',
  'token-contention': 'token-war',
  'token-contention-over': 'token-peace',
};

const FORMER_VALUES = {
  /** State of a link. */
  'waiting-for-lease': 'parked',
  /** State of a server. */
  'idle-stopped': 'parked',
  'between-turns': 'parked',
  /** Why a server is down. */
  'pipe-closed': 'stopped-talking',
} as const;

export type FormerValue<Value extends LinkState | ServerCondition | ServerCause> =
  Value extends keyof typeof FORMER_VALUES ? (typeof FORMER_VALUES)[Value] : Value;

/** The former word for a state or cause, which programs compare with. */
export function formerValue<Value extends LinkState | ServerCondition | ServerCause>(
  value: Value,
): FormerValue<Value> {
  const former: Partial<Record<string, string>> = FORMER_VALUES;
  return (former[value] ?? value) as FormerValue<Value>;
}

/** The former word of an event's name, or of the state or cause in it; undefined when neither was renamed. */
export function formerWord(event: StatusEvent): string | undefined {
  if (event.type === 'link-state') {
    return [event.to, event.from].map(formerOf).find((former) => former !== undefined);
  }
  if (event.type === 'server-down') return formerOf(event.why);
  return event.type === 'regrouped' ? formerOf(event.why) : FORMER_EVENTS[event.type];
}

function formerOf(word: string): string | undefined {
  return (FORMER_VALUES as Partial<Record<string, string>>)[word];
}
