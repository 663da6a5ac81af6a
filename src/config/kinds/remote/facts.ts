import type { RemoteServer } from '../../../transports/remote/remote-server.js';
import type { RemoteKind } from '../../../transports/remote/remote-transport.js';

/** What an entry sets about a remote server. */
export interface ReachedRemote<Kind extends RemoteKind = RemoteKind> {
  kind: Kind;
  /** Its `url` is empty when the entry has none that can be used. */
  remote: Omit<RemoteServer, 'headersCommand'>;
  /** The entry says that no proxy is used. */
  isDirect: boolean;
}

/** The part of the plan about a remote server. */
export interface RemotePlan<Kind extends RemoteKind = RemoteKind> {
  /** Discriminates the kinds of servers. */
  kind: Kind;
  remote: RemoteServer;
}
