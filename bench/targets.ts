/** Bounds of the ratio to the base of a table, or of the figure itself; medians of five rounds on quiet cores. */
export interface Target {
  atMost?: number;
  atLeast?: number;
  isAbsolute?: boolean;
}

/** How much dearer a link may be in one stretch of a line: RSS moves in steps of what V8 gives its young objects, up to 16 MiB. */
const A_LINE = 1.5;

/** By part of the bench, by row; those of `mcp-pipe` beside the batched program, and of a multiplexer beside pipes. */
const TARGETS: Readonly<Record<string, Readonly<Record<string, Target>>>> = {
  pipe: {
    'cold start to the first answer, ms': { atMost: 1.45 },
    'one in flight, p50 µs': { atMost: 1.05 },
    '64 in flight, msg/s': { atLeast: 1 },
    '64 in flight, CPU µs per message': { atMost: 1.3 },
    'RSS after load, MiB': { atMost: 1.35 },
    '1 MiB results, MB/s': { atLeast: 0.95 },
    '1 MiB results, CPU µs per message': { atMost: 1.1 },
    '1 MiB requests, MB/s': { atLeast: 0.95 },
    '1 link, idle RSS, MiB': { atMost: 1.2 },
    '10 links, CPU µs per message': { atMost: 1.2 },
    '50 links, CPU µs per message': { atMost: 1.2 },
    '200 links, all answered after, ms': { atMost: 2 },
    '200 links, idle RSS, MiB': { atMost: 1.35 },
    '200 links, loaded RSS, MiB': { atMost: 1.5 },
    '200 links, msg/s': { atLeast: 0.85 },
    '200 links, CPU µs per message': { atMost: 1.35 },
  },
  start: {
    'Node.js 20: cold start to the first answer, ms': { atMost: 1.45 },
    'Node.js 24: cold start to the first answer, ms': { atMost: 1.45 },
    'Node.js 20: mcp-pipe --version beyond node -e 0, ms': { atMost: 20, isAbsolute: true },
    'Node.js 24: mcp-pipe --version beyond node -e 0, ms': { atMost: 20, isAbsolute: true },
  },
  growth: {
    'each further link, MB': { atMost: 0.12, isAbsolute: true },
    'each further link, ms': { atMost: 1.5, isAbsolute: true },
    'each further link, MB, at most / on average': { atMost: A_LINE, isAbsolute: true },
    'each further link, ms, at most / on average': { atMost: A_LINE, isAbsolute: true },
  },
  mux: {
    '64 in flight, msg/s': { atLeast: 0.8 },
    '64 in flight, CPU µs per message': { atMost: 1.4 },
  },
};

export function targetOf(part: string, row: string): Target | undefined {
  return TARGETS[part]?.[row];
}

/** `<= x1.30`; without the x where it is the figure itself that counts. */
export function boundOf({ atMost, atLeast, isAbsolute = false }: Target): string {
  const times = isAbsolute ? '' : 'x';
  return atMost === undefined ? `>= ${times}${atLeast}` : `<= ${times}${atMost}`;
}

export function isKept({ atMost, atLeast, isAbsolute }: Target, { median, ratio }: Cell): boolean {
  const value = isAbsolute ? median : ratio;
  return atMost === undefined ? value >= atLeast! : value <= atMost;
}

interface Cell {
  median: number;
  ratio: number;
}
