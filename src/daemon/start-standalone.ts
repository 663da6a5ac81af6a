import type { Settings } from '../config/defaults.js';
import { sourceOf } from '../config/kinds/kinds.js';
import type { ServerPlan } from '../config/plan.js';
import type { Lang } from '../messages/index.js';
import { formatLaunchError, remoteWords } from '../messages/server-down-words.js';
import { formatEvent } from '../messages/status-words.js';
import { worded } from '../messages/worded.js';
import { formatTail } from '../messages/words.js';
import { LaunchError, McpPipeError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import type { Status, StatusEvent } from '../protocol/status.js';
import { StandaloneServer } from '../servers/standalone-server.js';
import { systemClock } from '../time/clock.js';

/** Versions of MCP to try, newest first. Most servers answer with their own version; a few reject unknown versions. */
const VERSIONS = ['2025-11-25', '2025-06-18', '2024-11-05'];

/** The server exited, or rejected `initialize` in every version. */
export class ServerFailedError extends McpPipeError {
  override readonly code = 'SERVER_FAILED';
}

import { boundsOf } from './bounds/bounded-server.js';
import { commandSteps } from './command-steps.js';
import { sourceHost } from './login/logins-folder.js';
import type { PackagesOfServers } from './packages/lock-step.js';

export interface StandaloneStart {
  clientInfo: { name: string; version: string };
  onStatus: (status: Status) => void;
  /** Language of the error's text. */
  lang: Lang;
  /** Called with tokens of logins before they are used. */
  onSecrets?: ((secrets: readonly string[]) => void) | undefined;
  /** Where packages are locked; undefined: none is. */
  packages?: PackagesOfServers | undefined;
  /** Removes secrets from texts of the server. */
  redact: (text: string) => string;
  /** Aborting it ends the wait for a server that is slow to start. */
  signal: AbortSignal;
}

/** Starts a server without its endpoint, whichever link it is on. @throws ServerFailedError, LaunchError */
export async function startStandaloneServer(
  server: ServerPlan,
  settings: Settings,
  start: StandaloneStart,
): Promise<StandaloneServer> {
  const { name } = server;
  const onStatus = (event: StatusEvent) => start.onStatus({ at: Date.now(), link: name, ...event });
  for (const protocolVersion of VERSIONS) {
    // Control groups hold it to its limits; nothing watches what runs for one question.
    const bounds = boundsOf(server, systemClock);
    const steps = [...commandSteps(server, start.packages), ...(bounds ? [bounds.step] : [])];
    const source = sourceOf(server, settings, sourceHost(start.onSecrets, { steps }));
    const alone = new StandaloneServer({
      ...(bounds?.around(source) ?? source),
      clientInfo: start.clientInfo,
      protocolVersion,
      clock: systemClock,
      onStatus,
      settings,
    });
    const failure = await alone.start(start.signal);
    if (!failure) return alone;
    await alone.stop(AbortSignal.abort());
    if (failure.type === 'server-refused' && protocolVersion !== VERSIONS.at(-1)) continue;
    throw failed(name, failure, start);
  }
  const words = worded('no-common-version', { name });
  throw new ServerFailedError(words.message, words);
}

type Failure = Extract<StatusEvent, { type: 'server-down' | 'server-refused' }>;

function failed(name: string, failure: Failure, { redact, lang }: StandaloneStart): McpPipeError {
  if (failure.type === 'server-refused' && failure.code === ErrorCode.unreadable) {
    return new ServerFailedError(redact(failure.message));
  }
  if (failure.type === 'server-refused') {
    const { code, message } = failure;
    const words = worded('refused-initialize', { name, code, message: message && redact(message) });
    return new ServerFailedError(words.message, words);
  }
  const { end, stderrTail } = failure;
  if (end.kind === 'not-started') {
    const [message, next] = (end.said ? formatLaunchError(end.said, lang) : stderrTail).map(redact);
    return new LaunchError(message ?? `${name} cannot be started`, end.reason, next ? { next } : {});
  }
  const said = remoteWords(failure, lang);
  if (said) {
    const tail = formatTail(stderrTail, lang, failure.serverKind as 'http');
    return new ServerFailedError(redact([said.what, ...tail].join(' ')), { next: said.next });
  }
  return new ServerFailedError(
    redact(formatEvent({ ...failure, nextStartMs: Number.POSITIVE_INFINITY }, { lang })),
  );
}
