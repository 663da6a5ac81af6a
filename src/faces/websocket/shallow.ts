import type { Frame } from '../../protocol/frame.js';
import { nestsDeeper } from '../../protocol/json-depth.js';
import { encodeError } from '../../protocol/jsonrpc.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import { around } from '../../transports/guard.js';
import type { Transport } from '../../transports/transport.js';
import { MAX_DEPTH } from '../http/read-message.js';

const TOO_DEEP = `the message nests objects and arrays more than ${MAX_DEPTH} deep`;

/**
 * The same connection without messages that nest deeper than a body may: each is answered with an error, as over HTTP. To read one
 * of some megabytes would hold up everybody for a minute.
 */
export function shallow(transport: Transport): Transport {
  const { batches } = transport;
  async function* reading(): AsyncGenerator<readonly Frame[]> {
    for await (const batch of batches) {
      const taken = batch.filter((frame) => !nestsDeeper(frame, MAX_DEPTH));
      for (let i = taken.length; i < batch.length; i++)
        // While it reads none of these answers, no more is read of it.
        await transport.send([encodeError('null', RpcError.invalidRequest, TOO_DEEP)]);
      if (taken.length > 0) yield taken;
    }
  }
  return around(transport, { batches: reading() });
}
