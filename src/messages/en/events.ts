import type { LeaseHolder } from '../../protocol/lease-words.js';
import { unreadableWords } from '../../protocol/unreadable-words.js';
import { excerpt, formatClock } from '../human.js';
import type { EventOf } from '../parts.js';
import { count, inTime, size, time } from './numbers.js';
import { serverCauses } from './server-causes.js';

/** Texts around a cause: a connection is down. */
export const link = {
  happened: ({ openForMs, endpoint }: { openForMs: number | undefined; endpoint: string | undefined }) => {
    const whom = endpoint ? ` ${openForMs === undefined ? 'to' : 'from'} ${endpoint}` : '';
    return openForMs === undefined ? `Cannot connect${whom}` : `Disconnected${whom} after ${time(openForMs)}`;
  },
  noCode: () => '(no code)',
  lostCalls: ({ pending }: { pending: number }) =>
    `${count(pending, 'call was', 'calls were')} still running; the endpoint does not get the answer any more.`,
  again: ({ attempt, ms }: { attempt: number; ms: number }) =>
    attempt < 3
      ? `Next try ${inTime(ms)}.`
      : `It has failed ${attempt} times in a row; next try ${inTime(ms)}.`,
  inARow: ({ attempt }: { attempt: number }) => `It has failed ${attempt} times in a row.`,
};

/** Texts around a cause: a server is down. */
export const server = {
  causes: serverCauses,
  notStarted: ({ problem }: { problem: string | undefined }) =>
    `The server could not be started: ${problem ?? 'no reason was given'}`,
  failedCalls: ({ pending }: { pending: number }) =>
    `${count(pending, 'running call was', 'running calls were')} answered with an error.`,
  slow: ({ waitedMs, timeoutMs }: { waitedMs: number; timeoutMs: number }) =>
    `The server has not answered initialize for ${time(waitedMs)}; it is given up after ${time(timeoutMs)}.`,
  refused: ({ code, message }: { code: number | undefined; message: string | undefined }) =>
    `The server refused initialize${message === undefined ? ' without a reason' : `: "${message}"`}${code === undefined ? '' : ` (${code})`}.`,
  refusedNext:
    "The endpoint can use none of its tools. See what the error says; if it is about the version, look for a newer version of the server, or one for the endpoint's MCP revision.",
};

const REPLACED: Record<EventOf<'server-replaced'>['why'], string> = {
  'handshake-differs': 'the endpoint initialises with another version or other abilities than last time',
  'modern-downstream': 'the endpoint speaks the MCP revision without initialize',
  'legacy-downstream': 'the endpoint speaks an MCP revision with initialize',
  passthrough: 'the next connection gets a server of its own ("handshake": "passthrough")',
  asked: 'a restart was asked for',
};

const STALE_REPLIES: Record<NonNullable<EventOf<'stale-reply'>['why']>, string> = {
  cut: 'a late answer that belongs to an earlier connection',
  'given-up': 'an answer to a call that was cancelled or had taken too long',
  'no-question': 'an answer of the endpoint to a question that no running server waits for',
};

type InvalidMessage = Pick<EventOf<'invalid-message'>, 'why' | 'bytes' | 'excerpt'> & {
  at: string | undefined;
};

/** The other events, each as one line. */
export const events = {
  /** A server without a name was not initialized: it runs, and whether it answers is not known yet. */
  ready: ({ name, again, tookMs, pid }: Omit<EventOf<'server-ready'>, 'type'>) => {
    const process = pid === undefined ? '' : `, pid ${pid}`;
    const more = again ? ' again' : '';
    return name
      ? `The server (${name}) is ready${more} after ${time(tookMs)}${process}.`
      : `The server runs${more}${process}${process && ','} after ${time(tookMs)}.`;
  },
  replaced: ({ why }: { why: EventOf<'server-replaced'>['why'] }) =>
    `A fresh server is started: ${REPLACED[why]}.`,
  dialing: ({ endpoint, attempt }: { endpoint: string; attempt: number }) =>
    `Connecting to ${endpoint}${attempt > 1 ? ` (attempt ${attempt})` : ''}.`,
  open: ({ endpoint, tookMs }: { endpoint: string | undefined; tookMs: number }) =>
    `Connected${endpoint ? ` to ${endpoint}` : ''} in ${time(tookMs)}.`,
  clientInitialized: ({ client, afterMs, protocolVersion }: Omit<EventOf<'client-initialized'>, 'type'>) =>
    `Working: the endpoint${client ? ` (${excerpt(client, 80)})` : ''} got its answer to initialize after ${time(afterMs)} (MCP ${excerpt(protocolVersion, 40)}).`,
  /** `at`: where a message of a server stood. */
  invalidMessage: ({ at, why, bytes, excerpt: text }: InvalidMessage) =>
    `Left out ${at ?? 'a message of the endpoint'} that is not JSON-RPC (${why}, ${size(bytes)}): "${text}".`,
  unreadable: ({ method, name, why, excerpt: text }: Omit<EventOf<'answer-unreadable'>, 'type'>) => {
    const { what, fix } = unreadableWords[why];
    const call = name === undefined ? method : `"${name}" (${method})`;
    return `The answer to ${call} cannot be passed on, and its caller got an error: ${what}. ${fix} The line begins: "${text}".`;
  },
  staleReply: ({ total, why = 'cut' }: { total: number; why?: EventOf<'stale-reply'>['why'] }) =>
    `Left out ${STALE_REPLIES[why]} (${total} so far).`,
  oversize: ({ from, bytes, maxBytes }: { from: string; bytes: number; maxBytes: number }) =>
    `Left out a message of the ${from}: ${size(bytes)}, more than the ${size(maxBytes)} that "maxFrameBytes" allows. If it belongs to a call, the caller gets an error. Ask for less at a time, or raise "maxFrameBytes".`,
  memoryShort: ({ of, bytes, boundBytes }: Omit<EventOf<'memory-short'>, 'type'>) =>
    of === 'servers'
      ? `All servers together take ${size(bytes)}, more than the ${size(boundBytes)} that "maxServersMemory" allows, and none of them can be stopped until its next call. Raise it, or give the servers that take the most a limit ("limits").`
      : `The machine has ${size(bytes)} of memory left, less than the ${size(boundBytes)} that it needs, and no server can be stopped until its next call. Run fewer servers, or give those that take the most a limit ("limits").`,
  full: ({ queue, bound }: Omit<EventOf<'queue-full'>, 'type'>) =>
    `The queue "${queue}" is full (${size(bound)}): new calls are refused until there is room. Make fewer calls at a time; a server that keeps it full hangs, and has to be started again.`,
  deaf: ({ silentMs, usualMs }: { silentMs: number; usualMs: number | undefined }) =>
    usualMs === undefined
      ? `The endpoint has asked nothing since the connection opened ${time(silentMs)} ago. It may have forgotten it, so the connection is renewed once.`
      : `The endpoint has said nothing for ${time(silentMs)}; so far ${time(usualMs)} was the longest. The connection is renewed once.`,
  toolLeftOut: ({ tool, why }: Omit<EventOf<'tool-left-out'>, 'type'>) => {
    const faults = {
      misplaced: 'it stands where arguments have no fixed place',
      'no-header': 'it names no header',
      'wrong-type': 'its argument is neither string, integer nor boolean',
      'same-header': 'two of them name the same header',
    };
    return `The tool "${excerpt(tool, 60)}" is left out: its "x-mcp-header" is wrong, because ${faults[why]}, and MCP 2026-07-28 forbids clients to offer such a tool. The server's developers have to fix its inputSchema.`;
  },
  toolsChanged: ({ changed, added, isHeld }: Omit<EventOf<'tools-changed'>, 'type'>) => {
    const said = [
      ...(changed.length > 0 ? [`changed its definition of ${namesOf(changed)}`] : []),
      ...(added.length > 0 ? [`added ${namesOf(added)}`] : []),
    ].join(' and ');
    const next = isHeld
      ? 'Until a person approves that, these tools are neither listed nor called: mcp-pipe approve shows the difference.'
      : changed.length > 0
        ? 'They go on as they are now. mcp-pipe approve shows the difference; "drift": "hold" holds such tools back.'
        : '"drift": "hold" holds new tools back.';
    return `The server has ${said}. ${next}`;
  },
  straysEnded: ({ processes }: Omit<EventOf<'strays-ended'>, 'type'>) =>
    `Ended ${count(processes.length, 'process', 'processes')} that the server had started outside of its process group: ${processes.map(({ name, pid }) => `${excerpt(name, 40)} (pid ${pid})`).join(', ')}. "strayTimeoutMs": 0 leaves them running.`,
  serverKept: ({ pid }: { pid: number | undefined }) =>
    `The server is the same and is not restarted: ${pid === undefined ? 'it' : `process ${pid}`} now belongs to this link.`,
  serverJoined: ({ pid }: { pid: number | undefined }) =>
    `This link uses a server that other links use, too${pid === undefined ? '.' : `: process ${pid}.`}`,
  callTimeout: ({ method, name, timeoutMs }: Omit<EventOf<'call-timeout'>, 'type'>) =>
    `No answer to ${name === undefined ? '' : `"${name}" (`}${method}${name === undefined ? '' : ')'} within ${time(timeoutMs)} ("callTimeoutMs"): the caller got an error, and the server was sent a cancellation. If the tool needs that long, raise "callTimeoutMs".`,
  nameHidden: ({ kind, name, by }: { kind: string; name: string; by: string }) =>
    `The ${kind} "${name}" cannot be used: ${by} has one of that name, which stands before it.${kind === 'resource' ? '' : ' "prefix": "always" shows both.'}`,
  overBudget: ({
    budget,
    bound,
    tools,
    bytes,
    dropped,
    largest,
  }: Omit<EventOf<'tools-over-budget'>, 'type'>) => {
    const allowed = budget === 'maxTools' ? count(bound, 'tool') : size(bound);
    const left = dropped > 0 ? ` The last ${dropped === 1 ? 'one is' : `${dropped} are`} left out.` : '';
    return `The list has ${count(tools, 'tool')} (${size(bytes)}), more than the ${allowed} of "${budget}".${left} The largest: ${sizes(largest)}. Hide some with "tools": { "deny": [ … ] }.`;
  },
  listTooLong: ({ method, pages, maxBytes }: Omit<EventOf<'list-too-long'>, 'type'>) =>
    `The server's answers to ${method} go on beyond the ${size(maxBytes)} of "maxListBytes": only the first ${count(pages, 'page')} are shown. If the list is meant to be that long, raise "maxListBytes"; otherwise tell the author of the server.`,
  resultCut: ({ name, bytes, maxBytes }: Omit<EventOf<'result-cut'>, 'type'>) =>
    `The result${name === undefined ? '' : ` of "${name}"`} was ${size(bytes)}, more than the ${size(maxBytes)} of "maxResultBytes": its text was cut, and says so. If the endpoint takes more, raise "maxResultBytes".`,
  capabilitiesLate: ({ capabilities }: { capabilities: readonly string[] }) =>
    `A server came up after the endpoint had got its answer to initialize, and can do more than that answer said (${capabilities.join(', ')}): the next connection hears of it.`,
  regrouped: ({ why, into, servers }: Omit<EventOf<'regrouped'>, 'type'>) =>
    `${why === 'waiting-for-lease' ? 'Others hold the connection that this link waits for, and' : 'The endpoint allows fewer connections with this token:'} from now on ${servers.join(', ')} ${servers.length === 1 ? 'is' : 'are'} on the connection of ${into}. "connectionsPerToken" sets how many are tried.`,
  leaseWaiting: (waiting: Omit<EventOf<'lease-waiting'>, 'type'>) => {
    const { of, label, slots, holder, isOwn, obstacle, store } = waiting;
    if (obstacle?.why === 'store-down')
      return `Waiting for a connection: ${excerpt(obstacle.store, 80)}, which has the leases, does not answer (${excerpt(obstacle.reason, 120)}). Nothing is dialled without a lease; this link is connected when Redis answers again.`;
    if (obstacle)
      return `Waiting for a connection: ${excerpt(obstacle.store, 80)} is new or has lost its data, so until ${formatClock(obstacle.until)} only those get a lease who had one before.`;
    const whose = of === 'token' ? `token #${label}` : `the account group "${excerpt(label, 60)}"`;
    const bound = of === 'token' ? 'connectionsPerToken' : 'connectionsPerAccount';
    const allowed = slots === 1 ? 'the one connection' : `all ${slots} connections`;
    const who = holder
      ? `${excerpt(holder.link, 80)}, since ${formatClock(holder.since)}`
      : 'an unknown link';
    if (store !== undefined)
      return `Waiting for a connection: ${excerpt(store, 80)} gives ${allowed} of ${whose} ("${bound}") to other machines; to which of them is not known here yet. This link takes over when a connection is free; mcp-pipe leases lists who has what.`;
    if (holder?.machine !== undefined)
      return `Waiting for a connection: the mcp-pipe on ${machineOf(holder)} (pid ${holder.pid}) has ${allowed} of ${whose} ("${bound}"): ${who}. This link takes over when that one ends or loses its lease; mcp-pipe leases lists who has what.`;
    return isOwn
      ? `Waiting for a connection: ${allowed} of ${whose} ("${bound}") ${slots === 1 ? 'is' : 'are'} taken by other links of this mcp-pipe, among them ${who}. It is connected as soon as one is given back.`
      : `Waiting for a connection: another mcp-pipe on this machine${holder ? ` (pid ${holder.pid})` : ''} has ${allowed} of ${whose} ("${bound}"): ${who}. This link takes over as soon as that one ends; mcp-pipe leases lists who has what.`;
  },
  leaseYielded: ({ pending, newHolder }: { pending: number; newHolder?: LeaseHolder }) =>
    `${newHolder ? `Another mcp-pipe on this machine has the place of this link (pid ${newHolder.pid}, link ${excerpt(newHolder.link, 80)}, since ${formatClock(newHolder.since)}), because the lock file of this one was removed or changed` : 'A link of higher priority takes over'}: this connection is closed.${pending > 0 ? ` ${count(pending, 'running call')} got no answer.` : ''}`,
  leaseLost: (loss: EventOf<'lease-lost'>) => {
    const because =
      loss.why === 'not-renewed'
        ? `The lease could not be renewed for ${time(loss.forMs)}, and another machine may soon have the place of this link`
        : `The lease could not be renewed in time, and ${loss.newHolder ? `the mcp-pipe on ${machineOf(loss.newHolder)} (pid ${loss.newHolder.pid})` : 'another mcp-pipe'} may have the place of this link`;
    return `${because}: its connection is closed at once.${loss.pending > 0 ? ` ${count(loss.pending, 'running call')} got an error instead of an answer.` : ''}`;
  },
  renewed: ({ why, from, pending }: Omit<EventOf<'connection-renewed'>, 'type'>) => {
    const because =
      why === 'asked'
        ? 'Asked to connect again'
        : 'The endpoint has not read the changed list, and takes it on a new connection';
    const does =
      from === 'open'
        ? 'this connection is closed, and the next one dialled at once'
        : 'the next dial is made at once';
    return `${because}: ${does}.${pending > 0 ? ` ${count(pending, 'running call')} got an error instead of an answer.` : ''}`;
  },
  listHabit: ({ habit, isNew }: Omit<EventOf<'list-habit'>, 'type'>) =>
    habit === 'reads-list-changed'
      ? 'The endpoint asks for a list when it has changed.'
      : `${isNew ? 'The endpoint takes' : 'As seen before, the endpoint takes'} a changed list of tools only on a new connection: from now on mcp-pipe connects again after each change, between two calls. "onListChange": "notify" turns that off.`,
  tokenContention: ({ times, withinMs, nextDialMs, holder }: Omit<EventOf<'token-contention'>, 'type'>) => {
    const here = holder
      ? `Another mcp-pipe on this machine uses it: pid ${holder.pid}, link ${excerpt(holder.link, 80)}, since ${formatClock(holder.since)}. End one of the two.`
      : 'No other mcp-pipe of this user on this machine is known to use it. Look for: a copy under another user or in a container, an older script (mcp_pipe.py), the same token on another machine, the connection test in the console of the endpoint.';
    return {
      what: `Token war: another program took this token over ${times} times within ${time(withinMs)} of being connected.`,
      next: here,
      again: `So as not to take turns with them, this link waits: next try ${inTime(nextDialMs)}.`,
    };
  },
  tokenPeace: ({ openForMs }: { openForMs: number }) =>
    `The connection has lived for ${time(openForMs)}: the token is no longer contested.`,
  sending: () => 'The last answers are still on their way to the endpoint, and are waited for.',
  answersLost: ({ bytes }: { bytes: number }) =>
    `The connection ended before the endpoint had taken everything: up to ${size(bytes)} of answers did not arrive. Call again; if it happens often, shorter answers ("maxResultBytes") or a faster network help.`,
  draining: ({ pending, timeoutMs, why }: Omit<EventOf<'draining'>, 'type'>) => {
    const running =
      pending > 0 ? `: ${count(pending, 'running call')} may finish within ${time(timeoutMs)}.` : '.';
    return `${STOPS[why]}${running}`;
  },
  drainProgress: ({ pending }: { pending: number }) => `${count(pending, 'call')} still running.`,
  drained: ({ abandoned }: { abandoned: number }) =>
    abandoned > 0 ? `${count(abandoned, 'call')} did not finish in time.` : 'No call is running any more.',
  leftOut: ({ kind, link, dropped }: { kind: string; link: string; dropped: number }) => {
    const [one, many] = KINDS[kind] ?? ['line', 'lines'];
    return `${count(dropped, one, many)} of ${link} ${dropped === 1 ? 'was' : 'were'} left out of the log`;
  },
};

const STOPS = {
  stopping: 'Stopping',
  replaced: 'The configuration was changed, and this link is replaced',
  removed: 'Removed from the configuration, so this link stops',
  'handed-over': 'Another mcp-pipe takes this link over',
  unserved: 'This client is served no longer: its key or its server is gone, or its place is needed',
  paused: 'Paused, so this link stops',
} as const;

/** Lines that may be dropped during a flood: singular and plural. */
const KINDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  'server-stderr': ['stderr line', 'stderr lines'],
  'invalid-message': ['message that is not JSON-RPC', 'messages that are not JSON-RPC'],
  'answer-unreadable': ['answer that cannot be passed on', 'answers that cannot be passed on'],
  'oversize-message': ['message that is too big', 'messages that are too big'],
  'queue-full': ['report of a full queue', 'reports of a full queue'],
  'call-timeout': ['call without an answer', 'calls without an answer'],
  'list-failed': ['failed list', 'failed lists'],
  'list-recovered': ['recovered list', 'recovered lists'],
  'list-faults': ['report of a faulty list', 'reports of faulty lists'],
  renamed: ['report of new names', 'reports of new names'],
  'reply-unmatched': ['answer to no pending call', 'answers to no pending call'],
  'server-requests-refused': ['report of refused questions', 'reports of refused questions'],
  'arguments-unchecked': ['report of unchecked arguments', 'reports of unchecked arguments'],
  'names-unfit': ['report of names that do not fit', 'reports of names that do not fit'],
  'name-hidden': ['hidden name', 'hidden names'],
  'tools-over-budget': ['report of a long list of tools', 'reports of long lists of tools'],
  'list-too-long': ['report of an endless list', 'reports of endless lists'],
  'result-cut': ['cut result', 'cut results'],
};

const sizes = (largest: readonly { name: string; bytes: number }[]) =>
  largest.map(({ name, bytes }) => `${name} (${size(bytes)})`).join(', ') || 'none';

/** Names of tools that one line lists. */
const MOST_NAMES = 8;

function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => `"${excerpt(name, 60)}"`);
  return [...shown, ...(names.length > MOST_NAMES ? [`and ${names.length - MOST_NAMES} more`] : [])].join(
    ', ',
  );
}

function machineOf(holder: LeaseHolder | undefined): string {
  return holder?.machine === undefined ? 'this machine' : `the machine ${excerpt(holder.machine, 60)}`;
}
