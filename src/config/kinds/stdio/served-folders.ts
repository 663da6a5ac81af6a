import { resolve, sep } from 'node:path';
import { programName } from '../../../process/program-name.js';
import type { Finding } from '../../../protocol/errors.js';
import { warningAt } from '../../finding.js';
import type { StdioFacts, StdioServer } from './facts.js';
import { scriptOf } from './script-argument.js';

/**
 * Warnings for servers that serve the folder of `.env` or of the configuration. A client that can read files there gets the
 * token; one that can write there decides which programs are started next.
 */
export function servedFolders({ servers, config, host }: StdioFacts): Finding[] {
  const files = [config.envFile, ...(config.file === undefined ? [] : [config.file])]
    .filter((file) => host.kindOf(file) === 'file')
    .map((file) => ({ file, places: [file, host.realPathOf(file)] }));
  if (files.length === 0) return [];
  return servers.flatMap((server) =>
    foldersOf(server).flatMap(({ folder, at }): Finding[] => {
      const path = resolve(server.cwd, withHome(folder, server));
      if (host.kindOf(path) !== 'folder') return [];
      const real = host.realPathOf(path);
      const around = real.endsWith(sep) ? real : real + sep;
      const held = files.find(({ places }) => places.some((place) => place.startsWith(around)));
      if (held === undefined) return [];
      return [warningAt(server.placeOf('args', at), 'served-folder', { folder: path, file: held.file })];
    }),
  );
}

/** Many servers fill in ~ themselves. */
function withHome(folder: string, { env }: StdioServer): string {
  const home = env.HOME ?? env.USERPROFILE;
  return home === undefined ? folder : folder.replace(/^~(?=$|[\\/])/, home);
}

/** Options of these programs whose value is a folder to work in, not to serve. */
const WORKS_IN: readonly { programs: RegExp; option: RegExp }[] = [
  { programs: /^uvx?$/, option: /^--(directory|project)$/ },
  { programs: /^(npm|npx|pnpm|yarn|bun)$/, option: /^(--prefix|--cwd|-C|--dir)$/ },
];
const CONTAINERS = /^(docker|podman|nerdctl)$/;

/** Arguments that may be folders: whole arguments, values of options, and mounts of containers. */
function foldersOf(server: StdioServer): { folder: string; at: number }[] {
  const { command, args } = server;
  const program = programName(command);
  const ours = WORKS_IN.filter(({ programs }) => programs.test(program));
  const isOurs = (word: string) => ours.some(({ option }) => option.test(word));
  const script = scriptOf(command, args)?.at ?? -1;
  return args.flatMap((arg, at) => {
    if (at === script || !server.isFilled('args', at) || isOurs(args[at - 1] ?? '')) return [];
    const [, option = '', value] = /^(--?[\w-]+)=(.*)$/s.exec(arg) ?? [];
    if (isOurs(option)) return [];
    const folder = CONTAINERS.test(program) ? mounted(arg, args[at - 1]) : (value ?? arg);
    // An address or an option is no folder.
    return folder && !folder.includes('://') && !folder.startsWith('-') ? [{ folder, at }] : [];
  });
}

/** The host's side of `-v a:b` and `--mount type=bind,src=a,dst=b`. */
function mounted(arg: string, before = ''): string | undefined {
  const mount = /^--mount=(.*)$/.exec(arg)?.[1] ?? (before === '--mount' ? arg : undefined);
  if (mount !== undefined) return /(?:^|,)(?:src|source)=([^,]*)/.exec(mount)?.[1];
  const volume =
    /^(?:--volume=|-v=?)(.+)$/.exec(arg)?.[1] ?? (/^(-v|--volume)$/.test(before) ? arg : undefined);
  const source = /^((?:[A-Za-z]:[\\/])?[^:]*):/.exec(volume ?? '')?.[1];
  // A plain word is the name of a volume, not a path.
  return source !== undefined && /[\\/.~]/.test(source) ? source : undefined;
}
