import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Networks } from '../../config/networks.js';

/** Where a request comes from, and how it was sent. */
export interface ClientView {
  /** Of the client, without its port: that of a proxy, unless it is trusted. */
  address: string;
  /** Whether the client has sent it by HTTPS, to here or to a trusted proxy. */
  isSecure: boolean;
  /** The name that the client has addressed, with its port, as it or a trusted proxy says. It may be any text. */
  host: string;
}

const viewOf = new WeakMap<IncomingMessage, ClientView>();
const NOBODY = new Networks([]);

/** Where a request comes from: found once, with the proxies that are trusted when it comes. */
export function clientOf(request: IncomingMessage, trusted: Networks = NOBODY): ClientView {
  const known = viewOf.get(request);
  if (known) return known;
  const view = viewFrom(request, trusted);
  viewOf.set(request, view);
  return view;
}

/** The address of a peer, in one spelling: IPv4 over a socket of IPv6 is IPv4. */
export function peerAddress(remoteAddress: string | undefined): string {
  return (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

function viewFrom(request: IncomingMessage, trusted: Networks): ClientView {
  const { headers, socket } = request;
  const peer = peerAddress(socket.remoteAddress);
  const own = { address: peer, isSecure: isTls(socket), host: headers.host ?? '' };
  if (!trusted.has(peer)) return own;
  const ways = [listed(headers['x-forwarded-for']), forwarded(headers.forwarded, 'for')];
  const found = ways.filter((way) => way.length > 0).map((way) => clientAmong(way, peer, trusted));
  // A proxy sets one of the two, and the client may have sent the other one.
  const [address = peer, other = address] = found;
  const proto = lastOf(headers['x-forwarded-proto']) ?? forwarded(headers.forwarded, 'proto').at(-1);
  const host = lastOf(headers['x-forwarded-host']) ?? forwarded(headers.forwarded, 'host').at(-1);
  return {
    address: address === other ? address : peer,
    isSecure: proto === undefined ? own.isSecure : proto.toLowerCase() === 'https',
    host: host ?? own.host,
  };
}

// D236
/** From the right, the first address that is none of a trusted proxy: what is left of it, anybody may have written. */
function clientAmong(way: readonly string[], peer: string, trusted: Networks): string {
  let address = peer;
  for (const entry of [...way].reverse()) {
    if (!trusted.has(address)) return address;
    const next = addressIn(entry);
    // `unknown`, or a name: it cannot be counted by.
    if (next === undefined) return address;
    address = next;
  }
  return address;
}

/** `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711` (RFC 7239 §6). */
function addressIn(text: string): string | undefined {
  const [, bracketed, plain] = /^\[([^\]]+)\](?::\d+)?$|^([^:]+)(?::\d+)?$/.exec(text) ?? [];
  const address = peerAddress(bracketed ?? plain ?? text);
  return isIP(address) === 0 ? undefined : address;
}

/** The elements of a header, in order; several headers of a name are one list. */
function listed(value: string | readonly string[] | undefined): string[] {
  return [value ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function lastOf(value: string | readonly string[] | undefined): string | undefined {
  return listed(value).at(-1);
}

/** A parameter of each element of `Forwarded` (RFC 7239 §4). */
function forwarded(value: string | undefined, name: 'for' | 'proto' | 'host'): string[] {
  const parameter = new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;"\\s]*))`, 'i');
  return listed(value).flatMap((element) => {
    const [, quoted, token] = parameter.exec(element) ?? [];
    const given = quoted ?? token;
    return given === undefined ? [] : [given];
  });
}

function isTls(socket: IncomingMessage['socket']): boolean {
  return (socket as Partial<TLSSocket>).encrypted === true;
}
