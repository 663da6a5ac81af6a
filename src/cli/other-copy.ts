import type { OtherCopy } from '../daemon/control-socket.js';
import { formatClock } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { LeaseHolder } from '../protocol/lease-words.js';
import type { RunningLog } from './logging.js';

/** Logs that another copy of mcp-pipe runs. */
export function logOtherCopy(
  other: OtherCopy | undefined,
  taken: readonly { link: string; holder: LeaseHolder }[],
  logger: RunningLog['logger'],
  lang: Lang,
): void {
  const { copies } = messagesFor(lang);
  const holder = taken[0]?.holder;
  const { pid, since } = other?.pid === undefined ? { pid: holder?.pid, since: holder?.since } : other;
  const at = since === undefined ? undefined : formatClock(since);
  const links = taken.map(({ link }) => link);
  if (links.length > 0)
    logger.warn({ code: 'RUNNING_ALREADY', pid, since, links }, copies.running({ pid, at, links }));
  else if (other) logger.warn({ code: 'CONTROL_TAKEN', pid, since }, copies.sameConfiguration({ pid, at }));
}
