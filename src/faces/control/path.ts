import { createHash } from 'node:crypto';
import { isAbsolute, join, resolve } from 'node:path';
import { usageError } from '../../messages/worded.js';
import type { UsageError } from '../../protocol/errors.js';

/** Everything that the path of a daemon's control socket depends on. */
export interface ControlPlace {
  /** `--control` or MCP_PIPE_CONTROL: only this path is used. */
  asked: string | undefined;
  /** Absolute path of the configuration, or the current directory when there is none. */
  subject: string;
  cwd: string;
  /** XDG_RUNTIME_DIR. */
  runtimeDir: string | undefined;
  /** Where XDG_RUNTIME_DIR would be, for a shell without it (su, cron): a service of the user has it. */
  usualRuntimeDir?: string | undefined;
  tmpDir: string;
  /** Folder of the sockets of services that the system manager starts; undefined when there is none. */
  services?: string | undefined;
  /** Id of the user; the name on Windows. */
  user: string;
  platform: NodeJS.Platform;
}

/** Length of `sun_path` in bytes, without its final NUL: 108 - 1 on Linux, 104 - 1 on macOS and the BSDs. */
const maxPathBytes = (platform: NodeJS.Platform) => (platform === 'linux' ? 107 : 103);

/**
 * Paths of the control socket for a configuration, best first. The daemon uses the first one that it can create; a client
 * tries all of them. A service often has no XDG_RUNTIME_DIR where a terminal has one.
 *
 * @throws UsageError when the path that was asked for is longer than a socket's may be.
 */
export function controlPaths(place: ControlPlace): string[] {
  const { asked, subject, cwd, runtimeDir, tmpDir, services, user, usualRuntimeDir, platform } = place;
  const hash = hashOf(subject);
  if (platform === 'win32')
    return [asked?.startsWith('\\\\') ? asked : `\\\\.\\pipe\\mcp-pipe-${user}-${hash}`];
  if (asked) {
    const path = resolve(cwd, asked);
    if (tooLong(path, platform)) throw pathTooLong(path, platform);
    return [path];
  }
  const folders = [join(tmpDir, `mcp-pipe-${user}`)];
  if (runtimeDir && isAbsolute(runtimeDir)) folders.unshift(join(runtimeDir, 'mcp-pipe'));
  // Last: a daemon without XDG_RUNTIME_DIR does not listen in a folder that a logout removes.
  else if (usualRuntimeDir) folders.push(join(usualRuntimeDir, 'mcp-pipe'));
  const paths = folders.map((folder) => join(folder, `${hash}.sock`));
  return services === undefined ? paths : [...paths, servicePath(services, subject)];
}

/** Path of the control socket of a service that the system manager starts. The manager makes its folder. */
export function servicePath(services: string, subject: string): string {
  return join(services, hashOf(subject), 'control.sock');
}

function hashOf(subject: string): string {
  return createHash('sha256').update(subject).digest('hex').slice(0, 12);
}

/** Whether the path is too long for a socket: the system would refuse it, or cut it off. */
export function tooLong(path: string, platform: NodeJS.Platform): boolean {
  return platform !== 'win32' && Buffer.byteLength(path) > maxPathBytes(platform);
}

export function pathTooLong(path: string, platform: NodeJS.Platform): UsageError {
  const bytes = Buffer.byteLength(path);
  return usageError('control-path-long', { path, bytes, most: maxPathBytes(platform) });
}
