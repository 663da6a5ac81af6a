/** What waits for a person: calls, and changed definitions of tools. */
export const held = {
  unkept: ({ file, message }: { file: string; message: string }) =>
    `What is known of a server's tools cannot be kept in ${file} (${message}): after the next start its tools are taken as they are then. Free the file and the folder.`,
  unreadable: ({ file, message }: { file: string; message: string }) =>
    `What was known of a server's tools cannot be read from ${file} (${message}): all its tools count as new. Look at them with mcp-pipe approve, or remove the file to trust them as they are.`,
  /** For the log: no arguments. */
  callWaits: ({ tool, server, id, seconds }: { tool: string; server: string; id: string; seconds: number }) =>
    `A call of "${tool}" waits for a person, for ${seconds} s: mcp-pipe approve shows its arguments; mcp-pipe approve ${id} lets it through. Server: ${server}.`,
  toolHeld: ({ tool, server }: { tool: string; server: string }) =>
    `The definition of "${tool}" has changed, so it is held: mcp-pipe approve shows the difference. Server: ${server}.`,
  badIds: '"ids" has to be a list of up to 200 ids, as "approvals" names them.',
  badReason: '"reason" has to be a text.',
};
