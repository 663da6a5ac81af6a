/** The gateway and its addresses. */
export const gateway = {
  /** `keys`: names; undefined: they cannot be read. */
  title: ({ keys }: { keys: readonly string[] | undefined }) => {
    if (keys === undefined) return 'Gateway';
    return keys.length === 0 ? 'Gateway (without a key)' : `Gateway (keys: ${keys.join(', ')})`;
  },
  all: 'all servers',
  ofAgent: ({ agent }: { agent: string }) => `of agent ${agent}`,
  others: 'For clients of HTTP+SSE the same with /sse at the end, for WebSocket ws://… with /ws.',
  further: ({ urls }: { urls: readonly string[] }) => `All servers also at: ${urls.join(' ')}`,
  elsewhere: ({ urls }: { urls: readonly string[] }) => `From other machines: ${urls.join(' ')}`,
  /** What a server does, behind its address. */
  states: {
    ready: 'ready',
    starting: 'starting',
    'on-demand': 'started for its clients',
    silent: 'does not answer',
    refusing: 'refuses initialize',
    down: 'down, will be started again',
  },
  /** For the log: whose servers an address gives. */
  at: ({ of, url }: { of: string; url: string }) => `Serving ${of} at ${url}`,
};
