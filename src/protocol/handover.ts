/** What a new mcp-pipe and the one that it takes the place of say to each other, on one connection of the control socket. */

/** A change that either side would misunderstand gets the next number. */
export const HANDOVER_PROTOCOL = 1;

/** A link, as far as the other process has to know it. */
export interface HandoverLink {
  name: string;
  /** `Endpoint.identity`: a hash of its token. */
  token: string;
  servers: readonly string[];
}

/** What one of the two has. */
export interface HandoverParts {
  links: readonly HandoverLink[];
  /** The servers of what is served over HTTP; undefined: nothing is. */
  http?: readonly string[] | undefined;
}

/** Params of the request `handover`. */
export interface HandoverWish extends HandoverParts {
  protocol: number;
  pid: number;
  version: string;
  /** Names of servers of which two processes may run for a moment. */
  overlap: readonly string[];
  /** Only a part of the configuration is wanted: the other process must have no further links. */
  isPartial: boolean;
}

/** What is handed over in one step: links that share a token, or a server of which there may be one process only. */
export interface HandoverGroup {
  /** Links of the running process, which it lets go of. */
  gives: readonly string[];
  /** Links of the new process, which it starts then. */
  takes: readonly string[];
  /** What is served over HTTP goes with them. */
  http: boolean;
}

/** Result of `handover`. */
export interface HandoverOffer {
  protocol: number;
  pid: number;
  version: string;
  groups: readonly HandoverGroup[];
  /** Names of servers and links that a person has paused there, and when, milliseconds since 1970. */
  paused: readonly { name: string; since: number }[];
  /** The longest that one step takes the running process, in milliseconds. */
  stepMs: number;
}

/** Result of `handover/release` { group }, a number: the links of that group have no connection, lease or server any more. */
export interface HandoverReleased {
  /** Tokens of the links that were connected before. */
  connected: readonly string[];
}

/** Why `handover` is refused: member `why` of the error's data. */
export type HandoverRefused =
  /** Another process is taking over: `pid`. */
  | 'busy'
  | 'stopping'
  /** It speaks another protocol: `version`. */
  | 'protocol'
  /** It is the process that its container ends with. */
  | 'container'
  /** It has further links: `links`. */
  | 'partial';
