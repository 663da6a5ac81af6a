/** Warnings about several copies of mcp-pipe on one machine. */
export const copies = {
  running: ({
    pid,
    at,
    links,
  }: {
    pid: number | undefined;
    at: string | undefined;
    links: readonly string[];
  }) =>
    `mcp-pipe is running already${who(pid, at)} and holds the connections of ${links.join(', ')}. This copy starts their servers only when it gets a connection, and takes over when that one ends. To take its place now, without losing a call: the same command with --take-over. mcp-pipe leases shows who has what.`,
  sameConfiguration: ({ pid, at }: { pid: number | undefined; at: string | undefined }) =>
    `mcp-pipe is running already${who(pid, at)} with this configuration, and holds no connection that this copy needs. mcp-pipe status, logs, call and the like ask that one until it ends; give this copy a path of its own with --control to ask it as well.`,
  found: ({ path }: { path: string }) => `mcp-pipe status and others find this copy at ${path}.`,
  unavailable: ({ message }: { message: string }) =>
    `There is no control socket: ${message}. mcp-pipe status, logs, call and the like cannot ask this copy.`,
};

function who(pid: number | undefined, at: string | undefined): string {
  if (pid === undefined) return '';
  return at === undefined ? ` (pid ${pid})` : ` (pid ${pid}, since ${at})`;
}
