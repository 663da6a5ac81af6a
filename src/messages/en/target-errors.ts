/** Names in a sentence. */
export const list = (names: readonly string[], none: string) => names.join(', ') || none;
const known = ({ file, names }: { file: string | undefined; names: readonly string[] }) =>
  file === undefined ? 'there is no configuration' : `${file} has ${list(names, 'no servers')}`;
/** The question whether one of the nearest names was meant; without any, another sentence. */
export const meantOr = (meant: readonly string[], otherwise: string) =>
  meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : otherwise;

/** Errors about the words that say what is to be started. */
export const targetErrors = {
  'no-such-agent': ({
    name,
    names,
    meant,
    file,
  }: {
    name: string;
    names: readonly string[];
    meant: readonly string[];
    file: string | undefined;
  }) => ({
    what: `${file ?? 'The configuration'} has no agent ${name}; it has ${list(names, 'none')}.`,
    next: meantOr(meant, 'Write it into "agents", or name another one.'),
  }),
  'no-alerts': ({ file }: { file: string }) => ({
    what: `${file} has neither "alerts" with a channel nor "sentry", so alerts go nowhere.`,
    next: `Write "alerts": { "telegram": { "botToken": "\${TELEGRAM_BOT_TOKEN}", "chatId": "\${TELEGRAM_CHAT_ID}" } } into it, for instance; docs/alerts.md says how to get both.`,
  }),
  'target-is-agent': ({
    name,
    word,
    servers,
  }: {
    name: string;
    word: string;
    servers: readonly string[];
  }) => ({
    what: `${name} is an agent, not a server; its servers: ${list(servers, 'none')}.`,
    next: `To run this agent alone write: mcp-pipe --agent ${word}`,
  }),
  'address-for-target': ({ isHttp }: { isHttp: boolean }) => ({
    what: 'An address stands where a server or a script belongs.',
    next: isHttp
      ? 'If it is that of a remote server, put --http before it: --http http://…'
      : 'If it is that of an endpoint, write it into .env as MCP_ENDPOINT=…, or put --endpoint before it; if a server is there, --ws.',
  }),
  'remote-and-target': () => ({
    what: 'One server is asked for: a name, a command behind --, or an address behind --http, --sse or --ws.',
    next: 'Leave out the others.',
  }),
  'header-without-remote': () => ({
    what: '--header and --insecure belong to a remote server.',
    next: 'Give its address with --http, --sse or --ws.',
  }),
  'header-option': () => ({
    what: '--header takes "Name: value".',
    next: `For instance: --header 'Authorization: Bearer \${TOKEN}'`,
  }),
  'no-such-path': ({
    path,
    isFolder,
    ...has
  }: {
    path: string;
    isFolder: boolean;
    file: string | undefined;
    names: readonly string[];
  }) => ({
    what: `${path} ${isFolder ? 'is a folder' : 'does not exist'}, and no configured server has that name; ${known(has)}.`,
    next: 'Give the path of a script or an executable, or the name of a configured server.',
  }),
  'no-such-target': ({
    name,
    meant,
    isServed = false,
    ...has
  }: {
    name: string;
    meant: readonly string[];
    file: string | undefined;
    names: readonly string[];
    /** Behind `serve`, where a program may stand as well. */
    isServed?: boolean;
  }) => ({
    what: `${name} is neither a configured server nor a file${isServed ? ' nor a program in PATH' : ''}; ${known(has)}.`,
    next: meantOr(
      meant,
      isServed
        ? 'Write the name of a configured server, a script, or a command as in a terminal: mcp-pipe serve npx -y @modelcontextprotocol/server-memory'
        : `To run a command write: mcp-pipe -- ${name}${has.file === undefined ? '; mcp-pipe init writes a configuration' : ''}`,
    ),
  }),
  'doctor-unknown': ({
    name,
    names,
    meant,
  }: {
    name: string;
    names: readonly string[];
    meant: readonly string[];
  }) => ({
    what: `There is no server, link or agent ${name}; there are ${list(names, 'none')}.`,
    next: meantOr(meant, 'Name one of those, or none for all of them.'),
  }),
  'meant-running': ({ name, meant }: { name: string; meant: string }) => ({
    what: `${name} is neither a configured server nor a file.`,
    next: `Did you mean ${meant}, which is running?`,
  }),
};
