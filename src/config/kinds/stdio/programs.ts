import { posix, sep, win32 } from 'node:path';
import { sourceOf } from '../../../messages/hints.js';
import type { Finding } from '../../../protocol/errors.js';
import type { CheckHost } from '../../check/host.js';
import { workspaceFolder } from '../../editor-variables.js';
import { errorAt } from '../../finding.js';
import type { StdioFacts, StdioServer } from './facts.js';
import { foreignPath, foreignPaths } from './foreign-path.js';
import { scriptOf } from './script-argument.js';

/** Errors for working folders that do not exist. */
export function missingFolders(facts: StdioFacts): Finding[] {
  return facts.servers.flatMap((server): Finding[] => {
    const { cwd } = server;
    const place = server.placeOf('cwd');
    switch (problemOfFolder(server, facts)) {
      case 'missing':
        return [errorAt(place, 'no-folder', { folder: cwd })];
      case 'file':
        return [errorAt(place, 'folder-is-file', { file: cwd })];
      case 'closed':
        return [errorAt(place, 'folder-closed', { folder: cwd })];
      default:
        return [];
    }
  });
}

/** Errors for commands that only a shell or another system understands, where they keep the server from starting. */
export function foreignPrograms(facts: StdioFacts): Finding[] {
  return facts.servers.flatMap((server) =>
    Object.values(foreignIn(server, facts)).map((finding): Finding => ({ ...finding, severity: 'error' })),
  );
}

function foreignIn(
  server: StdioServer,
  { config, host: { platform } }: StdioFacts,
): { command?: Finding; cwd?: Finding; folder?: Finding; script?: Finding } {
  const { command, args, cwd, placeOf } = server;
  const home = `${config.file === undefined ? config.folder : workspaceFolder(config.file)}${sep}`;
  const written = cwd.startsWith(home) ? cwd.slice(home.length) : undefined;
  const script = scriptOf(command, args);
  const paths = foreignPaths({ command, args, cwd: written, placeOf }, platform);
  const inScript =
    script && foreignPath(script.file, placeOf('args', script.at), platform, script.folder === undefined);
  const { folder, folderAt } = script ?? {};
  const inFolder =
    folder !== undefined && folderAt !== undefined
      ? foreignPath(folder, placeOf('args', folderAt), platform, true)
      : undefined;
  const at = (key: string) => paths.find(({ path }) => path === placeOf(key).path);
  const [ofCommand, ofCwd] = [at('command'), at('cwd')];
  return {
    ...(ofCommand ? { command: ofCommand } : {}),
    ...(ofCwd ? { cwd: ofCwd } : {}),
    ...(inFolder ? { folder: inFolder } : {}),
    ...(inScript ? { script: inScript } : {}),
  };
}

function problemOfFolder(
  server: StdioServer,
  facts: StdioFacts,
): 'missing' | 'file' | 'closed' | 'said-already' | undefined {
  const { config, host } = facts;
  const { cwd } = server;
  // The configuration was read from this folder, so it exists.
  if (cwd === config.folder) return undefined;
  if (hasNul(cwd) || !server.isFilled('cwd') || foreignIn(server, facts).cwd) return 'said-already';
  const kind = host.kindOf(cwd);
  if (kind !== 'folder') return kind ?? 'missing';
  return host.isExecutable(cwd) ? undefined : 'closed';
}

/** Errors for texts with a NUL, which no system passes to a program. */
export function nulCharacters({ servers }: StdioFacts): Finding[] {
  return servers.flatMap(({ command, args, cwd, ownEnv, placeOf }) => [
    ...(hasNul(command) ? [errorAt(placeOf('command'), 'nul-character')] : []),
    ...(hasNul(cwd) ? [errorAt(placeOf('cwd'), 'nul-character')] : []),
    ...args.flatMap((arg, i) => (hasNul(arg) ? [errorAt(placeOf('args', i), 'nul-character')] : [])),
    ...Object.entries(ownEnv)
      .filter((variable) => variable.some(hasNul))
      .map(([name]) => errorAt(placeOf('env', name), 'nul-character')),
  ]);
}

function hasNul(text: string): boolean {
  return text.includes('\0');
}

/** Errors for programs that cannot be started. */
export function missingPrograms(facts: StdioFacts): Finding[] {
  const { servers, host } = facts;
  return servers.flatMap((server): Finding[] => {
    const { command, isBroken } = server;
    if (command === '' || isBroken || hasNul(command) || !server.isFilled('command')) return [];
    if (problemOfFolder(server, facts) !== undefined || foreignIn(server, facts).command) return [];
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

/** Other names of the same program. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  python: ['python3', 'py'],
  python3: ['python', 'py'],
  py: ['python3', 'python'],
  nodejs: ['node'],
  node: ['nodejs'],
  pip: ['pip3'],
};

/** Errors for script files among the arguments that do not exist. */
export function missingScripts(facts: StdioFacts): Finding[] {
  const { servers, host } = facts;
  return servers.flatMap((server): Finding[] => {
    if (server.isBroken || problemOfFolder(server, facts) !== undefined) return [];
    const script = scriptOf(server.command, server.args);
    const foreign = foreignIn(server, facts);
    if (script === undefined || hasNul(script.file) || foreign.script || foreign.folder) return [];
    if (![script.at, script.folderAt ?? script.at].every((at) => server.isFilled('args', at))) return [];
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

function onPath(program: string, server: StdioServer, host: CheckHost): boolean {
  const paths = pathsOf(host);
  const folders = (variable('PATH', server.env, host) ?? DEFAULT_PATH)
    .split(paths.delimiter)
    .map((folder) => folder.replace(/^"(.*)"$/, '$1'));
  // Windows searches the folder of the process first.
  if (host.platform === 'win32') folders.unshift(server.cwd);
  return folders.some((folder) =>
    candidates(paths.resolve(server.cwd, folder, program), server, host).some(
      (file) => host.kindOf(file) === 'file' && host.isExecutable(file),
    ),
  );
}

/** The C library searches these folders when there is no PATH. */
const DEFAULT_PATH = '/usr/local/bin:/bin:/usr/bin';
const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';

/** The file, and on Windows also the file with each extension of a program. */
function candidates(file: string, server: StdioServer, host: CheckHost): string[] {
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
