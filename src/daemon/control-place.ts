import { existsSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { findConfigFile } from '../config/config-file.js';
import { controlPaths, servicePath } from '../faces/control/path.js';

export interface ControlChoice {
  control?: string;
  config?: string;
}

/** Folder of the control sockets of system services. Only systemd makes it, for a unit of `mcp-pipe service install`. */
const SERVICES = '/run/mcp-pipe';

/** Path of the control socket of the system service with this configuration, an absolute path. */
export function serviceControl(config: string): string {
  return servicePath(SERVICES, config);
}

/** Id of the user; undefined on Windows. */
export function userId(): number | undefined {
  return process.getuid?.();
}

/** The folder that systemd-logind makes for a user who is logged in, or lingers; undefined when there is none. */
function usualRuntimeDir(): string | undefined {
  const folder = `/run/user/${userId()}`;
  return existsSync(folder) ? folder : undefined;
}

/**
 * Paths of the control socket of this configuration, for the daemon and for the commands that ask it. @throws
 * UsageError
 */
export function controlPathsOf({ control, config }: ControlChoice): { paths: string[]; asked: boolean } {
  const cwd = process.cwd();
  const { file } = findConfigFile(config, process.env, cwd);
  const asked = control || process.env.MCP_PIPE_CONTROL || undefined;
  const paths = controlPaths({
    asked,
    subject: existsSync(file) ? file : cwd,
    cwd,
    runtimeDir: process.env.XDG_RUNTIME_DIR,
    usualRuntimeDir: usualRuntimeDir(),
    tmpDir: tmpdir(),
    services: existsSync(SERVICES) ? SERVICES : undefined,
    user: String(userId() ?? userInfo().username),
    platform: process.platform,
  });
  return { paths, asked: asked !== undefined };
}
