import type { ContainerLimits, ImagePlan } from './confinement.js';

/** Bounds of a container whose server sets none: a common server takes 60 to 150 MB and a dozen threads; a browser takes more. */
export const CONTAINER_BOUNDS = {
  memoryBytes: 512 * 1024 * 1024,
  cpuPercent: 100,
  pids: 256,
};
/** So that a container is found whose mcp-pipe has ended. */
export const OWNER_LABEL = 'mcp-pipe.owner';

export interface ContainerRun {
  image: ImagePlan;
  /** Of the container. */
  name: string;
  /** The mcp-pipe that starts it. */
  owner: string;
  limits: ContainerLimits;
  user?: string | undefined;
  args: readonly string[];
}

/** The arguments of docker and podman. Values of variables are not among them: every user can read these. Pure. */
// D348
export function containerArgs({ image, name, owner, limits, user, args }: ContainerRun): string[] {
  const { memoryBytes, cpuPercent, pids } = { ...CONTAINER_BOUNDS, ...given(limits) };
  return [
    ...[
      'run',
      '--interactive',
      '--rm',
      '--init',
      '--pull',
      'never',
      '--name',
      name,
      '--label',
      `${OWNER_LABEL}=${owner}`,
    ],
    ...['--security-opt', 'no-new-privileges', '--cap-drop', 'ALL', '--read-only', '--tmpfs', '/tmp'],
    ...['--network', image.network],
    // As much swap as memory would be twice the memory.
    ...['--memory', `${memoryBytes}b`, '--memory-swap', `${memoryBytes}b`],
    ...['--cpus', String(cpuPercent / 100), '--pids-limit', String(pids)],
    ...(user === undefined ? [] : ['--user', user]),
    ...image.variables.flatMap((variable) => ['--env', variable]),
    ...image.mounts.flatMap(({ from, to, isWritable }) => [
      '--mount',
      `type=bind,${csv(`source=${from}`)},${csv(`target=${to}`)}${isWritable ? '' : ',readonly'}`,
    ]),
    ...(image.entrypoint === undefined ? [] : ['--entrypoint', image.entrypoint]),
    ...[image.name, ...args],
  ];
}

function given(limits: ContainerLimits): Partial<typeof CONTAINER_BOUNDS> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

/** RFC 4180 §2, as docker reads the value of `--mount`. */
function csv(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
