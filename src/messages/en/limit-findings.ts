import type { FindingText } from '../parts.js';
import { size } from './numbers.js';

/** Findings about what servers may take of the machine. */
export const limitFindings = {
  'memory-limit-low': ({ memory, node }: { memory: number; node: number }) => ({
    expected: `${size(node)} or more for a server in Node.js, which takes 60 to 70 MiB before its first call`,
    got: size(memory),
    next: 'Raise it unless you know that the server needs less; otherwise it is started again and again.',
  }),
  'memory-limit-high': ({ memory, totalBytes }: { memory: number; totalBytes: number }) => ({
    expected: `less than the memory of this machine or container, ${size(totalBytes)}`,
    got: size(memory),
    next: 'Lower it: the machine would run out of memory before the server comes to its limit.',
  }),
  'pids-limit-low': ({ pids, node }: { pids: number; node: number }) => ({
    expected: `${node} or more for a server in Node.js: its threads count, and those of npx beside it`,
    got: String(pids),
    next: 'Raise it unless you know that the server needs fewer; otherwise it cannot start, or is started again and again.',
  }),
} satisfies Record<string, (params: never) => FindingText>;

export const limitFindingCodes = {
  'memory-limit-low': 'CONFIG_LIMIT',
  'memory-limit-high': 'CONFIG_LIMIT',
  'pids-limit-low': 'CONFIG_LIMIT',
} as const;
