/** Where mcp-pipe is installed. Two folders up, from here as from the bundle. */
export const packageRoot = new URL('../../', import.meta.url);
