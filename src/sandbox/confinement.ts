/** What holds a server: the keys `user`, `nice`, `sandbox` and `image` of its entry, read. Plain data. */
export interface Confinement {
  /** Name or number of the user that it runs as. */
  user?: string | undefined;
  /** 1 to 19: after others; -20 to -1: before others. */
  nice?: number | undefined;
  sandbox?: SandboxPlan | undefined;
  image?: ImagePlan | undefined;
  /** Files of mcp-pipe that nothing in a sandbox reads or writes, absolute: the configuration and its `.env`. */
  own: readonly string[];
}

/** What a server in a sandbox may have beside the system and what it needs to start. Paths are absolute. */
export interface SandboxPlan {
  read: readonly string[];
  write: readonly string[];
  /** `"auto"`: the folder that it starts in may be written. */
  writesOwnFolder: boolean;
  network: boolean;
  /** What has to hold it; undefined: bubblewrap where it works, else Landlock. */
  by?: SandboxWay | undefined;
}

/** An image of containers that the server runs in. */
export interface ImagePlan {
  name: string;
  /** `none`: no network. */
  network: string;
  mounts: readonly ImageMount[];
  /** The program that is started instead of the image's own; undefined: the image's own. */
  entrypoint?: string | undefined;
  /** Names of variables that it gets; their values stand in the environment of the command. */
  variables: readonly string[];
}

export interface ImageMount {
  /** Absolute, on this machine. */
  from: string;
  to: string;
  isWritable: boolean;
}

export type SandboxWay = 'bubblewrap' | 'landlock';

/** Bounds of a container, as far as the server has any. */
export interface ContainerLimits {
  memoryBytes?: number | undefined;
  /** Percent of one processor. */
  cpuPercent?: number | undefined;
  pids?: number | undefined;
}
