/** What the log says of the black box. */
export const blackBox = {
  none: 'This mcp-pipe keeps no black box: it was started by a program that does not want one.',
  written: ({ file }: { file: string }) =>
    `What happened before this is kept; to read it: mcp-pipe explain ${file}`,
  unwritable: ({ folder, message }: { folder: string; message: string }) =>
    `The black box cannot be written to ${folder} (${message}). Everything else goes on. Make the folder writable for this user, or name another one in MCP_PIPE_STATE.`,
};
