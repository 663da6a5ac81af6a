import type { RemoteCauseWords } from '../parts.js';
import type { RemoteCase } from '../server-case.js';
import { time } from './numbers.js';

const GOES_ON = 'Nothing needs to be done: mcp-pipe connects again by itself.';
const WRITE_KEY =
  'If the server takes a key, write it into "headers" of the entry ("Authorization": "Bearer …"); it may have expired.';
const said = (text: string) => (text === '' ? '' : ` (${text})`);
const quoted = (text: string | undefined) => (text === undefined ? '' : ` "${text}"`);
const OWN_CA = (host: string) =>
  `If it is a server of your own or of your company, name the certificate of its authority in the entry: "ca": "/path/to/ca.pem"; for a machine that you trust without one: "insecureHost": "${host}".`;
const TRY_PATH = (address: string) => {
  const { origin, pathname } = new URL(address);
  return pathname === '/mcp'
    ? 'Correct the path in "url": the page of the server names it; common are /mcp, /sse and /api/mcp.'
    : `Correct the path in "url": most servers have ${origin}/mcp.`;
};
const path = (address: string) => (URL.canParse(address) ? TRY_PATH(address) : 'Correct "url".');

/** Why a remote server cannot be used, and what to do. */
export const remoteCauses: Record<RemoteCase, RemoteCauseWords> = {
  'no-listener': {
    what: ({ host, reason }) => `Nothing listens at ${host}${said(reason)}.`,
    next: () =>
      'Start the server there, or correct host and port in "url". In a container, localhost is the container itself: write the name or address of the other machine.',
  },
  'no-such-host': {
    what: ({ host, reason }) => `The host name of ${host} is not known${said(reason)}.`,
    next: () =>
      'Correct the host in "url". A name that ends in .local is known only in its own network: write the IP address if this machine cannot look it up.',
  },
  'no-dns': {
    what: ({ host, reason }) => `The name of ${host} cannot be looked up at the moment${said(reason)}.`,
    next: () => 'Check the network and the DNS of this machine; mcp-pipe tries again by itself.',
  },
  'no-network': {
    what: ({ host, reason }) => `There is no way through the network to ${host}${said(reason)}.`,
    next: () =>
      'Check the network of this machine, a VPN included. If only IPv6 fails, write "ipv4Only": true in the entry.',
  },
  'no-answer': {
    what: ({ host, reason }) => `${host} does not answer${said(reason)}.`,
    next: () => 'Check host and port in "url", whether that machine runs, and a firewall on the way.',
  },
  reset: {
    what: ({ host, reason }) => `${host} cut the connection before it answered${said(reason)}.`,
    next: () =>
      'It is probably just being started again. If it stays like this: look at the log of the server, and whether http:// and https:// in "url" are right.',
  },
  'no-http': {
    what: ({ host, reason }) => `What listens at ${host} does not speak HTTP${said(reason)}.`,
    next: () => 'Correct the port in "url"; if the server has TLS there, write https:// instead of http://.',
  },
  'tls-expired': {
    what: ({ host, reason }) => `The certificate of ${host} has expired${said(reason)}.`,
    next: () =>
      'Check the date of this machine first. If it is right, the certificate has to be renewed at the server.',
  },
  'tls-not-yet': {
    what: ({ host, reason }) => `The certificate of ${host} is not valid yet${said(reason)}.`,
    next: () => 'The date of this machine is most likely wrong: correct it.',
  },
  'tls-other-host': {
    what: ({ host, reason }) => `The certificate of ${host} is for another name${said(reason)}.`,
    next: () => 'Write the name that the certificate is for in "url", not an IP address or another name.',
  },
  'tls-unknown-authority': {
    what: ({ host, reason }) =>
      `The certificate of ${host} is signed by itself, or by an authority that is not known here${said(reason)}.`,
    next: ({ host }) => OWN_CA(host),
  },
  'tls-none': {
    what: ({ host, reason }) => `${host} does not speak TLS${said(reason)}.`,
    next: () => 'Write http:// instead of https:// in "url" if the server has no TLS, or correct the port.',
  },
  'tls-client-certificate': {
    what: ({ host, reason }) => `${host} wants a client certificate, or not this one${said(reason)}.`,
    next: () =>
      'Name the certificate that the server knows, and its key, in the entry: "cert": "/path/to/client.pem", "key": "/path/to/client-key.pem".',
  },
  tls: {
    what: ({ host, reason }) => `No secure connection to ${host} can be made${said(reason)}.`,
    next: ({ host }) => `Check the date of this machine. ${OWN_CA(host)}`,
  },
  proxy: {
    what: ({ host, reason }) => `The proxy on the way to ${host} does not work${said(reason)}.`,
    next: () => 'Correct "proxy" in the entry, or write "proxy": "none" to go without one.',
  },
  unreachable: {
    what: ({ host, reason }) => `The server at ${host} cannot be reached${said(reason)}.`,
    next: () => 'Check its address in "url", and whether it runs there.',
  },
  'session-lost': {
    what: ({ livedMs }) =>
      `The server no longer knows the session, after ${time(livedMs)}: it was started again, or has ended it.`,
    next: () => 'Nothing needs to be done: mcp-pipe opens a new session by itself.',
  },
  'login-oauth': {
    what: ({ host }) => `${host} asks for a login (HTTP 401).`,
    next: ({ argument }) => ({
      text: `Log in: mcp-pipe login ${argument} (no browser is needed on this machine).`,
      do: 'Log in; no browser is needed on this machine.',
      command: `mcp-pipe login ${argument}`,
    }),
  },
  'login-scope': {
    what: ({ host }) => `The login at ${host} does not have the rights that the server asks for (HTTP 403).`,
    next: ({ argument }) => ({
      text: `Log in again: mcp-pipe login ${argument} (and agree to the further rights).`,
      do: 'Log in again, and agree to the further rights.',
      command: `mcp-pipe login ${argument}`,
    }),
  },
  'login-header': {
    what: ({ host }) => `${host} does not accept the key that is sent to it, or misses one (HTTP 401).`,
    next: () =>
      'Write the key of the server into "headers" of its entry, with the name that the server wants: "Authorization": "Bearer $' +
      '{MY_KEY}", or "X-API-Key"; the value belongs in .env.',
  },
  login: {
    what: ({ host }) => `${host} does not accept the login, or misses one (HTTP 401).`,
    next: ({ argument }) => ({
      text: `${WRITE_KEY} If it takes a login instead: mcp-pipe login ${argument} (no browser is needed on this machine).`,
      do: `${WRITE_KEY} If it takes a login instead, log in; no browser is needed on this machine.`,
      command: `mcp-pipe login ${argument}`,
    }),
  },
  'login-home-assistant': {
    what: ({ host }) => `Home Assistant at ${host} does not accept the access token (HTTP 401).`,
    next: () =>
      'The header must be "Authorization: Bearer TOKEN", with the whole token. If it is, make a new one in Home Assistant: your profile (your name, bottom left), Security, Long-lived access tokens, Create token. Write it into .env and "Authorization": "Bearer $' +
      '{HA_TOKEN}" into "headers". Such a token is shown once, and ends when it is deleted there or after ten years.',
  },
  'http-bad-request': {
    what: ({ host }) => `${host} does not understand the request (HTTP 400).`,
    next: ({ address }) =>
      `${path(address)} If the path is right, the server speaks another version of MCP: look for a newer one.`,
  },
  'http-forbidden': {
    what: ({ host }) => `${host} refuses access (HTTP 403).`,
    next: () =>
      'The key or login may lack rights, or the server does not admit this address or host name: see its settings for allowed hosts and addresses.',
  },
  'http-forbidden-home-assistant': {
    what: ({ host }) => `Home Assistant at ${host} refuses access (HTTP 403).`,
    next: () =>
      'After several wrong tokens, Home Assistant bans an address: take it out of ip_bans.yaml in its configuration folder and start it again. The token must be of a user who may use the assistant.',
  },
  'http-not-found': {
    what: ({ address, status }) => `There is nothing at ${address} (HTTP ${status}).`,
    next: ({ address }) => path(address),
  },
  'http-not-found-home-assistant': {
    what: ({ address, status }) => `Home Assistant has no MCP server at ${address} (HTTP ${status}).`,
    next: () =>
      'Add the integration "Model Context Protocol Server" in Home Assistant: Settings, Devices & services, Add integration. Older versions have it at /mcp_server/sse instead of /api/mcp.',
  },
  'http-method': {
    what: ({ address }) => `${address} takes no MCP requests (HTTP 405).`,
    next: ({ address }) => path(address),
  },
  'http-not-acceptable': {
    what: ({ host }) => `${host} rejects what mcp-pipe accepts as an answer, JSON and events (HTTP 406).`,
    next: ({ address }) => `${path(address)} A proxy on the way may also change the header Accept.`,
  },
  'http-media-type': {
    what: ({ address }) => `${address} takes no JSON (HTTP 415).`,
    next: ({ address }) => path(address),
  },
  'http-proxy-login': {
    what: ({ host }) => `The proxy on the way to ${host} asks for a login (HTTP 407).`,
    next: () => 'Write it into "proxy" of the entry: "http://user:password@host:port", best with $' + '{…}.',
  },
  'http-too-large': {
    what: ({ host }) => `The request is too large for ${host} (HTTP 413).`,
    next: () => 'Send less at a time, or raise the limit of the server or of the proxy before it.',
  },
  'http-busy': {
    what: ({ host, status, retryAfterMs }) =>
      `${host} asks for time (HTTP ${status}${retryAfterMs === undefined ? '' : `, ${time(retryAfterMs)}`}).`,
    next: () => 'Nothing needs to be done: mcp-pipe waits as long as it asks for.',
  },
  'http-gateway': {
    what: ({ host, status }) => `The proxy at ${host} does not reach the server behind it (HTTP ${status}).`,
    next: () => 'The server behind it is probably down or just being started: look at it there.',
  },
  'http-server-error': {
    what: ({ host, status }) => `The server at ${host} failed (HTTP ${status}).`,
    next: () => 'Its own log says why. If it is not yours, tell the people who run it.',
  },
  'http-other': {
    what: ({ host, status }) => `${host} answered with HTTP ${status}.`,
    next: ({ address }) => path(address),
  },
  page: {
    what: ({ address, status, detail }) =>
      `A web page${quoted(detail)} answers at ${address}, no MCP server (HTTP ${status}).`,
    next: ({ address }) => path(address),
  },
  'page-cloudflare': {
    what: ({ host, detail }) => `Cloudflare's page${quoted(detail)} answers at ${host}, not the server.`,
    next: () =>
      'Cloudflare takes mcp-pipe for a bot: whoever runs the server has to allow its path there (WAF, Skip), or give you a service token for "headers".',
  },
  'page-login': {
    what: ({ host, detail }) => `A login page${quoted(detail)} answers at ${host}, not the server.`,
    next: () =>
      'A proxy, a company login or the Wi-Fi stands in between. Open the address in a browser on this machine; for a login before the server, a key in "headers" is needed, or a path that is excepted from it.',
  },
  redirect: {
    what: ({ address, status, detail }) =>
      `${address} sends on to ${detail ?? 'another address'} (HTTP ${status}), which is not followed for MCP requests.`,
    next: ({ detail }) =>
      detail === undefined
        ? 'Write the address that it leads to as "url".'
        : `If that is the server, write "url": "${detail}"; if it is a login page, the server needs a login first.`,
  },
  'content-type': {
    what: ({ address, detail }) =>
      `${address} answers with ${detail === undefined ? 'no content type' : detail}, not with JSON or events.`,
    next: ({ address }) => path(address),
  },
  'not-json': {
    what: ({ address }) => `${address} says that it answers in JSON, but what comes is none.`,
    next: ({ address }) => path(address),
  },
  cut: {
    what: ({ livedMs, reason }) =>
      `The connection with the server was cut after ${time(livedMs)}${said(reason)}.`,
    next: () => `${GOES_ON} If it happens often, look at the network and at proxies on the way.`,
  },
};
