import { time } from './numbers.js';

const AS_BEFORE = 'The running one has kept, or takes back, everything.';

/** Why this mcp-pipe cannot take the place of the running one. */
export const takeOverErrors = {
  'take-over-too-old': () => ({
    what: 'The running mcp-pipe is of a version that cannot hand over.',
    next: 'Once more as before: mcp-pipe stop, then start this one. From then on --take-over works.',
  }),
  'take-over-protocol': ({ version }: { version?: string | undefined }) => ({
    what: `The running mcp-pipe${version === undefined ? '' : ` (${version})`} hands over in another way than this version.`,
    next: 'Stop it with mcp-pipe stop, then start this one.',
  }),
  'take-over-refused': ({ message }: { message: string | undefined }) => ({
    what: `The running mcp-pipe does not hand over: ${message ?? 'it sent no reason'}`,
    next: 'It goes on as before. Its log may say more.',
  }),
  'take-over-busy': ({ pid }: { pid?: number | undefined }) => ({
    what: `Another mcp-pipe${pid === undefined ? '' : ` (pid ${pid})`} is taking over from the running one at this moment.`,
    next: 'Wait until it has ended or runs; mcp-pipe status shows which one does.',
  }),
  'take-over-stopping': () => ({
    what: 'The running mcp-pipe is stopping.',
    next: 'Start this one again when it has ended.',
  }),
  'take-over-container': () => ({
    what: 'The running mcp-pipe is the main process of its container, which would end with it, and so would this one.',
    next: 'Replace the container instead: docs/upgrade.md.',
  }),
  'take-over-partial': ({ links = [] }: { links?: readonly string[] | undefined }) => ({
    what: `The running mcp-pipe has links that this command line has not: ${links.join(', ')}.`,
    next: 'Start with the same words as the running one, or without a target; or stop it first.',
  }),
  'take-over-other-user': ({ path, uid }: { path: string; uid: number }) => ({
    what: `The running mcp-pipe belongs to the user with id ${uid} (${path}).`,
    next: 'Start the new one as that user.',
  }),
  'take-over-servers': ({ servers, afterMs }: { servers: readonly string[]; afterMs: number }) => ({
    what: `${servers.join(', ')} did not start within ${time(afterMs)}, so nothing was taken over.`,
    next: 'The running mcp-pipe goes on as before. See the lines above for what these servers said.',
  }),
  'take-over-redis': ({ url, reason }: { url: string; reason: string }) => ({
    what: `${url}, which has the leases, does not answer here (${reason}), so nothing was taken over.`,
    next: 'The running mcp-pipe goes on as before. Once more when Redis answers; mcp-pipe doctor tries it.',
  }),
  'take-over-links': ({ links, afterMs }: { links: readonly string[]; afterMs: number }) => ({
    what: `${links.join(', ')} had a connection, and did not get it again here within ${time(afterMs)}.`,
    next: `${AS_BEFORE} See the lines above for why.`,
  }),
  'take-over-late': () => ({
    what: 'The running mcp-pipe did not answer in time while it handed over.',
    next: `${AS_BEFORE} If it hangs, stop it with mcp-pipe stop.`,
  }),
  'take-over-ended': () => ({
    what: 'The running mcp-pipe has ended the handover.',
    next: `${AS_BEFORE} Its log says why: mcp-pipe logs.`,
  }),
};
