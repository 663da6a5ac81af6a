import type { HeadersCommand, RemoteServer } from '../../../transports/remote/remote-server.js';
import type { RemoteKind } from '../../../transports/remote/remote-transport.js';
import type { KindFacts, RuledServer } from '../kind.js';

/** What an entry sets about a remote server. */
export interface ReachedRemote<Kind extends RemoteKind = RemoteKind> {
  kind: Kind;
  remote: Omit<RemoteServer, 'headersCommand'> & {
    /** Without the environment, which the plan adds. */
    headersCommand?: Omit<HeadersCommand, 'env'> | undefined;
  };
  /** The key of the address in the entry: `url`, or another spelling. */
  addressKey: string;
  /** The entry says that no proxy is used. */
  isDirect: boolean;
}

/** The part of the plan about a remote server. */
export interface RemotePlan<Kind extends RemoteKind = RemoteKind> {
  /** Discriminates the kinds of servers. */
  kind: Kind;
  remote: RemoteServer;
}

/** A server, as the rules for remote servers get it. */
export type RuledRemote = RuledServer<ReachedRemote>;

export type RemoteFacts = KindFacts<ReachedRemote>;
