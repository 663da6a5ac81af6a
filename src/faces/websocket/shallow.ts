import { readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { nestsDeeper } from '../../protocol/json-depth.js';
import { encodeError } from '../../protocol/jsonrpc.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import { around } from '../../transports/guard.js';
import type { Transport } from '../../transports/transport.js';
import { hasLongContext, LONG_CONTEXT, MAX_CONTEXT, MAX_DEPTH } from '../http/read-message.js';

const TOO_DEEP = `the message nests objects and arrays more than ${MAX_DEPTH} deep`;

/** Why a message is not taken; undefined when it is. */
function wrongWith(frame: Frame): string | undefined {
  if (nestsDeeper(frame, MAX_DEPTH)) return TOO_DEEP;
  // Read once more only where it may matter: nearly all are shorter.
  if (frame.length <= MAX_CONTEXT) return undefined;
  return hasLongContext(frame, readEnvelope(frame)) ? LONG_CONTEXT : undefined;
}

/**
 * The same connection without messages that nest deeper than a body may, or have more for mcp-pipe itself to read: each is answered
 * with an error, as over HTTP. To read one of some megabytes would hold up everybody for seconds or minutes.
 */
export function shallow(transport: Transport): Transport {
  const { batches } = transport;
  async function* reading(): AsyncGenerator<readonly Frame[]> {
    for await (const batch of batches) {
      const taken: Frame[] = [];
      for (const frame of batch) {
        const wrong = wrongWith(frame);
        if (wrong === undefined) taken.push(frame);
        // While it reads none of these answers, no more is read of it.
        else await transport.send([encodeError('null', RpcError.invalidRequest, wrong)]);
      }
      if (taken.length > 0) yield taken;
    }
  }
  return around(transport, { batches: reading() });
}
