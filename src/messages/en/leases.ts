/** The words of `mcp-pipe leases`. */
export const leases = {
  token: ({ label }: { label: string }) => `token #${label}`,
  account: ({ label }: { label: string }) => `account ${label}`,
  unknown: 'unknown',
  connection: ({ number }: { number: number }) => `connection ${number}`,
  process: ({ pid }: { pid: number }) => `pid ${pid}`,
  since: ({ at }: { at: string }) => `since ${at}`,
  alive: 'alive',
  stale: 'left behind: the next one takes it over',
  none: 'No mcp-pipe of this user on this machine holds a connection.',
  waiting: ({
    link,
    whose,
    holder,
  }: {
    link: string;
    whose: string;
    holder: { link: string; pid: number } | undefined;
  }) => `${link} waits for ${whose}${holder ? `: ${holder.link} (pid ${holder.pid}) has it` : ''}`,
  unavailable: ({ folder, message }: { folder: string; message: string }) =>
    `Lock files cannot be used in ${folder} (${message}): another mcp-pipe on this machine may dial the same token. Name a folder that can be written with MCP_PIPE_STATE, or make sure that only one runs.`,
  noDaemon: 'No mcp-pipe of this configuration runs, so none of its links waits.',
};
