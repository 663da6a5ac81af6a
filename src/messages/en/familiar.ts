/** What to do instead of an option that other programs have and mcp-pipe does not. */
export const familiar = {
  stop: 'Press Ctrl-C where mcp-pipe runs: calls in flight are finished first. In Docker: docker compose stop',
  restart:
    'Press Ctrl-C where mcp-pipe runs, then start it again: mcp-pipe. In Docker: docker compose restart',
  background:
    'mcp-pipe runs in the foreground. With Docker it runs in the background and comes back after a reboot: docker compose up -d (docs/docker.md). In a shell: nohup mcp-pipe 2> mcp-pipe.log &',
  service:
    'To have the system start mcp-pipe, also after a reboot: mcp-pipe service install. To add a server to the configuration: mcp-pipe add. To write a first configuration: mcp-pipe init.',
  edit: 'Edit mcp_config.json in any editor; mcp-pipe check says what is wrong with it. mcp-pipe add, remove, enable and disable edit it for you.',
  login:
    'There is nothing to log in to: put the address of your endpoint into .env as MCP_ENDPOINT=wss://…?token=…, or let mcp-pipe init ask for it.',
  said: (what: { word: string; text: string }) => `mcp-pipe has no command "${what.word}". ${what.text}`,
};
