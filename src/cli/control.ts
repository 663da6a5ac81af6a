import { controlMethods } from '../daemon/control.js';
import type { Daemon } from '../daemon/daemon.js';
import type { Health } from '../observe/health.js';
import type { Snapshot } from '../observe/snapshot.js';
import { McpPipeError } from '../protocol/errors.js';
import { type ControlChoice, controlPathsOf, userId } from './control-place.js';
import type { RunningLog } from './logging.js';

/** Opens the control socket of this run; without one the daemon runs as well, and the log says why. */
export async function openControlSocket(
  choice: ControlChoice,
  { daemon, health, snapshot }: { daemon: Daemon; health: Health; snapshot: Snapshot },
  logger: RunningLog['logger'],
): Promise<{ close(): Promise<void> } | undefined> {
  const { startControl } = await import('../faces/control/server.js');
  try {
    const { paths, asked } = controlPathsOf(choice);
    const control = await startControl({
      paths,
      ownFolders: !asked,
      methods: controlMethods(daemon, health),
      uid: userId(),
      platform: process.platform,
    });
    snapshot.control = { path: control.path, pid: process.pid, since: Date.now() };
    logger.debug({ path: control.path }, `mcp-pipe health and others find this daemon at ${control.path}`);
    return control;
  } catch (error) {
    if (!(error instanceof McpPipeError)) throw error;
    const what = `There is no control socket: ${error.message}. mcp-pipe health, tools and call cannot ask this daemon.`;
    logger.warn({ code: error.code }, [what, error.next].filter(Boolean).join(' '));
    return undefined;
  }
}
