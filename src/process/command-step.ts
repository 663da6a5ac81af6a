import type { OnStatus } from '../protocol/status.js';
import type { ServerCommand } from './launch.js';

/**
 * One step between the command of a configuration and the process: what fetches a package becomes its entry, a command gets a
 * sandbox around it. It gets what the step before has made.
 *
 * @param server name of the server
 * @param tell Says what takes long, a line at a time: it is logged as a line of the server's stderr.
 * @param report Reports what people should know of how it is started.
 * @throws LaunchError when the server must not be started so; it is tried again as after any failed start.
 */
export type CommandStep = (
  command: ServerCommand,
  server: string,
  signal: AbortSignal,
  tell?: (line: string) => void,
  report?: OnStatus,
) => Promise<ServerCommand>;
