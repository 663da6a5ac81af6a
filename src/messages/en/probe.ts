import type { ProbeEnd, ProbeOutcome } from '../parts.js';
import { count, time } from './numbers.js';

/** The words of `mcp-pipe probe`. */
export const probe = {
  question: ({ max, endpoint, watchMs }: { max: number; endpoint: string; watchMs: number }) =>
    `Open up to ${count(max, 'connection')} to ${endpoint}, one every ${time(watchMs)}? Whatever else uses this token may be interrupted.`,
  yes: 'Yes',
  no: 'No',
  notAsked: 'Nothing was opened.',
  opening: ({ number }: { number: number }) => `Connection ${number}: opening.`,
  watching: ({ number, ms }: { number: number; ms: number }) =>
    `Connection ${number}: open; watching for ${time(ms)} what the endpoint does.`,
  settling: ({ number, ms }: { number: number; ms: number }) =>
    `Connection ${number}: watching for ${time(ms)} more, to be sure what that means.`,
  closing: ({ number }: { number: number }) => `Connection ${number}: closing.`,
  ended: ({ number, wasOpen, close, cause }: ProbeEnd) =>
    `Connection ${number}: ${wasOpen ? 'ended' : 'could not be made'} ${close} [${cause}].`,
  /** A probe does not dial again, as a link does. */
  takenOver: ({ close }: { close: string }) => `another connection took over the token ${close}`,
  noFiles: ({ message }: { message: string }) =>
    `Lock files cannot be used (${message}): make sure that no other mcp-pipe uses this token.`,
  token: ({ fingerprint }: { fingerprint: string }) => `Token #${fingerprint}`,
  found: ({ token, limit, how, isDeaf }: ProbeOutcome) =>
    `${token} allows ${count(limit, 'connection')}: ${HOW[how]}${isDeaf ? ' The new one is then never asked anything.' : ''}`,
  notReached: ({ token, limit, watchMs }: { token: string; limit: number; watchMs: number }) =>
    `${token} allows at least ${count(limit, 'connection')}: the endpoint closed nothing within ${time(watchMs)}. More were not tried.`,
  notFound: ({ token, number, what }: { token: string; number: number; what: string }) =>
    `${token}: the limit could not be found, because of connection ${number}: ${what}.`,
  write: 'Write it into the configuration:',
};

const HOW: Record<ProbeOutcome['how'], string> = {
  refused: 'one more is refused.',
  replaced: 'one more is let in, and an older one is closed for it.',
  deaf: 'one more stays open but is never asked anything.',
};
