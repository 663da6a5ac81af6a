/** The numbers of remote servers, a part of the settings. */
export const REMOTE_SETTINGS = {
  httpCalls: {
    default: 32,
    unit: 'calls',
    least: 1,
    means:
      'Calls that run at once over HTTP to one server, each on a connection of its own; further ones wait.',
    why: 'More than endpoints have at once, and fewer connections than servers and proxies allow one client.',
  },
  httpSilenceMs: {
    default: 300_000,
    unit: 'ms',
    least: 1_000,
    means:
      'A stream on which a server over HTTP sends messages of its own, and nothing has come for this long, is asked for again.',
    why: 'A proxy on the way may have forgotten it without a word. Servers that send signs of life do so every 15 to 30 s; for the others one more request in five minutes is nothing.',
  },
  keptConnections: {
    default: 8,
    unit: 'connections',
    least: 0,
    means: 'Idle connections to one remote server that are kept for its next requests.',
    why: 'Calls to one server seldom run side by side; more of them only use up the server.',
  },
  keptConnectionMs: {
    default: 4_000,
    unit: 'ms',
    least: 0,
    means: 'How long such a connection is kept when the server does not say how long it keeps it.',
    why: 'Common servers close idle connections after 5 s, and a call that crosses the close would be lost.',
  },
  headersCommandTimeoutMs: {
    default: 30_000,
    unit: 'ms',
    least: 100,
    means: 'How long the command in headersCommand may run.',
    why: 'Command line tools of clouds take a few seconds to get a token; one that waits for input never ends.',
  },
  callRetryMs: {
    default: 1_000,
    unit: 'ms',
    least: 100,
    means:
      'A remote server that waits for its next try is tried at once when a call comes, at most once in this time.',
    why: 'A call is worth a try, and a server that is down is not asked more often than a person would.',
  },
} as const;
