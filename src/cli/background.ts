/** Set by `mcp-pipe start -d` for the process that it starts. */
export const BACKGROUND_VARIABLE = 'MCP_PIPE_BACKGROUND';

let isBackground = false;

/** Reads the variable and removes it, so that servers do not inherit it. Call it once, at the start of the process. */
export function takeBackground(env: NodeJS.ProcessEnv): void {
  isBackground = env[BACKGROUND_VARIABLE] === '1';
  delete env[BACKGROUND_VARIABLE];
}

/** Whether `mcp-pipe start -d` has started this process: it has no terminal, and its log is a file. */
export function isInBackground(): boolean {
  return isBackground;
}
