/** Bounds of the ratio to the base of a table; medians of five rounds on quiet cores. */
export interface Target {
  atMost?: number;
  atLeast?: number;
}

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
  mux: {
    '64 in flight, msg/s': { atLeast: 0.8 },
    '64 in flight, CPU µs per message': { atMost: 1.4 },
  },
};

export function targetOf(part: string, row: string): Target | undefined {
  return TARGETS[part]?.[row];
}

/** `<= 1.30`, and whether a ratio keeps it: `missed` where it does not. */
export function verdict({ atMost, atLeast }: Target, ratio: number): string {
  const bound = atMost === undefined ? `>= ${atLeast!.toFixed(2)}` : `<= ${atMost.toFixed(2)}`;
  const isKept = atMost === undefined ? ratio >= atLeast! : ratio <= atMost;
  return isKept ? bound : `${bound} missed`;
}
