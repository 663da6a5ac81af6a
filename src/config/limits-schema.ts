import * as z from 'zod';
import { LIMITS } from './limits-defaults.js';
import { size, wants } from './shapes.js';

function number(least: number, most: number) {
  const bad = wants('number', { least, most });
  return z.number(bad).min(least, bad).max(most, bad);
}

const badPids = wants('number', { least: LIMITS.leastPids, most: LIMITS.mostPids });

/** `"limits"` of a server. */
const limits = z.strictObject(
  {
    memory: size(LIMITS.leastMemory, LIMITS.mostMemory)
      .optional()
      .describe(
        'Resident memory of its processes together, in bytes or as a text: "300MB", "1GB". Above it, it is started anew between two calls, or at once when that does not work out. Default: any amount.',
      )
      .meta({ examples: ['300MB'] }),
    cpu: number(LIMITS.leastCpu, LIMITS.mostCpu)
      .optional()
      .describe(
        'Processor time of its processes together, in percent of one processor: 50, 150. Where control groups are at hand it never gets more; elsewhere it is started anew when it has taken more for minutes. Default: any amount.',
      ),
    pids: number(LIMITS.leastPids, LIMITS.mostPids)
      .int(badPids)
      .optional()
      .describe(
        'How many processes and threads it may have: 64. A server in Node.js has about eleven threads, and npx beside it as many. Default: any number.',
      ),
  },
  wants('limits'),
);

export const limitsKeys = {
  limits: limits
    .optional()
    .describe(
      'What its processes may take together: { "memory": "300MB", "cpu": 50, "pids": 64 }. Default: any amount.',
    ),
};

export type RawLimits = z.infer<typeof limits>;
