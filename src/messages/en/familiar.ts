/** What to do instead of an option that other programs have and mcp-pipe does not. */
export const familiar = {
  service:
    'To have the system start mcp-pipe, also after a reboot: mcp-pipe service install. To add a server to the configuration: mcp-pipe add. To write a first configuration: mcp-pipe init.',
  flush:
    'The log file is rotated by itself and needs no care; mcp-pipe logs --since 10m shows the latest part.',
  scale:
    'One process serves every connection of a server. How many servers and agents fit on a machine: docs/scaling.md',
  tunnel:
    'mcp-pipe init asks for your servers and your endpoint; mcp-pipe start connects them. To serve them over HTTP: mcp-pipe serve.',
  edit: 'Edit mcp_config.json in any editor; mcp-pipe check says what is wrong with it. mcp-pipe add, remove, enable and disable edit it for you.',
  login:
    'To log in to a remote server: mcp-pipe login with its name. An endpoint needs no login: put its address into .env as MCP_ENDPOINT=wss://…?token=…, or let mcp-pipe init ask for it.',
  stopOne:
    'mcp-pipe stop ends mcp-pipe with all its servers, and takes no name. One server: mcp-pipe pause with its name, until mcp-pipe resume; for good: mcp-pipe disable.',
  restartAll:
    'mcp-pipe restart takes the name of one server; mcp-pipe status shows the names. All of them: mcp-pipe stop, then mcp-pipe start -d. After an edit of the configuration: mcp-pipe reload.',
  reloadOne:
    'mcp-pipe reload reads the whole configuration and restarts only what has changed; it takes no name. A new process of one server: mcp-pipe restart with its name.',
  said: (what: { word: string; text: string }) => `mcp-pipe has no command "${what.word}". ${what.text}`,
};
