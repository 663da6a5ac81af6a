/** Whether these variables are those of mcp-pipe's container image. */
export function isInContainer(env: Readonly<Record<string, string | undefined>>): boolean {
  return env.MCP_PIPE_CONTAINER === '1';
}
