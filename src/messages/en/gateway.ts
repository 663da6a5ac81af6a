/** Limits of all of its clients alike. */
interface GatewayLimits {
  rate: string | undefined;
  perAddress: string | undefined;
  concurrent: number | undefined;
}

/** The gateway and its addresses. */
export const gateway = {
  /** `keys`: names; undefined: they cannot be read. */
  title: ({ keys, stored }: { keys: readonly string[] | undefined; stored: number | undefined }) => {
    if (keys === undefined) return 'Gateway';
    const more = stored === undefined ? [] : [`${stored} of mcp-pipe key`];
    const all = [...keys, ...more];
    return all.length === 0 ? 'Gateway (without a key)' : `Gateway (keys: ${all.join(', ')})`;
  },
  grant: ({ key, opens, until }: { key: string; opens: string; until: number | undefined }) =>
    `Key ${key} opens ${opens}${until === undefined ? '' : `, until ${new Date(until).toISOString().slice(0, 10)}`}.`,
  limits: ({ rate, perAddress, concurrent }: GatewayLimits) =>
    `Limits: ${[
      ...(rate === undefined ? [] : [`${rate} for each client`]),
      ...(perAddress === undefined ? [] : [`${perAddress} for each address`]),
      ...(concurrent === undefined ? [] : [`${concurrent} calls at a time for each client`]),
    ].join(', ')}.`,
  all: 'all servers',
  ofAgent: ({ agent }: { agent: string }) => `of agent ${agent}`,
  others: 'For clients of HTTP+SSE the same with /sse at the end, for WebSocket ws://… with /ws.',
  further: ({ urls }: { urls: readonly string[] }) => `All servers also at: ${urls.join(' ')}`,
  elsewhere: ({ urls }: { urls: readonly string[] }) => `From other machines: ${urls.join(' ')}`,
  /** What a server does, behind its address. */
  states: {
    ready: 'ready',
    starting: 'starting',
    'on-demand': 'starts at the first call',
    failing: 'failing, calls are refused',
    silent: 'does not answer',
    refusing: 'refuses initialize',
    down: 'down, will be started again',
  },
  /** For the log: whose servers an address gives. */
  at: ({ of, url }: { of: string; url: string }) => `Serving ${of} at ${url}`,
};
