/** What to do instead of an option of another gateway, or beside it. */
export const flagAdvice = {
  tunnel:
    'mcp-pipe opens no tunnel. Run one in front, for instance cloudflared tunnel --url http://127.0.0.1:8080, with --allow-host and the name that it gives, and with a key.',
  'client-certificates':
    'Clients show a key, not a certificate: use --tls-cert and --tls-key without it, or let nginx in front ask for certificates.',
  shell: `Write the shell as the command: mcp-pipe serve -- sh -c '…'`,
  client: `This connects to a remote server. As a program on stdin and stdout: mcp-pipe stdio --http URL -H 'Name: value'. To serve it here: mcp-pipe serve --http URL -H 'Name: value'`,
  oauth:
    'Write the remote server into the configuration (mcp-pipe add NAME URL --client-id ID), log in with mcp-pipe login NAME, then run mcp-pipe serve.',
  'verify-ssl':
    'For a remote server with a certificate of its own: --insecure HOST, or NODE_EXTRA_CA_CERTS=file.pem',
  'stdio-output': 'On stdin and stdout this is: mcp-pipe stdio, with the same server behind it.',
  transport: 'Write sse, ws or streamableHttp, or leave it out: every address is served at once.',
  'base-url':
    'Clients get addresses without a host, which hold behind every proxy, so it is not needed; its host is allowed as with --allow-host. A path in it is not needed either: let the proxy take it off, and send the header X-Forwarded-Prefix.',
  'protocol-version':
    'The revision of the protocol is agreed on with each client and each server, so it is left out.',
  'no-limit':
    'Connections and calls have no such limit here, so it is left out. "callTimeoutMs" in "settings" ends long calls.',
  graceful:
    '"drainTimeoutMs" in "settings" of the configuration says how long calls may take to end; the option is left out.',
  'event-store': 'Streams can always be resumed, within fixed bounds, so it is left out.',
  eras: 'Each address serves both eras of the protocol, so it is left out.',
  'cors-headers': 'Pages that may use the gateway may send any header, so it is left out.',
  'key-visible':
    'It counts, but other users of this machine see it in the list of processes: set MCP_PIPE_KEY, or MCP_PIPE_KEY_FILE for a file with it.',
  loopback:
    'supergateway listens on every address; here it is 127.0.0.1, this machine alone. For other machines: --host 0.0.0.0, with MCP_PIPE_KEY.',
  'new-name': 'It counts as --port or --host, which replace it.',
  'command-only':
    'It is for a command behind serve. Servers of the configuration have "env" and "cwd" of their own.',
  'one-command':
    'Name the server once: with --stdio, with --http, --sse or --ws, or as the words behind the options.',
  'punkpeye-server':
    'It takes sse or stream, and both are served anyway. A server of the configuration is named as the word behind the options: mcp-pipe serve NAME',
  unclosed: 'Close the quotation mark.',
  'no-command': `For instance: --stdio 'npx -y @modelcontextprotocol/server-memory', or --named-server memory 'npx -y @modelcontextprotocol/server-memory'`,
  'named-twice': 'Give each server another name.',
  'both-configs': 'Give one of them: they mean the same.',
  state: 'Leave out --stateful or --stateless.',
  bearer: `For a remote server write -H 'Authorization: Bearer …'. For clients of the gateway, keys stand in MCP_PIPE_KEY or in "gateway".`,
};

type Advice = keyof typeof flagAdvice;

/** What was expected and what came, where the option itself is one of `serve`. */
export const flagCases = {
  'stdio-output': ['sse, ws or streamableHttp', 'stdio'],
  transport: ['sse, ws or streamableHttp', 'another value'],
  'key-visible': ['a key in MCP_PIPE_KEY or in a file', 'a key on the command line'],
  loopback: ['--host, if other machines are to reach it', 'none'],
  'new-name': ['--port or --host', 'the former name'],
  'command-only': ['a command behind the options', 'none'],
  'one-command': ['one way to name the server', 'two'],
  'punkpeye-server': ['sse or stream', 'another value'],
  unclosed: ['a command', 'a quotation mark that is not closed'],
  'no-command': ['a command', 'none'],
  'named-twice': ['a name for each server', 'one name twice'],
  'both-configs': ['--config or --named-server-config', 'both'],
  state: ['--stateful or --stateless', 'both'],
} satisfies { [one in Advice]?: [expected: string, got: string] };

export const serveFindings = {
  'serve-flag': ({ advice }: { advice: Advice }) => {
    const [expected, got] = Object.hasOwn(flagCases, advice)
      ? flagCases[advice as keyof typeof flagCases]
      : ['an option that mcp-pipe serve needs or has', 'an option of another gateway'];
    return { expected, got, next: flagAdvice[advice] };
  },
};
