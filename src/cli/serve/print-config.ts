/** Programs whose configuration can hold an address, and what it looks like there. */
export const SERVE_CLIENTS = ['claude-code', 'cursor', 'vscode'] as const;
export type ServeClient = (typeof SERVE_CLIENTS)[number];

/** What an address is called in the configuration of a client. */
const NAME = 'mcp-pipe';

/** The block for a client, and the file that it belongs in. `key` is a placeholder; undefined: no key is asked for. */
export function addressBlock(
  client: ServeClient,
  url: string,
  key: string | undefined,
): { block: object; file: string } {
  const headers = key === undefined ? {} : { headers: { Authorization: `Bearer ${key}` } };
  switch (client) {
    case 'claude-code':
      return { block: { mcpServers: { [NAME]: { type: 'http', url, ...headers } } }, file: '.mcp.json' };
    case 'cursor':
      return { block: { mcpServers: { [NAME]: { url, ...headers } } }, file: '~/.cursor/mcp.json' };
    case 'vscode':
      return { block: { servers: { [NAME]: { type: 'http', url, ...headers } } }, file: '.vscode/mcp.json' };
  }
}

/** The command that adds an address to Claude Code. */
export function claudeCommand(url: string, key: string | undefined): string {
  const header = key === undefined ? '' : ` --header "Authorization: Bearer ${key}"`;
  return `claude mcp add --transport http ${NAME} ${url}${header}`;
}
