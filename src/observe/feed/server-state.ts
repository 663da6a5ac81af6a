import type { FeedClass, FeedServerState } from '../../protocol/feed.js';
import { isOverLimit } from '../../protocol/server-end.js';
import type { ServerSnapshot } from '../link-snapshot.js';

/** What the state of a server depends on. */
export type ServerFacts = Pick<ServerSnapshot, 'state' | 'since' | 'failures' | 'lastExit'>;

/** After this many failures in a row a person should look. */
const FAILED_AFTER = 3;

/** Who has to act. */
export const SERVER_CLASSES: Readonly<Record<FeedServerState, FeedClass>> = {
  ready: 'ok',
  starting: 'busy',
  restarting: 'busy',
  'crash-loop': 'bad',
  'cannot-start': 'bad',
  'no-answer': 'bad',
  'refuses-initialize': 'bad',
  'calls-refused': 'bad',
  asleep: 'rest',
  'between-turns': 'rest',
  paused: 'rest',
  stopping: 'busy',
  stopped: 'rest',
  'on-demand': 'rest',
};

/** The state of a server that runs or should run, as a person sees it. Pure. */
// D215
export function stateOfServer(server: ServerFacts): FeedServerState {
  switch (server.state) {
    case 'ready':
      return 'ready';
    case 'silent':
      return 'no-answer';
    case 'failing':
      return 'calls-refused';
    case 'refusing':
      return 'refuses-initialize';
    case 'crashing':
      return 'crash-loop';
    case 'idle-stopped':
      return failing(server) ?? 'asleep';
    case 'between-turns':
      return failing(server) ?? 'between-turns';
    case 'starting':
      // One more try changes nothing yet.
      return failing(server) ?? 'starting';
    case 'down':
      return failing(server) ?? (server.failures > 0 ? 'restarting' : 'starting');
  }
}

/** A server that a person has to mend; undefined while mcp-pipe may still succeed by itself. */
function failing({ state, failures, lastExit }: ServerFacts): FeedServerState | undefined {
  if (failures === 0 || !lastExit) return undefined;
  const { why } = lastExit;
  if (state === 'idle-stopped' && isOverLimit(why)) return undefined;
  const isForever =
    why === 'not-started' || why === 'unauthorized' || why === 'not-mcp' || isWrongAddress(lastExit);
  if (!isForever && failures < FAILED_AFTER) return undefined;
  if (why === 'unanswered' || why === 'hung') return 'no-answer';
  const isEnd =
    why === 'exited' || why === 'pipe-closed' || why === 'session-lost' || why.startsWith('over-');
  return isEnd ? 'crash-loop' : 'cannot-start';
}

/** 401, 403, 404 and the like: time heals none of them. */
function isWrongAddress({ end }: NonNullable<ServerFacts['lastExit']>): boolean {
  return (
    end.kind === 'http' && end.status >= 400 && end.status < 500 && end.status !== 408 && end.status !== 429
  );
}
