import type { Clock } from '../time/clock.js';
import type { GuardContext } from '../transports/guard.js';
import type { GuardedClient, Stage } from './stage.js';

export interface GuardedOptions {
  client: GuardedClient;
  stages: readonly Stage[];
  clock: Pick<Clock, 'now'>;
  onDropped: GuardContext['onDropped'];
  onUnseen?: GuardContext['onUnseen'];
  onInstead?: GuardContext['onInstead'];
  /** Requests are on their way that this guard has not seen: answers to unknown requests are passed on. */
  isMidway: boolean;
}
