import { AcceptedClient, type AcceptedOptions } from './accepted-client.js';
import { Downstream, type DownstreamOptions, type Servers } from './downstream.js';

/** The side of a link that sends requests: an endpoint, which is dialled, or a client that has connected to mcp-pipe. */
export type Side = Downstream | AcceptedClient;

/** What a link is told of that side. */
export type SideOptions = DownstreamOptions | AcceptedOptions;

export function sideOf(options: SideOptions, servers: Servers): Side {
  return isAccepted(options) ? new AcceptedClient(options, servers) : new Downstream(options, servers);
}

export function isAccepted(options: object): options is AcceptedOptions {
  return 'accepted' in options;
}
