import { randomBytes } from 'node:crypto';
import type { CommandStep } from '../process/command-step.js';
import { isRunning, processSpace, thisProcess } from '../process/identity.js';
import type { ContainerLimits, ImagePlan } from './confinement.js';
import { containerArgs, OWNER_LABEL } from './container-args.js';
import { ask, type Engine, engineOf } from './engine.js';
import { isWithin, real } from './needed-paths.js';
import { refusal } from './refusal.js';

export interface ImageStepOptions {
  image: ImagePlan;
  limits: ContainerLimits;
  user?: string | undefined;
  /** Files and folders of mcp-pipe that no container sees. */
  own: readonly string[];
  /** Folders out of which mcp-pipe and servers are started: no container writes there. */
  shared: readonly string[];
}

/** Time between two lines of progress of a pull, which has one for each layer and state. */
const PROGRESS_EVERY_MS = 2_000;

/** Starts the command's arguments in a container of an image, which ends with the process. */
export function inContainer({ image, limits, user, own, shared }: ImageStepOptions): CommandStep {
  return async (command, server, signal, tell = () => {}) => {
    mustNotMount(image, { own, shared });
    const engine = engineOf(command.cwd, command.env);
    await bring(image.name, engine, signal, tell);
    await removeAbandoned(engine);
    const name = containerName(server);
    const args = containerArgs({ image, limits, user, name, owner: ownerOf(), args: command.args });
    // The client has passed SIGTERM on to the server; when it was killed itself, the container runs on.
    const cleanUp = async () => {
      await ask(engine, ['rm', '--force', name]);
      await command.cleanUp?.();
    };
    return { ...command, command: engine.program, args, cleanUp };
  };
}

/** @throws LaunchError when a mount has a file of mcp-pipe, or may be written and has something that is started. */
export function mustNotMount(
  { mounts }: Pick<ImagePlan, 'mounts'>,
  { own, shared }: Pick<ImageStepOptions, 'own' | 'shared'>,
): void {
  for (const { from, isWritable } of mounts) {
    const path = real(from);
    const kept = isWritable ? [...own, ...shared] : own;
    const file = kept.map(real).find((one) => isWithin(one, path) || isWithin(path, one));
    if (file !== undefined) throw refusal('image-own-file', { path: from, file });
  }
}

async function bring(
  image: string,
  engine: Engine,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<void> {
  const there = await ask(engine, ['image', 'inspect', '--format', '{{.Id}}', image], { signal });
  if (there.ok) return;
  if (/cannot connect|daemon running|permission denied|no answer/i.test(there.said)) {
    throw refusal('engine-down', { engine: engine.name, said: there.said });
  }
  const startedAt = performance.now();
  let toldAt = startedAt;
  tell(`${engine.name} pull ${image}`);
  const pulled = await ask(engine, ['pull', image], {
    signal,
    onLine: (line) => {
      if (performance.now() - toldAt < PROGRESS_EVERY_MS) return;
      toldAt = performance.now();
      tell(`${engine.name} pull: ${line}`);
    },
  });
  if (!pulled.ok) throw refusal('no-image', { engine: engine.name, image, said: pulled.said });
  tell(`${engine.name} pull: ${image} is here after ${Math.ceil((performance.now() - startedAt) / 1_000)} s`);
}

/** This process: its machine or container, its number and when it was started. */
function ownerOf(): string {
  const { pid, birth = '' } = thisProcess();
  return `${processSpace()}:${pid}:${birth}`;
}

const looked = new Set<string>();

/** Removes containers of mcp-pipes of this machine that were killed; looked for once for each engine. */
async function removeAbandoned(engine: Engine): Promise<void> {
  const key = JSON.stringify([engine.program, engine.env.DOCKER_HOST, engine.env.CONTAINER_HOST]);
  if (looked.has(key)) return;
  looked.add(key);
  const format = `{{.ID}} {{.Label "${OWNER_LABEL}"}}`;
  const { ok, stdout } = await ask(engine, [
    'ps',
    '--all',
    '--filter',
    `label=${OWNER_LABEL}`,
    '--format',
    format,
  ]);
  if (!ok) return;
  const left = abandonedIn(stdout);
  if (left.length > 0) await ask(engine, ['rm', '--force', ...left]);
}

/** Ids of containers whose owner was a process of this machine, and has ended. */
export function abandonedIn(
  listed: string,
  space = processSpace(),
  runs: typeof isRunning = isRunning,
): string[] {
  return listed.split('\n').flatMap((line) => {
    const [, id, of, pid, birth] = /^(\S+) ([0-9a-f]+):(\d+):(\S*)$/.exec(line.trim()) ?? [];
    if (id === undefined || of !== space) return [];
    return runs({ pid: Number(pid), birth: birth || undefined }) ? [] : [id];
  });
}

/** `mcp-pipe-memory-3f9a01c2`: docker takes letters, digits and `_.-`. */
function containerName(server: string): string {
  return `mcp-pipe-${server.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 40)}-${randomBytes(4).toString('hex')}`;
}
