import { programName } from '../../../process/program-name.js';
import type { Finding } from '../../../protocol/errors.js';
import { SHELLS } from '../../command-name.js';
import { warningAt } from '../../finding.js';
import type { Place } from '../../place.js';

/** A program and its arguments, with the place of each. */
interface Written {
  command: string;
  args: readonly string[];
  /** The cwd as it is written. */
  cwd: string | undefined;
  placeOf: (...inside: (string | number)[]) => Place;
}

const CONTAINERS = /^(docker|podman)$/;
const DRIVE = /^[A-Za-z]:[\\/]/;
/** Windows paths: `.\\server.py`, `src\\server.py`. */
const WITH_BACKSLASHES = /^(?:\.{1,2}|[\w.-]+)(?:\\[\w .-]+)+$/;
/** What JSON makes of `\\b`, `\\t`, `\\n`, `\\f` and `\\r`, as in `D:\\tools\\new`. */
export const ESCAPED = /[\b\t\n\f\r]/;
const DRIVE_ESCAPED = /^[A-Za-z]:[\w\\.-]*[\b\t\n\f\r]/;
/** `$HOME/x`, `%APPDATA%\\x`: only a shell fills these in. */
const OF_SHELL = /^(?:\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)(?=[\\/:]|$)/;

/** Errors for paths that only another system or a shell would understand; servers are started without a shell. */
export function foreignPaths({ command, args, cwd, placeOf }: Written, platform: NodeJS.Platform): Finding[] {
  const found: (Finding | undefined)[] = [
    windowsShell(command, args, placeOf('command'), platform) ??
      foreignPath(command, placeOf('command'), platform, true),
  ];
  if (cwd !== undefined) found.push(foreignPath(cwd, placeOf('cwd'), platform, true));
  const program = programName(command);
  if (SHELLS.test(program)) return found.filter((finding) => finding !== undefined);
  const isContainer = CONTAINERS.test(program);
  for (const [i, arg] of args.entries()) {
    const place = placeOf('args', i);
    // In a mount, a path of this system stands in front.
    if (isContainer) found.push(arg.startsWith('~/') ? shellPath(arg, place) : ofShell(arg, place, platform));
    // Many servers fill in ~ themselves; for scripts, `check` decides.
    else found.push(foreignPath(arg, place, platform, false));
  }
  return found.filter((finding) => finding !== undefined);
}

/** The error for `C:\\x` on a system without drives, and for `~/x` or `$HOME/x`. */
export function foreignPath(
  text: string,
  place: Place,
  platform: NodeJS.Platform,
  isPath: boolean,
): Finding | undefined {
  // One `\\` where JSON wants two has become another text.
  if ((isPath ? ESCAPED : DRIVE_ESCAPED).test(text)) return warningAt(place, 'escaped-path', { path: text });
  if (platform !== 'win32' && DRIVE.test(text)) {
    return warningAt(place, 'windows-path', { path: text, instead: undefined });
  }
  if (isPath && /^~[\\/]/.test(text)) return shellPath(text, place);
  if (isPath && platform !== 'win32' && WITH_BACKSLASHES.test(text)) {
    const instead = /\.(exe|cmd|bat)$/i.test(text) ? undefined : text.replaceAll('\\', '/');
    return warningAt(place, 'windows-path', { path: text, instead });
  }
  return ofShell(text, place, platform);
}

function shellPath(text: string, place: Place): Finding {
  const instead = `\${HOME}${text.slice(1).replaceAll('\\', '/')}`;
  return warningAt(place, 'shell-path', { path: text, instead });
}

function ofShell(text: string, place: Place, platform: NodeJS.Platform): Finding | undefined {
  const match = OF_SHELL.exec(text);
  if (match === null) return undefined;
  // Only Windows has %APPDATA%; %USERPROFILE% has an equivalent on every system.
  const isOfWindows = match[2] !== undefined && platform !== 'win32';
  const name = isOfWindows && /^userprofile$/i.test(match[2]!) ? 'HOME' : (match[1] ?? match[2]);
  if (isOfWindows && name !== 'HOME') {
    return warningAt(place, 'windows-path', { path: text, instead: undefined });
  }
  const instead = `\${${name}}${text.slice(match[0].length).replaceAll('\\', '/')}`;
  return warningAt(place, 'shell-path', { path: text, instead });
}

/** Errors for Windows forms on other systems: `cmd /c npx …`, `powershell -Command npx …`, `npx.cmd`. */
function windowsShell(
  command: string,
  args: readonly string[],
  place: Place,
  platform: NodeJS.Platform,
): Finding | undefined {
  if (platform === 'win32' || /[\\/]/.test(command)) return undefined;
  const program = programName(command);
  const opens = { cmd: /^\/[ck]$/i, powershell: /^-(c|command)$/i }[program];
  const at = opens === undefined ? -1 : args.findIndex((arg) => opens.test(arg));
  if (at >= 0) {
    // The whole inner command may stand in one argument.
    const inner = args[at + 1]?.trim().split(/\s/, 1)[0];
    return warningAt(place, 'windows-shell', { got: `${command} ${args[at]}`, program: inner || 'npx' });
  }
  if (/^(npx|npm|node|python|uvx|uv)\.(cmd|exe|bat)$/i.test(command)) {
    return warningAt(place, 'windows-program', { got: command, program });
  }
  return undefined;
}
