/** What a daemon answers a client that wants its servers and cannot have them: `mcp-pipe stdio`. */
export const clients = {
  otherProtocol: ({ version }: { version: string }) =>
    `The running mcp-pipe is version ${version}, which is too different from this one.`,
  tooMany: ({ most }: { most: number }) => `${most} clients use the running mcp-pipe already.`,
  notPlanned: ({ unknown, known }: { unknown: readonly string[]; known: readonly string[] }) =>
    unknown.length === 0
      ? 'The running mcp-pipe has no server for this client now.'
      : `The running mcp-pipe has no ${unknown.join(', ')} now; it has ${known.join(', ') || 'none'}.`,
};
