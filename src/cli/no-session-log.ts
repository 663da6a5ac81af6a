import { type Lang, messagesFor } from '../messages/index.js';
import type { NoSession, NoSessionReason } from '../protocol/no-session.js';
import type { RunningLog } from './logging.js';

/** Anybody can send ids that were made up, and a proxy that goes wrong does so with each request: one line tells of all of a minute. */
const EVERY_MS = 60_000;

/** The code of the line. */
const CODES = {
  'other-replica': 'SESSION_ELSEWHERE',
  unsigned: 'SESSION_UNSIGNED',
  'other-caller': 'SESSION_OF_OTHER',
  'made-up': 'SESSION_MADE_UP',
} as const satisfies Record<Exclude<NoSessionReason, 'ended'>, string>;

/** Says in the log whose sessions are not there, and why: of each reason at most one line a minute. Ids are not shown. */
export function noSessionLog(
  logger: RunningLog['logger'],
  lang: Lang,
  now: () => number = () => performance.now(),
): (miss: NoSession) => void {
  const words = messagesFor(lang).noSession;
  const told = new Map<string, { at: number; since: number }>();
  return ({ reason, replica }) => {
    // Each client whose session has ended comes once more; after a restart without a key of its own, its id looks unsigned.
    if (reason === 'ended' || (reason === 'unsigned' && replica === undefined)) return;
    const last = told.get(reason);
    if (last && now() - last.at < EVERY_MS) {
      last.since += 1;
      return;
    }
    told.set(reason, { at: now(), since: 0 });
    const count = 1 + (last?.since ?? 0);
    logger.warn({ code: CODES[reason], replica, count }, words[reason]({ replica, count }));
  };
}
