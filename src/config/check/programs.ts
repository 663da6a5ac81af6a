import { posix, win32 } from 'node:path';
import { sourceOf } from '../../observe/hints.js';
import type { Finding } from '../../protocol/errors.js';
import { errorAt } from '../finding.js';
import type { CheckedServer, Facts } from './facts.js';
import type { CheckHost } from './host.js';
import { scriptOf } from './script-argument.js';

/** Programs that cannot be started. */
export function missingPrograms({ servers, host }: Facts): Finding[] {
  return servers.flatMap((server): Finding[] => {
    const { command, isBroken } = server;
    if (command === '' || isBroken) return [];
    const place = server.placeOf('command');
    const paths = pathsOf(host);
    if (/[\\/]/.test(command)) {
      const file = paths.resolve(server.cwd, command);
      const found = candidates(file, server, host).find((candidate) => host.kindOf(candidate));
      if (found === undefined) return [errorAt(place, 'program-file-missing', { file })];
      if (host.kindOf(found) === 'folder') return [errorAt(place, 'program-is-folder', { file })];
      return host.isExecutable(found) ? [] : [errorAt(place, 'program-not-executable', { file })];
    }
    if (onPath(command, server, host)) return [];
    const instead = (INSTEAD[command] ?? []).find((other) => onPath(other, server, host));
    return [
      errorAt(place, 'program-missing', {
        program: command.split(/\s/, 1)[0]!.slice(0, 60),
        install: sourceOf(command),
        instead,
      }),
    ];
  });
}

/** Names the same program goes by elsewhere. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  python: ['python3', 'py'],
  python3: ['python', 'py'],
  py: ['python3', 'python'],
  nodejs: ['node'],
  node: ['nodejs'],
  pip: ['pip3'],
};

/** Script files among the arguments that are not there. */
export function missingScripts({ servers, host }: Facts): Finding[] {
  return servers.flatMap((server): Finding[] => {
    if (server.isBroken) return [];
    const script = scriptOf(server.command, server.args);
    if (script === undefined) return [];
    const paths = pathsOf(host);
    const folder = paths.resolve(server.cwd, script.folder ?? '');
    if (script.folder !== undefined && host.kindOf(folder) !== 'folder') {
      return [errorAt(server.placeOf('args', script.folderAt ?? script.at), 'no-folder', { folder })];
    }
    const file = paths.resolve(folder, script.file);
    // Node finds `server` as server.js, and a folder by its index.js.
    const spellings = script.isNode ? [file, `${file}.js`, `${file}.mjs`, `${file}.cjs`] : [file];
    if (spellings.some((spelling) => host.kindOf(spelling))) return [];
    return [errorAt(server.placeOf('args', script.at), 'script-missing', { file })];
  });
}

function onPath(program: string, server: CheckedServer, host: CheckHost): boolean {
  const paths = pathsOf(host);
  const folders = (variable('PATH', server.env, host) ?? DEFAULT_PATH)
    .split(paths.delimiter)
    .map((folder) => folder.replace(/^"(.*)"$/, '$1'));
  // Windows looks in the folder of the process first.
  if (host.platform === 'win32') folders.unshift(server.cwd);
  return folders.some((folder) =>
    candidates(paths.resolve(server.cwd, folder, program), server, host).some(
      (file) => host.kindOf(file) === 'file' && host.isExecutable(file),
    ),
  );
}

/** What the C library searches when there is no PATH. */
const DEFAULT_PATH = '/usr/local/bin:/bin:/usr/bin';
const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';

/** The file itself; on Windows also with each extension that makes a program. */
function candidates(file: string, server: CheckedServer, host: CheckHost): string[] {
  if (host.platform !== 'win32') return [file];
  const extensions = (variable('PATHEXT', server.env, host) ?? DEFAULT_EXTENSIONS).toLowerCase().split(';');
  const has = extensions.includes(win32.extname(file).toLowerCase());
  return has ? [file] : extensions.map((extension) => `${file}${extension}`);
}

function variable(
  name: string,
  env: Readonly<Record<string, string>>,
  { platform }: CheckHost,
): string | undefined {
  if (platform !== 'win32') return env[name];
  return Object.entries(env).find(([other]) => other.toUpperCase() === name)?.[1];
}

function pathsOf({ platform }: CheckHost): typeof posix {
  return platform === 'win32' ? win32 : posix;
}
