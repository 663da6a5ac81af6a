import * as z from 'zod';
import { INSTANCES } from './instance-defaults.js';
import { wants } from './shapes.js';

const bad = wants('instances', INSTANCES);
const countOr = (wrong: typeof bad) =>
  z.number(wrong).int(wrong).min(INSTANCES.least, wrong).max(INSTANCES.most, wrong);

const instancesShape = z.strictObject(
  {
    count: countOr(wants('number', INSTANCES)).describe(
      `How many processes run: ${INSTANCES.least} to ${INSTANCES.most}.`,
    ),
    sticky: z
      .enum(['agent', 'session'], wants('sticky'))
      .optional()
      .describe(
        '"agent": the calls of one agent stay with one process, for as long as that runs; "session": those of one client or link. For a server that remembers what came before. Default: each call goes to the process with the fewest.',
      ),
  },
  bad,
);

const instances = z.union([countOr(bad), instancesShape], bad);

/** The key of a server about its processes that share its calls. */
export const instancesKeys = {
  instances: instances
    .optional()
    .describe(
      'How many processes of the server share its calls, behind one name: for a server that works on one call at a time. A number, or { "count": 3, "sticky": "agent" }. See docs/scaling.md. Default: 1.',
    )
    .meta({ examples: [3, { count: 3, sticky: 'session' }] }),
};

export type RawInstances = z.infer<typeof instances>;
