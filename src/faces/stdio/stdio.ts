import type { Readable, Writable } from 'node:stream';
import { type LinesOptions, lineTransport } from '../../transports/lines.js';
import type { Transport } from '../../transports/transport.js';

/** A client that has connected, as every face hands it over. */
export interface Accepted {
  transport: Transport;
  /** For its name. */
  kind: 'stdio';
}

/**
 * The client that has started this program, at the other ends of its stdin and stdout (MCP, "stdio" transport). It may end
 * stdin and still read answers.
 */
export function acceptStdio(
  { input, output }: { input: Readable; output: Writable },
  { maxFrameBytes, maxQueuedBytes, closeTimeoutMs }: Omit<LinesOptions, 'input' | 'output' | 'readsOn'>,
): Accepted {
  const transport = lineTransport({
    ...{ input, output, maxFrameBytes, maxQueuedBytes, closeTimeoutMs },
    readsOn: true,
  });
  return { transport, kind: 'stdio' };
}
