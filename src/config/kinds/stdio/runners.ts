import { npmWords, packageSpec, type RunnerWords, runnerWords } from '../../../packages/npm/runner-words.js';
import { programName } from '../../../process/program-name.js';
import type { Finding } from '../../../protocol/errors.js';
import type { CheckHost } from '../../check/host.js';
import { errorAt, warningAt } from '../../finding.js';
import type { StdioFacts, StdioServer } from './facts.js';

/** Findings for runners that download and start packages or containers, when their options cannot work. */
export function runnerOptions({ servers, host }: StdioFacts): Finding[] {
  return servers.flatMap((server) => [
    ...argumentsInOne(server),
    ...npxAsks(server, host),
    ...containerOptions(server),
  ]);
}

const RUNNERS = /^(npx|npm|pnpm|pnpx|yarn|bunx|bun|uvx|uv|pipx|docker|podman|deno)$/;
/** Their argument may be a path, which has spaces more often. */
const INTERPRETERS = /^(node|tsx|python[\d.]*|py)$/;

/** A warning for `"args": ["-y package folder"]`: the program would get one word. */
function argumentsInOne({ command, args, placeOf, isFilled }: StdioServer): Finding[] {
  const [first = ''] = args;
  const program = programName(command);
  const words = first.trim().split(/\s+/);
  if (words.length < 2 || !isFilled('args', 0)) return [];
  const isLine =
    // An option may have a value with spaces behind its "=".
    (RUNNERS.test(program) && !/^[./~]|^[A-Za-z]:|^\S*=/.test(first)) ||
    (INTERPRETERS.test(program) && /^(-\w|-m \S+|[^\s/]+\.([cm]?[jt]s|py))$/.test(words[0]!));
  if (!isLine) return [];
  return [errorAt(placeOf('args', 0), 'args-in-one', { count: words.length })];
}

/** A warning when npx would ask before it downloads a package: without a terminal, npm takes that for a no. */
function npxAsks(server: StdioServer, host: CheckHost): Finding[] {
  const { command, args, placeOf } = server;
  const program = programName(command);
  const asked = npxPackage(
    program === 'npx' ? runnerWords(args) : program === 'npm' ? npmWords(args) : undefined,
  );
  if (asked === undefined || !server.isFilled('args', asked.at)) return [];
  if (asked.isSure || saysYes(server, host) || isHere(asked.name, server, host)) return [];
  const yes = program === 'npx' ? '-y' : '--yes';
  const shown = program === 'npx' ? 'npx' : `npm ${args.find((word) => /^(exec|x)$/.test(word))}`;
  const install = `npm install ${asked.name} (${server.cwd})`;
  return [warningAt(placeOf('args', asked.at), 'npx-asks', { program: shown, yes, install })];
}

interface NpxPackage {
  /** The package's name as npm is given it, without its version. */
  name: string;
  at: number;
  /** True with `-y`: npm does not ask. */
  isSure: boolean;
}

/** The first package that npx or npm exec is asked for, if it is one of the registry. */
function npxPackage(words: RunnerWords | undefined): NpxPackage | undefined {
  const [first] = words?.specs ?? [];
  const spec = first && packageSpec(first.text);
  return spec && { name: spec.name, at: first.at, isSure: words!.isSure };
}

/** Whether npm is told not to ask: `npm_config_yes` in the environment, or `yes=true` in an .npmrc that it reads. */
function saysYes({ env, cwd }: StdioServer, host: CheckHost): boolean {
  const isTrue = (value: string) => !/^(|false|0|no)$/i.test(value.trim());
  if (Object.entries(env).some(([name, value]) => /^npm_config_yes$/i.test(name) && isTrue(value)))
    return true;
  const home = env.HOME ?? env.USERPROFILE;
  return [cwd, ...(home === undefined ? [] : [home])].some((folder) =>
    /^\s*yes\s*(=\s*true\s*)?$/m.test(host.textOf(`${folder}/.npmrc`) ?? ''),
  );
}

/** Whether the package is installed in `cwd`, in a folder above it, or globally. */
function isHere(name: string, { cwd, env }: StdioServer, host: CheckHost): boolean {
  const around = cwd.split(/[\\/]/).map((_, i, parts) => parts.slice(0, i + 1).join('/'));
  const global = (env.PATH ?? '').split(':').map((folder) => folder.replace(/\/bin\/?$/, '/lib'));
  const command = name.slice(name.indexOf('/') + 1);
  return (
    [...around, ...global].some((folder) => host.kindOf(`${folder}/node_modules/${name}`) === 'folder') ||
    around.some((folder) => host.kindOf(`${folder}/node_modules/.bin/${command}`) === 'file')
  );
}

/** Options of `docker run` whose value is the next word. */
const CONTAINER_VALUE =
  /^(-[evpulwhmac]|--(env|env-file|volume|mount|name|network|net|publish|user|label|workdir|hostname|entrypoint|memory|cpus|add-host|dns|platform|pull|restart|gpus|device|cap-add|cap-drop|security-opt|tmpfs|ulimit|shm-size|ip|link|log-driver|log-opt|runtime|cidfile|annotation|volumes-from|expose|group-add|init-path|ipc|pid|userns|uts|isolation|cgroupns|attach|health-cmd|stop-signal|stop-timeout|sysctl|storage-opt))$/;

/** An error for a container without `-i`, which keeps the server's standard input open. */
function containerOptions({ command, args, placeOf }: StdioServer): Finding[] {
  const program = programName(command);
  if (!/^(docker|podman|nerdctl)$/.test(program)) return [];
  const start = args.findIndex((word) => /^(run|exec)$/.test(word));
  // `docker compose run` keeps standard input open by itself.
  if (start < 0 || args.slice(0, start).some((word) => /^(compose|mcp|buildx|sandbox)$/.test(word)))
    return [];
  const subcommand = args[start]!;
  const found: Finding[] = [];
  let isOpen = false;
  for (let at = start + 1; at < args.length; at++) {
    const word = args[at]!;
    if (!word.startsWith('-')) break;
    if (CONTAINER_VALUE.test(word)) {
      at += 1;
      continue;
    }
    const [long, value] = /^--([\w-]+)(?:=(.*))?$/.exec(word)?.slice(1) ?? [];
    const letters = long === undefined ? (/^-([ditPq]+)$/.exec(word)?.[1] ?? '') : '';
    const has = (letter: string, name: string) =>
      letters.includes(letter) || (long === name && value !== 'false');
    isOpen ||= has('i', 'interactive') || /^-i[A-Za-z]*=true$/.test(word);
    const place = placeOf('args', at);
    if (has('t', 'tty')) found.push(warningAt(place, 'docker-terminal', { option: word }));
    if (has('d', 'detach')) found.push(warningAt(place, 'docker-detached', { option: word }));
  }
  if (isOpen) return found;
  return [warningAt(placeOf('args', start), 'docker-no-stdin', { program, subcommand }), ...found];
}
