import type { Transport } from './transport.js';

/**
 * Stands between a client and the hub of a server: returns the transport that the hub serves instead of `transport`, which
 * carries the client's requests. It may answer requests itself, hold them back, and change what goes either way.
 */
export type Guard = (transport: Transport) => Transport;
