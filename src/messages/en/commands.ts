import { count, time } from './numbers.js';

/** What commands print about their work, and what the daemon logs at its start and end. */
export const commands = {
  note: ({ text }: { text: string }) => `Note: ${text}`,
  next: ({ text }: { text: string }) => `Next: ${text}`,

  // A run
  starting: ({ links }: { links: string }) => `Starting ${links}.`,
  stopping: ({ why }: { why: string }) =>
    why === 'all-failed' ? 'Every link has failed: stopping.' : `${why}: stopping.`,
  stopped: 'Stopped.',
  frame: ({ to }: { to: 'server' | 'endpoint' }) => `Message to the ${to}.`,
  callAt: ({ link, url }: { link: string; url: string }) => `${link}: call it at ${url}`,
  clientsAt: ({ link, url }: { link: string; url: string }) =>
    `${link}: MCP clients (Streamable HTTP) use ${url}`,
  toolsOf: ({ link, count: n, tools }: { link: string; count: number; tools: string }) =>
    `${link}: ${count(n, 'tool')}: ${tools}`,

  // init
  nothingWritten: 'Nothing was written.',
  wrote: ({ file, servers, envFile }: { file: string; servers: number; envFile: string | undefined }) =>
    `Wrote ${file} (${count(servers, 'server')})${envFile === undefined ? '' : ` and ${envFile}`}.`,
  environmentWins: ({ variable }: { variable: string }) =>
    `${variable} is set in the environment, too, and wins over .env.`,
  envKept: ({ file }: { file: string }) => `${file} exists already and was left as it is.`,
  envLacks: 'Add to it:',
  withoutToken: '(without a token)',
  thenEndpoint: ({ file, variable, run }: { file: string; variable: string; run: string }) =>
    `Then: put your endpoint into ${file} as ${variable}=…, and run ${run}`,
  endpointComment:
    'The endpoint of every server without one of its own: take the # away and put your address in, wss://api.xiaozhi.me/mcp/?token=...',
  endpointSetComment: 'The endpoint of every server without one of its own. Never commit this file.',
  noGitignore:
    'this is a git repository without a .gitignore; write .env into one, so that it is never committed.',
  gitignored: ({ file }: { file: string }) => `Added .env to ${file}.`,
  askEndpoint: 'Address of the endpoint, with its token (hidden; Enter leaves it for later)',
  askServers: 'Which servers? (arrows move, space chooses, Enter goes on)',
  chooseServers: 'Choose at least one server: space chooses, Enter goes on',
  askFolder: 'Which folder may the server filesystem read and write? (not the one with your token in it)',
  askSecrets: ({ names }: { names: string }) => `Move secrets into .env (${names})?`,
  folderWithToken: ({ own }: { own: string }) =>
    `Whoever can ask the server could read your token in .env there: take ${own}, for instance.`,
  noFolder: 'There is no such folder.',
  othersServers: 'Servers of other programs',
  remoteHint: 'remote: cannot run yet',
  importedHint: 'imported',
  presets: {
    calculator: 'one file without dependencies, to start from',
    memory: 'remembers what you say; npx fetches it',
    filesystem: 'reads and writes one folder; npx fetches it',
  },

  // add, remove
  added: ({ name, file, replaced }: { name: string; file: string; replaced: boolean }) =>
    `${name} ${replaced ? 'replaced' : 'added'} in ${file}.`,
  removed: ({ name, file }: { name: string; file: string }) =>
    `${name} removed from ${file}. What .env holds for it stays.`,
  isDisabled: '(it is disabled, and starts only by its name)',
  secretArgument: ({ name, file, envFile }: { name: string; file: string; envFile: string }) =>
    `An argument of ${name} looks like a secret, and stands in ${file}: write \${NAME} there and NAME=… into ${envFile}.`,
  inEnv: ({ names, file }: { names: readonly string[]; file: string }) =>
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} in ${file}.`,
  wasReadable: ({ file }: { file: string }) => `${file} was readable by others; now only its owner reads it.`,

  // tools
  tools: ({ name, count: n }: { name: string; count: number }) => `${name}: ${count(n, 'tool')}`,
  noTools: ({ name }: { name: string }) => `${name} offers no tools.`,
  progressOf: ({ done, total }: { done: number; total: number | undefined }) =>
    total === undefined ? `${done}` : `${done} of ${total}`,
  savedAs: ({ file }: { file: string }) => `, saved as ${file}`,
  content: {
    image: 'image',
    audio: 'audio',
    resource: 'resource',
    link: 'resource link',
    unknown: 'unknown type',
  },

  // demo
  demoBegins: ({ address, servers }: { address: string; servers: number }) =>
    `An endpoint listens on ${address}. Starting ${count(servers, 'MCP server')} and piping each to it.`,
  demoTools: ({ count: n, ms }: { count: number; ms: number }) => `${count(n, 'tool')} in ${time(ms)}`,
  demoExpected: ({ text }: { text: string }) => `expected an answer with ${text}`,
  demoWorked: 'Every server answered through its WebSocket.',
  demoFailed: ({ failed, of }: { failed: number; of: number }) => `${failed} of ${of} failed.`,
  demoNext:
    'put your token into .env (MCP_ENDPOINT=wss://...) and run mcp-pipe examples/calculator.js; mcp-pipe --help shows more.',
  demoNoTools: ({ ms }: { ms: number }) => `no list of tools within ${time(ms)}`,

  // endpoint
  serversDial: 'Servers dial',
  callersDial: 'Callers dial',
  or: 'or',
  onlyTokens: 'Only the given tokens are accepted.',
  anyToken: 'Any token will do; the same one joins a caller to its server.',
  peerConnected: ({ side, id, token }: { side: 'server' | 'caller'; id: number; token: string }) =>
    `${side} ${id} connected on token #${token}`,
  serverIs: ({ id, name }: { id: number; name: string | undefined }) =>
    `server ${id} is ${name ?? 'nameless'}`,
  serverOffers: ({ id, count: n, tools }: { id: number; count: number; tools: string }) =>
    `server ${id} offers ${count(n, 'tool')}: ${tools}`,
  peerLeft: ({ side, id, how }: { side: 'server' | 'caller'; id: number; how: string }) =>
    `${side} ${id} left: ${how}`,
  refusedPeer: ({ side, token, how }: { side: 'server' | 'caller'; token: string; how: string }) =>
    `refused a ${side} on token #${token}: ${how}`,
  answeredHttp: ({ path, status }: { path: string; status: number }) =>
    `answered ${path} with HTTP ${status}`,
};
