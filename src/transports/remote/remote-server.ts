import { inspect } from 'node:util';
import { openPath } from '../../protocol/endpoint.js';
import type { HttpProxy } from '../../protocol/http-proxy.js';
import type { OAuthOptions } from './auth/oauth-options.js';

/** How a remote server is reached, over all its lives; a part of the plan. May hold secrets. */
export interface RemoteServer {
  /** `http:`, `https:`, `ws:` or `wss:`. */
  url: string;
  /** Sent with each request; names as they are written. */
  headers: Readonly<Record<string, string>>;
  /** Prints further headers, one `Name: value` on a line; undefined: none. */
  headersCommand?: HeadersCommand | undefined;
  network: RemoteNetwork;
  /** How a login by OAuth is given; undefined: as the server says; false: there is none. */
  oauth?: OAuthOptions | false | undefined;
}

/** A command that prints headers. It is started without a shell. */
export interface HeadersCommand {
  command: string;
  args: readonly string[];
  /** Absolute. */
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** The way to a remote server. */
export interface RemoteNetwork {
  /** The proxy on the way; undefined: none. */
  proxy?: HttpProxy | undefined;
  /** Files in PEM, absolute; `ca` is trusted beside the usual authorities. */
  ca?: string | undefined;
  /** What NODE_EXTRA_CA_CERTS names, which stays trusted beside `ca`. */
  extraCa?: string | undefined;
  clientCertificate?: { cert: string; key: string } | undefined;
  /** Only IPv4 addresses of the host are tried. */
  isIpv4Only?: boolean | undefined;
  /** The host, as in the URL, whose certificate is not checked; undefined: all are. */
  insecureHost?: string | undefined;
}

/** The address for people: without login, query and fragment, and without parts of the path that look like keys. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return inspect(url);
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${openPath(pathname)}`;
}
