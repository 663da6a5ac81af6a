import type { WhyConnected } from '../parts.js';
import { connected } from './link-kinds.js';

/** The words of `mcp-pipe check` around its findings. */
export const report = {
  columns: { server: 'server', kind: 'kind', command: 'command', endpoint: 'endpoint', notes: 'notes' },
  disabled: 'disabled',
  noEndpoint: 'no endpoint',
  sameToken: ({ others }: { others: readonly string[] }) => `same token as ${others.join(', ')}`,
  priority: ({ priority }: { priority: number }) => `priority ${priority}`,
  account: ({ account, connections }: { account: string; connections: number }) =>
    `account ${account}: at most ${connections} connected`,
  /** `calculator, memory: one connection (token #a1b2c3d4 is shared; mode auto)` */
  why: (why: WhyConnected) => {
    const { servers, kind, mode, reads, token } = why;
    const what = token === undefined ? 'the address' : `token #${token}`;
    const whose = servers.length > 1 ? `${what} is shared` : `no other server has ${what}`;
    const alone = reads.length > 0 ? `${reads.join(', ')} needs messages to be read` : whose;
    return `${servers.join(', ')}: ${connected[kind](why)} (${alone}; mode ${mode})`;
  },
  errors: ({ count }: { count: number }) => (count === 1 ? '1 error' : `${count} errors`),
  warnings: ({ count }: { count: number }) => (count === 1 ? '1 warning' : `${count} warnings`),
  expected: 'expected',
  got: 'got',
  next: 'fix',
  clean: 'Nothing wrong',
  wouldStart: ({ count, all }: { count: number; all: number }) =>
    count === 0
      ? 'mcp-pipe would start no server'
      : `mcp-pipe would start ${count} of ${all} ${all === 1 ? 'server' : 'servers'}`,
  /** The next command, depending on the result. */
  nothingThere: 'Next: mcp-pipe demo shows it at work without a token; mcp-pipe init writes a configuration.',
  mend: ({ check }: { check: string }) => `Next: fix the errors above, then run: ${check}`,
  mendEndpoint: ({ run }: { run: string }) =>
    `Next: write the token as said above; or try without one: ${run} --local`,
  fixWarnings: ({ run }: { run: string }) => `Next: look at the warnings above; to start it as it is: ${run}`,
  ready: ({ run }: { run: string }) => `Next: ${run}`,
  inContainer: 'In Docker, this shows all of it: docker compose run --rm mcp-pipe check',
  wrote: ({ file }: { file: string }) => `Wrote ${file}.`,
};
