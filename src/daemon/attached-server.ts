import { defaults } from '../config/defaults.js';
import { type OpenedChannel, openChannel } from '../faces/control/channel.js';
import type { ServerEnd } from '../protocol/server-end.js';
import type { ServerSource, ServerTransport } from '../servers/server-transport.js';
import { lineTransport } from '../transports/lines.js';
import { RemoteError } from '../transports/remote/remote-error.js';
import type { Attached, AttachParams } from './attach.js';
import { userId } from './control-place.js';

/** How long a running daemon may take to answer; a machine under load may need longer than usual. */
const ANSWER_WITHIN_MS = 5_000;

/** What the daemon has answered. */
export type AttachAnswer = OpenedChannel<Attached>;

/** Asks the daemon that listens at one of these paths for its servers. @throws NoDaemonError */
export function askToAttach(
  paths: readonly string[],
  params: AttachParams,
  signal?: AbortSignal,
): Promise<AttachAnswer> {
  const options = { uid: userId(), timeoutMs: ANSWER_WITHIN_MS, ...(signal ? { signal } : {}) };
  return openChannel<Attached>(paths, 'attach', params, options);
}

export interface AttachedServerOptions {
  paths: readonly string[];
  params: AttachParams;
  /** The first answer, with its connection. */
  first: AttachAnswer;
  /** Called with each later answer. */
  onAnswer: (answer: AttachAnswer) => void;
}

/**
 * The servers of a running daemon as one server: a life of it is one connection to the daemon. When the daemon ends, the life
 * has ended, calls are answered, and the next life is sent `initialize` as any server is.
 */
// D188
export function attachedServer({ paths, params, first, onAnswer }: AttachedServerOptions): ServerSource {
  let next: AttachAnswer | undefined = first;
  return {
    ...{ name: 'mcp-pipe', kind: 'stdio', shown: 'mcp-pipe' },
    open: async ({ signal }) => {
      const isFirst = next !== undefined;
      const answer = next ?? (await ask(paths, params, signal));
      next = undefined;
      if (!isFirst) onAnswer(answer);
      const { socket } = answer;
      if (!socket || socket.destroyed) throw unreachable(answer.error ? 'EACCES' : NOT_RUNNING);
      const { maxFrameBytes, maxQueuedBytes, closeTimeoutMs } = defaults;
      const lines = lineTransport({
        ...{ input: socket, output: socket, maxFrameBytes, maxQueuedBytes, closeTimeoutMs },
      });
      return Object.assign(lines, OF_ATTACHED);
    },
  };
}

const OF_ATTACHED: Pick<ServerTransport, 'pid' | 'stderrTail' | 'endOf'> = {
  pid: undefined,
  stderrTail: () => [],
  endOf: (): ServerEnd => ({ kind: 'session-lost' }),
};

async function ask(
  paths: readonly string[],
  params: AttachParams,
  signal: AbortSignal,
): Promise<AttachAnswer> {
  try {
    return await askToAttach(paths, params, signal);
  } catch {
    throw unreachable(NOT_RUNNING);
  }
}

/** Why there is no connection: no mcp-pipe runs, or its answer was another. */
export const NOT_RUNNING = 'ECONNREFUSED';

function unreachable(reason: string): RemoteError {
  return new RemoteError('the running mcp-pipe cannot be used', { kind: 'unreachable', reason });
}
