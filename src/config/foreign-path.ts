import type { Finding } from '../protocol/errors.js';
import { programName, SHELLS } from './command-name.js';
import { warningAt } from './finding.js';
import type { Place } from './json-source.js';

/** A program and its arguments, with the places that they stand in. */
interface Written {
  command: string;
  args: readonly string[];
  /** As it is written. */
  cwd: string | undefined;
  placeOf: (...inside: (string | number)[]) => Place;
}

const CONTAINERS = /^(docker|podman)$/;
const DRIVE = /^[A-Za-z]:[\\/]/;
/** `$HOME/x`, `%APPDATA%\\x`: filled in by a shell, and by nobody else. */
const OF_SHELL = /^(?:\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)(?=[\\/:]|$)/;

/** What another system or a shell would understand, and a program that is started without one does not. */
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
    // A mount has a path of this system in front.
    if (isContainer) found.push(arg.startsWith('~/') ? shellPath(arg, place) : ofShell(arg, place));
    // Many servers fill in ~ themselves; that of a script is for check to judge.
    else found.push(foreignPath(arg, place, platform, false));
  }
  return found.filter((finding) => finding !== undefined);
}

/** `C:\\x` where there are no drives, `~/x` and `$HOME/x` where there is no shell. */
export function foreignPath(
  text: string,
  place: Place,
  platform: NodeJS.Platform,
  isPath: boolean,
): Finding | undefined {
  if (platform !== 'win32' && DRIVE.test(text)) return warningAt(place, 'windows-path', { path: text });
  if (isPath && /^~[\\/]/.test(text)) return shellPath(text, place);
  return ofShell(text, place);
}

function shellPath(text: string, place: Place): Finding {
  return warningAt(place, 'shell-path', { path: text, instead: `\${HOME}${text.slice(1)}` });
}

function ofShell(text: string, place: Place): Finding | undefined {
  const match = OF_SHELL.exec(text);
  if (match === null) return undefined;
  const instead = `\${${match[1] ?? match[2]}}${text.slice(match[0].length).replaceAll('\\', '/')}`;
  return warningAt(place, 'shell-path', { path: text, instead });
}

/** `cmd /c npx …` and `npx.cmd`, as Windows needs them. */
function windowsShell(
  command: string,
  args: readonly string[],
  place: Place,
  platform: NodeJS.Platform,
): Finding | undefined {
  if (platform === 'win32' || /[\\/]/.test(command)) return undefined;
  const program = programName(command);
  if (program === 'cmd' && /^\/[ckCK]$/.test(args[0] ?? '')) {
    return warningAt(place, 'windows-shell', { got: `${command} ${args[0]}`, program: args[1] ?? 'npx' });
  }
  if (/^(npx|npm|node|python|uvx|uv)\.(cmd|exe|bat)$/i.test(command)) {
    return warningAt(place, 'windows-program', { got: command, program });
  }
  return undefined;
}
