import * as z from 'zod';
import { concurrent } from './calls-schema.js';
import { rate, text, wants, yesOrNo } from './shapes.js';

const globs = z.array(text, wants('list-of-texts'));

/** The keys of what a caller may have and do; a member that is lacking limits nothing. */
export const grantKeys = {
  servers: globs
    .optional()
    .describe(
      'Only these servers; * and ? as in file names. With "agents" and without it: none. Default: all.',
    ),
  agents: globs.optional().describe('Only these agents. With "servers" and without it: none. Default: all.'),
  tools: globs
    .optional()
    .describe('Only these tools, by the names that their servers give them. Default: all.'),
  readOnly: yesOrNo
    .optional()
    .describe('true: only tools that say that they change nothing ("readOnlyHint"). Default: false.'),
  rate: rate
    .optional()
    .describe('How many calls, of all tools together: "100/m", "10/s". Default: as "rate" of "gateway".'),
  concurrent: concurrent
    .optional()
    .describe('How many of its calls run at a time; further ones wait. Default: as that of "gateway".'),
};

export const grantShape = z.strictObject(grantKeys, wants('grant'));
export type WrittenGrant = z.infer<typeof grantShape>;
