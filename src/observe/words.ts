import type { Cause, Diagnosis } from '../protocol/status.js';
import { hintFor } from './hints.js';
import { excerpt, sayCount, sayMs } from './human.js';

export interface CauseWords {
  /** What happened, as a clause without a full stop. */
  what: string | ((diagnosis: Diagnosis) => string);
  /** What the reader can do about it, in whole sentences. */
  next: string | ((diagnosis: Diagnosis) => string);
}

const COPY_TOKEN =
  'Copy the whole endpoint address again from where it came from (for xiaozhi.me: the console, MCP endpoint of the agent).';
const NOTHING = 'Nothing to do: mcp-pipe connects again by itself.';
const ADDRESSES =
  'xiaozhi.me: wss://api.xiaozhi.me/mcp/?token=…; self-hosted: ws://HOST:PORT/mcp_endpoint/mcp/?token=… (with the / before the ?, and not the /call/ address).';

/** What a cause means, for people. A cause without words does not compile. */
export const words: Record<Cause, CauseWords> = {
  'initialize-unanswered': {
    what: (d) =>
      `the endpoint gave up waiting ${close(d)}: the server did not answer initialize in time. The server is slow or broken; this is not a connection limit`,
    next: 'Look at what the server writes to stderr, and try it alone in a terminal.',
  },
  'token-limit': {
    what: (d) =>
      `${sayCount(d.siblings, 'other link')} of this mcp-pipe ${d.siblings === 1 ? 'holds' : 'hold'} the same token, and the endpoint does not take that many connections ${close(d)}`,
    next: 'Give each server its own token ("endpoint" of the server, or MCP_ENDPOINT_<NAME>), or run fewer servers on this one.',
  },
  'endpoint-error': {
    what: (d) =>
      `the endpoint reported an error ${close(d)}: it failed inside, or another program uses this token`,
    next: 'Make sure that nothing else uses the token: another mcp-pipe, another machine, the test in the console. If nothing does, the fault is at the endpoint and passes.',
  },
  'token-rejected': {
    what: (d) => `the endpoint does not accept the token ${close(d)}${translated(d)}`,
    next: `Check the token. ${COPY_TOKEN}`,
  },
  replaced: {
    what: (d) =>
      `another connection took over this token ${close(d)}; mcp-pipe waits before it takes the token back, longer each time`,
    next: 'Find the other program that uses this token (another mcp-pipe, another machine) and stop it, or give this server its own token.',
  },
  'closed-by-endpoint': {
    what: (d) => `the endpoint closed the connection in good order ${close(d)}`,
    next: NOTHING,
  },
  'endpoint-restarting': {
    what: (d) =>
      d.code === 1013
        ? `the endpoint has too much to do and asks to come back later ${close(d)}`
        : `the endpoint is going away or restarting ${close(d)}`,
    next: NOTHING,
  },
  'connection-lost': {
    what: (d) =>
      d.openForMs === undefined
        ? `the connection was cut while it was being made ${close(d)}`
        : `the connection broke without a goodbye ${close(d)}: the network, a router or a proxy cut it, or the endpoint crashed`,
    next: (d) =>
      d.openForMs === undefined
        ? 'Check the address and the network; a firewall or proxy may be in the way.'
        : `${NOTHING} If it happens often, check the network.`,
  },
  'message-too-big': {
    what: (d) =>
      sentTooMuch(d)
        ? `the endpoint sent a message that is larger than "maxFrameBytes" allows ${close(d)}`
        : `a message was larger than the endpoint takes ${close(d)}`,
    next: (d) =>
      sentTooMuch(d)
        ? 'If such messages are wanted, raise "maxFrameBytes" in the settings.'
        : 'Let the tool answer with less (shorter text, fewer rows, smaller images). The self-hosted endpoint takes 16 MiB; xiaozhi.me has taken no more than about 8 KiB.',
  },
  'endpoint-failed': {
    what: (d) =>
      /keepalive|ping timeout/i.test(d.reason)
        ? `the endpoint got no answer to its ping ${close(d)}: the network stood still, or this computer slept or was overloaded`
        : `the endpoint failed inside ${close(d)}`,
    next: (d) =>
      /keepalive|ping timeout/i.test(d.reason)
        ? `${NOTHING} If it happens often, check the network and the load of this computer.`
        : `${NOTHING} If it stays, look into the log of the endpoint.`,
  },
  'protocol-violation': {
    what: (d) => `one side broke the rules of WebSocket ${close(d)}`,
    next: 'If it happens again, a proxy in between may be changing the data: try without it.',
  },
  'keepalive-lost': {
    what: 'the connection was dead: the endpoint did not answer our ping',
    next: `${NOTHING} If it happens often, check the network; routers and proxies drop idle connections.`,
  },
  deaf: {
    what: 'the endpoint has asked nothing for much longer than ever before, so the connection is renewed once',
    next: 'Nothing to do. If the tools were not found meanwhile, another program may be using this token.',
  },
  refused: {
    what: (d) =>
      `nothing listens at this address ${close(d)}: the port is wrong, or the endpoint is not running`,
    next: 'Start the endpoint, or correct host and port. Inside Docker, "localhost" is the container itself: use the address of the host.',
  },
  dns: {
    what: (d) =>
      d.reason.startsWith('EAI_')
        ? `the name of the endpoint's host cannot be looked up now ${close(d)}`
        : `there is no host with this name ${close(d)}`,
    next: (d) =>
      d.reason.startsWith('EAI_')
        ? 'Check the internet connection and the DNS settings.'
        : 'Check the spelling of the host in the endpoint address, then the internet connection.',
  },
  tls: { what: (d) => `${tls(d).what} ${close(d)}`, next: (d) => tls(d).next },
  timeout: {
    what: (d) => `there was no answer in time ${close(d)}`,
    next: 'Check the internet connection and the address; a firewall may swallow the packets.',
  },
  unreachable: {
    what: (d) => `there is no way to this host in the network ${close(d)}`,
    next: 'Check that this computer is online, and the address of the host.',
  },
  'http-unauthorized': {
    what: (d) => `the endpoint wants a valid token ${close(d)}`,
    next: `The token is missing or wrong. ${COPY_TOKEN}`,
  },
  'http-forbidden': {
    what: (d) => `the endpoint refuses this address or token ${close(d)}`,
    next: `A self-hosted endpoint says so when the / before the ? is missing (…/mcp_endpoint/mcp/?token=…). Otherwise the token is wrong. ${COPY_TOKEN}`,
  },
  'http-not-found': {
    what: (d) => `the host has no such path ${close(d)}`,
    next: `Correct the path of the endpoint address. ${ADDRESSES}`,
  },
  'http-rate-limited': {
    what: (d) => `the endpoint asks to come back later: too many attempts ${close(d)}`,
    next: 'Wait. If it stays, connect fewer servers at once, and look for other programs that use this token.',
  },
  'http-server-error': {
    what: (d) =>
      d.code !== undefined && d.code >= 502 && d.code <= 504
        ? `a proxy answers, but the endpoint behind it does not ${close(d)}`
        : `the endpoint failed inside ${close(d)}`,
    next: `${NOTHING} If it stays, see whether the endpoint is running.`,
  },
  'http-unexpected': {
    what: (d) => `the host answers, but opens no WebSocket at this address ${close(d)}`,
    next: (d) =>
      d.code === 400 || (d.code !== undefined && d.code >= 300 && d.code < 400)
        ? `If the address begins with ws://, try wss://. ${ADDRESSES}`
        : `Correct the endpoint address. ${ADDRESSES}`,
  },
  unknown: {
    what: (d) =>
      d.openForMs === undefined
        ? `the connection could not be made ${close(d)}`
        : `the endpoint closed the connection for a reason of its own ${close(d)}`,
    next: (d) =>
      d.reason.startsWith('HPE_')
        ? `Something else than a WebSocket server answers there: if the address begins with ws://, try wss://. ${ADDRESSES}`
        : 'Check the endpoint address and the network. If it stays, report the words in brackets.',
  },
};

/** `(4004 "Internal server error")`, `(HTTP 403)`, `(ECONNREFUSED)`. */
function close({ code, reason, openForMs }: Diagnosis): string {
  const number = code === undefined ? '' : openForMs === undefined ? `HTTP ${code}` : String(code);
  const said = excerpt(reason, 120);
  if (number === '') return said === '' ? '(no code)' : `(${said})`;
  return said === '' ? `(${number})` : `(${number} "${said}")`;
}

/** Our own WebSocket library's words, so the message was the endpoint's. */
function sentTooMuch({ reason }: Diagnosis): boolean {
  return /^(Max payload size|Too many message fragments)/i.test(reason);
}

/** The self-hosted endpoint gives its reasons in Chinese only. */
function translated({ reason }: Diagnosis): string {
  if (reason.includes('缺少token')) return ': the address has no token';
  if (reason.includes('token解密失败'))
    return ': the token cannot be decrypted, so it was made for another endpoint or copied in part';
  if (reason.includes('无对应agentId')) return ': the token names no agent';
  return '';
}

function tls({ reason }: Diagnosis): { what: string; next: string } {
  if (reason === 'CERT_HAS_EXPIRED') {
    return {
      what: 'the certificate of the endpoint has expired',
      next: 'Check the date of this computer; if it is right, the certificate has to be renewed at the endpoint.',
    };
  }
  if (reason === 'CERT_NOT_YET_VALID') {
    return {
      what: 'the certificate of the endpoint is not valid yet',
      next: 'Check the date of this computer.',
    };
  }
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID' || reason === 'HOSTNAME_MISMATCH') {
    return {
      what: 'the certificate belongs to another host name',
      next: 'Use the name that the certificate was made for, not an IP address or another name.',
    };
  }
  if (/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/.test(reason)) {
    return {
      what: 'the certificate is self-signed, or signed by somebody this computer does not know',
      next: 'For your own endpoint, name its certificate in NODE_EXTRA_CA_CERTS=/path/to/certificate.pem. Elsewhere, an antivirus or company proxy may stand in between.',
    };
  }
  if (/^EPROTO$|^ERR_SSL|WRONG_VERSION|PACKET_LENGTH/.test(reason)) {
    return {
      what: 'the port does not speak TLS as it should',
      next: 'If the endpoint is self-hosted without TLS, write ws:// instead of wss://; otherwise check the port.',
    };
  }
  return {
    what: 'no secure connection could be made',
    next: 'Check the date of this computer and the certificate of the endpoint.',
  };
}

/** `Disconnected after 3 min: … (4004 "…") [token-limit]. What to do. Next try in 4 s.` */
export function sayDown(
  diagnosis: Diagnosis,
  more: {
    nextDialMs: number;
    attempt: number;
    pending: number;
    stderrTail: readonly string[];
    endpoint?: string | undefined;
  },
): string {
  const { what, next } = words[diagnosis.cause];
  const { openForMs } = diagnosis;
  const whom = more.endpoint ? ` ${openForMs === undefined ? 'to' : 'from'} ${more.endpoint}` : '';
  const happened =
    openForMs === undefined ? `Cannot connect${whom}` : `Disconnected${whom} after ${sayMs(openForMs)}`;
  // The cause as documentation and JSON call it.
  const clause = `${typeof what === 'string' ? what : what(diagnosis)} [${diagnosis.cause}]`;
  const sentences = [`${happened}: ${clause}.`];
  if (more.pending > 0) {
    sentences.push(
      `${sayCount(more.pending, 'call was', 'calls were')} still running; the endpoint does not get the answer any more.`,
    );
  }
  sentences.push(typeof next === 'string' ? next : next(diagnosis));
  // Only here is the server to blame, so only here are its words of interest.
  const { stderrTail } = diagnosis.cause === 'initialize-unanswered' ? more : { stderrTail: [] };
  sentences.push(...orNothing(hintFor({ stderrTail })));
  const again = `next try ${inTime(more.nextDialMs)}.`;
  sentences.push(
    more.attempt < 3 ? capital(again) : `It has failed ${more.attempt} times in a row; ${again}`,
  );
  return [...sentences, ...sayTail(stderrTail)].join(' ');
}

/** A line that names an error, in the words of Node and Python: `TypeError: …`, `mcp.McpError: …`. */
const ERROR_LINE = /^\S{0,100}(?:Error|Exception)\b.*:/;
/** How a crash ends, whatever it was: the stack, braces and carets, details of the error object, the Node.js version. */
const RUBBLE = /^(?:\s+at .*|[\s{}()[\]^~,;]*|node:internal.*|Node\.js v.*|\s+(?:code|requireStack): .*)$/;

/** What the server said last: the error that ended it and what belongs to it, else the last three lines that mean something. */
export function sayTail(stderrTail: readonly string[]): string[] {
  // Patterns stay cheap on a tail of long lines.
  const lines = stderrTail.filter((line) => !RUBBLE.test(line.slice(0, 2_000)));
  const named = lines.findLastIndex((line) => ERROR_LINE.test(line.slice(0, 2_000)));
  const last = named < 0 ? lines.slice(-3) : lines.slice(named, named + 3);
  return last.length === 0 ? [] : [`Last on stderr: ${last.map((line) => excerpt(line.trim())).join(' | ')}`];
}

/** Other people's words as a sentence of ours. */
export function sentence(text: string): string {
  return /[.?!…]$/.test(text) ? text : `${text}.`;
}

export function inTime(ms: number): string {
  return ms <= 0 ? 'now' : `in ${sayMs(ms)}`;
}

export function orNothing(sentence: string | undefined): string[] {
  return sentence === undefined ? [] : [sentence];
}

export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
