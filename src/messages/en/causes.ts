import type { CauseCase } from '../cause-case.js';
import type { CauseFacts, CauseWords } from '../parts.js';
import { count } from './numbers.js';
import { proxyCauses } from './proxy.js';

const COPY_TOKEN =
  'Copy the whole endpoint address again from where it came from (for xiaozhi.me: the console, MCP endpoint of the agent).';
const NOTHING = 'Nothing to do: mcp-pipe connects again by itself.';
const ADDRESSES =
  'xiaozhi.me: wss://api.xiaozhi.me/mcp/?token=…; self-hosted: ws://HOST:PORT/mcp_endpoint/mcp/?token=… (with the / before the ?, and not the /call/ address).';
const refused = (why: string): CauseWords => ({
  what: ({ close }: CauseFacts) => `the endpoint does not accept the token ${close}${why}`,
  next: `Check the token. ${COPY_TOKEN}`,
});

/** Why a connection ended or could not be made. A cause without words does not compile. */
export const causes: Record<CauseCase, CauseWords> = {
  ...proxyCauses,
  'initialize-unanswered': {
    what: ({ close }) =>
      `the endpoint gave up waiting ${close}: the server did not answer initialize in time. The server is slow or broken; this is not a connection limit`,
    next: 'Look at what the server writes to stderr, and try it alone in a terminal.',
  },
  'initialize-refused': {
    what: ({ close, error }) =>
      `the server answered initialize with an error${error === '' ? '' : `, ${error},`} and the endpoint ended the connection ${close}`,
    next: 'Endpoint and token are in order: it is the server that cannot work now. See what its error is about, and what it writes to stderr.',
  },
  'initialize-refused: by us': {
    what: ({ close, error }) =>
      `no server was there to answer initialize (${error}), and the endpoint ended the connection ${close}`,
    next: 'Endpoint and token are in order: see why the server does not run.',
  },
  'endpoint-error: after an error': {
    what: ({ close, method, error }) =>
      `the endpoint reported an error ${close}, just after ${method} had been answered with one${error === '' ? '' : `: ${error}`}`,
    next: 'See first what that answer is about. If it is none, another program may use the token: another mcp-pipe, another machine, the test in the console.',
  },
  'token-limit': {
    what: ({ close, siblings }) =>
      `${count(siblings, 'other link')} of this mcp-pipe ${siblings === 1 ? 'holds' : 'hold'} the same token, and the endpoint does not take that many connections ${close}`,
    next: 'Let the servers share a connection ("mode": "auto" with "connectionsPerToken": 1, the defaults), or give each its own token ("endpoint" of the server, or MCP_ENDPOINT_<NAME>).',
  },
  'endpoint-error': {
    what: ({ close }) =>
      `the endpoint reported an error ${close}: it failed inside, or another program uses this token`,
    next: 'Make sure that nothing else uses the token: another mcp-pipe, another machine, the test in the console. If nothing does, the fault is at the endpoint and passes.',
  },
  'token-rejected': refused(''),
  'token-rejected: missing': refused(': the address has no token'),
  'token-rejected: undecryptable': refused(
    ': the token cannot be decrypted, so it was made for another endpoint or copied in part',
  ),
  'token-rejected: no agent': refused(': the token names no agent'),
  replaced: {
    what: ({ close }) =>
      `another connection took over this token ${close}; mcp-pipe waits before it takes the token back, longer each time`,
    next: 'Find the other program that uses this token (another mcp-pipe, another machine) and stop it, or give one of the two a token of its own.',
  },
  'closed-by-endpoint': {
    what: ({ close }) => `the endpoint closed the connection in good order ${close}`,
    next: NOTHING,
  },
  'endpoint-restarting': {
    what: ({ close }) => `the endpoint is going away or restarting ${close}`,
    next: NOTHING,
  },
  'endpoint-restarting: busy': {
    what: ({ close }) => `the endpoint has too much to do and asks to come back later ${close}`,
    next: NOTHING,
  },
  'connection-lost': {
    what: ({ close }) =>
      `the connection broke without a goodbye ${close}: the network, a router or a proxy cut it, or the endpoint crashed`,
    next: `${NOTHING} If it happens often, check the network.`,
  },
  'connection-lost: dialing': {
    what: ({ close }) => `the connection was cut while it was being made ${close}`,
    next: 'Check the address and the network: if it begins with ws:// and that port speaks TLS, write wss://; a firewall or proxy may be in the way.',
  },
  'message-too-big': {
    what: ({ close }) => `a message was larger than the endpoint takes ${close}`,
    next: 'Let the tool answer with less (shorter text, fewer rows, smaller images). The self-hosted endpoint takes 16 MiB; xiaozhi.me has taken no more than about 8 KiB.',
  },
  'endpoint-failed': {
    what: ({ close }) => `the endpoint failed inside ${close}`,
    next: `${NOTHING} If it stays, look into the log of the endpoint.`,
  },
  'endpoint-failed: ping': {
    what: ({ close }) =>
      `the endpoint got no answer to its ping ${close}: the network stood still, or this computer slept or was overloaded`,
    next: `${NOTHING} If it happens often, check the network and the load of this computer.`,
  },
  'protocol-violation': {
    what: ({ close }) =>
      `the endpoint says that it was sent something that breaks the rules of WebSocket ${close}`,
    next: `${NOTHING} If it happens again, a proxy in between may be changing the data: try without it.`,
  },
  'protocol-violation: kind': {
    what: ({ close }) => `the endpoint does not take this kind of data ${close}`,
    next: 'Check that the address is that of an MCP endpoint for servers. If it is, look into the log of the endpoint.',
  },
  'protocol-violation: text': {
    what: ({ close }) => `the endpoint does not understand the text of a message that it was sent ${close}`,
    next: 'Look at what the server answered just before (--log-level trace shows it), and into the log of the endpoint.',
  },
  'endpoint-violation': {
    what: ({ close }) =>
      `the endpoint broke the rules of WebSocket, so mcp-pipe closed the connection ${close}`,
    next: `${NOTHING} If it happens again, a proxy in between may be changing the data: try without it, or report the words in brackets to the operator of the endpoint.`,
  },
  'endpoint-violation: text': {
    what: ({ close }) =>
      `the endpoint sent a text that is not UTF-8, so mcp-pipe closed the connection ${close}`,
    next: `${NOTHING} If it happens again, report it to the operator of the endpoint.`,
  },
  'endpoint-violation: dialing': {
    what: ({ close }) => `the endpoint's answer to the WebSocket handshake is not valid ${close}`,
    next: `A proxy in between may be changing it: try without it. ${ADDRESSES}`,
  },
  'keepalive-lost': {
    what: () => 'the connection was dead: the endpoint did not answer our ping',
    next: `${NOTHING} If it happens often, check the network; routers and proxies drop idle connections.`,
  },
  deaf: {
    what: () =>
      'the endpoint has asked nothing for much longer than ever before, so the connection is renewed once',
    next: 'Nothing to do. If the tools were not found meanwhile, another program may be using this token.',
  },
  'never-asked': {
    what: () =>
      'the endpoint has asked nothing since the connection opened, so it is renewed once: the endpoint may have forgotten it',
    next: 'Nothing to do. An endpoint without any caller is quiet as well. If the tools were not found, another program may be using this token.',
  },
  refused: {
    what: ({ close }) =>
      `nothing listens at this address ${close}: the port is wrong, or the endpoint is not running`,
    next: 'Start the endpoint, or correct host and port. Inside Docker, "localhost" is the container itself: use the address of the host.',
  },
  dns: {
    what: ({ close }) => `there is no host with this name ${close}`,
    next: 'Check the spelling of the host in the endpoint address, then the internet connection.',
  },
  'dns: temporary': {
    what: ({ close }) => `the name of the endpoint's host cannot be looked up now ${close}`,
    next: 'Check the internet connection and the DNS settings.',
  },
  tls: {
    what: ({ close }) => `no secure connection could be made ${close}`,
    next: 'Check the date of this computer and the certificate of the endpoint.',
  },
  'tls: expired': {
    what: ({ close }) => `the certificate of the endpoint has expired ${close}`,
    next: 'Check the date of this computer; if it is right, the certificate has to be renewed at the endpoint.',
  },
  'tls: not yet': {
    what: ({ close }) => `the certificate of the endpoint is not valid yet ${close}`,
    next: 'Check the date of this computer.',
  },
  'tls: other host': {
    what: ({ close }) => `the certificate belongs to another host name ${close}`,
    next: 'Use the name that the certificate was made for, not an IP address or another name.',
  },
  'tls: self-signed': {
    what: ({ close }) =>
      `the certificate is self-signed, or signed by an authority that this computer does not know ${close}`,
    next: 'For your own endpoint, name its certificate in NODE_EXTRA_CA_CERTS=/path/to/certificate.pem. Elsewhere, an antivirus or company proxy may stand in between.',
  },
  'tls: none': {
    what: ({ close }) => `the port does not speak TLS as it should ${close}`,
    next: 'If the endpoint is self-hosted without TLS, write ws:// instead of wss://; otherwise check the port.',
  },
  timeout: {
    what: ({ close }) => `there was no answer in time ${close}`,
    next: 'Check the internet connection and the address; a firewall may swallow the packets.',
  },
  unreachable: {
    what: ({ close }) => `there is no way to this host in the network ${close}`,
    next: 'Check that this computer is online, and the address of the host.',
  },
  'http-unauthorized': {
    what: ({ close }) => `the endpoint wants a valid token ${close}`,
    next: `The token is missing or wrong. ${COPY_TOKEN}`,
  },
  'http-forbidden': {
    what: ({ close }) => `the endpoint refuses this address or token ${close}`,
    next: `A self-hosted endpoint says so when the / before the ? is missing (…/mcp_endpoint/mcp/?token=…). Otherwise the token is wrong. ${COPY_TOKEN}`,
  },
  'http-not-found': {
    what: ({ close }) => `the host has no such path ${close}`,
    next: `Correct the path of the endpoint address. ${ADDRESSES}`,
  },
  'http-rate-limited': {
    what: ({ close }) => `the endpoint asks to come back later: too many attempts ${close}`,
    next: 'Wait. If it stays, connect fewer servers at once, and look for other programs that use this token.',
  },
  'http-server-error': {
    what: ({ close }) => `the endpoint failed inside ${close}`,
    next: `${NOTHING} If it stays, see whether the endpoint is running.`,
  },
  'http-server-error: proxy': {
    what: ({ close }) => `a proxy answers, but the endpoint behind it does not ${close}`,
    next: `${NOTHING} If it stays, see whether the endpoint is running.`,
  },
  'http-unexpected': {
    what: ({ close }) => `the host answers, but opens no WebSocket at this address ${close}`,
    next: `Correct the endpoint address. ${ADDRESSES}`,
  },
  'http-unexpected: wss': {
    what: ({ close }) => `the host answers, but opens no WebSocket at this address ${close}`,
    next: `If the address begins with ws://, try wss://. ${ADDRESSES}`,
  },
  unknown: {
    what: ({ close }) => `the endpoint closed the connection for a reason of its own ${close}`,
    next: 'Check the endpoint address and the network. If it stays, report the words in brackets.',
  },
  'unknown: dialing': {
    what: ({ close }) => `the connection could not be made ${close}`,
    next: 'Check the endpoint address and the network. If it stays, report the words in brackets.',
  },
  'unknown: not a WebSocket': {
    what: ({ close }) => `the connection could not be made ${close}`,
    next: `Something else than a WebSocket server answers there: if the address begins with ws://, try wss://. ${ADDRESSES}`,
  },
};
