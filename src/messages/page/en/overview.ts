/** Words of the overview: verdict, bay, machine, first steps. */
export const overview = {
  /** The parts of the line under the headline; `n` is set bold. */
  ready: { n: ({ of, ready }: { ready: string; of: string }) => `${ready} of ${of}`, words: 'servers ready' },
  asleep: ({ n }: { n: string }) => `(${n} asleep)`,
  open: ({ of, open }: { open: string; of: string }) => `${open} of ${of}`,
  openWords: 'connections open',
  running: ({ n }: { n: number }): string => (n === 1 ? 'call running' : 'calls running'),
  servers: 'Servers',
  agents: 'Agents',
  /** Where no link belongs to an agent. */
  links: 'Connections',
  ownLink: 'own link',
  show: 'Show',
  all: 'All',
  chips: { bad: 'Needs you', busy: 'On it', ok: 'Well', rest: 'At rest' },
  find: 'Find a server',
  nothingFound: ({ query }: { query: string }) =>
    `No server is called “${query}”. Names are searched, not tools.`,
  noLinks: 'No connection yet: a token or an endpoint in the configuration makes one.',
  columns: {
    server: 'Server',
    calls: 'Calls a minute',
    latency: 'p50 / p99',
    memory: 'Memory',
    restarts: 'Restarts',
  },
  showAll: ({ n }: { n: string }) => `Show all ${n} rows, so that the browser can search them`,
  askedBy: ({ client }: { client: string }) => `asked by ${client}`,
  serversReady: ({ ready, of }: { ready: string; of: string }) => `${ready} of ${of} servers ready`,
  tools: ({ n, text }: { n: number; text: string }) => `${text} ${n === 1 ? 'tool' : 'tools'}`,
  machine: {
    up: ({ span }: { span: string }) => `up ${span}`,
    read: ({ span }: { span: string }) => `read ${span} ago`,
    unchanged: 'unchanged',
    changed: 'changed since',
    refused: ({ why }: { why: string }) => `The last edit of the configuration was refused: ${why}`,
    memory: ({ own, servers, total }: { own: string; servers?: string; total?: string }) =>
      `Memory: itself ${own}${servers === undefined ? '' : `, servers ${servers}`}${total === undefined ? '' : `, of ${total}`}`,
    gateway: ({ origin, n, text }: { origin: string; n: number; text: string }) =>
      `gateway ${origin}: ${text} ${n === 1 ? 'client' : 'clients'}`,
    warnings: 'Warnings of the configuration',
    label: 'This mcp-pipe',
  },
  confirm: {
    head: ({ verb, name }: { verb: string; name: string }) => `${verb} ${name}?`,
    running: ({ n, text }: { n: number; text: string }) =>
      n === 1
        ? '1 call is running. It gets an error and is not repeated.'
        : `${text} calls are running. They get an error and are not repeated.`,
    lose: ({ names, n }: { names: string; n: number }) =>
      n === 1
        ? `${names} loses its tools until it is ready again.`
        : `${names} lose its tools until it is ready again.`,
    loseUntilResumed: ({ names, n }: { names: string; n: number }) =>
      n === 1
        ? `${names} loses its tools until you resume it.`
        : `${names} lose its tools until you resume it.`,
    linkDown: 'Its endpoint reaches none of its tools until it is connected again.',
    linkPaused: 'Its endpoint reaches none of its tools until you resume it.',
  },
  /** For screen readers: what has changed, and how many need a person. */
  said: ({ name, word }: { name: string; word: string }) => `${name}: ${word}`,
  needYou: ({ n, text }: { n: number; text: string }) => (n === 1 ? `${text} needs you` : `${text} need you`),
  first: {
    head: 'Almost there: waiting for the first question',
    done: '(done)',
    read: 'Configuration read',
    readDetail: ({ file, servers, links }: { file: string; servers: string; links: string }) =>
      `${file}: ${servers}, ${links}.`,
    servers: ({ n, text }: { n: number; text: string }) => `${text} ${n === 1 ? 'server' : 'servers'}`,
    links: ({ n, text }: { n: number; text: string }) => `${text} ${n === 1 ? 'connection' : 'connections'}`,
    serverReady: ({ name }: { name: string }) => `${name} is ready`,
    serversReady: ({ n }: { n: string }) => `${n} servers are ready`,
    serverNot: 'A server is ready',
    serverReadyDetail: 'Its tools can be called.',
    linkOpen: ({ endpoint }: { endpoint: string }) => `Connected to ${endpoint}`,
    linkNot: 'Connected to an endpoint',
    linkOpenDetail: 'The endpoint can ask for the tools.',
    linkAsked: ({ client }: { client: string }) => `${client} has asked for the tools.`,
    ask: 'Now ask your assistant something',
    askDetail: 'For example: “What is 17 times 23?” The call shows up here at once.',
    askMore:
      'Nothing after a minute? Start a new conversation: assistants read the list of tools when one begins.',
  },
  empty: {
    head: 'No server yet',
    about: 'Three commands, and about five minutes.',
    init: 'Writes a configuration that runs, with an example server.',
    check: 'Reads it and says what is wrong with it.',
    run: 'Starts the servers and connects them.',
    more: 'This page shows the servers as soon as the configuration has some.',
  },
};
