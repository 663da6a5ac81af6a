import * as z from 'zod';
import { APPROVALS } from '../policy/approval-defaults.js';
import { DRIFT_MODES } from '../policy/drift/drift-mode.js';
import { duration, text, wants } from './shapes.js';

/** Keys of a server about what waits for a person. */
export const heldKeys = {
  drift: z
    .enum(DRIFT_MODES, wants('drift'))
    .optional()
    .describe(
      'What happens when the server changes what it says that a tool is: its description, arguments or annotations. "tell" (default): the log and the status page say so, and mcp-pipe approve shows the difference. "hold": changed and new tools are neither listed nor called until mcp-pipe approve. "ignore": nothing.',
    ),
  approve: z
    .union(
      [z.literal('destructive', wants('approve')), z.array(text, wants('list-of-texts'))],
      wants('approve'),
    )
    .optional()
    .describe(
      'Tools whose calls wait until a person approves them, on the status page or by mcp-pipe approve: "destructive" is all that do not say of themselves that they only read or destroy nothing (readOnlyHint, destructiveHint); or a list of names with * and ?. Default: none.',
    )
    .meta({ examples: ['destructive', ['delete_*']] }),
  approveWithin: duration(APPROVALS.leastWithinMs)
    .optional()
    .describe(
      'How long such a call waits, in milliseconds or as a text: "30s", "2m"; then it is refused with -31024. A caller that gives up earlier by itself needs less. Default: 2m.',
    ),
};
