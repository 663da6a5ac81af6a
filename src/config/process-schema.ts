import { limitsKeys } from './limits-schema.js';
import { yesOrNo } from './shapes.js';

/** Keys of a server about its processes: what happens to calls of one that ends, and whether there may be two. */
export const processKeys = {
  ...limitsKeys,
  retrySafeCalls: yesOrNo
    .optional()
    .describe(
      'true: a call that would be lost, because the server ended or its answer was cut, is sent once more, if the server marks its tool as readOnlyHint or idempotentHint; other calls get an error. Default: false.',
    ),
  overlap: yesOrNo
    .optional()
    .describe(
      'true: for mcp-pipe --take-over, a second process of the server may run beside the first for a moment, so that it is ready before the connection changes hands. Only for a server that keeps nothing in files, and listens on no port. Default: false; servers that are reached over the network need it not.',
    ),
};
