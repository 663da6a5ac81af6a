import type { ServerCondition } from './server-condition.js';
import type { LinkState, StatusEvent } from './status.js';

/**
 * Public words that were renamed before 1.0. Until 1.0 the log has the former word beside the new one, as `formerly`, and
 * `health --json` has only the former state, because programs compare with it. docs/upgrade.md lists them.
 */
export const FORMER_EVENTS: Partial<Record<StatusEvent['type'], string>> = {
  'client-initialized': 'greeted',
  'invalid-message': 'noise',
  'server-idle-stopped': 'server-parked',
  'server-requests-refused': 'questions-refused',
  'stale-reply': 'reply-fenced',
  'token-contention': 'token-war',
  'token-contention-over': 'token-peace',
};

const FORMER_STATES = {
  /** State of a link. */
  'waiting-for-lease': 'parked',
  /** State of a server. */
  'idle-stopped': 'parked',
  'between-turns': 'parked',
} as const;

export type FormerState<State extends LinkState | ServerCondition> = State extends keyof typeof FORMER_STATES
  ? (typeof FORMER_STATES)[State]
  : State;

/** The former word for `state`, which programs compare with. */
export function formerState<State extends LinkState | ServerCondition>(state: State): FormerState<State> {
  const former: Partial<Record<string, string>> = FORMER_STATES;
  return (former[state] ?? state) as FormerState<State>;
}

/** The former word of an event's name, or of the state in it; undefined when neither was renamed. */
export function formerWord(event: StatusEvent): string | undefined {
  if (event.type === 'link-state') {
    return [event.to, event.from].map(formerOf).find((former) => former !== undefined);
  }
  return event.type === 'regrouped' ? formerOf(event.why) : FORMER_EVENTS[event.type];
}

function formerOf(word: string): string | undefined {
  return (FORMER_STATES as Partial<Record<string, string>>)[word];
}
