import type { LeaseObstacle } from '../../protocol/lease-words.js';
import type {
  CertificateFault,
  DoctorText,
  ReachFailure,
  ReachStep,
  ReachTimes,
  SlowServer,
  TokenHolder,
  ToolCount,
} from '../doctor-parts.js';
import { formatClock } from '../human.js';
import type { FindingText } from '../parts.js';
import { redisLines } from './doctor-redis.js';
import { registryLines } from './doctor-registry.js';
import { count, size, time } from './numbers.js';

const STEPS: Record<ReachStep, string> = {
  dns: 'looking up the name',
  proxy: 'through the proxy',
  tcp: 'connecting (TCP)',
  tls: 'encrypting (TLS)',
  http: 'asking over HTTP',
  websocket: 'opening the WebSocket',
};

const OWN_CA =
  'set NODE_EXTRA_CA_CERTS=/path/to/ca.pem in the environment that starts mcp-pipe (not in .env: Node.js reads it when it starts)';

const CERTIFICATES: Record<CertificateFault, { what: string; next: string }> = {
  expired: {
    what: 'has expired',
    next: 'Check the date of this computer first. If it is right, the operator of the endpoint has to renew the certificate.',
  },
  'not-yet-valid': {
    what: 'is not valid yet',
    next: 'The date of this computer is most likely wrong: correct it.',
  },
  'self-signed': {
    what: 'is signed by itself',
    next: `If it is your own endpoint, let mcp-pipe trust its certificate: ${OWN_CA}. If it is not, something between you and the endpoint reads along: use another network.`,
  },
  'unknown-authority': {
    what: 'comes from an authority that is not known here',
    next: `If your company or your endpoint has an authority of its own: ${OWN_CA}.`,
  },
  'incomplete-chain': {
    what: 'comes without the certificate of its authority',
    next: `The endpoint should send its whole chain (fullchain.pem); until it does: ${OWN_CA}.`,
  },
  'other-host': {
    what: 'is for another host',
    next: 'Use the name that the certificate is for in the address of the endpoint. In a hotel or a company, a login page may have taken the place of the endpoint: open a browser.',
  },
  other: {
    what: 'is refused',
    next: 'Check the date of this computer and the certificate of the endpoint.',
  },
};

/** By why a black box was written. */
const ENDS: Readonly<Record<string, string>> = {
  'connection-ended': 'the connection ended abnormally',
  'server-ended': 'a server that was to run ended',
  exception: 'mcp-pipe itself failed',
};

const inContainerNext = (isLocal: boolean) =>
  isLocal
    ? ' From this container, the host is host.docker.internal (extra_hosts in compose.yaml), and another service has its own name.'
    : ' In a container: docker compose restart, and check that the host itself has a connection.';

/** What `mcp-pipe doctor` says, by the id of the line. */
export const doctor = {
  finding: ({ where, expected, got, next }: FindingText & { where: string }): DoctorText => ({
    found: `${where === '' ? '' : `${where}: `}expected ${expected}, got ${got}`,
    next,
  }),
  'config-ok': ({ servers, links, file }: { servers: number; links: number; file: string }): DoctorText => ({
    found: `${file}: ${count(servers, 'server')} on ${count(links, 'connection')}, nothing wrong`,
  }),
  machine: (facts: {
    version: string;
    node: string;
    platform: string;
    inContainer: boolean;
  }): DoctorText => ({
    found: `mcp-pipe ${facts.version}, Node.js ${facts.node}, ${facts.platform}${facts.inContainer ? ', in a container' : ''}`,
  }),
  running: ({ pid, forMs }: { pid: number; forMs: number }): DoctorText => ({
    found: `mcp-pipe runs with this configuration (process ${pid}, for ${time(forMs)}): it was asked, and its connections were left alone`,
  }),
  'not-running': (): DoctorText => ({
    found: 'mcp-pipe does not run with this configuration: its servers and its endpoints were tried',
  }),
  'daemon-silent': ({ what }: { what: string }): DoctorText => ({
    found: `a running mcp-pipe could not be asked: ${what}`,
    next: 'Stop it and start it again, if that stays.',
  }),
  'tls-unchecked': (): DoctorText => ({
    found: 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off every check of certificates',
    next: `Remove the variable: anyone on the way can read your token. For a certificate of your own, ${OWN_CA}.`,
  }),
  'ca-unreadable': ({ file, error }: { file: string; error: string }): DoctorText => ({
    found: `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read (${error})`,
    next: 'Correct the path, or make the file readable: without it, the certificate of your endpoint is not known.',
  }),
  'no-network': ({ hosts }: { hosts: number }): DoctorText => ({
    found: `none of ${count(hosts, 'host')} could be reached`,
    next: 'This computer has no connection to the internet, or a firewall stops everything: check the cable, the Wi-Fi and the DNS settings, and whether a proxy is needed (HTTPS_PROXY).',
  }),
  reached: ({ dnsMs, addresses, tcpMs, tlsMs, httpMs, status, proxy }: ReachTimes): DoctorText => ({
    found: [
      ...(proxy === undefined ? [] : [`through the proxy ${proxy}`]),
      ...(dnsMs === undefined ? [] : [`DNS ${time(dnsMs)} (${count(addresses, 'address', 'addresses')})`]),
      ...(tcpMs === undefined ? [] : [`${proxy === undefined ? 'TCP' : 'tunnel'} ${time(tcpMs)}`]),
      ...(tlsMs === undefined ? [] : [`TLS ${time(tlsMs)}`]),
      httpMs === undefined ? 'no HTTP answer' : `HTTP ${time(httpMs)} (status ${status})`,
    ].join(', '),
  }),
  unreachable: (
    { step, isLocal, inContainer }: ReachFailure,
    cause: { what: string; next: string },
  ): DoctorText => ({
    found: `${STEPS[step]}: ${cause.what}`,
    next: `${cause.next}${inContainer ? inContainerNext(isLocal) : ''}`,
  }),
  'no-answer': ({ step, afterMs }: { step: ReachStep; afterMs: number }): DoctorText => ({
    found: `${STEPS[step]}: nothing came within ${time(afterMs)}`,
    next: 'A firewall may swallow what is sent, or the host is down: try it from another network; if a proxy is needed here, set HTTPS_PROXY.',
  }),
  'speaks-tls': ({ scheme }: { scheme: string }): DoctorText => ({
    found: `the port speaks TLS, and the address begins with ${scheme}://`,
    next: 'Write wss:// in the address of the endpoint.',
  }),
  'speaks-plain': (): DoctorText => ({
    found: 'the port does not speak TLS, and the address begins with wss://',
    next: 'Write ws:// in the address of the endpoint, if it is your own and in your own network. Else host or port are wrong.',
  }),
  'sent-elsewhere': ({ status, to }: { status: number; to: string }): DoctorText => ({
    found: `HTTP status ${status} leads to ${to === '' ? 'a login page' : to}`,
    next: 'A login page of this network (hotel, company, school) may have taken the place of the endpoint: open a browser, log in, and try again.',
  }),
  'web-page': (): DoctorText => ({
    found: 'a web page (HTML) answers where the WebSocket should open',
    next: 'A login page of this network (hotel, company, school) may have taken the place of the endpoint: open a browser, log in, and try again. Else the address is that of a web site: correct it.',
  }),
  'proxy-used': ({ proxy, variable }: { proxy: string; variable: string }): DoctorText => ({
    found: `dialled through the proxy ${proxy} (${variable})`,
  }),
  'certificate-ok': ({ days, issuer }: { days: number; issuer: string }): DoctorText => ({
    found: `certificate valid for ${count(days, 'more day')}${issuer === '' ? '' : `, from ${issuer}`}`,
  }),
  'certificate-ends': ({ days, issuer }: { days: number; issuer: string }): DoctorText => ({
    found: `certificate valid for only ${count(days, 'more day')}${issuer === '' ? '' : `, from ${issuer}`}`,
    next: 'The operator of the endpoint has to renew it before then. If that is you: see why it does not renew itself (certbot, Caddy).',
  }),
  'certificate-refused': ({
    fault,
    reason,
    subject,
  }: {
    fault: CertificateFault;
    reason: string;
    subject: string;
  }): DoctorText => ({
    found: `the certificate${subject === '' ? '' : ` (for ${subject})`} ${CERTIFICATES[fault].what} [${reason}]`,
    next: CERTIFICATES[fault].next,
  }),
  'clock-ok': ({ skewMs }: { skewMs: number }): DoctorText => ({
    found: `clock right to within ${time(Math.max(1_000, Math.abs(skewMs)))}`,
  }),
  'clock-off': ({ skewMs }: { skewMs: number }): DoctorText => ({
    found: `the clock of this computer is ${time(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead' : 'behind'}`,
    next: 'Let it set itself: timedatectl set-ntp true (Linux), or the date settings of the system. A wrong clock makes certificates and tokens invalid.',
  }),
  'clock-unknown': (): DoctorText => ({ found: 'clock not examined: no endpoint said what time it is' }),
  dialled: ({ ms, askedMs }: { ms: number; askedMs: number }): DoctorText => ({
    found: `WebSocket open in ${time(ms)}, first request after ${time(askedMs)}`,
  }),
  'dialled-quiet': ({ ms, watchedMs }: { ms: number; watchedMs: number }): DoctorText => ({
    found: `WebSocket open in ${time(ms)}; no request within ${time(watchedMs)}, which is normal while no client is connected to the endpoint`,
  }),
  'dial-failed': (_: object, cause: { what: string; next: string }): DoctorText => ({
    found: cause.what,
    next: cause.next,
  }),
  'dial-late': (): DoctorText => ({ found: 'not dialled to its end: the time of the whole run was over' }),
  'dial-unreached': (): DoctorText => ({ found: 'not dialled: what is wrong with its host comes first' }),
  'dial-in-use': ({
    pid,
    link,
    machine,
  }: Pick<TokenHolder, 'pid' | 'link'> & { machine?: string }): DoctorText => ({
    found: `not dialled: process ${pid} (${link})${machine === undefined ? '' : ` on the machine ${machine}`} uses the token now`,
  }),
  'dial-no-lease': (obstacle: LeaseObstacle): DoctorText =>
    obstacle.why === 'store-down'
      ? {
          found: `not dialled: ${obstacle.store} does not answer (${obstacle.reason}), so another machine might be using the token`,
          next: 'See the lines about Redis.',
        }
      : {
          found: `not dialled: ${obstacle.store} is new or has lost its data, so another machine might be using the token until ${formatClock(obstacle.until)}`,
        },
  ...redisLines,
  'dial-account': ({ account }: { account: string }): DoctorText => ({
    found: `not dialled: connections of the account ${account} are in use now`,
  }),
  'dial-no-files': ({ message }: { message: string }): DoctorText => ({
    found: `not dialled: lock files cannot be used (${message}), so another mcp-pipe might be using the token`,
    next: 'Make the folder of the lock files writable (MCP_PIPE_STATE names another one).',
  }),
  'link-works': ({ forMs }: { forMs: number }): DoctorText => ({
    found: `connected for ${time(forMs)} and at work`,
  }),
  'link-quiet': ({ forMs }: { forMs: number }): DoctorText => ({
    found: `connected for ${time(forMs)}; the endpoint has asked nothing yet`,
  }),
  'link-waits': ({ why }: { why: string }): DoctorText => ({
    found: why,
    next: 'Nothing to do, if the other one is meant to run. Else stop it, or give each its own token.',
  }),
  'link-starting': ({ state }: { state: string }): DoctorText => ({ found: `not connected yet (${state})` }),
  'link-down': ({ why }: { why: string; host: string }): DoctorText => ({
    found: why,
    next: 'Do what is said there: mcp-pipe keeps trying, and needs no restart.',
  }),
  ...registryLines,
  'server-ok': ({ ms, tools }: { ms: number; tools: ToolCount }): DoctorText => ({
    found: `ready after ${time(ms)}, ${count(tools.count, 'tool')} (${size(tools.bytes)})`,
  }),
  'server-runs': ({ ms, tools }: { ms: number | undefined; tools: ToolCount }): DoctorText => ({
    found: `runs${ms === undefined ? '' : ` (was ready after ${time(ms)})`}, ${count(tools.count, 'tool')} (${size(tools.bytes)})`,
  }),
  'server-starting': ({ state }: { state: string }): DoctorText => ({ found: `not ready yet (${state})` }),
  'server-not-tried': (): DoctorText => ({ found: 'not started: the time of the whole run was over' }),
  'server-at-rest': ({ why }: { why: string | undefined }): DoctorText => ({
    found: `stopped on purpose, until a call or its turn comes${why === undefined ? '' : `. ${why}`}`,
  }),
  'server-slow': ({ ms, limitMs, name, canLock }: SlowServer): DoctorText => ({
    found: `ready only after ${time(ms)}; endpoints wait ${time(limitMs)} for initialize`,
    next: `mcp-pipe starts it before it dials, so this shows after a crash only.${canLock ? ` Without npx or uvx it starts sooner: mcp-pipe lock ${name}` : ''}`,
  }),
  'server-late': ({ waitedMs, tail }: { waitedMs: number; tail: string }): DoctorText => ({
    found: `did not answer initialize within ${time(waitedMs)}${tail === '' ? '' : `; it last wrote: ${tail}`}`,
    next: 'If it downloads a package for the first time, give it longer: mcp-pipe doctor --timeout-ms 180000. If it waits for a terminal or a login, it is no MCP server over stdio: start it with the option for stdio.',
  }),
  'server-failed': ({
    name,
    what,
    next,
  }: {
    name: string;
    what: string;
    next: string | undefined;
  }): DoctorText => ({
    found: what,
    next: next ?? `Try it alone: mcp-pipe tools ${name} --log-level debug`,
  }),
  'gateway-server-failed': ({ name, state }: { name: string; state: string }): DoctorText => ({
    found: `does not work in the running mcp-pipe (${state})`,
    next: `Its log says why: mcp-pipe logs ${name}`,
  }),
  'server-silent': ({ name, what }: { name: string; what: string }): DoctorText => ({
    found: `started, but does not list its tools: ${what}`,
    next: `See what it writes to stderr: mcp-pipe tools ${name} --log-level debug`,
  }),
  'server-no-tools': (): DoctorText => ({
    found: 'ready, but it has no tools',
    next: 'An endpoint for voice sees only tools. Check the arguments and the filter ("tools") of the server.',
  }),
  'tools-faulty': ({ count: n, names }: { count: number; names: string }): DoctorText => ({
    found: `${count(n, 'tool')} with faults that strict clients refuse: ${names}`,
    next: 'Tell the authors of the server. mcp-pipe repairs them where servers share a connection.',
  }),
  'tools-ok': ({ count: n, bytes }: ToolCount): DoctorText => ({
    found: `shows ${count(n, 'tool')} (${size(bytes)})`,
  }),
  'tools-many': ({ count: n, bytes }: ToolCount): DoctorText => ({
    found: `shows ${count(n, 'tool')} (${size(bytes)}): voice clouds have failed to read lists of this size`,
    next: 'Hide what is not needed: "tools": { "allow": ["…"] } of a server, or "maxTools" in settings.',
  }),
  'tools-over-budget': ({
    count: n,
    bytes,
    budget,
    bound,
  }: ToolCount & { budget: string; bound: number }): DoctorText => ({
    found: `has ${count(n, 'tool')} (${size(bytes)}), over ${budget} (${budget === 'maxTools' ? bound : size(bound)})`,
    next:
      budget === 'maxTools'
        ? 'Those beyond it are not shown: hide others with "tools": { "deny": ["…"] }, or raise maxTools.'
        : 'Hide what is not needed with "tools": { "deny": ["…"] }, or raise maxToolListBytes.',
  }),
  'owner-none': (): DoctorText => ({ found: 'no other mcp-pipe of this computer holds a token of it' }),
  'owner-self': ({ connections }: { connections: number }): DoctorText => ({
    found: `the running mcp-pipe holds ${count(connections, 'connection')}, and no other one does`,
  }),
  'owner-other': ({ pid, link, since }: TokenHolder): DoctorText => ({
    found: `process ${pid} (link ${link}) holds this token since ${formatClock(since)}: another mcp-pipe of this computer`,
    next: 'Stop it, or give each its own token: two owners of one token take the connection from each other. mcp-pipe leases shows all of them.',
  }),
  'owner-contested': (): DoctorText => ({
    found: 'another client takes this token from mcp-pipe again and again',
    next: 'Find it and stop it: another computer or phone with the same token, a second mcp-pipe, the test page of the console. Or make a new token in the console.',
  }),
  'box-none': (): DoctorText => ({ found: 'no connection has ended abnormally' }),
  'box-connection': (
    { at, file }: { at: number; file: string },
    cause: { what: string; next: string },
  ): DoctorText => ({
    found: `the connection ended at ${formatClock(at)}: ${cause.what}`,
    next: `See what came before: mcp-pipe explain ${file}`,
  }),
  'box-end': ({ at, file, why }: { at: number; file: string; why: string }): DoctorText => ({
    found: `${ENDS[why] ?? `it ended abnormally (${why})`} at ${formatClock(at)}`,
    next: `See what came before: mcp-pipe explain ${file}`,
  }),
  'probe-broke': ({ message }: { message: string }): DoctorText => ({
    found: `could not be examined: ${message}`,
    next: 'That is a fault of mcp-pipe: please report it, with mcp-pipe doctor --bundle FILE.',
  }),
};
