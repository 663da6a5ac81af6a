/** The numbers of servers that have a process for each key or session, a part of the settings. */
export const INSTANCE_SETTINGS = {
  instanceIdleMs: {
    default: 300_000,
    unit: 'ms',
    least: 0,
    means:
      'With "share": "key", how long a process goes on when its last client has left. One of a session ends with it.',
    why: 'A client that connects anew after a short break finds its process as it left it; memory is not held for one that stays away.',
  },
  maxInstances: {
    default: 64,
    unit: 'servers',
    least: 1,
    means:
      'How many processes of keys and sessions there are at a time, of all servers together. For one more, the one ends that has been without a client for longest, else the one whose clients have been idle for longest, and for instanceIdleMs; else the new client is refused.',
    why: 'A process of Node.js or Python takes 40 to 100 MB: these fit into 8 GB, and no crowd of sessions takes the memory of the machine.',
  },
  maxInstancesOfServer: {
    default: 32,
    unit: 'servers',
    least: 1,
    means: 'The same of one server.',
    why: 'Half of all, so that no server takes every place.',
  },
} as const;

/** Processes of one server that share its calls (`"instances"`). */
export const INSTANCES = {
  least: 1,
  // Each costs memory, and one machine that runs mcp-pipe has fewer cores.
  most: 64,
} as const;
